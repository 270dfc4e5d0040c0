/*
 * Locks, semaphores, queues: what each of them is to do, one operation after
 * the other, and what a random worker does with it.
 *
 * To add one: write a struct linear_family, and a struct linear_subject (see
 * subject.h) that does the operations on the real object.
 */
#ifndef LINEAR_FAMILY_H
#define LINEAR_FAMILY_H

#include "history.h"

struct linear_random {
    uint64_t state;
};
/* 0 to n - 1. */
uint32_t linear_pick(struct linear_random *r, uint32_t n);
/* Not at all, shortly, or for ever: a timeout in seconds. */
double linear_some_timeout(struct linear_random *r);

struct linear_family {
    const char *name;

    /* The model: what the operation makes of the state, in place. false: with
       this answer it cannot have been done in that state. One that was cut off
       has no answer: what it does if it is done. */
    bool (*step)(struct linear_state *s, const struct linear_op *op);

    /* The parts of an operation that may be done one by one; how many, at most
       LINEAR_BATCH. NULL: none has any. */
    int (*split)(const struct linear_op *op,
                 struct linear_op parts[LINEAR_BATCH]);

    /* What a worker does next. Its kind, timeout, batch and, if it is a put,
       as many items, which number from `item` on. */
    struct linear_op (*choose)(struct linear_random *r, uint16_t item);

    /* What the rig does to let an operation go on that waits. */
    struct linear_op (*help)(const struct linear_op *waits, uint16_t item);

    /* What the rig does in the end, to see what is left: the k-th, after
       `last`. false: that was all. */
    bool (*close)(int k, const struct linear_op *last, struct linear_op *out);
};

extern const struct linear_family linear_locks;
extern const struct linear_family linear_rlocks;
extern const struct linear_family linear_semaphores;
extern const struct linear_family linear_queues;

#endif
