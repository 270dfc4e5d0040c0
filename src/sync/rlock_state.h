/*
 * An RLock in shared memory: who has it, process and thread, and how often.
 */
#ifndef MP_SYNC_RLOCK_STATE_H
#define MP_SYNC_RLOCK_STATE_H

#include "os/cell.h"
#include "os/owner_lock.h"

#include <stdbool.h>

#define MP__RLOCK_MAGIC 0x6d70524bu

/*
 * lock names the process, by the rules of an owner lock, and thread is the
 * holder's number in it. They are taken as one word, so that they never speak
 * of two different holders. Given back they are one after the other: thread is
 * 0 while the lock is free, or its holder is about to free it.
 */
struct mp__rlock_shared {
    struct mp__cell_head head;
    union {
        struct {
            struct mp__owner_lock lock;
            mp__word thread;
        };
        _Atomic uint64_t both;
    };
    mp__word count; /* written by the holder only */
};

/* 0 · MP__HOLDER_DIED it is held, and its last holder died holding it, or
   ended as a thread of a process that lives · -ETIMEDOUT · -EAGAIN (record
   set) · MP_VALUE_ERROR 2^31 times */
int mp__rlock_acquire(struct mp__rlock_shared *l, int64_t deadline);

/* 0 · MP_ASSERTION_ERROR the calling thread does not have it */
int mp__rlock_release(struct mp__rlock_shared *l);

/* Whether the calling thread has it; whether anybody has. */
bool mp__rlock_is_mine(const struct mp__rlock_shared *l);
bool mp__rlock_is_held(const struct mp__rlock_shared *l);

/* For a wait in between: the calling thread, which has it, lets go of it as
   often as it has it; and has it again so often. reacquire answers as acquire. */
uint32_t mp__rlock_release_all(struct mp__rlock_shared *l);
int mp__rlock_reacquire(struct mp__rlock_shared *l, uint32_t count,
                        int64_t deadline);

#endif
