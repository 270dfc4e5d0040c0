/*
 * How a Lock changes; see lock_state.h.
 */
#include "sync/lock_state.h"

#include "base/error.h"
#include "os/thread.h"

int mp__lock_acquire(struct mp__lock_shared *l, int64_t deadline)
{
    int rc = mp__owner_lock(&l->lock, deadline);

    if (rc >= 0)
        atomic_store_explicit(&l->thread, (uint32_t)mp__thread_id(),
                              memory_order_relaxed);
    return rc;
}

/*
 * Whoever has it: that one may release it itself, or die, meanwhile. So it is
 * the very word that was seen which is set free, and the wake-up is a second
 * step; if this process is killed in between, the news of its death wakes all
 * who sleep.
 */
int mp__lock_release(struct mp__lock_shared *l)
{
    mp__word *at = &l->lock.word;
    uint32_t word = atomic_load(at);

    do
        if ((word & ~MP__WAITERS) == 0)
            return mp__fail(MP_VALUE_ERROR,
                            "semaphore or lock released too many times");
    while (!atomic_compare_exchange_weak(at, &word, word & MP__WAITERS));
    if ((word & MP__WAITERS) != 0 && mp__futex_wake(at, 1) == 0) {
        word = MP__WAITERS;
        (void)atomic_compare_exchange_strong(at, &word, 0);
    }
    return 0;
}

bool mp__lock_is_held(const struct mp__lock_shared *l)
{
    return (atomic_load(&l->lock.word) & ~MP__WAITERS) != 0;
}
