/*
 * Semaphores under every schedule: no unit appears from nowhere, none is lost
 * but with the process that had it, and nobody sleeps while there is one.
 */
#include "scenarios.h"

#include "base/clock.h"
#include "sync/semaphore_state.h"

#include <mproc/error.h>

#include <errno.h>

#define SOON (MP__SECOND + MP__SECOND / 1000)

static struct mp__semaphore_shared *s;

static struct notes {
    int32_t begun;   /* units at the beginning */
    int32_t taken;   /* acquires that answered 0 */
    int32_t given;   /* releases that answered 0 */
    int32_t refused; /* releases that did not */
    int32_t late;    /* acquires that were */
    int32_t inside[SIM_PROCESSES];
} * notes;

static void lay_out(uint32_t value, uint32_t max)
{
    s = sim_shared(sizeof *s, "semaphore");
    sim_label(&s->value, 4, "value");
    sim_label(&s->wanted, 4, "wanted");
    s->head.max = max;
    atomic_store(&s->value, value);
    notes = sim_private(sizeof *notes);
    notes->begun = (int32_t)value;
}

static void one_unit(void)
{
    lay_out(1, MP__SEMAPHORE_MAX);
}

static void no_unit(void)
{
    lay_out(0, MP__SEMAPHORE_MAX);
}

static int value(void)
{
    return (int)atomic_load(&s->value);
}

static int living_inside(void)
{
    int n = 0;

    for (int i = 0; i < SIM_PROCESSES; i++)
        n += notes->inside[i] != 0 && !sim_was_killed(i);
    return n;
}

/* -- what they do --------------------------------------------------------- */

static bool take(int me, int64_t deadline)
{
    int rc = mp__semaphore_acquire(s, deadline);

    SIM_DEMAND(rc == 0 || (rc == -ETIMEDOUT && deadline != MP__NEVER),
               "acquire answers %d", rc);
    notes->taken += rc == 0;
    notes->late += rc != 0;
    notes->inside[me] = rc == 0;
    return rc == 0;
}

static void give(int me)
{
    int rc;

    notes->inside[me] = 0;
    rc = mp__semaphore_release(s);
    SIM_DEMAND(rc == 0 || rc == MP_VALUE_ERROR, "release answers %d", rc);
    notes->given += rc == 0;
    notes->refused += rc != 0;
}

/* Those who were killed had taken or given one at most without noting it. */
static void check_units(void)
{
    int units = notes->begun + notes->given - notes->taken;

    SIM_DEMAND(value() >= units - sim_kills() && value() <= units + sim_kills(),
               "%d units should be left, %d are", units, value());
    SIM_DEMAND(value() <= (int)s->head.max, "there are too many units");
    SIM_DEMAND(sim_kills() > 0 || notes->refused > 0 ||
                   atomic_load(&s->wanted) == 0 || value() == 0,
               "nobody is left and yet somebody waits");
}

/* Who sleeps, rightly does so only while there is nothing to be had. */
static bool may_sleep(int who)
{
    (void)who;
    return value() == 0 && sim_kills() > 0;
}

/* -- as a lock ------------------------------------------------------------ */

static void in_and_out(int me)
{
    (void)take(me, MP__NEVER);
    SIM_DEMAND(living_inside() <= 1, "two have the one unit");
    sim_point();
    give(me);
}

const struct sim_scenario sim_semaphore_three = {
    .name = "semaphore_three",
    .what = "three take the one unit and give it back",
    .processes = 3,
    .victims = 7,
    .ci = {3, 1},
    .more = {4, 2},
    .at_least = 1000,
    .setup = one_unit,
    .body = in_and_out,
    .check = check_units,
    .may_sleep = may_sleep,
};

/* -- one gives, two want -------------------------------------------------- */

static void two_wait_for_two(int me)
{
    if (me == 2) {
        give(me);
        give(me);
    } else
        (void)take(me, MP__NEVER);
}

const struct sim_scenario sim_semaphore_two_given = {
    .name = "semaphore_two_given",
    .what = "two wait, two units are given",
    .processes = 3,
    .victims = 7,
    .ci = {3, 1},
    .more = {5, 2},
    .at_least = 1000,
    .setup = no_unit,
    .body = two_wait_for_two,
    .check = check_units,
    .may_sleep = may_sleep,
};

/* One unit for two: the one who is woken for it may be killed. */
static void two_wait_for_one(int me)
{
    if (me == 2)
        give(me);
    else if (take(me, MP__NEVER))
        give(me);
}

const struct sim_scenario sim_semaphore_woken_is_killed = {
    .name = "semaphore_woken_is_killed",
    .what = "two wait for one unit, and are killed when they are woken",
    .processes = 3,
    .victims = 3,
    .ci = {3, 1},
    .more = {5, 2},
    .at_least = 500,
    .setup = no_unit,
    .body = two_wait_for_one,
    .check = check_units,
    .may_sleep = may_sleep,
};

/* -- giving and waking are one step: no death is announced here ----------- */

static void gives_when_both_sleep(int me)
{
    if (me < 2)
        (void)take(me, MP__NEVER);
    else if (sim_sleeps_on(0, &s->wanted) && sim_sleeps_on(1, &s->wanted))
        give(me);
}

static bool may_sleep_without_unit(int who)
{
    (void)who;
    return value() == 0;
}

const struct sim_scenario sim_semaphore_release_is_one_step = {
    .name = "semaphore_release_is_one_step",
    .what = "killed in release with two asleep, and nobody announces it",
    .processes = 3,
    .victims = 4,
    .unwatched = true,
    .ci = {3, 1},
    .more = {5, 1},
    .at_least = 50,
    .setup = no_unit,
    .body = gives_when_both_sleep,
    .may_sleep = may_sleep_without_unit,
};

/* -- deadlines ------------------------------------------------------------ */

static void timed(int me)
{
    if (me == 2)
        give(me);
    else if (take(me, me == 0 ? SOON : MP__NEVER))
        give(me);
}

const struct sim_scenario sim_semaphore_timed = {
    .name = "semaphore_timed",
    .what = "two wait for one unit, one of them until a deadline",
    .processes = 3,
    .victims = 7,
    .timeouts = 1,
    .ci = {3, 1},
    .more = {4, 2},
    .at_least = 1000,
    .setup = no_unit,
    .body = timed,
    .check = check_units,
    .may_sleep = may_sleep,
};

/* -- wanted is a leftover ------------------------------------------------- */

static void wanted_by_nobody(void)
{
    one_unit();
    atomic_store(&s->wanted, UINT32_MAX);
}

const struct sim_scenario sim_semaphore_leftover = {
    .name = "semaphore_leftover",
    .what = "somebody is said to sleep who does not, and others come",
    .processes = 3,
    .victims = 7,
    .ci = {3, 1},
    .more = {4, 2},
    .at_least = 1000,
    .setup = wanted_by_nobody,
    .body = in_and_out,
    .check = check_units,
    .may_sleep = may_sleep,
};

/* -- bounded -------------------------------------------------------------- */

static void one_of_two(void)
{
    lay_out(1, 2);
}

/* One may come back; two try to. */
static void give_too_many(int me)
{
    if (me == 2 && !take(me, 0))
        return;
    give(me);
    SIM_DEMAND(value() <= 2, "there are %d units of 2", value());
}

/* In the end it is full, and one was too many. */
static void check_bound(void)
{
    check_units();
    SIM_DEMAND(sim_kills() > 0 || value() == 2, "%d units are left", value());
    SIM_DEMAND(sim_kills() > 0 || notes->refused == 1, "%d were too many",
               notes->refused);
}

const struct sim_scenario sim_semaphore_bounded = {
    .name = "semaphore_bounded",
    .what = "one of two units is there, two are given back, one comes and goes",
    .processes = 3,
    .victims = 7,
    .ci = {3, 1},
    .more = {5, 2},
    .at_least = 500,
    .setup = one_of_two,
    .body = give_too_many,
    .check = check_bound,
};

static void none_of_two(void)
{
    lay_out(0, 2);
}

const struct sim_scenario sim_semaphore_bounded_waits = {
    .name = "semaphore_bounded_waits",
    .what = "two wait for a bounded one, two units are given back",
    .processes = 3,
    .victims = 7,
    .ci = {3, 1},
    .more = {5, 2},
    .at_least = 1000,
    .setup = none_of_two,
    .body = two_wait_for_two,
    .check = check_units,
    .may_sleep = may_sleep,
};
