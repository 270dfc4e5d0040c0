"""The shape of an output: what is left when chance is taken out of it.

A row of the table says what is chance: process ids, times, the order in which
processes got to run. Two runs of the same program have the same shape, and so
have a snippet and its port.
"""

import re
import time

CLOCK = r"\d\d:\d\d:\d\d"
TIMES = {  # name: (pattern, strptime format or None, replacement)
    "datetime": (rf"\d\d\d\d-\d\d-\d\d {CLOCK}", "%Y-%m-%d %H:%M:%S",
                 "<date and time>"),
    "clock": (CLOCK, "%H:%M:%S", "<clock>"),
    "ctime": (rf"[A-Z][a-z]{{2}} [A-Z][a-z]{{2}} [ \d]\d {CLOCK} \d{{4}}",
              "%a %b %d %H:%M:%S %Y", "<ctime>"),
    "epoch": (r"\d{9,11}\.\d+", None, "<epoch>"),
    "moment": (r"(?<!\d)\d\.\d\d(?!\d)", None, "<some seconds>"),
    "duration": (r"\d+\.\d+(?:e-\d+)?", None, None),
}


class Shaper:
    """Turns one record into its lines; faults are sentences."""

    def __init__(self, row, record, runner):
        self.row = row
        self.record = record
        self.known = {str(runner): "<runner>", str(record.pid): "<main>"}
        self.faults = list(record.faults)

    def fault(self, sentence):
        self.faults.append(sentence)

    def decoded(self, name, data):
        text = data.decode("utf-8", "backslashreplace")
        if "\\x" in text:
            self.fault(f"{name} is no UTF-8")
        if text and not text.endswith("\n"):
            self.fault(f"{name} ends within a line")
        return text.splitlines()

    def lines(self):
        lines = self.decoded("stdout", self.record.stdout)
        for line in self.decoded("stderr", self.record.stderr):
            if "errors" not in self.row:
                self.fault(f"stderr says: {line}")
            elif re.search(self.row["errors"], line):
                lines.append("stderr: " + line)
        return lines

    def mark_pids(self, line):
        """A pid becomes <main>, <runner> or, between two \\x01, itself."""
        for pattern in self.row.get("pids", ()):
            out, at = "", 0
            for m in re.finditer(pattern, line):
                for i in range(1, m.re.groups + 1):
                    if m.group(i) is None:
                        continue
                    pid = m.group(i)
                    out += line[at:m.start(i)]
                    out += self.known.get(pid, f"\x01{pid}\x01")
                    at = m.end(i)
            line = out + line[at:]
        return line

    def check_time(self, text, form):
        """A time that is shown is the time of the run, in local time."""
        first = time.localtime(self.record.began)
        now = time.strptime(text, form)
        if form == "%H:%M:%S":
            now = time.struct_time(first[:3] + now[3:6] + (0, 0, -1))
        at = time.mktime(now[:8] + (-1,))
        if at < self.record.began - 2:
            at += 24 * 3600  # the clock passed midnight
        if not self.record.began - 2 <= at <= self.record.ended + 2:
            self.fault(f"shows the wrong time: {text}")

    def mark_times(self, line):
        for name in self.row.get("times", ()):
            pattern, form, word = TIMES[name]

            def replace(m):
                if form:
                    self.check_time(m.group(), form)
                return word or f"<{float(m.group()):.0f} s>"

            line = re.sub(pattern, replace, line)
        return line

    def check_before(self, lines):
        for early, late in self.row.get("before", ()):
            first = [i for i, s in enumerate(lines) if re.search(early, s)]
            then = [i for i, s in enumerate(lines) if re.search(late, s)]
            if first and then and max(first) > min(then):
                self.fault(f"'{lines[max(first)]}' comes after "
                           f"'{lines[min(then)]}'")

    def check_counts(self, lines):
        for pattern, least, most in self.row.get("counts", ()):
            n = sum(bool(re.search(pattern, mask(s))) for s in lines)
            if not least <= n <= most:
                self.fault(f"'{pattern}' matches {n} lines, "
                           f"not {least} to {most}")
        for pattern, least, most in self.row.get("distinct", ()):
            pids = {pid for s in lines if re.search(pattern, mask(s))
                    for pid in re.findall("\x01(\\d+)\x01", s)}
            if not least <= len(pids) <= most:
                self.fault(f"'{pattern}' is said by {len(pids)} processes, "
                           f"not {least} to {most}")

    def merged(self, line):
        for pattern, word in self.row.get("merge", ()):
            if re.search(pattern, mask(line)):
                return word
        return line

    def key(self, line):
        for word, pattern in self.row["groups"]:
            m = re.search(pattern, mask(line))
            if m:
                return m.expand(word)
        self.fault(f"a line of no group: {mask(line)}")
        return ""

    def ordered(self, lines):
        if "groups" in self.row:
            return sorted(lines, key=self.key)
        if self.row.get("order") == "free":
            return sorted(lines, key=mask)
        return lines

    def number(self, lines):
        """Pids are numbered as they come once the lines are in order; but if
        it is only known how many there are, which says what is chance."""
        if "distinct" in self.row:
            return [mask(line) for line in lines]
        seen = {}

        def name(m):
            return seen.setdefault(m.group(1), f"<P{len(seen) + 1}>")

        return [re.sub("\x01(\\d+)\x01", name, line) for line in lines]

    def shape(self):
        lines = [self.mark_times(self.mark_pids(s)) for s in self.lines()]
        self.check_before([mask(line) for line in lines])
        self.check_counts(lines)
        for pattern in self.row.get("optional", ()):
            lines = [s for s in lines if not re.search(pattern, mask(s))]
        lines = [self.merged(line) for line in lines]
        return self.number(self.ordered(lines))


def mask(line):
    return re.sub("\x01\\d+\x01", "<pid>", line)


def shape_of(row, record, runner):
    """The lines and the faults of a run."""
    shaper = Shaper(row, record, runner)
    lines = shaper.shape()
    if "watch" not in row and record.exit is not None:
        if record.exit != row.get("exit", 0):
            shaper.fault(f"ends with exit code {record.exit}, "
                         f"not {row.get('exit', 0)}")
        if record.took < row["takes"][0] - 0.05:
            shaper.fault(f"ends after {record.took:.2f} s, "
                         f"before {row['takes'][0]} s have passed")
    return lines, shaper.faults
