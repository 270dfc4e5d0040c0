/*
 * Conservation: of what many put and many get at once, each item is received
 * exactly once, and those of one producer in their order as far as one
 * consumer sees them. An item says who put it and which one of his it is.
 */
#ifndef TESTS_QUEUE_CROWD_H
#define TESTS_QUEUE_CROWD_H

#include "child.h"
#include "expect.h"

#include <mproc.h>

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { CROWD_MAX = 4, PER_PRODUCER = 20000, LAST = -1 };

/* Shared by all who take part, processes and threads alike. */
struct crowd {
    mp_queue *q;
    int producers, consumers;
    atomic_int next_producer, next_consumer;
    atomic_bool disorder;
    atomic_uchar seen[CROWD_MAX * PER_PRODUCER];
};

static inline int produce(void *arg)
{
    struct crowd *c = arg;
    int me = atomic_fetch_add(&c->next_producer, 1);
    for (int i = 0; i < PER_PRODUCER; i++)
        if (mp_queue_put(c->q, me * PER_PRODUCER + i) < 0)
            return 1;
    return 0;
}

static inline int produce_many(void *arg)
{
    struct crowd *c = arg;
    int me = atomic_fetch_add(&c->next_producer, 1), xs[37];
    for (int i = 0; i < PER_PRODUCER;) {
        int n = PER_PRODUCER - i < 37 ? PER_PRODUCER - i : 37;
        for (int k = 0; k < n; k++)
            xs[k] = me * PER_PRODUCER + i + k;
        n = mp_queue_put_many(c->q, MP_ARRAY_N(xs, (size_t)n));
        if (n < 0)
            return 1;
        i += n;
    }
    return 0;
}

/* Note one item; false if it is the sign to end. */
static inline bool note(struct crowd *c, int *last, int item)
{
    if (item == LAST)
        return false;
    int producer = item / PER_PRODUCER;
    if (item <= last[producer])
        atomic_store(&c->disorder, true);
    last[producer] = item;
    atomic_fetch_add(&c->seen[item], 1);
    return true;
}

static inline int consume(void *arg)
{
    struct crowd *c = arg;
    int last[CROWD_MAX] = {-1, -1, -1, -1}, item;
    for (;;) {
        if (mp_queue_get(c->q, &item) < 0)
            return 1;
        if (!note(c, last, item))
            return 0;
    }
}

/* Takes several signs to end if they come at once: gives the others back. */
static inline int consume_many(void *arg)
{
    struct crowd *c = arg;
    int last[CROWD_MAX] = {-1, -1, -1, -1}, xs[23], ends = 0;
    while (ends == 0) {
        int n = mp_queue_get_many(c->q, MP_INTO_ARRAY(xs));
        if (n < 0)
            return 1;
        for (int i = 0; i < n; i++)
            ends += !note(c, last, xs[i]);
    }
    while (--ends > 0)
        if (mp_queue_put(c->q, LAST) < 0)
            return 1;
    return 0;
}

static inline struct crowd *new_crowd(mp_queue *q, int n)
{
    struct crowd *c = mmap(NULL, sizeof *c, PROT_READ | PROT_WRITE,
                           MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(c, MAP_FAILED);
    c->q = q;
    c->producers = c->consumers = n;
    return c;
}

static inline void assert_conserved(struct crowd *c)
{
    for (int i = 0; i < c->producers * PER_PRODUCER; i++)
        if (atomic_load(&c->seen[i]) != 1)
            fail_msg("item %d was received %d times", i,
                     atomic_load(&c->seen[i]));
    assert_false(atomic_load(&c->disorder));
    assert_int_equal(mp_queue_qsize(c->q), 0);
    munmap(c, sizeof *c);
}

typedef void (*runner)(struct crowd *c, child_fn put, child_fn get);

static inline void conserve(runner run, int n, int maxsize, bool many)
{
    mp_auto(mp_queue) q = mp_queue_new(maxsize);
    assert_made(q);
    struct crowd *c = new_crowd(q, n);
    if (many)
        run(c, produce_many, consume_many);
    else
        run(c, produce, consume);
    assert_conserved(c);
}

#endif
