#!/usr/bin/env python3
"""Derive the expected outputs: run the Python snippets, keep their shape.

    derive.py SNIPPETS [NAME...]    SNIPPETS: the folder of <id>_<name>.py

Every snippet is run by the rules by which its port is checked, so a row that
is wrong about the Python is told here. What cannot be run as it stands (a
fragment; a fork bomb) has a whole program of ours in whole/.
"""

import os
import sys

import check
import shape
import watch

# Lines are written one by one, as on a terminal; what a snippet forgets to
# import is given to it.
RUN = """
import multiprocessing, runpy, sys
sys.stdout.reconfigure(line_buffering=True)
names = {name: getattr(multiprocessing, name) for name in sys.argv[2:]}
runpy.run_path(sys.argv[1], names, '__main__')
"""


def source(snippets, name):
    whole = os.path.join(check.HERE, "whole", name.partition("@")[0] + ".py")
    if os.path.exists(whole):
        return whole
    return os.path.join(os.path.abspath(snippets),
                        name.partition("@")[0] + ".py")


def derive(snippets, name, row):
    argv = [sys.executable, "-c", RUN, source(snippets, name)]
    argv += row.get("missing_imports", [])
    env = dict(os.environ, PYTHONDONTWRITEBYTECODE="1")
    env.pop("PYTHONUNBUFFERED", None)  # it would cut a print into its pieces
    if "steady" in row:  # a port's memory is to be, Python's need not
        row = dict(row, steady=False, watch=1)
    record = watch.run(argv, row, env=env)
    lines, faults = shape.shape_of(row, record, os.getpid())
    if faults:
        print(f"{name}: " + "; ".join(faults))
        return False
    with open(check.expected_path(name), "w", encoding="utf-8") as f:
        f.write("".join(line + "\n" for line in lines))
    print(f"{name}: {len(lines)} lines")
    return True


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__.strip())
    watch.prepare()
    rows = check.table()
    names = sys.argv[2:] or sorted(rows)
    good = [derive(sys.argv[1], name, rows[name]) for name in names]
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
