"""What the checks in this folder share.

A check is a function check(root) that yields one line for each finding. Its
samples prove that it can fail, and that it does not fail on what is right:
each is a name, a small tree {path: text}, and a part of the finding it must
cause (None: no finding at all).

    python3 tests/checks/<check>.py               look at this repository
    python3 tests/checks/<check>.py --self-test   look at the samples
"""

import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def _write_tree(root, files):
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def _sample_fails(check, name, files, expected):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        _write_tree(root, files)
        findings = list(check(root))
    if expected is None:
        wrong = bool(findings)
    else:
        wrong = not any(expected in finding for finding in findings)
    if wrong:
        print(f"sample '{name}': expected {expected!r}, found {findings}")
    return wrong


def self_test(check, samples):
    failed = sum(_sample_fails(check, *sample) for sample in samples)
    print(f"{len(samples)} samples, {failed} wrong")
    return 1 if failed else 0


def main(check, samples):
    if sys.argv[1:] == ["--self-test"]:
        sys.exit(self_test(check, samples))
    findings = list(check(ROOT))
    for finding in findings:
        print(finding)
    print(f"{len(findings)} findings")
    sys.exit(1 if findings else 0)
