"""The shared library exports what the headers declare, under the version node
of this release, and nothing else.

    python3 tests/checks/symbols.py <libmproc.so>
    python3 tests/checks/symbols.py --self-test
"""

import re
import subprocess
import sys

import checklib
import headers

SYMBOL = re.compile(r"^(mp_(?!_)[a-z0-9_]+)@@MPROC_\d+\.\d+$")
NODE = re.compile(r"^MPROC_\d+\.\d+(@@MPROC_\d+\.\d+)?$")


def faults(nm_output, declared):
    """Compare the lines of `nm -D --defined-only` with the declared names."""
    exported = set()
    for line in nm_output.splitlines():
        symbol = line.split()[-1]
        match = SYMBOL.match(symbol)
        if match is not None:
            exported.add(match.group(1))
        elif NODE.match(symbol) is None:
            yield f"exported, but not a versioned mp_ name: {symbol}"
    if not exported:
        yield "exports nothing"
    for name in sorted(exported - declared):
        yield f"exported, but declared in no header: {name}"
    for name in sorted(declared - exported):
        yield f"declared, but not exported: {name}"


def declared_names(root):
    """The functions of all installed headers, the inner ones as well; what is
    defined in the header itself is nobody's symbol."""
    for file in sorted((root / "include").rglob("*.h")):
        for function in headers.functions(file.read_text(encoding="utf-8")):
            if not function.inline:
                yield function.name


SAMPLES = [
    ("as declared", "00 T mp_a_b@@MPROC_0.1\n00 A MPROC_0.1\n", None),
    ("internal", "00 T mp_a_b@@MPROC_0.1\n00 T mp__c@@MPROC_0.1\n", "mp__c"),
    ("foreign", "00 T mp_a_b@@MPROC_0.1\n00 T cbor_x@@MPROC_0.1\n", "cbor_x"),
    ("no version", "00 T mp_a_b\n", "not a versioned"),
    ("undeclared", "00 T mp_a_b@@MPROC_0.1\n00 T mp_a_c@@MPROC_0.1\n",
     "no header: mp_a_c"),
    ("missing", "00 T mp_a_c@@MPROC_0.1\n", "not exported: mp_a_b"),
    ("empty", "", "exports nothing"),
]


def self_test():
    wrong = 0
    for name, nm_output, expected in SAMPLES:
        found = list(faults(nm_output, {"mp_a_b"}))
        right = not found if expected is None else any(
            expected in fault for fault in found)
        if not right:
            print(f"sample '{name}': expected {expected!r}, found {found}")
            wrong += 1
    print(f"{len(SAMPLES)} samples, {wrong} wrong")
    return 1 if wrong else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        sys.exit(self_test())
    library = sys.argv[1]
    nm_output = subprocess.run(["nm", "-D", "--defined-only", library],
                               check=True, capture_output=True,
                               text=True).stdout
    found = list(faults(nm_output, set(declared_names(checklib.ROOT))))
    for fault in found:
        print(fault)
    print(f"{len(nm_output.splitlines())} symbols, {len(found)} findings")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
