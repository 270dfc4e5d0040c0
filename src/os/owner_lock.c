/*
 * The owner lock; see owner_lock.h.
 *
 * Legal words: 0, W, holder, holder|W. From holder to free is one step with
 * the wake-up: a compare-and-swap if W is not set, else FUTEX_WAKE_OP. All
 * words are seq_cst.
 */
#include "os/owner_lock.h"

#include "os/sleep.h"

#include <errno.h>
#include <stdbool.h>

static mp__owner holder_in(uint32_t word)
{
    return word & ~MP__WAITERS;
}

/* Watch the word for a while: it will mostly be free in a moment. So it will
   for one who was woken: to sleep again at once would make each release a
   system call. */
static void spin_for_free(const struct mp__owner_lock *lock)
{
    uint32_t word = atomic_load_explicit(&lock->word, memory_order_relaxed);

    for (int i = mp__spins(); i > 0 && holder_in(word) != 0; i--) {
        mp__pause();
        word = atomic_load_explicit(&lock->word, memory_order_relaxed);
    }
}

/* Who has slept cannot know whether it was the only one: it keeps W set. */
static int lock_slowly(struct mp__owner_lock *lock, mp__owner self,
                       int64_t deadline)
{
    struct mp__sleep sleep = mp__sleep_until(deadline);
    uint32_t slept = 0, word;

    for (;;) {
        if (deadline != 0)
            spin_for_free(lock);
        mp__sleep_look(&sleep);
        word = atomic_load(&lock->word);
        if (holder_in(word) == 0) {
            if (atomic_compare_exchange_strong(&lock->word, &word,
                                               self | word | slept))
                return 0;
            continue;
        }
        if (mp__is_announced_dead(holder_in(word))) {
            if (atomic_compare_exchange_strong(&lock->word, &word,
                                               self | MP__WAITERS))
                return MP__HOLDER_DIED;
            continue;
        }
        if (deadline == 0)
            return -ETIMEDOUT;
        if ((word & MP__WAITERS) == 0) {
            if (!atomic_compare_exchange_strong(&lock->word, &word,
                                                word | MP__WAITERS))
                continue;
            word |= MP__WAITERS;
        }
        if (mp__sleep_on(&sleep, &lock->word, word, holder_in(word)) < 0)
            return -ETIMEDOUT;
        slept = MP__WAITERS;
    }
}

int mp__owner_lock(struct mp__owner_lock *lock, int64_t deadline)
{
    uint32_t free = 0;
    mp__owner self = mp__self();

    if (self == 0)
        return -EAGAIN;
    if (atomic_compare_exchange_strong(&lock->word, &free, self))
        return 0;
    return lock_slowly(lock, self, deadline);
}

/* If nobody was there to be woken the bit was a leftover: clear it. */
void mp__owner_unlock(struct mp__owner_lock *lock)
{
    uint32_t self = mp__identity->self;
    uint32_t waiters = MP__WAITERS;

    if (atomic_compare_exchange_strong(&lock->word, &self, 0))
        return;
    if (mp__futex_bit_wake(&lock->word, 31, 1) == 0)
        atomic_compare_exchange_strong(&lock->word, &waiters, 0);
}
