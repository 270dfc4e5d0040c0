/*
 * A pool in chaos: tasks of every kind from several threads, and workers
 * killed from outside all the while. Each task has a number of its own, and
 * what it does follows from that: so its result is known beforehand.
 */
#ifndef POOL_RIG_H
#define POOL_RIG_H

#include <mproc.h>

#include <stdbool.h>
#include <stdint.h>

/* What a task does. */
enum deed {
    RETURN_NUMBER,
    RETURN_TEXT,
    ALLOCATE, /* and return a number */
    RAISE,
    EXIT,
    EXIT_AT_ONCE,
    ABORT,
    CRASH,
    LOOP, /* until its time is up */
    DEEDS
};

/* One that comes to an end by itself; or any. */
enum mood { TAME, WILD };

/* The deed is in the number: of task n of a mood, these two. */
long task_id(long n, enum mood mood);
enum deed deed_of(long id);

/* The tasks' function. */
int do_deed(mp_call *c);

/* How a task has ended: rc of whoever asked, with a value if that is 0. Each
   task is told of once, and what does not fit its deed is noted. */
void tell_end(long id, int rc, const mp_any *value);

/* It has been told of as a part of something that failed as a whole. */
void tell_end_unseen(long id);

/* The books. */
void open_books(long tasks);
bool check_books(void); /* says what is wrong, and the counts */
void close_books(void);
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Run so many tasks, with a worker killed every so many microseconds; whether
   all was well. Says so, with counts. */
struct chaos {
    long tasks;
    uint32_t every;
    uint64_t seed;
};
bool run_chaos(const struct chaos *chaos);

/* Kill so many parents of pools, at random moments; whether no worker
   survives. */
bool run_orphans(int parents, uint64_t seed);

struct pool_random {
    uint64_t state;
};
uint32_t pool_pick(struct pool_random *r, uint32_t n); /* 0 to n - 1 */

#endif
