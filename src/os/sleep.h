/*
 * Waiting for a shared word to change: spin shortly, then sleep in slices.
 *
 * A wake-up can die with the process that was given it, so a sleep has three
 * ends: the word, any death in the context, and the end of a slice, at which
 * the one waited for is looked up. The pattern is
 *
 *     struct mp__sleep sleep = mp__sleep_until(deadline);
 *     for (;;) {
 *         mp__sleep_look(&sleep);         before the predicate is read
 *         if (predicate(word = load(w)))
 *             break;
 *         if (mp__sleep_on(&sleep, w, word, owner) < 0)
 *             return late;
 *     }
 */
#ifndef MP_OS_SLEEP_H
#define MP_OS_SLEEP_H

#include "os/context.h"

#include <stdbool.h>

struct mp__sleep {
    int64_t deadline;
    uint32_t deaths; /* death_seq as it was when the predicate was read */
    unsigned slices; /* slept to their end so far */
};

static inline struct mp__sleep mp__sleep_until(int64_t deadline)
{
    return (struct mp__sleep){.deadline = deadline};
}

static inline void mp__sleep_look(struct mp__sleep *s)
{
    s->deaths = mp__deaths();
}

/* 0: look again. -ETIMEDOUT: the deadline is past. owner may be 0: nobody in
   particular is waited for. */
int mp__sleep_on(struct mp__sleep *s, const mp__word *word, uint32_t seen,
                 mp__owner owner);

/* How often to look before sleeping: about 20 us' worth; 0 if this process
   may use one CPU only, where spinning keeps the other from running (there
   mp__yield of os/cpu.h is worth a try). */
int mp__spins(void);

/*
 * A spinner learns whether spinning pays at its place: each spin that ends in
 * a sleep all the same halves the next one, each that does not restores it,
 * and now and then a full one is tried. Of this process only; threads may
 * race on it, for it is no more than a habit.
 */
struct mp__spinner {
    _Atomic uint32_t halvings;
    _Atomic uint32_t waits;
};

int mp__spinner_budget(struct mp__spinner *spinner);
/* The same share of a time in nanoseconds. */
int64_t mp__spinner_share(struct mp__spinner *spinner, int64_t ns);
void mp__spinner_learn(struct mp__spinner *spinner, bool paid);

/* Look at a word as long as the spinner allows, until it is no longer as
   seen. */
void mp__spin_on(struct mp__spinner *spinner, const mp__word *word,
                 uint32_t seen);

static inline void mp__pause(void)
{
#if defined __x86_64__ || defined __i386__
    __builtin_ia32_pause();
#elif defined __aarch64__
    __asm__ __volatile__("yield");
#endif
}

#endif
