/*
 * A Semaphore whose units come back when their holder dies.
 *
 * There is no count of what is left, for nobody could mend it: it is max minus
 * what the living hold. A unit has a holder, a process; only that one gives it
 * back.
 */
#ifndef MP_SYNC_UNDO_STATE_H
#define MP_SYNC_UNDO_STATE_H

#include "os/owner_lock.h"
#include "sync/semaphore_state.h"

/*
 * A holder is {mp__owner:32, held:32}. Held by nobody, or by a dead one, it is
 * free. Taking or giving a unit is one store to it, under the lock, which
 * therefore has nothing to mend. There are as many as there can be holders:
 * max, but no more than processes.
 */
struct mp__undo_shared {
    struct mp__semaphore_head head;
    struct mp__owner_lock lock;
    mp__word wanted;  /* not 0: somebody may sleep on `given`. Moves on under
                        the lock with everyone who is to sleep            */
    mp__word given;   /* a count that moves when somebody is to look again  */
    uint32_t holders; /* never changes                                     */
    _Atomic uint64_t holder[];
};

/* Bytes of one with that many units, and what is to be written in it first. */
size_t mp__undo_size(uint32_t max);
void mp__undo_begin(struct mp__undo_shared *u);

/* Whether its size is what it says of itself. */
bool mp__undo_is_whole(const struct mp__undo_shared *u);

/* 0 · -ETIMEDOUT · -EAGAIN (record set) */
int mp__undo_acquire(struct mp__undo_shared *u, int64_t deadline);

/* 0 · MP_VALUE_ERROR this process holds none · -EAGAIN (record set) */
int mp__undo_release(struct mp__undo_shared *u);

/* What is left. While others take and give, what was left at some moment, or
   nearly. */
uint32_t mp__undo_value(const struct mp__undo_shared *u);

#endif
