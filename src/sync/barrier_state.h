/*
 * A Barrier in shared memory.
 *
 * Each who arrives leaves a stamp: its name and the round. The rest is derived:
 * how many have come is how many stamps of the round there are, and a stamp of
 * a dead process breaks the barrier. A round ends by one step of one word, on
 * which the others sleep, and which that step's system call wakes.
 */
#ifndef MP_SYNC_BARRIER_STATE_H
#define MP_SYNC_BARRIER_STATE_H

#include "os/cell.h"
#include "os/owner_lock.h"

#include <stdbool.h>

#define MP__BARRIER_MAGIC 0x6d704261u

/* All changed under the lock, but for one bit of the word. */
struct mp__barrier_shared {
    struct mp__cell_head head;
    struct mp__owner_lock lock;
    mp__word word;    /* round:30, broken:1, slept on:1; futex. Who is to sleep
                         sets the last without the lock          */
    mp__word arrived; /* how many stamps of the round there are  */
    _Atomic uint64_t outcomes; /* of the last 64 rounds: 1 broken; bit i is that
                                  of round i modulo 64           */
    _Atomic uint64_t stamps[]; /* {round as in the word:32, mp__owner:32} */
};

/* One process's view. The cell has room for the stamps of so many. */
struct mp__barrier {
    struct mp__barrier_shared *shared;
    uint32_t parties;
};

/* One who has arrived. */
struct mp__barrier_place {
    uint32_t round; /* as in the word */
    uint32_t index; /* in order of arrival */
};

/* How large the cell has to be. */
static inline size_t mp__barrier_size(uint32_t parties)
{
    return sizeof(struct mp__barrier_shared) + parties * sizeof(uint64_t);
}

/* All that can fail: 0 · MP_BROKEN_BARRIER · -EAGAIN (record set).
   Arrive; if all have been there already, wait for the next round first. */
int mp__barrier_arrive(const struct mp__barrier *b, int64_t deadline,
                       struct mp__barrier_place *out);
/* Wait for the others; the round is broken at the deadline, or if one of them
   is dead. */
int mp__barrier_await(const struct mp__barrier *b,
                      const struct mp__barrier_place *place, int64_t deadline);
/* The last to arrive lets the others go on, or breaks the round, if it is not
   over by now. */
int mp__barrier_release(const struct mp__barrier *b,
                        const struct mp__barrier_place *place);
int mp__barrier_break(const struct mp__barrier *b,
                      const struct mp__barrier_place *place);

/* Broken until reset; a fresh round, and whoever waits finds his broken. */
int mp__barrier_abort(const struct mp__barrier *b);
int mp__barrier_reset(const struct mp__barrier *b);

uint32_t mp__barrier_waiting(const struct mp__barrier *b);
bool mp__barrier_is_broken(const struct mp__barrier *b);

#endif
