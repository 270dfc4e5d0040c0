/*
 * The owner lock under every schedule: nobody hangs, no two hold it, and a
 * death inside is told to exactly one successor.
 *
 * What it guards are two counters that go up one after the other: unequal
 * means torn.
 */
#include "scenarios.h"

#include "base/clock.h"
#include "os/owner_lock.h"

#include <errno.h>

#define TIMEOUT (MP__SECOND / 1000)

static struct guarded {
    struct mp__owner_lock lock;
    uint32_t first;
    uint32_t second;
} * shared;

static struct notes {
    int32_t inside;      /* who + 1 */
    int32_t rounds;      /* completed */
    int32_t told;        /* how often a death was */
    int32_t died_before; /* inside, before the beginning */
    int32_t came_again;  /* the first holder did after a kill */
} * notes;

static void lay_out(void)
{
    shared = sim_shared(sizeof *shared, "guarded");
    sim_label(&shared->lock.word, 4, "lock");
    notes = sim_private(sizeof *notes);
}

/* As if process i had come this far: it holds the lock. */
static void held_by(int i)
{
    lay_out();
    atomic_store(&shared->lock.word, sim_owner(i));
    notes->inside = i + 1;
}

static int deaths(void)
{
    return sim_kills() + notes->died_before;
}

static mp__owner holder(void)
{
    return atomic_load(&shared->lock.word) & ~MP__WAITERS;
}

static void enter(int me, bool told)
{
    SIM_DEMAND(notes->inside == 0 || sim_was_killed(notes->inside - 1),
               "processes %d and %d are inside at once", notes->inside - 1, me);
    SIM_DEMAND(told || shared->first == shared->second,
               "process %d finds torn data and was not told", me);
    notes->told += told;
    SIM_DEMAND(notes->told <= deaths(), "a death was told that was none");
    notes->inside = me + 1;
}

static void mend(void)
{
    sim_point();
    shared->second = shared->first;
}

/* Each half as a read and a write, so that two holders would lose one. */
static void count_up(void)
{
    uint32_t seen = shared->first;

    sim_point();
    shared->first = seen + 1;
    sim_point();
    seen = shared->second;
    sim_point();
    shared->second = seen + 1;
    sim_point();
}

static void leave(void)
{
    notes->inside = 0;
    notes->rounds++;
    mp__owner_unlock(&shared->lock);
}

static void one_round(int me)
{
    int rc = mp__owner_lock(&shared->lock, MP__NEVER);

    SIM_DEMAND(rc >= 0, "the lock answers %d", rc);
    enter(me, rc == MP__HOLDER_DIED);
    if (rc == MP__HOLDER_DIED)
        mend();
    count_up();
    leave();
}

static void two_rounds(int me)
{
    one_round(me);
    one_round(me);
}

/* Nothing lost, nothing left behind. */
static void check(void)
{
    int least = notes->rounds, most = least + deaths();

    SIM_DEMAND((int)shared->first >= least && (int)shared->first <= most,
               "%d rounds were completed and %u counted", least, shared->first);
    SIM_DEMAND(shared->first == shared->second || holder() != 0,
               "the data is torn and nobody will be told");
    SIM_DEMAND(holder() == 0 || sim_kills() > 0, "nobody left has the lock");
    SIM_DEMAND(sim_kills() > 0 || atomic_load(&shared->lock.word) == 0,
               "nobody is left and yet somebody waits");
}

const struct sim_scenario sim_lock_once = {
    .name = "lock_once",
    .what = "three take the lock, once each",
    .processes = 3,
    .victims = 7,
    .ci = {3, 1},
    .more = {4, 2},
    .at_least = 1000,
    .setup = lay_out,
    .body = one_round,
    .check = check,
};

const struct sim_scenario sim_lock_twice = {
    .name = "lock_twice",
    .what = "three take the lock, twice each",
    .processes = 3,
    .victims = 7,
    .ci = {3, 1},
    .more = {3, 2},
    .at_least = 1000,
    .setup = lay_out,
    .body = two_rounds,
    .check = check,
};

/* --- the holder dies while two wait --- */

static void held_by_first(void)
{
    held_by(0);
}

static void holder_and_waiters(int me)
{
    if (me == 0) {
        count_up();
        leave();
    } else
        one_round(me);
}

const struct sim_scenario sim_lock_holder_dies = {
    .name = "lock_holder_dies",
    .what = "the holder and those who wait for it are killed",
    .processes = 3,
    .victims = 7,
    .ci = {2, 2},
    .more = {3, 3},
    .at_least = 1000,
    .setup = held_by_first,
    .body = holder_and_waiters,
    .check = check,
};

/* --- releasing and waking are one step: no death is announced here --- */

/* Only waiting for a dead holder is in order: nobody could know. */
static bool may_wait_for_first(int who)
{
    (void)who;
    return holder() == sim_owner(0) && sim_was_killed(0);
}

const struct sim_scenario sim_lock_release_is_one_step = {
    .name = "lock_release_is_one_step",
    .what = "the holder is killed in unlock, and nobody announces it",
    .processes = 3,
    .victims = 1,
    .unwatched = true,
    .ci = {3, 1},
    .more = {4, 1},
    .at_least = 200,
    .setup = held_by_first,
    .body = holder_and_waiters,
    .check = check,
    .may_sleep = may_wait_for_first,
};

/* --- the bit in the free word: the next release mends what a death broke --- */

/* The one who was woken is killed, and nobody announces that; but the lock is
   taken and released once more. */
static void holder_comes_again(int me)
{
    holder_and_waiters(me);
    sim_point();
    if (me == 0 && sim_kills() > 0) {
        one_round(me);
        notes->came_again = 1;
    }
}

static bool may_wait_for_next_release(int who)
{
    (void)who;
    return notes->came_again == 0;
}

const struct sim_scenario sim_lock_next_release_mends = {
    .name = "lock_next_release_mends",
    .what = "who was woken is killed, and the lock is taken once more",
    .processes = 3,
    .victims = 6,
    .unwatched = true,
    .ci = {3, 1},
    .more = {5, 1},
    .at_least = 1000,
    .setup = held_by_first,
    .body = holder_comes_again,
    .may_sleep = may_wait_for_next_release,
};

/* --- the waiters' bit is a leftover, and is cleared rather late --- */

static void held_with_leftover_bit(void)
{
    held_by(0);
    atomic_store(&shared->lock.word, sim_owner(0) | MP__WAITERS);
}

const struct sim_scenario sim_lock_leftover_bit = {
    .name = "lock_leftover_bit",
    .what = "four; the holder finds the waiters' bit set and nobody asleep",
    .processes = 4,
    .victims = 15,
    .ci = {2, 1},
    .more = {3, 1},
    .at_least = 1000,
    .setup = held_with_leftover_bit,
    .body = holder_and_waiters,
    .check = check,
};

const struct sim_scenario sim_lock_unannounced = {
    .name = "lock_unannounced",
    .what = "nobody announces deaths, but sleeps are sliced",
    .processes = 3,
    .victims = 7,
    .unwatched = true,
    .sliced = true,
    .ci = {2, 1},
    .more = {3, 2},
    .at_least = 1000,
    .setup = held_by_first,
    .body = holder_and_waiters,
    .check = check,
};

/* --- a dead holder is found, and the one who mends is killed as well --- */

static void left_torn_by_ghost(void)
{
    lay_out();
    atomic_store(&shared->lock.word, sim_owner(SIM_GHOST));
    mp__announce_death(sim_owner(SIM_GHOST));
    shared->first = 1;
    notes->died_before = 1;
}

const struct sim_scenario sim_lock_recovery = {
    .name = "lock_recovery",
    .what = "three find a dead holder; whoever mends is killed as well",
    .processes = 3,
    .victims = 7,
    .ci = {2, 2},
    .more = {3, 3},
    .at_least = 1000,
    .setup = left_torn_by_ghost,
    .body = one_round,
    .check = check,
};

/* --- deadlines --- */

static void timed_waiter(int me)
{
    int rc;

    if (me != 1) {
        holder_and_waiters(me);
        return;
    }
    rc = mp__owner_lock(&shared->lock, MP__SECOND + TIMEOUT);
    SIM_DEMAND(rc >= 0 || rc == -ETIMEDOUT, "the lock answers %d", rc);
    if (rc < 0)
        return;
    enter(me, rc == MP__HOLDER_DIED);
    if (rc == MP__HOLDER_DIED)
        mend();
    count_up();
    leave();
}

const struct sim_scenario sim_lock_timed = {
    .name = "lock_timed",
    .what = "one of two waiters has a deadline",
    .processes = 3,
    .victims = 7,
    .timeouts = 1,
    .ci = {3, 1},
    .more = {3, 2},
    .at_least = 1000,
    .setup = held_by_first,
    .body = timed_waiter,
    .check = check,
};
