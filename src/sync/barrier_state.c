/*
 * How a Barrier changes; see barrier_state.h.
 *
 * The word's steps: a round that ends well, or is reset, makes place for the
 * next one; a broken one stays until it is reset. Whoever waits waits for the
 * word to leave his round, and then looks up how the round ended.
 *
 * All accesses are seq_cst. The outcome is written before the word moves, and
 * read after it has.
 */
#include "sync/barrier_state.h"

#include "base/clock.h"
#include "base/error.h"
#include "os/cpu.h"
#include "os/sleep.h"

#include <errno.h>
#include <limits.h>

/* Of the word. */
#define SLEPT_ON UINT32_C(1)
#define BROKEN   UINT32_C(2)
#define ROUND    UINT32_C(4)

#define OUTCOMES 64

static struct mp__spinner spinner;

static int fail_broken(void)
{
    return mp__fail(MP_BROKEN_BARRIER, "the barrier is broken");
}

/* -- the word -------------------------------------------------------------- */

/* The round, and whether it is broken. */
static uint32_t round_now(const struct mp__barrier_shared *s)
{
    return atomic_load(&s->word) & ~SLEPT_ON;
}

static bool is_broken(uint32_t round)
{
    return (round & BROKEN) != 0;
}

/* With somebody asleep it is one step with the wake-up, so that no kill falls
   in between; it takes the sleepers' bit away as well. */
static void move_on(struct mp__barrier_shared *s, uint32_t step)
{
    uint32_t word = atomic_load(&s->word);

    if ((word & SLEPT_ON) != 0 ||
        !atomic_compare_exchange_strong(&s->word, &word, word + step))
        (void)mp__futex_add_wake(&s->word, step - SLEPT_ON, INT_MAX);
}

/* Have the word's next step wake us; false if it has moved. */
static bool ask_to_be_woken(struct mp__barrier_shared *s, uint32_t round)
{
    return atomic_compare_exchange_strong(&s->word, &(uint32_t){round},
                                          round | SLEPT_ON) ||
           atomic_load(&s->word) == (round | SLEPT_ON);
}

/* -- the stamps ------------------------------------------------------------ */

static uint64_t stamp_of(uint32_t round, mp__owner who)
{
    return (uint64_t)round << 32 | who;
}

/* Who arrived as the i-th in this round; 0: nobody has. */
static mp__owner arrived_as(const struct mp__barrier *b, uint32_t i,
                            uint32_t round)
{
    uint64_t stamp = atomic_load(&b->shared->stamps[i]);

    return (uint32_t)(stamp >> 32) == round ? (mp__owner)stamp : 0;
}

static uint32_t count_arrived(const struct mp__barrier *b, uint32_t round)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < b->parties; i++)
        n += arrived_as(b, i, round) != 0;
    return n;
}

static bool has_lost_one(const struct mp__barrier *b, uint32_t round)
{
    for (uint32_t i = 0; i < b->parties; i++) {
        mp__owner who = arrived_as(b, i, round);

        if (who != 0 && mp__is_announced_dead(who))
            return true;
    }
    return false;
}

/* -- the lock -------------------------------------------------------------- */

/* A holder that died may have left a stamp uncounted, or have counted down
   before it moved the word. */
static int lock(const struct mp__barrier *b)
{
    struct mp__barrier_shared *s = b->shared;
    int rc = mp__owner_lock(&s->lock, MP__NEVER);

    if (rc == MP__HOLDER_DIED)
        atomic_store(&s->arrived, count_arrived(b, round_now(s)));
    return rc < 0 ? rc : 0;
}

static void unlock(const struct mp__barrier *b)
{
    mp__owner_unlock(&b->shared->lock);
}

/* Under the lock. While the round lasts its outcome means nothing. */
static void end_round(const struct mp__barrier *b, bool well, uint32_t step)
{
    struct mp__barrier_shared *s = b->shared;
    uint64_t bit = UINT64_C(1) << round_now(s) / ROUND % OUTCOMES;
    uint64_t outcomes = atomic_load(&s->outcomes);

    atomic_store(&s->outcomes, well ? outcomes & ~bit : outcomes | bit);
    atomic_store(&s->arrived, 0);
    move_on(s, step);
}

/* Only who slept through 64 rounds may be told of a later one's end. */
static int outcome_of(const struct mp__barrier *b, uint32_t round)
{
    uint64_t outcomes = atomic_load(&b->shared->outcomes);

    return (outcomes >> round / ROUND % OUTCOMES & 1) != 0 ? fail_broken() : 0;
}

/* -- a round --------------------------------------------------------------- */

/* Under the lock. The stamp is what counts. */
static void arrive(const struct mp__barrier *b, struct mp__barrier_place *out)
{
    struct mp__barrier_shared *s = b->shared;

    *out = (struct mp__barrier_place){round_now(s), atomic_load(&s->arrived)};
    atomic_store(&s->stamps[out->index],
                 stamp_of(out->round, mp__identity->self));
    atomic_store(&s->arrived, out->index + 1);
}

int mp__barrier_arrive(const struct mp__barrier *b, int64_t deadline,
                       struct mp__barrier_place *out)
{
    for (;;) {
        struct mp__barrier_place outside = {.index = b->parties};
        bool broken, full;

        MP_TRY(lock(b));
        outside.round = round_now(b->shared);
        broken = is_broken(outside.round);
        full = atomic_load(&b->shared->arrived) == b->parties;
        if (!broken && !full)
            arrive(b, out);
        unlock(b);
        if (broken)
            return fail_broken();
        if (!full)
            return 0;
        (void)mp__barrier_await(b, &outside, deadline);
    }
}

/* Whoever woke us has the lock for a moment more, and we want it in the next
   round. If we took its CPU it cannot let go of it before we do of that. */
static int go_on(const struct mp__barrier *b, uint32_t round, bool slept)
{
    if (slept)
        mp__give_way();
    return outcome_of(b, round);
}

/* Whom to look up at the end of a slice: each who waits begins with the one
   behind him, so that all have their turn. */
static mp__owner neighbour(const struct mp__barrier *b,
                           const struct mp__barrier_place *place,
                           unsigned slices)
{
    mp__owner who =
        arrived_as(b, (place->index + 1 + slices) % b->parties, place->round);

    return who != mp__identity->self ? who : 0;
}

int mp__barrier_await(const struct mp__barrier *b,
                      const struct mp__barrier_place *place, int64_t deadline)
{
    struct mp__barrier_shared *s = b->shared;
    struct mp__sleep sleep = mp__sleep_until(deadline);

    mp__spin_on(&spinner, &s->word, place->round);
    for (bool slept = false;; slept = true) {
        mp__sleep_look(&sleep);
        if (round_now(s) != place->round)
            return go_on(b, place->round, slept);
        if (has_lost_one(b, place->round)) {
            MP_TRY(mp__barrier_break(b, place));
        } else if (ask_to_be_woken(s, place->round) &&
                   mp__sleep_on(&sleep, &s->word, place->round | SLEPT_ON,
                                neighbour(b, place, sleep.slices)) < 0) {
            MP_TRY(mp__barrier_break(b, place));
        }
    }
}

int mp__barrier_release(const struct mp__barrier *b,
                        const struct mp__barrier_place *place)
{
    MP_TRY(lock(b));
    if (round_now(b->shared) == place->round) {
        bool well = !has_lost_one(b, place->round);

        end_round(b, well, well ? ROUND : BROKEN);
    }
    unlock(b);
    return outcome_of(b, place->round);
}

int mp__barrier_break(const struct mp__barrier *b,
                      const struct mp__barrier_place *place)
{
    MP_TRY(lock(b));
    if (round_now(b->shared) == place->round)
        end_round(b, false, BROKEN);
    unlock(b);
    return 0;
}

/* -- from outside ---------------------------------------------------------- */

int mp__barrier_abort(const struct mp__barrier *b)
{
    MP_TRY(lock(b));
    if (!is_broken(round_now(b->shared)))
        end_round(b, false, BROKEN);
    unlock(b);
    return 0;
}

int mp__barrier_reset(const struct mp__barrier *b)
{
    MP_TRY(lock(b));
    if (is_broken(round_now(b->shared)))
        move_on(b->shared, ROUND - BROKEN);
    else if (atomic_load(&b->shared->arrived) > 0)
        end_round(b, false, ROUND);
    unlock(b);
    return 0;
}

/* Counted, for `arrived` is exact only under the lock. */
uint32_t mp__barrier_waiting(const struct mp__barrier *b)
{
    uint32_t round = round_now(b->shared);

    return is_broken(round) ? 0 : count_arrived(b, round);
}

bool mp__barrier_is_broken(const struct mp__barrier *b)
{
    return is_broken(round_now(b->shared));
}
