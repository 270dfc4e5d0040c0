# The fork bomb behind the fence that its port has.
import os

LIMIT = 16

print(f"fenced: never more than {LIMIT} processes", flush=True)
first = os.getpid()
n = 1
while n < LIMIT:
    os.fork()
    n *= 2

made = 1
try:
    while True:
        made += os.waitstatus_to_exitcode(os.wait()[1])
except ChildProcessError:
    pass
if os.getpid() != first:
    os._exit(made)
print(f"ended: {made} processes were made")
