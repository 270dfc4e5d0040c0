/*
 * Semaphores with undo under every schedule: what a dead one had is there
 * again, nothing else is, and nobody sleeps while there is a unit.
 */
#include "scenarios.h"

#include "base/clock.h"
#include "sync/undo_state.h"

#include <errno.h>

#define SOON (MP__SECOND + MP__SECOND / 1000)

enum { UNITS_MAX = 2 };

static struct mp__undo_shared *u;

static struct notes {
    int32_t inside[SIM_PROCESSES];
    int32_t rounds;
} * notes;

static void lay_out(uint32_t max)
{
    u = sim_shared(sizeof *u + UNITS_MAX * sizeof u->holder[0], "undo");
    sim_label(&u->lock.word, 4, "lock");
    sim_label(&u->wanted, 4, "wanted");
    sim_label(&u->given, 4, "given");
    sim_label(u->holder, UNITS_MAX * sizeof u->holder[0], "holder");
    u->head.max = max;
    mp__undo_begin(u);
    notes = sim_private(sizeof *notes);
}

/* As if process i had come this far. */
static void has_one(int i)
{
    atomic_store(&u->holder[0], (uint64_t)sim_owner(i) << 32 | 1);
    if (i < SIM_PROCESSES)
        notes->inside[i] = 1;
}

static int living_inside(void)
{
    int n = 0;

    for (int i = 0; i < SIM_PROCESSES; i++)
        n += notes->inside[i] != 0 && !sim_was_killed(i);
    return n;
}

static bool take(int me, int64_t deadline)
{
    int rc = mp__undo_acquire(u, deadline);

    SIM_DEMAND(rc == 0 || (rc == -ETIMEDOUT && deadline != MP__NEVER),
               "acquire answers %d", rc);
    notes->inside[me] = rc == 0;
    SIM_DEMAND(living_inside() <= (int)u->head.max, "too many have a unit");
    return rc == 0;
}

static void give(int me)
{
    int rc;

    notes->inside[me] = 0;
    rc = mp__undo_release(u);
    SIM_DEMAND(rc == 0, "release answers %d", rc);
    notes->rounds++;
}

static void in_and_out(int me)
{
    (void)take(me, MP__NEVER);
    sim_point();
    give(me);
}

static void first_has_one(int me)
{
    if (me == 0)
        give(me);
    else
        in_and_out(me);
}

/* Those who are dead have been announced by now. */
static void check(void)
{
    SIM_DEMAND(mp__undo_value(u) == u->head.max, "%u of %u units are left",
               mp__undo_value(u), u->head.max);
    SIM_DEMAND(sim_kills() > 0 || atomic_load(&u->wanted) == 0,
               "nobody is left and yet somebody waits");
}

/* -- the units of the dead ------------------------------------------------ */

static void held_by_first(void)
{
    lay_out(1);
    has_one(0);
}

const struct sim_scenario sim_undo_comes_back = {
    .name = "undo_comes_back",
    .what = "one has the unit, two wait; all are killed",
    .processes = 3,
    .victims = 7,
    .ci = {2, 1},
    .more = {3, 2},
    .at_least = 1000,
    .setup = held_by_first,
    .body = first_has_one,
    .check = check,
};

/* The dead one had the lock, too; whoever takes over is killed as well. */
static void left_by_ghost(void)
{
    lay_out(1);
    has_one(SIM_GHOST);
    atomic_store(&u->lock.word, sim_owner(SIM_GHOST));
    mp__announce_death(sim_owner(SIM_GHOST));
}

const struct sim_scenario sim_undo_recovery = {
    .name = "undo_recovery",
    .what = "three find a dead one with unit and lock, and are killed",
    .processes = 3,
    .victims = 7,
    .ci = {1, 2},
    .more = {2, 3},
    .at_least = 1000,
    .setup = left_by_ghost,
    .body = in_and_out,
    .check = check,
};

/* -- several units -------------------------------------------------------- */

static void two_units(void)
{
    lay_out(2);
}

const struct sim_scenario sim_undo_two_units = {
    .name = "undo_two_units",
    .what = "three take one of two units each",
    .processes = 3,
    .victims = 7,
    .ci = {2, 1},
    .more = {3, 1},
    .at_least = 1000,
    .setup = two_units,
    .body = in_and_out,
    .check = check,
};

static void takes_two(int me)
{
    (void)take(me, MP__NEVER);
    if (me == 0) {
        (void)take(me, MP__NEVER);
        give(me);
    }
    give(me);
}

/* The first one's two are in one place, and go one by one. */
static void two_units_for_two(void)
{
    lay_out(2);
}

/* Each has one and the first wants the other one's: then it waits. */
const struct sim_scenario sim_undo_one_takes_two = {
    .name = "undo_one_takes_two",
    .what = "two units: one takes both, the other one",
    .processes = 2,
    .victims = 3,
    .ci = {3, 1},
    .more = {4, 2},
    .at_least = 1000,
    .setup = two_units_for_two,
    .body = takes_two,
    .check = check,
};

/* -- deadlines ------------------------------------------------------------ */

static void timed(int me)
{
    if (me != 1)
        first_has_one(me);
    else if (take(me, SOON))
        give(me);
}

const struct sim_scenario sim_undo_timed = {
    .name = "undo_timed",
    .what = "one has the unit, two wait, one of them until a deadline",
    .processes = 3,
    .victims = 7,
    .timeouts = 1,
    .ci = {2, 1},
    .more = {3, 1},
    .at_least = 1000,
    .setup = held_by_first,
    .body = timed,
    .check = check,
};

/* -- nobody tells of a death ---------------------------------------------- */

const struct sim_scenario sim_undo_unannounced = {
    .name = "undo_unannounced",
    .what = "one has the unit, one waits; nobody announces deaths, but sleeps "
            "are sliced",
    .processes = 2,
    .victims = 3,
    .unwatched = true,
    .sliced = true,
    .ci = {2, 1},
    .more = {4, 2},
    .at_least = 100,
    .setup = held_by_first,
    .body = first_has_one,
};
