/*
 * An RLock in shared memory: an owner lock, and which thread of the holder has
 * it how often.
 */
#ifndef MP_SYNC_RLOCK_STATE_H
#define MP_SYNC_RLOCK_STATE_H

#include "os/cell.h"
#include "os/owner_lock.h"

#include <stdbool.h>

#define MP__RLOCK_MAGIC 0x6d70524bu

/* Held by a thread: lock names its process, thread is its number, and count is
   above 0. thread and count are written by the holder only; thread is 0 while
   the lock is free, or the one who has it has not yet come that far. */
struct mp__rlock_shared {
    struct mp__cell_head head;
    struct mp__owner_lock lock;
    mp__word thread;
    mp__word count;
};

/* 0 · MP__HOLDER_DIED it is held, and its last holder died holding it
   · -ETIMEDOUT · -EAGAIN (record set) · MP_VALUE_ERROR 2^31 times */
int mp__rlock_acquire(struct mp__rlock_shared *l, int64_t deadline);

/* 0 · MP_ASSERTION_ERROR the calling thread does not have it */
int mp__rlock_release(struct mp__rlock_shared *l);

/* Whether the calling thread has it; how often anybody has. */
bool mp__rlock_is_mine(const struct mp__rlock_shared *l);
bool mp__rlock_is_held(const struct mp__rlock_shared *l);

/* For a wait in between: the calling thread, which has it, lets go of it as
   often as it has it; and has it again so often. reacquire answers as acquire. */
uint32_t mp__rlock_release_all(struct mp__rlock_shared *l);
int mp__rlock_reacquire(struct mp__rlock_shared *l, uint32_t count,
                        int64_t deadline);

#endif
