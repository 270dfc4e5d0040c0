"""Whether a program that runs for days could: its memory stays as it is, and
it goes on all the time.

What all of its processes have resident is added up, every now and then, and
the last third of the time is held against the first.
"""

import statistics
import time

EVERY = 0.25      # seconds
GROWTH = 1.25     # more than so many times what it was, ...
MARGIN = 4 << 20  # ... and so many bytes, is no chance


def resident(pid):
    try:
        with open(f"/proc/{pid}/status") as f:
            for line in f:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) << 10
    except OSError:
        pass
    return 0


class Steady:
    def __init__(self, processes):
        self.processes = processes  # a function: their ids
        self.samples = []           # (bytes resident, bytes said so far)
        self.next = time.monotonic()

    def look(self, said):
        """To be called often."""
        if time.monotonic() < self.next:
            return
        memory = sum(resident(pid) for pid in self.processes())
        self.samples.append((memory, said))
        self.next = time.monotonic() + EVERY

    def faults(self):
        third = len(self.samples) // 3
        if third == 0:
            return ["was not looked at for long enough"]
        first, last = self.samples[:third], self.samples[-third:]
        before = statistics.median(memory for memory, _ in first)
        after = statistics.median(memory for memory, _ in last)
        faults = []
        if after > before * GROWTH + MARGIN:
            faults.append(f"its memory grows: {before / 2 ** 20:.1f} MiB in "
                          f"the first third, {after / 2 ** 20:.1f} MiB in the "
                          "last")
        if last[0][1] == last[-1][1]:
            faults.append("has fallen silent in the last third")
        return faults
