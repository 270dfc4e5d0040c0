#!/usr/bin/env python3
"""Seed bugs into the real sources, one at a time, and demand that a rig sees
each of them.

    mutants.py --rig sim --cc gcc --source ROOT --work DIR \
               --code 'COMPILER FLAGS' --objects A.o B.o ... [--only NAME]

A mutant is a name, a file under src/, and pairs of exact text and replacement.
A text that is not there exactly once is an error: the mutant has to be brought
up to date with its source. An equivalent mutant changes nothing that can be
seen; it stands here with the reason, and is reported, so that nobody wonders.

The mutated file is compiled as the rig's own copy of it is (--code), linked in
place of the object of the same name, and run as RIGS below says. Caught means
exit code 1 within the limit; a crash or a time-out counts, too, and is told.

To add one: append a Mutant to the list of its rig.
"""
import argparse
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from mutant_list import MUTANTS  # noqa: E402

# How each rig is run on a mutant, and for how long at most.
RIGS = {
    "sim": (["--first", "--cap", "400000", "--ci"], 60),
    "kstep": (["--first", "--ci"], 120),
}


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


def verdict(program, args):
    """What the rig says: (caught, in a few words)."""
    options, limit = RIGS[args.rig]
    try:
        run = subprocess.run([str(program), *options], capture_output=True,
                             text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return True, f"it did not end in {limit} s"
    if run.returncode == 0:
        return False, "NOT CAUGHT"
    if run.returncode != 1:
        return True, f"it crashed ({run.returncode})"
    lines = run.stdout.splitlines()
    told = [i for i, line in enumerate(lines) if "bad" in line
            and "bad 0" not in line]
    if not told:
        return False, "NOT CAUGHT: it failed for another reason"
    words = " ".join(lines[told[0]].split()[:3])
    why = lines[told[0] + 1].strip() if told[0] + 1 < len(lines) else ""
    return True, f"{words}: {why.split(': ', 1)[-1]}"


def main():
    parser = argparse.ArgumentParser()
    for option in ("rig", "cc", "source", "work", "code"):
        parser.add_argument("--" + option, required=True)
    parser.add_argument("--link", default="")
    parser.add_argument("--objects", nargs="+", required=True)
    parser.add_argument("--only")
    args = parser.parse_args()

    start, caught, wrong = time.monotonic(), 0, 0
    mutants = [m for m in MUTANTS if args.rig in m.rigs.split()
               and args.only in (None, m.name)]
    live = [m for m in mutants if m.equivalent is None]
    for mutant in mutants:
        if mutant.equivalent is not None:
            mutate(Path(args.source, "src", mutant.file), mutant)
            print(f"equivalent  {mutant.name}: {mutant.equivalent}")
            continue
        seen, words = verdict(build(mutant, args), args)
        caught += seen
        wrong += not seen
        print(f"{'caught' if seen else 'MISSED'}  {mutant.name}: {words}",
              flush=True)
    print(f"caught {caught} of {len(live)}, "
          f"equivalent {len(mutants) - len(live)}, "
          f"{time.monotonic() - start:.0f} s")
    return 1 if wrong or not live else 0


if __name__ == "__main__":
    sys.exit(main())
