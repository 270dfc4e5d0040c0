/*
 * How an Event changes; see event_state.h.
 *
 * The waiters' bit comes with the first who sleeps on an even word and goes
 * with the clear of the odd word that follows it: by then all of them have
 * been woken. All accesses are seq_cst, and are partners of each other.
 */
#include "sync/event_state.h"

#include "os/sleep.h"

#include <errno.h>
#include <limits.h>

#define SET     UINT32_C(1)
#define WAITERS (UINT32_C(1) << 31)

static struct mp__spinner spinner;

static uint32_t count_in(uint32_t word)
{
    return word & ~WAITERS;
}

static bool is_set(uint32_t word)
{
    return (word & SET) != 0;
}

bool mp__event_is_set(const struct mp__event_shared *e)
{
    return is_set(atomic_load(&e->word));
}

/* With somebody asleep, setting and waking are one step: no kill falls in
   between. */
void mp__event_set(struct mp__event_shared *e)
{
    uint32_t word = atomic_load(&e->word);

    while (!is_set(word)) {
        if ((word & WAITERS) != 0) {
            (void)mp__futex_or_wake(&e->word, SET, INT_MAX);
            return;
        }
        if (atomic_compare_exchange_weak(&e->word, &word, word | SET))
            return;
    }
}

void mp__event_clear(struct mp__event_shared *e)
{
    uint32_t word = atomic_load(&e->word);

    while (is_set(word) &&
           !atomic_compare_exchange_weak(&e->word, &word, count_in(word + SET)))
        ;
}

/* Have the next set wake us; false if the word has moved. */
static bool ask_to_be_woken(struct mp__event_shared *e, uint32_t *word)
{
    if ((*word & WAITERS) != 0)
        return true;
    if (!atomic_compare_exchange_strong(&e->word, word, *word | WAITERS))
        return false;
    *word |= WAITERS;
    return true;
}

int mp__event_wait(struct mp__event_shared *e, int64_t deadline)
{
    struct mp__sleep sleep = mp__sleep_until(deadline);
    uint32_t word = atomic_load(&e->word);
    uint32_t clear = count_in(word);

    if (is_set(word))
        return 0;
    if (deadline == 0)
        return -ETIMEDOUT;
    mp__spin_on(&spinner, &e->word, word);
    for (;;) {
        mp__sleep_look(&sleep);
        word = atomic_load(&e->word);
        if (count_in(word) != clear)
            return 0;
        if (ask_to_be_woken(e, &word) &&
            mp__sleep_on(&sleep, &e->word, word, 0) < 0)
            break;
    }
    return count_in(atomic_load(&e->word)) != clear ? 0 : -ETIMEDOUT;
}
