"""Proof that the checker can fail: wrong programs, each with its one fault.

Each case is a program in Python, its row, what is expected of it, and the
word that must stand in what the checker says; None where it must say nothing.
"""

import os
import sys
import tempfile

import check

PAIR = {"takes": [0, 10], "pids": ["^child (\\d+) of (\\d+)$"]}
GROUPS = {"takes": [0, 10], "groups": [["\\1", "^([ab])"]]}
ENDLESS = {"watch": 0.7}
STEADY = {"watch": 2, "first": 1, "steady": True}
GROW = ("kept = []\nwhile True: kept.append(b'x' * (1 << 20)); "
        "print('tick'); time.sleep(0.05)")
TICK = "while True: print('tick'); time.sleep(0.5)"
SILENT = {"watch": 0.7, "silent": True}
ONCE_MORE = ("try:\n  " + TICK + "\n"
             "except KeyboardInterrupt: time.sleep(60)")
CHILD = "p = os.fork()\nif p == 0:\n  "
LEAVE = CHILD + "{}time.sleep(60); os._exit(0)\nprint('done')"
SHM = f"/dev/shm/mproc-selftest-{os.getpid()}"

CASES = [  # title, program, row, expected, the fault
    ("right", "print('a'); print('b')", {"takes": [0, 10]}, ["a", "b"], None),
    ("no such program", None, {"takes": [0, 10]}, [], "cannot be run"),
    ("a missing line", "print('a')", {"takes": [0, 10]}, ["a", "b"],
     "differs"),
    ("a line too many", "print('a'); print('b')", {"takes": [0, 10]}, ["a"],
     "differs"),
    ("a wrong order", "print('b'); print('a')", {"takes": [0, 10]},
     ["a", "b"], "differs"),
    ("a free order", "print('b'); print('a')",
     {"takes": [0, 10], "order": "free"}, ["a", "b"], None),
    ("two groups, mixed", "print('b1\\na1\\na2\\nb2')", GROUPS,
     ["a1", "a2", "b1", "b2"], None),
    ("a wrong order within a group", "print('b1\\na2\\na1\\nb2')", GROUPS,
     ["a1", "a2", "b1", "b2"], "differs"),
    ("a line of no group", "print('a1\\nc1')", GROUPS, ["a1"], "no group"),
    ("late before early", "print('end'); print('start')",
     {"takes": [0, 10], "order": "free", "before": [["start", "end"]]},
     ["end", "start"], "comes after"),
    ("right pids", CHILD + "print('child', os.getpid(), 'of', os.getppid());"
     "os._exit(0)\nos.wait()", PAIR, ["child <P1> of <main>"], None),
    ("a wrong pid of the parent",
     CHILD + "print('child', os.getpid(), 'of', os.getpid());"
     "os._exit(0)\nos.wait()", PAIR, ["child <P1> of <main>"], "differs"),
    ("parent and child exchanged",
     CHILD + "print('child', os.getppid(), 'of', os.getpid());"
     "os._exit(0)\nos.wait()", PAIR, ["child <P1> of <main>"], "differs"),
    ("one process where two should speak", "print('by', 10); print('by', 10)",
     {"takes": [0, 10], "order": "free", "pids": ["by (\\d+)"],
      "distinct": [["^by", 2, 2]]}, ["by <pid>", "by <pid>"], "is said by"),
    ("an optional line may miss", "print('a')",
     {"takes": [0, 10], "optional": ["^x$"]}, ["a"], None),
    ("an optional line too often", "print('a\\nx\\nx')",
     {"takes": [0, 10], "optional": ["^x$"], "counts": [["^x$", 0, 1]]},
     ["a"], "matches 2 lines"),
    ("the time of day", "print(time.strftime('%H:%M:%S'))",
     {"takes": [0, 10], "times": ["clock"]}, ["<clock>"], None),
    ("another time of day", "print(time.strftime('%H:%M:%S', "
     "time.localtime(time.time() - 3600)))",
     {"takes": [0, 10], "times": ["clock"]}, ["<clock>"], "wrong time"),
    ("universal time for local time",
     "print(time.strftime('%H:%M:%S', time.gmtime()))",
     {"takes": [0, 10], "times": ["clock"]}, ["<clock>"], "wrong time"),
    ("a wrong duration", "print(2.7)", {"takes": [0, 10],
     "times": ["duration"]}, ["<2 s>"], "differs"),
    ("a torn line", "print('a', end='')", {"takes": [0, 10]}, ["a"],
     "within a line"),
    ("broken UTF-8", "os.write(1, b'\\xe5\\xad\\n')", {"takes": [0, 10]}, [],
     "UTF-8"),
    ("an exit code", "sys.exit(3)", {"takes": [0, 10]}, [], "exit code 3"),
    ("death by a signal", "os.kill(os.getpid(), 9)", {"takes": [0, 10]}, [],
     "exit code -9"),
    ("a word on stderr", "sys.stderr.write('oh\\n')", {"takes": [0, 10]}, [],
     "stderr says: oh"),
    ("another error", "sys.stderr.write('KeyError: 1\\n')",
     {"takes": [0, 10], "errors": "Error"}, ["stderr: ValueError: 1"],
     "differs"),
    ("an end too early", "pass", {"takes": [2, 10]}, [], "ends after"),
    ("no end", "time.sleep(60)", {"takes": [0, 0.7]}, [], "still runs"),
    ("a process left behind", LEAVE.format("os.close(1); os.close(2); "),
     {"takes": [0, 10]}, ["done"], "left processes"),
    ("one that holds the pipe", LEAVE.format(""), {"takes": [0, 10]},
     ["done"], "left processes"),
    ("one in a session of its own", LEAVE.format("os.setsid(); "),
     {"takes": [0, 10]}, ["done"], "left processes"),
    ("a zombie is not left behind", CHILD + "os._exit(0)\nprint('done')",
     {"takes": [0, 10]}, ["done"], None),
    ("a file left", "open('junk', 'w')", {"takes": [0, 10]}, [],
     "left a file: junk"),
    ("a file that may be there", "print(open('in').read())",
     {"takes": [0, 10], "files": {"in": "7"}}, ["7"], None),
    ("a file of whole records", "open('out', 'w').write('12|345|')",
     {"takes": [0, 10], "holds": {"out": "\\d+\\|"}}, [], None),
    ("a record cut short", "open('out', 'w').write('12|34')",
     {"takes": [0, 10], "holds": {"out": "\\d+\\|"}}, [], "damaged"),
    ("a file that was not made", "pass",
     {"takes": [0, 10], "holds": {"out": "\\d+\\|"}}, [], "not made"),
    ("shared memory left", f"open('{SHM}', 'w')", {"takes": [0, 10]}, [],
     "left in /dev/shm"),
    ("endless", TICK, ENDLESS, ["tick", "tick"], None),
    ("endless, too slow", TICK, ENDLESS, ["tick", "tick", "tick"], "differs"),
    ("endless, too fast", TICK.replace("0.5", "0.2"), ENDLESS,
     ["tick", "tick"], "differs"),
    ("endless, its first line judged", TICK, {"watch": 1.2, "first": 1},
     ["tick"], None),
    ("endless, a wrong first line", TICK, {"watch": 1.2, "first": 1},
     ["tock"], "differs"),
    ("steady", "while True: print('tick'); time.sleep(0.05)", STEADY,
     ["tick"], None),
    ("steady, but its memory grows", GROW, STEADY, ["tick"], "memory grows"),
    ("steady, but a child's memory grows", CHILD
     + GROW.replace("\n", "\n  ") + "\nwhile True: time.sleep(1)", STEADY, ["tick"], "memory grows"),
    ("steady, but it falls silent", "print('tick'); time.sleep(60)", STEADY,
     ["tick"], "silent"),
    ("endless that ends", "print('tick\\ntick')", ENDLESS, ["tick", "tick"],
     "should run"),
    ("endless that speaks too early", TICK, {"watch": 0.7, "quiet": 5},
     ["tick", "tick"], "speaks before"),
    ("endless and silent", "time.sleep(60)", SILENT, [], None),
    ("silent that speaks", TICK, SILENT, ["tick"], "nothing to say"),
    ("silent that ends", "pass", SILENT, [], "should run"),
    ("one that ends by the second Ctrl-C", ONCE_MORE,
     {"watch": 0.7, "interrupt": "twice"}, ["tick", "tick"], None),
    ("one that needs a second Ctrl-C", ONCE_MORE, ENDLESS, ["tick", "tick"],
     "goes on after Ctrl-C"),
    ("endless, deaf to Ctrl-C",
     "signal.signal(signal.SIGINT, signal.SIG_IGN)\n" + TICK, ENDLESS,
     ["tick", "tick"], "goes on after Ctrl-C"),
    ("a child deaf to Ctrl-C", CHILD + "signal.signal(signal.SIGINT, "
     "signal.SIG_IGN); time.sleep(60)\n" + TICK, ENDLESS, ["tick", "tick"],
     "left processes"),
    ("orphans of a parent that alone got SIGINT", CHILD + "time.sleep(60)\n"
     + TICK, {"watch": 0.7, "interrupt": "main first"}, ["tick", "tick"],
     "left orphans"),
    ("a parent that waits when it alone got SIGINT", CHILD + "time.sleep(60)\n"
     "try:\n  " + TICK + "\nexcept KeyboardInterrupt: os.wait()",
     {"watch": 0.7, "interrupt": "main first"}, ["tick", "tick"], None),
]

PRELUDE = ("import os, signal, sys, time\n"
           "sys.stdout.reconfigure(line_buffering=True)\n"
           "sys.excepthook = lambda *a: None\n")


def one(folder, case):
    title, program, row, expected, word = case
    path = os.path.join(folder, "program.py")
    with open(path, "w", encoding="utf-8") as f:
        f.write(PRELUDE + (program or "") + "\n")
    argv = [sys.executable, path] if program else ["/nowhere"]
    faults = check.check(argv, row, expected)
    said = "\n".join(faults)
    if word is None and faults:
        return f"{title}: must pass, but: {said}"
    if word is not None and word not in said:
        return f"{title}: must fail by '{word}', but: {said or 'it passed'}"
    return None


def run():
    os.environ.pop("PYTHONUNBUFFERED", None)
    wrong = []
    with tempfile.TemporaryDirectory(prefix="selftest-") as folder:
        for case in CASES:
            fault = one(folder, case)
            if os.path.exists(SHM):
                os.unlink(SHM)
            if fault:
                wrong.append(fault)
    good = len(CASES) - len(wrong)
    print(f"checker self-test: {good} of {len(CASES)} cases as they must be, "
          f"{sum(c[4] is not None for c in CASES)} of them wrong programs")
    return wrong
