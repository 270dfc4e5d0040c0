/*
 * Sleeping in slices; see sleep.h.
 */
#include "os/sleep.h"

#include "base/clock.h"
#include "os/cpu.h"

#include <errno.h>

#define SLICE       (MP__SECOND / 10)
#define LONG_SLICE  MP__SECOND
#define LONG_AFTER  100u /* slices: ten seconds */
#define THOROUGH_AT 3u   /* slices before looking for an exec */

/* 20 us of looks. How long one takes differs tenfold between processors. */
#define SPIN_TIME (MP__SECOND / 50000)
enum { SAMPLES = 4, LOOKS_IN_A_SAMPLE = 200 };

static int64_t slice_end(const struct mp__sleep *s)
{
    return mp__now() + (s->slices < LONG_AFTER ? SLICE : LONG_SLICE);
}

int mp__sleep_on(struct mp__sleep *s, const mp__word *word, uint32_t seen,
                 mp__owner owner)
{
    int64_t end = slice_end(s);
    int rc;

    if (mp__is_past(s->deadline))
        return -ETIMEDOUT;
    if (s->deadline < end)
        end = s->deadline;
    rc = mp__futex_wait(word, seen, &mp__context->death_seq, s->deaths, end);
    if (rc == 0)
        return 0;
    s->slices++;
    if (owner != 0 && mp__is_dead(owner, s->slices >= THOROUGH_AT))
        return 0;
    return mp__is_past(s->deadline) ? -ETIMEDOUT : 0;
}

/* The shortest of several samples: the others were interrupted. */
static int measure_spins(void)
{
    int64_t least = INT64_MAX;

    for (int i = 0; i < SAMPLES; i++) {
        int64_t from = mp__now(), took;

        for (int k = 0; k < LOOKS_IN_A_SAMPLE; k++)
            mp__pause();
        took = mp__now() - from;
        if (took < least)
            least = took;
    }
    return (int)(SPIN_TIME * LOOKS_IN_A_SAMPLE / (least > 0 ? least : 1)) + 1;
}

/* Measured once; a forked child knows it from its parent. */
int mp__spins(void)
{
    static atomic_int known;
    int spins;

    if (mp__usable_cpus() == 1)
        return 0;
    spins = atomic_load_explicit(&known, memory_order_relaxed);
    if (spins == 0) {
        spins = measure_spins();
        atomic_store_explicit(&known, spins, memory_order_relaxed);
    }
    return spins;
}

enum { HALVINGS_MAX = 16, TRY_EVERY = 256 };

int64_t mp__spinner_share(struct mp__spinner *spinner, int64_t ns)
{
    uint32_t halvings =
        atomic_load_explicit(&spinner->halvings, memory_order_relaxed);
    uint32_t waits =
        atomic_fetch_add_explicit(&spinner->waits, 1, memory_order_relaxed);

    return waits % TRY_EVERY == 0 ? ns : ns >> halvings;
}

int mp__spinner_budget(struct mp__spinner *spinner)
{
    return (int)mp__spinner_share(spinner, mp__spins());
}

void mp__spinner_learn(struct mp__spinner *spinner, bool paid)
{
    uint32_t halvings =
        atomic_load_explicit(&spinner->halvings, memory_order_relaxed);

    if (paid)
        halvings = 0;
    else if (halvings < HALVINGS_MAX)
        halvings++;
    atomic_store_explicit(&spinner->halvings, halvings, memory_order_relaxed);
}

void mp__spin_on(struct mp__spinner *spinner, const mp__word *word,
                 uint32_t seen)
{
    bool moved = false;

    if (mp__spins() == 0)
        return;
    for (int i = mp__spinner_budget(spinner); i > 0 && !moved; i--) {
        mp__pause();
        moved = atomic_load_explicit(word, memory_order_relaxed) != seen;
    }
    mp__spinner_learn(spinner, moved);
}
