/*
 * What both sides of a ring, and the tasks of a joinable one, have in common:
 * the lock, the commit, and the wait for the other side's commit. Called by
 * ring.c, passing.c and task.c; see ring.h for the protocol.
 */
#ifndef MP_QUEUE_SIDE_H
#define MP_QUEUE_SIDE_H

#include "queue/ring.h"

/* A commit moves by an odd number, and FUTEX_WAKE_OP adds 2047 at most. */
#define BATCH 1023u

/* A cursor in private hands. */
struct place {
    uint64_t chunk;
    uint64_t at;
};

/* 0 · -ETIMEDOUT · -EAGAIN. What a dead holder left behind has been mended. A
   call that may not wait still waits a moment for a holder at work. */
int mp__side_lock(struct ring *r, struct ring_side *side, int64_t deadline);

/* Under the side's lock: where its commit stands. */
struct place mp__side_place(const struct ring_side *side);

/* Under the side's lock: move its commit on by n <= BATCH records. `to` is the
   place behind them, `last` the one in front of the last of them. */
void mp__side_commit(struct ring_side *side, uint32_t n, struct place last,
                     struct place to);

/* Wait until the commit of the other side is no longer `seen`. 0: look again;
   -ETIMEDOUT, -EAGAIN. */
int mp__side_wait(struct ring *r, struct ring_side *other, uint32_t seen,
                  struct mp__sleep *sleep);

/* Say under a side's lock that somebody sleeps on its commit, and sleep while
   it is `seen`. As mp__side_wait, without spinning. */
int mp__side_sleep(struct ring *r, struct ring_side *side, uint32_t seen,
                   struct mp__sleep *sleep);

static inline bool mp__ring_is(const struct ring *r, enum ring_state least)
{
    return atomic_load(&r->shared->state) >= (uint32_t)least;
}

#endif
