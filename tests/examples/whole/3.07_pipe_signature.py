# Pipe(duplex=True) and what the two connections that it returns can do.
from multiprocessing import Pipe


def can(name, end):
    print(name, end.readable, end.writable)


def send_through(source, target, word):
    source.send(word)
    print("received:", target.recv())


a, b = Pipe()
can("duplex, first:", a)
can("duplex, second:", b)
send_through(a, b, "there")
send_through(b, a, "and back")

r, w = Pipe(duplex=False)
can("simplex, first:", r)
can("simplex, second:", w)
send_through(w, r, "one way")
