/*
 * How an RLock changes; see rlock_state.h.
 */
#include "sync/rlock_state.h"

#include "base/error.h"
#include "os/thread.h"

#define COUNT_MAX INT32_MAX

/* Only this thread can have written its number beside its process's name. */
bool mp__rlock_is_mine(const struct mp__rlock_shared *l)
{
    uint32_t holder = atomic_load(&l->lock.word) & ~MP__WAITERS;

    return holder != 0 && holder == mp__identity->self &&
           atomic_load_explicit(&l->thread, memory_order_relaxed) ==
               (uint32_t)mp__thread_id();
}

bool mp__rlock_is_held(const struct mp__rlock_shared *l)
{
    return (atomic_load(&l->lock.word) & ~MP__WAITERS) != 0;
}

static void take(struct mp__rlock_shared *l, uint32_t count)
{
    atomic_store_explicit(&l->count, count, memory_order_relaxed);
    atomic_store_explicit(&l->thread, (uint32_t)mp__thread_id(),
                          memory_order_relaxed);
}

static void let_go(struct mp__rlock_shared *l)
{
    atomic_store_explicit(&l->thread, 0, memory_order_relaxed);
    atomic_store_explicit(&l->count, 0, memory_order_relaxed);
    mp__owner_unlock(&l->lock);
}

int mp__rlock_reacquire(struct mp__rlock_shared *l, uint32_t count,
                        int64_t deadline)
{
    int rc = mp__owner_lock(&l->lock, deadline);

    if (rc >= 0)
        take(l, count);
    return rc;
}

int mp__rlock_acquire(struct mp__rlock_shared *l, int64_t deadline)
{
    uint32_t count;

    if (!mp__rlock_is_mine(l))
        return mp__rlock_reacquire(l, 1, deadline);
    count = atomic_load_explicit(&l->count, memory_order_relaxed);
    if (count == COUNT_MAX)
        return mp__fail(MP_VALUE_ERROR, "an RLock is held %d times", COUNT_MAX);
    atomic_store_explicit(&l->count, count + 1, memory_order_relaxed);
    return 0;
}

static int fail_not_mine(void)
{
    return mp__fail(MP_ASSERTION_ERROR, "attempt to release recursive lock not "
                                        "owned by thread");
}

int mp__rlock_release(struct mp__rlock_shared *l)
{
    uint32_t count;

    if (!mp__rlock_is_mine(l))
        return fail_not_mine();
    count = atomic_load_explicit(&l->count, memory_order_relaxed);
    if (count > 1)
        atomic_store_explicit(&l->count, count - 1, memory_order_relaxed);
    else
        let_go(l);
    return 0;
}

uint32_t mp__rlock_release_all(struct mp__rlock_shared *l)
{
    uint32_t count = atomic_load_explicit(&l->count, memory_order_relaxed);

    let_go(l);
    return count;
}
