#!/usr/bin/env python3
"""Check a ported example against what its Python snippet prints.

    check.py PROGRAM [ROW]      the row of its file's name, or another one
    check.py --self-test        prove that the checker can fail
    check.py --table EXAMPLES   each example has a row and an expected output

Exit code 0 if all is well; otherwise 1, and each fault is said.
"""

import difflib
import json
import os
import sys

import shape
import watch

HERE = os.path.dirname(os.path.abspath(__file__))
TABLE = os.path.join(HERE, "examples.json")
EXPECTED = os.path.join(HERE, "expected")


def table():
    with open(TABLE, encoding="utf-8") as f:
        return json.load(f)


def expected_path(name):
    return os.path.join(EXPECTED, name + ".txt")


def check(argv, row, expected):
    """All that is wrong with a run, as sentences."""
    try:
        record = watch.run(argv, row, len(expected))
    except OSError as e:
        return [f"cannot be run: {e}"]
    lines, faults = shape.shape_of(row, record, os.getpid())
    if lines != expected:
        diff = difflib.unified_diff(expected, lines, "expected", "printed",
                                    lineterm="")
        faults.append("its output differs:\n" + "\n".join(diff))
    return faults


def check_program(program, name=None):
    name = name or os.path.basename(program)
    with open(expected_path(name), encoding="utf-8") as f:
        expected = f.read().splitlines()
    return check([os.path.abspath(program)], table()[name], expected)


def check_table(examples):
    faults = []
    sources = {f[:-2] for f in os.listdir(examples) if f.endswith(".c")}
    texts = {f[:-4] for f in os.listdir(EXPECTED) if f.endswith(".txt")}
    rows = set(table())
    for name in sorted(sources - rows):
        faults.append(f"examples/{name}.c has no row in examples.json")
    for name in sorted({row.partition("@")[0] for row in rows} - sources):
        faults.append(f"examples.json: {name} is no example")
    for name in sorted(rows ^ texts):
        faults.append(f"{name}: row or expected output without the other")
    return faults


def main():
    args = sys.argv[1:]
    watch.prepare()
    if args == ["--self-test"]:
        import selftest
        faults = selftest.run()
    elif len(args) == 2 and args[0] == "--table":
        faults = check_table(args[1])
    elif len(args) in (1, 2) and not args[0].startswith("-"):
        faults = check_program(*args)
    else:
        sys.exit(__doc__.strip())
    for fault in faults:
        print(fault)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
