"""Print the first program of README.md in a language: c or python.

The check of the installed library builds and runs it, so the program that
every reader sees first is one that works."""

import re
import sys

import checklib


def main():
    text = (checklib.ROOT / "README.md").read_text(encoding="utf-8")
    match = re.search(r"^```%s\n(.*?)^```" % sys.argv[1], text, re.M | re.S)
    if match is None:
        sys.exit(f"README.md holds no {sys.argv[1]} program")
    sys.stdout.write(match.group(1))


if __name__ == "__main__":
    main()
