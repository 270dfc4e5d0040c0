"""CPython's part of the benchmark: the jobs of bench.h, done by multiprocessing.

    python3 peers.py KIND OVER SIZE PAIRS COUNT

prints the same figures as `bench --do libmproc` with these words, and exits 1
if a message was lost or damaged. The time to start the interpreter is not
counted.
"""

import collections
import concurrent.futures
import mmap
import multiprocessing
import struct
import sys
import threading
import time
from multiprocessing import shared_memory

mp = multiprocessing.get_context("fork")
WORD = struct.Struct("<Q")
MASK = 2**64 - 1
INT, SMALL = 8, 64
PAGE = 4096
SMALL_MESSAGE = struct.Struct("<7QQ")


# -- messages: number v begins with v and ends with ~v; one of 8 bytes is an int

def messages(size, numbers):
    if size == INT:
        yield from numbers
    elif size == SMALL:
        for v in numbers:
            yield SMALL_MESSAGE.pack(v, 0, 0, 0, 0, 0, 0, ~v & MASK)
    else:
        buffer = bytearray(size)
        for v in numbers:
            WORD.pack_into(buffer, 0, v)
            WORD.pack_into(buffer, size - 8, ~v & MASK)
            yield bytes(buffer)


def number_of(message, size):
    if size == INT:
        return message
    if size == SMALL:
        words = SMALL_MESSAGE.unpack(message)
        first, last = words[0], words[-1]
    else:
        first, = WORD.unpack_from(message, 0)
        last, = WORD.unpack_from(message, size - 8)
    if len(message) != size or last != ~first & MASK:
        sys.exit("a message was damaged")
    return first


# -- channels: how to put and to get

def channel(over):
    """One way: (put, get)."""
    if over == "pipe":
        reader, writer = mp.Pipe(duplex=False)
        return writer.send, reader.recv
    queue = mp.Queue() if over == "queue" else mp.SimpleQueue()
    return queue.put, queue.get


def both_ways(over):
    """((put, get) of the parent, (put, get) of the child)."""
    if over == "pipe":
        ours, theirs = mp.Pipe()
        return (ours.send, ours.recv), (theirs.send, theirs.recv)
    there, back = channel(over), channel(over)
    return (there[0], back[1]), (back[0], there[1])


def started(target, *args):
    process = mp.Process(target=target, args=args)
    process.start()
    return process


def joined(processes):
    for process in processes:
        process.join()
        if process.exitcode != 0:
            sys.exit("a child failed")


# -- jobs

def produce(put, line, size, numbers):
    line.wait()
    for message in messages(size, numbers):
        put(message)


def consume(get, line, results, size, count):
    line.wait()
    total = 0
    for _ in range(count):
        total += number_of(get(), size)
    results.put(total)


def one_way(over, size, pairs, count):
    put, get = channel(over)
    results, line = mp.SimpleQueue(), mp.Barrier(2 * pairs + 1)
    each = count // pairs
    count = each * pairs
    children = [started(produce, put, line, size,
                        range(i * each, (i + 1) * each))
                for i in range(pairs)]
    children += [started(consume, get, line, results, size, each)
                 for _ in range(pairs)]
    line.wait()
    begin = time.perf_counter()
    total = sum(results.get() for _ in range(pairs))
    end = time.perf_counter()
    joined(children)
    if total != count * (count - 1) // 2:
        sys.exit("messages were lost")
    return count / (end - begin), 0


def echo(ends, count):
    put, get = ends
    for _ in range(count):
        put(get() + 1)


def round_trip(over, _size, _pairs, count):
    (put, get), theirs = both_ways(over)
    child = started(echo, theirs, count)
    times = []
    begin = time.perf_counter()
    for v in range(count):
        put(v)
        if get() != v + 1:
            sys.exit("a wrong answer")
        end = time.perf_counter()
        times.append((end - begin) * 1e6)
        begin = end
    joined([child])
    times.sort()
    return times[count // 2], times[int(count * 0.99)]


def count_itself(counter):
    WORD.pack_into(counter, 0, WORD.unpack_from(counter, 0)[0] + 1)


def start(_over, _size, _pairs, count):
    counter = mmap.mmap(-1, WORD.size)
    begin = time.perf_counter()
    for _ in range(count):
        joined([started(count_itself, counter)])
    end = time.perf_counter()
    if WORD.unpack_from(counter, 0)[0] != count:
        sys.exit("a child did not run")
    return count / (end - begin), 0


def thread(_over, _size, _pairs, count):
    ran = []
    begin = time.perf_counter()
    for i in range(count):
        one = threading.Thread(target=ran.append, args=(i,))
        one.start()
        one.join()
    end = time.perf_counter()
    if len(ran) != count:
        sys.exit("a thread did not run")
    return count / (end - begin), 0


def carry_back(ends, count):
    put, get = ends
    for _ in range(count):
        put(get())


def volume(over, size, _pairs, count):
    (put, get), theirs = both_ways(over)
    child = started(carry_back, theirs, count)
    times = []
    for load in messages(size, range(count)):
        begin = time.perf_counter()
        put(load)
        returned = get()
        times.append((time.perf_counter() - begin) * 1e3)
        if returned != load:
            sys.exit("what came back is not what was sent")
    joined([child])
    times.sort()
    return times[count // 2], 0


COUNTED_UP = bytes((i + 1) % 256 for i in range(256))


def change_and_give_back(ends, count):
    put, get = ends
    for _ in range(count):
        memory = shared_memory.SharedMemory(get())
        memory.buf[::PAGE] = bytes(memory.buf[::PAGE]).translate(COUNTED_UP)
        memory.close()
        put(None)


def hand_over(over, size, _pairs, count):
    (put, get), theirs = both_ways(over)
    memory = shared_memory.SharedMemory(create=True, size=size)
    child = started(change_and_give_back, theirs, count)
    times = []
    for n in range(count):
        begin = time.perf_counter()
        put(memory.name)
        get()
        times.append((time.perf_counter() - begin) * 1e3)
        if set(memory.buf[::PAGE]) != {(n + 1) % 256}:
            sys.exit("what came back is not what was handed over")
    joined([child])
    memory.close()
    memory.unlink()
    times.sort()
    return times[count // 2], 0


def go_round(lock, counter, count):
    for _ in range(count):
        lock.acquire()
        WORD.pack_into(counter, 0, WORD.unpack_from(counter, 0)[0] + 1)
        lock.release()


def go_round_together(lock, counter, line, count):
    line.wait()
    go_round(lock, counter, count)
    line.wait()


def lock(over, _size, workers, count):
    kinds = {"lock": mp.Lock, "rlock": mp.RLock, "semaphore": mp.Semaphore}
    taken, counter = kinds[over](), mmap.mmap(-1, WORD.size)
    line = mp.Barrier(workers + 1)
    each = count // workers
    children = [] if workers == 1 else [
        started(go_round_together, taken, counter, line, each)
        for _ in range(workers)]
    if children:
        line.wait()
    begin = time.perf_counter()
    if children:
        line.wait()
    else:
        go_round(taken, counter, each)
    end = time.perf_counter()
    joined(children)
    if WORD.unpack_from(counter, 0)[0] != each * workers:
        sys.exit("a round was lost")
    return each * workers / (end - begin), 0


def add(value, line, count):
    line.wait()
    for _ in range(count):
        with value.get_lock():
            value.value += 1


def count(_over, _size, pairs, count):
    """Under the lock in any case: there is no atomic addition."""
    value, line = mp.Value("l", 0), mp.Barrier(pairs + 1)
    each = count // pairs
    children = [started(add, value, line, each) for _ in range(pairs)]
    line.wait()
    begin = time.perf_counter()
    joined(children)
    end = time.perf_counter()
    if value.value != each * pairs:
        sys.exit("additions were lost")
    return value.value / (end - begin), 0


class Events:
    """Two events, one for each way."""

    def __init__(self):
        self.there, self.back = mp.Event(), mp.Event()

    def wake(self):
        self.there.set()
        self.back.wait()
        self.back.clear()

    def answer(self):
        self.there.wait()
        self.there.clear()
        self.back.set()


class Turns:
    """A condition, and whose turn it is."""

    def __init__(self):
        self.condition, self.turn = mp.Condition(mp.Lock()), mmap.mmap(-1, 1)

    def pass_on(self, mine, others):
        with self.condition:
            while self.turn[0] != mine:
                self.condition.wait()
            self.turn[0] = others
            self.condition.notify()

    def wake(self):
        self.pass_on(0, 1)
        with self.condition:
            while self.turn[0] != 0:
                self.condition.wait()

    def answer(self):
        self.pass_on(1, 0)


def answer_all(rally, count):
    for _ in range(count):
        rally.answer()


def median_and_p99(action, count):
    times = []
    begin = time.perf_counter()
    for _ in range(count):
        action()
        end = time.perf_counter()
        times.append((end - begin) * 1e6)
        begin = end
    times.sort()
    return times[count // 2], times[int(count * 0.99)]


def wake(over, _size, _pairs, count):
    rally = Events() if over == "event" else Turns()
    child = started(answer_all, rally, count)
    figures = median_and_p99(rally.wake, count)
    joined([child])
    return figures


def wait_all(barrier, count):
    for _ in range(count):
        barrier.wait()


def meet(_over, _size, _pairs, count):
    barrier = mp.Barrier(2)
    child = started(wait_all, barrier, count)
    figures = median_and_p99(barrier.wait, count)
    joined([child])
    return figures


LOADS_AHEAD, WARM_UP, BATCH_MAX = 2, 10, 1000 * 1000


def square(v):
    return v * v


def hand_back(load):
    number_of(load, len(load))
    return load


def sum_of_squares(count):
    return (count - 1) * count * (2 * count - 1) // 6


def apply_loads(pool, size, workers, count):
    """No more under way than a few, as whoever has much to send does it."""
    total, under_way = 0, collections.deque()
    for load in messages(size, range(count)):
        if len(under_way) == workers * LOADS_AHEAD:
            total += number_of(under_way.popleft().get(), size)
        under_way.append(pool.apply_async(hand_back, (load,)))
    return total + sum(number_of(r.get(), size) for r in under_way)


def run_tasks(pool, over, size, workers, count):
    expected = sum_of_squares(count)
    if over == "apply":
        total = sum(pool.apply(square, (v,)) for v in range(count))
    elif over == "imap":
        total = sum(pool.imap(square, range(count)))
    elif size == INT:
        results = [pool.apply_async(square, (v,)) for v in range(count)]
        total = sum(r.get() for r in results)
    else:
        total = apply_loads(pool, size, workers, count)
        expected = count * (count - 1) // 2
    if total != expected:
        sys.exit("a result was wrong")


def submit_all(executor, count):
    futures = [executor.submit(square, v) for v in range(count)]
    if sum(f.result() for f in futures) != sum_of_squares(count):
        sys.exit("a result was wrong")


def submitted(workers, count):
    with concurrent.futures.ProcessPoolExecutor(workers) as executor:
        submit_all(executor, count // WARM_UP)
        begin = time.perf_counter()
        submit_all(executor, count)
        end = time.perf_counter()
    return count / (end - begin), 0


def tasks(over, size, workers, count):
    if over == "submit":
        return submitted(workers, count)
    with mp.Pool(workers) as pool:
        run_tasks(pool, over, size, workers, count // WARM_UP)
        begin = time.perf_counter()
        run_tasks(pool, over, size, workers, count)
        end = time.perf_counter()
    return count / (end - begin), 0


def map_batch(pool, numbers):
    """The sum of the squares, and the time without the summing."""
    begin = time.perf_counter()
    squared = pool.map(square, numbers)
    end = time.perf_counter()
    return sum(squared), end - begin


def map_all(_over, _size, workers, count):
    batch = min(count, BATCH_MAX)
    count -= count % batch
    with mp.Pool(workers) as pool:
        map_batch(pool, range(batch))
        done = [map_batch(pool, range(first, first + batch))
                for first in range(0, count, batch)]
    if sum(total for total, _ in done) != sum_of_squares(count):
        sys.exit("a result was wrong")
    return count / sum(seconds for _, seconds in done), 0


def pool_of(_over, _size, workers, count):
    times = []
    for _ in range(count):
        begin = time.perf_counter()
        with mp.Pool(workers) as pool:
            squared = pool.map(square, range(workers))
        times.append((time.perf_counter() - begin) * 1e3)
        if sum(squared) != sum_of_squares(workers):
            sys.exit("a result was wrong")
    times.sort()
    return times[count // 2], 0


def main():
    kind, over = sys.argv[1:3]
    jobs = {
        "one_way": one_way,
        "round_trip": round_trip,
        "start": start,
        "thread": thread,
        "volume": volume,
        "hand_over": hand_over,
        "lock": lock,
        "count": count,
        "wake": wake,
        "meet": meet,
        "tasks": tasks,
        "map": map_all,
        "pool": pool_of,
    }
    figures = jobs[kind](over, *map(int, sys.argv[3:]))
    print(*(f"{figure:.6g}" for figure in figures))


if __name__ == "__main__":
    main()
