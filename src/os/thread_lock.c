/*
 * The lock among threads; see thread_lock.h.
 */
#include "os/thread_lock.h"

#include "base/clock.h"
#include "os/generation.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

enum { FREE, HELD, SLEPT_ON, STATES = 3 };

static uint32_t word_of(uint32_t state)
{
    return mp__generation() << 2 | state;
}

static bool is_of_this_process(uint32_t word)
{
    return (word & ~(uint32_t)STATES) == word_of(FREE);
}

static bool is_held(uint32_t word)
{
    return (word & STATES) != FREE;
}

/* Acquire, the partner of the release in unlock: what the lock guards. */
static bool change(struct mp__thread_lock *lock, uint32_t *old, uint32_t new)
{
    return atomic_compare_exchange_strong_explicit(
        &lock->word, old, new, memory_order_acquire, memory_order_relaxed);
}

int mp__thread_lock(struct mp__thread_lock *lock, int64_t deadline)
{
    uint32_t old = atomic_load_explicit(&lock->word, memory_order_relaxed);
    uint32_t state = HELD;

    for (;;) {
        if (!is_of_this_process(old) || !is_held(old)) {
            if (change(lock, &old, word_of(state)))
                return is_held(old) ? MP__HELD_AT_FORK : 0;
            continue;
        }
        if (mp__is_past(deadline))
            return -ETIMEDOUT;
        if (old == word_of(HELD) && !change(lock, &old, word_of(SLEPT_ON)))
            continue;
        (void)mp__futex_wait(&lock->word, word_of(SLEPT_ON), NULL, 0, deadline);
        /* Others may still sleep: leave a mark for the unlock to come. */
        state = SLEPT_ON;
        old = atomic_load_explicit(&lock->word, memory_order_relaxed);
    }
}

void mp__thread_unlock(struct mp__thread_lock *lock)
{
    uint32_t old = atomic_exchange_explicit(&lock->word, word_of(FREE),
                                            memory_order_release);

    if (old == word_of(SLEPT_ON))
        (void)mp__futex_wake(&lock->word, 1);
}
