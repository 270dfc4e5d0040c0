/*
 * A Lock in shared memory: an owner lock (os/owner_lock.h) that anybody may
 * release, as Python's. Not recursive.
 */
#ifndef MP_SYNC_LOCK_STATE_H
#define MP_SYNC_LOCK_STATE_H

#include "os/cell.h"
#include "os/owner_lock.h"

#include <stdbool.h>

#define MP__LOCK_MAGIC 0x6d704c6bu

struct mp__lock_shared {
    struct mp__cell_head head;
    struct mp__owner_lock lock;
    mp__word thread; /* of the holder, who writes it; for printing only */
};

/* 0 · MP__HOLDER_DIED it is held, and its last holder died holding it
   · -ETIMEDOUT · -EAGAIN (record set) */
int mp__lock_acquire(struct mp__lock_shared *l, int64_t deadline);

/* 0 · MP_VALUE_ERROR it is free */
int mp__lock_release(struct mp__lock_shared *l);

bool mp__lock_is_held(const struct mp__lock_shared *l);

#endif
