/*
 * How a Semaphore changes; see semaphore_state.h. All words are seq_cst.
 *
 * A release gives a unit and wakes one sleeper, in one system call where that
 * cannot go beyond max. If it woke nobody, `wanted` was a leftover, or whoever
 * set it is only about to sleep: it is cleared, and those who fell asleep since
 * the unit was given are woken. Whoever is killed in between wakes them by
 * its death.
 */
#include "sync/semaphore_state.h"

#include "base/error.h"
#include "os/sleep.h"

#include <errno.h>
#include <limits.h>

/* More threads than there can be, each of which may be about to give a unit. */
#define MANY_THREADS (UINT32_C(1) << 23)

/* Both halves of the word, in a private hand. */
union units {
    struct {
        uint32_t value;
        uint32_t wanted;
    } of;
    uint64_t both;
};

static union units load(const struct mp__semaphore_shared *s)
{
    return (union units){.both = atomic_load(&s->both)};
}

/* In *now is what there was instead if it is refused. */
static bool change(struct mp__semaphore_shared *s, union units *now,
                   uint32_t value, uint32_t wanted)
{
    const union units to = {.of = {value, wanted}};

    return atomic_compare_exchange_strong(&s->both, &now->both, to.both);
}

static bool take(struct mp__semaphore_shared *s, union units *now)
{
    *now = load(s);
    while (now->of.value > 0)
        if (change(s, now, now->of.value - 1, now->of.wanted))
            return true;
    return false;
}

static void spin_for_unit(const struct mp__semaphore_shared *s)
{
    for (int i = mp__spins(); i > 0 && load(s).of.value == 0; i--)
        mp__pause();
}

/* Whoever comes too late has looked once more after its last sleep: a wake-up
   that it was given cannot be lost. */
static int take_slowly(struct mp__semaphore_shared *s, int64_t deadline)
{
    struct mp__sleep sleep = mp__sleep_until(deadline);
    int rc = 0;

    for (;;) {
        union units now;
        uint32_t mine;

        if (rc == 0)
            spin_for_unit(s);
        mp__sleep_look(&sleep);
        if (take(s, &now))
            return 0;
        if (rc < 0)
            return rc;
        mine = now.of.wanted % UINT32_MAX + 1;
        if (change(s, &now, 0, mine))
            rc = mp__sleep_on(&sleep, &s->wanted, mine, 0);
    }
}

int mp__semaphore_acquire(struct mp__semaphore_shared *s, int64_t deadline)
{
    union units now;

    if (take(s, &now))
        return 0;
    return deadline == 0 ? -ETIMEDOUT : take_slowly(s, deadline);
}

int mp__semaphore_fail_full(void)
{
    return mp__fail(MP_VALUE_ERROR,
                    "semaphore or lock released too many times");
}

static void were_woken(struct mp__semaphore_shared *s, int sleepers)
{
    if (sleepers == 0 && atomic_exchange(&s->wanted, 0) != 0)
        (void)mp__futex_wake(&s->wanted, INT_MAX);
}

int mp__semaphore_release(struct mp__semaphore_shared *s)
{
    union units now = load(s);
    const uint32_t max = s->head.max;

    do {
        if (now.of.value >= max)
            return mp__semaphore_fail_full();
        if (now.of.wanted != 0 && max - now.of.value > MANY_THREADS) {
            were_woken(s, mp__futex_add_wake_on(&s->value, 1, &s->wanted, 1));
            return 0;
        }
    } while (!change(s, &now, now.of.value + 1, now.of.wanted));
    if (now.of.wanted != 0)
        were_woken(s, mp__futex_wake(&s->wanted, 1));
    return 0;
}
