"""Includes point only to lower rooms; only os/ includes <sys/...>; <uv.h> only
where a loop runs."""

import re

import checklib

# Rooms of one level do not include each other.
LEVELS = [["base"], ["os"], ["any"], ["ipc"], ["process"], ["sync", "queue"],
          ["shared"], ["pool", "manager"]]
LEVEL = {room: i for i, rooms in enumerate(LEVELS) for room in rooms}
LOOP_FILES = {"pool/supervisor.c", "manager/server.c", "process/forkserver.c"}

INCLUDE = re.compile(r"^[ \t]*#[ \t]*include[ \t]*([<\"])([^>\"]+)[>\"]", re.M)


def _fault(room, file, quote, target):
    if quote == "<":
        if target == "uv.h" and room != "os" and file not in LOOP_FILES:
            return "only os/ and the files that run a loop may include <uv.h>"
        if target.startswith("sys/") and room != "os":
            return f"only os/ may include <{target}>"
        return None
    other = target.split("/")[0] if "/" in target else room
    if target.startswith("."):
        return f'"{target}": write the path from src/ on'
    if other == room or other not in LEVEL:
        return None
    if LEVEL[other] >= LEVEL[room]:
        return f'"{target}" is not in a lower room than {room}/'
    return None


def check(root):
    for file in sorted((root / "src").glob("*/*.[ch]")):
        room = file.parent.name
        if room not in LEVEL:
            yield f"src/{room}/ is no known room"
            continue
        path = file.relative_to(root / "src").as_posix()
        text = file.read_text(encoding="utf-8")
        for match in INCLUDE.finditer(text):
            fault = _fault(room, path, *match.groups())
            if fault is not None:
                line = text.count("\n", 0, match.start()) + 1
                yield f"src/{path}:{line}: {fault}"


SAMPLES = [
    ("downward", {"src/queue/ring.c": '#include "ring.h"\n'
                  '#include "queue/queue.h"\n#include "base/buf.h"\n'
                  '#include <mproc/queue.h>\n#include "mproc/any.h"\n'}, None),
    ("upward", {"src/base/buf.c": '#include "os/shm.h"\n'}, "os/shm.h"),
    ("sideways", {"src/sync/lock.c": '#include "queue/ring.h"\n'}, "queue/ring.h"),
    ("indented", {"src/os/fd.c": '#  include "any/any.h"\n'}, "any/any.h"),
    ("header", {"src/any/any.h": '#include "queue/queue.h"\n'}, "queue/queue.h"),
    ("dots", {"src/base/buf.c": '#include "../os/shm.h"\n'}, "../os/shm.h"),
    ("sys in os", {"src/os/shm.c": "#include <sys/mman.h>\n"}, None),
    ("sys elsewhere", {"src/ipc/pipe.c": "#include <sys/socket.h>\n"},
     "sys/socket.h"),
    ("uv in a loop", {"src/manager/server.c": "#include <uv.h>\n"}, None),
    ("uv elsewhere", {"src/manager/proxy.c": "#include <uv.h>\n"}, "uv.h"),
    ("unknown room", {"src/misc/x.c": "int x;\n"}, "misc"),
]

if __name__ == "__main__":
    checklib.main(check, SAMPLES)
