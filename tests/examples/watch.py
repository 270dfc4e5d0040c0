"""Running a program and watching what it does: its lines, its end, its remains.

A program runs as the leader of a session of its own, in a scratch folder of
its own, with pipes for stdout and stderr. The watcher is a subreaper: whatever
the program leaves behind becomes the watcher's child and is found, in its
session or out of it. Nothing outlives a call of run().
"""

import ctypes
import os
import re
import selectors
import signal
import subprocess
import tempfile
import time

from steady import Steady

FIRST_OUTPUT = 15.0  # an endless program has this long to say anything at all
SETTLE = 1.0         # the last process of a session may end this much later
LATE = 0.2  # of the seconds watched
AFTER_CTRL_C = 5.0   # everything must have ended this long after Ctrl-C
SHM = "/dev/shm"
TIME_ZONE = "<+0545>-5:45"

PR_SET_CHILD_SUBREAPER = 36


class Record:
    """What was seen of one run."""

    def __init__(self):
        self.stdout = ""
        self.stderr = ""
        self.exit = None
        self.pid = 0
        self.began = self.ended = 0.0  # time.time()
        self.took = 0.0
        self.faults = []  # sentences: each is a reason to fail


def prepare():
    """Once, before the first run: what is left behind comes to us; and a time
    zone of its own tells local time from universal time."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")
    os.environ["TZ"] = TIME_ZONE
    time.tzset()


def default_sigint():
    """A test may itself run with SIGINT ignored; its programs must not."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def session(sid):
    """The living processes of a session."""
    members = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat") as f:
                state, _, _, its_sid = f.read().rpartition(")")[2].split()[:4]
        except (OSError, ValueError):
            continue
        if int(its_sid) == sid and state not in "ZX":
            members.append(int(name))
    return members


def orphans(main):
    """Reap what the program left to us; name those that live."""
    living = []
    with open(f"/proc/self/task/{os.getpid()}/children") as f:
        children = [int(pid) for pid in f.read().split()]
    for pid in children:
        if pid != main and os.waitpid(pid, os.WNOHANG)[0] == 0:
            living.append(pid)
    return living


def remains(main):
    return sorted(set(session(main)) - {main} | set(orphans(main)))


def shm_entries():
    """But for the folders of the tests of shared memory, which may run beside
    this one."""
    return {entry for entry in os.listdir(SHM)
            if not entry.startswith("registry-test-")}


def used_by_somebody(entry):
    """Whether a living process, of another test say, has this shm file."""
    path = f"{SHM}/{entry}"
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/maps") as f:
                if path in f.read():
                    return True
            for fd in os.listdir(f"/proc/{pid}/fd"):
                if os.readlink(f"/proc/{pid}/fd/{fd}") == path:
                    return True
        except OSError:
            continue
    return False


def shm_left(before):
    """New entries in /dev/shm that stay and that nobody uses."""
    deadline = time.monotonic() + 2
    while True:
        new = sorted(shm_entries() - before)
        if not new or time.monotonic() > deadline:
            return [entry for entry in new if not used_by_somebody(entry)]
        time.sleep(0.1)


class Watch:
    """One program from start to end."""

    def __init__(self, argv, folder, env, most=None):
        self.record = Record()
        self.most = most  # lines that are kept
        self.shm = shm_entries()
        self.record.began = time.time()
        self.start = time.monotonic()
        self.program = subprocess.Popen(
            argv, cwd=folder, env=env, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            start_new_session=True, preexec_fn=default_sigint)
        self.record.pid = self.program.pid
        self.text = {"stdout": b"", "stderr": b""}
        self.said = 0      # bytes, kept or not
        self.first = None  # when the first output came
        self.pipes = selectors.DefaultSelector()
        for name in self.text:
            pipe = getattr(self.program, name)
            os.set_blocking(pipe.fileno(), False)
            self.pipes.register(pipe, selectors.EVENT_READ, name)

    def fault(self, sentence):
        self.record.faults.append(sentence)

    def take(self, name, data):
        if name == "stdout" and self.most is not None:
            room = self.most - self.text[name].count(b"\n")
            data = b"".join(data.splitlines(keepends=True)[:room])
        self.text[name] += data

    def listen(self, seconds):
        """Take in what comes, for a while; true while there may be more."""
        if not self.pipes.get_map():
            time.sleep(seconds)
            return False
        for key, _ in self.pipes.select(seconds):
            data = os.read(key.fd, 65536)
            if data:
                self.first = self.first or time.monotonic()
                self.said += len(data)
                self.take(key.data, data)
            else:
                self.pipes.unregister(key.fileobj)
        return True

    def until(self, deadline, done):
        while not done():
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            self.listen(min(left, 0.02))
        return True

    def over(self):
        return self.program.poll() is not None

    def keep(self):
        """What has come so far is what is judged."""
        self.record.stdout = self.text["stdout"]
        self.record.stderr = self.text["stderr"]

    def to_its_end(self, most):
        if not self.until(self.start + most, self.over):
            self.fault(f"still runs after {most} s")
            return
        self.record.took = time.monotonic() - self.start
        self.record.exit = self.program.returncode

    def go_on(self, seconds, steady):
        """Listen for so long; if asked for, watch its memory meanwhile."""
        look = Steady(lambda: session(self.record.pid)) if steady else None

        def done():
            if look:
                look.look(self.said)
            return self.over()

        self.until(self.first + seconds, done)
        if look:
            self.record.faults += look.faults()

    def first_seconds(self, row, lines):
        """Listen to an endless program, from its first output on. On a busy
        machine the last of the lines may take a little longer."""
        seconds, quiet = row["watch"], row.get("quiet", 0)
        if not self.until(self.start + FIRST_OUTPUT, lambda: self.first):
            self.fault("says nothing")
            return
        if self.first - self.start < quiet:
            self.fault(f"speaks before {quiet} s have passed")
        self.go_on(seconds, row.get("steady", False))
        self.until(
            self.first + seconds * (1 + LATE),
            lambda: self.over() or self.text["stdout"].count(b"\n") >= lines)
        self.keep()
        if self.over():
            self.fault("ends, but should run until it is stopped")

    def silence(self, seconds):
        """An endless program that has nothing to say."""
        self.until(self.start + seconds, lambda: self.first or self.over())
        self.keep()
        if self.over():
            self.fault("ends, but should run until it is stopped")
        elif self.first:
            self.fault("speaks, but has nothing to say")

    def interrupt_main(self):
        """SIGINT to the parent alone must not make orphans of its children."""
        self.program.send_signal(signal.SIGINT)
        self.until(time.monotonic() + SETTLE, lambda: False)
        if self.over() and remains(self.record.pid):
            self.fault("left orphans when its parent alone got SIGINT")

    def ctrl_c(self, times=1):
        for _ in range(times):
            try:
                os.killpg(self.record.pid, signal.SIGINT)
            except ProcessLookupError:
                return
            if self.until(time.monotonic() + AFTER_CTRL_C, self.over):
                return
        self.fault("goes on after Ctrl-C")

    def clear_up(self):
        """Whoever is left is a fault, and is ended."""
        main = self.record.pid
        if self.over():
            deadline = time.monotonic() + SETTLE
            if not self.until(deadline, lambda: not remains(main)):
                left = ", ".join(map(str, remains(main)))
                self.fault(f"left processes behind: {left}")
        while not self.over() or remains(main):
            for pid in {main} - {self.over() and main} | set(remains(main)):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            self.listen(0.02)
        self.until(time.monotonic() + SETTLE, lambda: not self.pipes.get_map())
        left = shm_left(self.shm)
        if left:
            self.fault("left in /dev/shm: " + ", ".join(left))
        self.record.ended = time.time()


def is_made_of(path, pattern):
    """Whether a file is one match behind another, and nothing else."""
    at = 0
    with open(path, encoding="utf-8") as f:
        text = f.read()
    for m in re.finditer(pattern, text):
        if m.start() != at:
            break
        at = m.end()
    return 0 < at == len(text)


def check_folder(folder, row, record):
    holds = row.get("holds", {})
    there = set(os.listdir(folder))
    for name in sorted(there - set(row.get("files", {})) - set(holds)):
        record.faults.append(f"left a file: {name}")
    for name, pattern in holds.items():
        if name not in there:
            record.faults.append(f"has not made the file {name}")
        elif not is_made_of(os.path.join(folder, name), pattern):
            record.faults.append(f"has damaged the file {name}")


def run(argv, row, lines=0, env=None):
    """Run a program as its row of the table says, and listen for so many
    lines; return the record."""
    with tempfile.TemporaryDirectory(prefix="example-") as folder:
        for name, text in row.get("files", {}).items():
            with open(os.path.join(folder, name), "w") as f:
                f.write(text)
        watch = Watch(argv, folder, env, row.get("first"))
        try:
            if "watch" in row:
                if row.get("silent"):
                    watch.silence(row["watch"])
                else:
                    watch.first_seconds(row, lines)
                if row.get("interrupt") == "main first":
                    watch.interrupt_main()
                watch.ctrl_c(2 if row.get("interrupt") == "twice" else 1)
            else:
                watch.to_its_end(row["takes"][1])
        finally:
            watch.clear_up()
        if "watch" not in row:
            watch.keep()
        check_folder(folder, row, watch.record)
    return watch.record
