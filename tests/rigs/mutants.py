#!/usr/bin/env python3
"""Seed bugs into the real sources, one at a time, and demand that a rig sees
each of them.

    mutants.py --rig sim --cc gcc --source ROOT --work DIR \
               --code 'COMPILER FLAGS' --objects A.o B.o ... [--only NAME]

A mutant is a name, a file under src/, pairs of exact text and replacement, and
for each rig what is to see it.
A text that is not there exactly once is an error: the mutant has to be brought
up to date with its source. An equivalent mutant changes nothing that can be
seen; it stands here with the reason, and is reported, so that nobody wonders.

The mutated file is compiled as the rig's own copy of it is (--code), linked in
place of the object of the same name, and run as RIGS below says. Caught means
that the rig says what is bad; a crash or a time-out counts, too, and is told.

To add one: append it to mutant_list.py, with the scenario (or, for kstep, words
of the operation's name) that is expected to see it.
"""
import argparse
import os
import shlex
import subprocess
import sys
import time
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from mutant_list import MUTANTS  # noqa: E402

# How each rig is run on a mutant: the options, with {} for what is to be looked
# at; how long at most, in seconds; and how many mutants at once (kstep needs a
# CPU of its own).
Rig = namedtuple("Rig", "options limit at_once")
RIGS = {
    "sim": Rig("--first --only-those {} --ci", 100, os.cpu_count()),
    "kstep": Rig("--first --only {} --ci", 120, 1),
}

WRONG_COMMAND_LINE = 2  # what a rig answers to one


def mutate(source, mutant):
    text = source.read_text()
    for old, new in mutant.changes:
        if text.count(old) != 1:
            sys.exit(f"mutants: {mutant.name}: {source} has this text "
                     f"{text.count(old)} times, not once:\n{old}")
        text = text.replace(old, new)
    return text


def build(mutant, args):
    """The program with the mutated file in place of the real one."""
    source = Path(args.source, "src", mutant.file)
    folder = Path(args.work, mutant.name.replace(" ", "_"))
    folder.mkdir(parents=True, exist_ok=True)
    copy = folder / source.name
    copy.write_text(mutate(source, mutant))
    obj, program = folder / (source.name + ".o"), folder / args.rig
    subprocess.run([args.cc, *shlex.split(args.code), "-w", "-c", str(copy),
                    "-o", str(obj)], check=True)
    others = [o for o in args.objects
              if os.path.basename(o) not in (source.name + ".o",
                                             source.stem + ".o")]
    subprocess.run([args.cc, str(obj), *others, *shlex.split(args.link),
                    "-o", str(program)], check=True)
    return program


def look(program, words, rig):
    """What the rig says of it: None if all is well, else what it saw."""
    options = [option.format(words) for option in rig.options.split()]
    try:
        run = subprocess.run([str(program), *options], capture_output=True,
                             text=True, timeout=rig.limit)
    except subprocess.TimeoutExpired:
        sys.exit(f"mutants: {program} did not end in {rig.limit} s")
    if run.returncode == 0:
        return None
    if run.returncode == WRONG_COMMAND_LINE:
        sys.exit(f"mutants: {program} does not take {options}")
    if run.returncode != 1:
        return f"it crashed ({run.returncode})"
    lines = run.stdout.splitlines()
    for line, why in zip(lines, lines[1:]):
        if "bad" in line and "bad 0" not in line:
            return f"{' '.join(line.split()[:3])}: {why.split(': ', 1)[-1]}"
    return None


def examine(mutant, args):
    """Build it and have the rig look at it: (mutant, what was seen)."""
    if mutant.equivalent is not None:
        mutate(Path(args.source, "src", mutant.file), mutant)
        return mutant, None
    program = build(mutant, args)
    return mutant, look(program, mutant.rigs[args.rig], RIGS[args.rig])


def main():
    parser = argparse.ArgumentParser()
    for option in ("rig", "cc", "source", "work", "code"):
        parser.add_argument("--" + option, required=True)
    parser.add_argument("--link", default="")
    parser.add_argument("--objects", nargs="+", required=True)
    parser.add_argument("--only")
    args = parser.parse_args()

    start = time.monotonic()
    caught = equivalent = missed = 0
    mutants = [m for m in MUTANTS if args.rig in m.rigs
               and args.only in (None, m.name)]
    with ThreadPoolExecutor(RIGS[args.rig].at_once) as pool:
        for mutant, seen in pool.map(lambda m: examine(m, args), mutants):
            if mutant.equivalent is not None:
                equivalent += 1
                print(f"equivalent  {mutant.name}: {mutant.equivalent}")
            elif seen is not None:
                caught += 1
                print(f"caught  {mutant.name}: {seen}", flush=True)
            else:
                missed += 1
                print(f"MISSED  {mutant.name}", flush=True)
    print(f"caught {caught} of {caught + missed}, equivalent {equivalent}, "
          f"{time.monotonic() - start:.0f} s")
    return 1 if missed > 0 or caught == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
