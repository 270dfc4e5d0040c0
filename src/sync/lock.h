/*
 * The structs behind mp_lock and mp_rlock, for those that are made of one.
 */
#ifndef MP_SYNC_LOCK_H
#define MP_SYNC_LOCK_H

#include "sync/lock_state.h"
#include "sync/object.h"
#include "sync/rlock_state.h"

#include <mproc/sync.h>

struct mp_lock {
    struct mp__object object;
};

struct mp_rlock {
    struct mp__object object;
};

extern const struct mp__handle_type mp__lock_type;
extern const struct mp__handle_type mp__rlock_type;

static inline struct mp__lock_shared *mp__lock_shared_of(const mp_lock *lock)
{
    return lock->object.cell.shared;
}

static inline struct mp__rlock_shared *mp__rlock_shared_of(const mp_rlock *lock)
{
    return lock->object.cell.shared;
}

/* After a try that failed: whether the one who has it is dead, and it is worth
   another. */
static inline bool mp__is_worth_another(struct mp__object *o,
                                        const struct mp__owner_lock *lock)
{
    mp__owner holder = atomic_load(&lock->word) & ~MP__WAITERS;

    return mp__object_is_due(o) && (holder == 0 || mp__is_dead(holder, true));
}

#endif
