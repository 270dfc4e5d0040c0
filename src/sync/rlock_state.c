/*
 * How an RLock changes; see rlock_state.h.
 *
 * It is taken as an owner lock is (os/owner_lock.c), but together with the
 * thread's number, and the wait has one more end: a thread may end while its
 * process lives, and nobody else may release what it held. All words are
 * seq_cst but those that only their holder reads.
 */
#include "sync/rlock_state.h"

#include "base/error.h"
#include "os/sleep.h"
#include "os/thread.h"

#include <errno.h>

#define COUNT_MAX INT32_MAX

/* Both halves of the word, in a private hand. */
union holder {
    struct {
        uint32_t word;
        uint32_t thread;
    } of;
    uint64_t both;
};

static union holder load(const struct mp__rlock_shared *l)
{
    return (union holder){.both = atomic_load(&l->both)};
}

static bool change(struct mp__rlock_shared *l, union holder from,
                   union holder to)
{
    return atomic_compare_exchange_strong(&l->both, &from.both, to.both);
}

static mp__owner process_in(union holder h)
{
    return h.of.word & ~MP__WAITERS;
}

static union holder with_waiters(union holder h, uint32_t waiters)
{
    h.of.word |= waiters & MP__WAITERS;
    return h;
}

/* Only this thread can have written its number beside its process's name. */
bool mp__rlock_is_mine(const struct mp__rlock_shared *l)
{
    union holder now = load(l);

    return process_in(now) != 0 && process_in(now) == mp__identity->self &&
           now.of.thread == (uint32_t)mp__thread_id();
}

bool mp__rlock_is_held(const struct mp__rlock_shared *l)
{
    return process_in(load(l)) != 0;
}

static void spin_for_free(const struct mp__rlock_shared *l)
{
    for (int i = mp__spins(); i > 0 && process_in(load(l)) != 0; i--)
        mp__pause();
}

/* A thread is looked up as its process is: when a slice has passed. In doubt
   it lives, as does one that is about to let go. */
static bool has_ended(union holder h, const struct mp__sleep *sleep)
{
    if (mp__is_announced_dead(process_in(h)))
        return true;
    return sleep->slices > 0 && h.of.thread != 0 &&
           !mp__thread_lives(mp__pid_of(process_in(h)), (pid_t)h.of.thread);
}

/* As lock_slowly of os/owner_lock.c. */
static int take_slowly(struct mp__rlock_shared *l, union holder mine,
                       int64_t deadline)
{
    struct mp__sleep sleep = mp__sleep_until(deadline);
    uint32_t slept = 0;

    for (;;) {
        union holder now;

        if (deadline != 0)
            spin_for_free(l);
        mp__sleep_look(&sleep);
        now = load(l);
        if (process_in(now) == 0) {
            if (change(l, now, with_waiters(mine, now.of.word | slept)))
                return 0;
            continue;
        }
        if (has_ended(now, &sleep)) {
            if (change(l, now, with_waiters(mine, MP__WAITERS)))
                return MP__HOLDER_DIED;
            continue;
        }
        if (deadline == 0)
            return -ETIMEDOUT;
        if (!change(l, now, with_waiters(now, MP__WAITERS)))
            continue;
        now = with_waiters(now, MP__WAITERS);
        if (mp__sleep_on(&sleep, &l->lock.word, now.of.word, process_in(now)) <
            0)
            return -ETIMEDOUT;
        slept = MP__WAITERS;
    }
}

static void let_go(struct mp__rlock_shared *l)
{
    atomic_store_explicit(&l->count, 0, memory_order_relaxed);
    atomic_store(&l->thread, 0);
    mp__owner_unlock(&l->lock);
}

int mp__rlock_reacquire(struct mp__rlock_shared *l, uint32_t count,
                        int64_t deadline)
{
    union holder mine = {.of = {mp__self(), (uint32_t)mp__thread_id()}};
    union holder nobody = {.both = 0};
    int rc = 0;

    if (mine.of.word == 0)
        return -EAGAIN;
    if (!change(l, nobody, mine))
        rc = take_slowly(l, mine, deadline);
    if (rc >= 0)
        atomic_store_explicit(&l->count, count, memory_order_relaxed);
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
