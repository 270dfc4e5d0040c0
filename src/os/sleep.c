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

/* One look costs a pause of 40 to 140 cycles: some 20 us in all. */
#define SPINS 400

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

int mp__spins(void)
{
    return mp__usable_cpus() > 1 ? SPINS : 0;
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
