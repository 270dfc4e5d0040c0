/*
 * Run a function in a forked child and learn exactly how the child ended.
 *
 *     static int put_one(void *q) { return mp_queue_put(q, 1) < 0; }
 *     assert_int_equal(child_run(put_one, q, 5.0), 0);
 *
 * The function's return value, cut to 0..255, is the exit code. The child ends
 * by _exit(): no atexit function of the test runs twice. It never uses an
 * assertion of cmocka; it returns a code of its own for each thing that can go
 * wrong, and the parent asserts on the exact one.
 */
#ifndef TESTS_CHILD_H
#define TESTS_CHILD_H

#include <sys/types.h>

typedef int (*child_fn)(void *arg);

/* What child_wait() returns beside an exit code (0..255) and -N, the number of
 * the signal that killed the child: numbers far outside both. */
enum {
    CHILD_OVERRUN = -1000, /* it ran too long and was killed by us */
    CHILD_LOST = -1001,    /* it never started, or someone else reaped it */
};

/* Start a child; -1 if fork failed. */
pid_t child_start(child_fn fn, void *arg);

/* Wait for its end, at most so many seconds; then kill -9 and reap it. */
int child_wait(pid_t pid, double seconds);

int child_run(child_fn fn, void *arg, double seconds);

#endif
