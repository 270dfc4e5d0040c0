/*
 * The condition under every schedule: each notify lets as many go on as wait by
 * then, no more, and none is lost, whoever is killed.
 *
 * There are places for two processes only here, so that a third one waits in
 * the place of all others.
 */
#include "scenarios.h"

#include "base/clock.h"
#include "sync/condition_state.h"

#include <errno.h>

#define TIMEOUT (MP__SECOND / 1000)

enum { NOTIFIER = 0 };

static struct mp__condition condition;

/* Written with the lock held, so in step with what the condition holds. */
static struct notes {
    int32_t waiting;  /* came to wait, and did not go on */
    int32_t notified; /* of these, by now                */
    int32_t inside;   /* who + 1 */
    int32_t calls;    /* of notify, each for one         */
    int32_t ends;     /* of waits                        */
    int32_t over;     /* nobody is to wait any more      */
    struct {
        int32_t calls; /* ... when this one came */
        int32_t ends;
        int32_t kills;
        int32_t unused;
        uint64_t clock;
    } came[SIM_PROCESSES];
} * notes;

static void lay_out_condition(void)
{
    condition = (struct mp__condition){
        .shared = sim_shared(sizeof *condition.shared, "condition")};
    sim_label(&condition.shared->seq, 4, "seq");
    sim_label(&condition.shared->permits, 8, "permits");
    sim_label(&condition.shared->clock, 8, "clock");
    sim_label(&condition.shared->all_until, 8, "all_until");
    notes = sim_private(sizeof *notes);
}

static void lay_out_rlock(void)
{
    lay_out_condition();
    condition.rlock = sim_shared(sizeof *condition.rlock, "rlock");
}

static void lay_out_lock(void)
{
    lay_out_condition();
    condition.lock = sim_shared(sizeof *condition.lock, "lock");
}

static void enter(int me)
{
    SIM_DEMAND(notes->inside == 0 || sim_was_killed(notes->inside - 1),
               "processes %d and %d are inside at once", notes->inside - 1, me);
    notes->inside = me + 1;
}

static void acquire(int me)
{
    int rc = mp__condition_acquire(&condition, MP__NEVER);

    SIM_DEMAND(rc >= 0, "acquire answers %d", rc);
    enter(me);
}

static void release(void)
{
    notes->inside = 0;
    SIM_DEMAND(mp__condition_release(&condition) == 0, "it was not held");
}

static void wait_once(int me, int64_t deadline)
{
    int rc;

    notes->came[me].clock = atomic_load(&condition.shared->clock);
    notes->came[me].calls = notes->calls;
    notes->came[me].ends = notes->ends;
    notes->came[me].kills = sim_kills();
    notes->waiting++;
    notes->inside = 0;
    rc = mp__condition_wait(&condition, deadline);
    enter(me);
    SIM_DEMAND(mp__condition_is_mine(&condition), "wait came without the lock");
    SIM_DEMAND(rc == 0 || (rc == MP__HOLDER_DIED && sim_kills() > 0) ||
                   (rc == -ETIMEDOUT && deadline != MP__NEVER),
               "wait answers %d", rc);
    SIM_DEMAND(rc != 0 || notes->came[me].clock !=
                              atomic_load(&condition.shared->clock),
               "went on by a notify of before it came");
    notes->waiting--;
    notes->ends++;
    if (rc == 0 && notes->notified > 0)
        notes->notified--;
    else
        SIM_DEMAND(rc != 0 || sim_kills() > 0, "went on without a notify");
}

static void take_part(int me, int64_t deadline)
{
    acquire(me);
    wait_once(me, deadline);
    release();
}

static void notify(int me, int n)
{
    int owed;

    acquire(me);
    owed = notes->waiting - notes->notified;
    mp__condition_notify(&condition, (uint64_t)n);
    notes->calls += n;
    notes->notified += n < owed ? n : owed;
    release();
}

static void notify_all(int me)
{
    acquire(me);
    mp__condition_notify_all(&condition);
    notes->calls += SIM_PROCESSES;
    notes->notified = notes->waiting;
    release();
}

/* To sleep is right as long as each notify since then has ended the wait of
   another, who may have died of joy. It is never right on the lock. */
static bool may_sleep(int who)
{
    int calls = notes->calls - notes->came[who].calls;
    int ends = notes->ends - notes->came[who].ends;

    return sim_sleeps_on(who, &condition.shared->seq) &&
           calls <= ends + sim_kills() - notes->came[who].kills;
}

/* Nobody owes anybody a notify, and nobody is counted who is not there. A
   permit that a dead one has left may hide somebody. */
static void check(void)
{
    int counted = (int)mp__condition_waiting(&condition), asleep = 0;

    for (int i = 0; i < SIM_PROCESSES; i++)
        asleep += sim_is_asleep(i);
    SIM_DEMAND(sim_kills() > 0 || notes->notified == 0,
               "%d were notified and did not go on", notes->notified);
    SIM_DEMAND(counted == asleep || (counted < asleep && sim_kills() > 0),
               "%d wait, and %d are counted", asleep, counted);
}

/* Where the dead may be counted as well. */
static void check_debts(void)
{
    if (sim_kills() == 0)
        check();
}

/* --- one notify, two waiters --- */

static void one_for_two(int me)
{
    if (me == NOTIFIER)
        notify(me, 1);
    else
        take_part(me, MP__NEVER);
}

const struct sim_scenario sim_condition_notify = {
    .name = "condition_notify",
    .what = "notify(1), and two wait",
    .processes = 3,
    .victims = 7,
    .ci = {2, 1},
    .more = {3, 2},
    .at_least = 1000,
    .setup = lay_out_rlock,
    .body = one_for_two,
    .check = check,
    .may_sleep = may_sleep,
};

/* --- nobody announces deaths, but sleeps are sliced --- */

/* Slices end in any order, and many do: at the end one may sleep, not two. */
static void one_for_two_asleep(int me)
{
    if (me != NOTIFIER) {
        acquire(me);
        if (notes->over == 0)
            wait_once(me, MP__NEVER);
        release();
    } else if (sim_is_asleep(1) && sim_is_asleep(2))
        notify(me, 1);
    else {
        notes->over = 1;
        notify_all(me);
    }
}

/* The notifier waits for a dead holder if a waiter has had all slices. */
static bool may_sleep_unannounced(int who)
{
    return may_sleep(who) || (who == NOTIFIER && sim_kills() > 0);
}

const struct sim_scenario sim_condition_unannounced = {
    .name = "condition_unannounced",
    .what = "notify(1), two wait, and nobody announces deaths",
    .processes = 3,
    .victims = 6,
    .unwatched = true,
    .sliced = true,
    .ci = {2, 1},
    .more = {3, 1},
    .at_least = 1000,
    .setup = lay_out_lock,
    .body = one_for_two_asleep,
    .check = check_debts,
    .may_sleep = may_sleep_unannounced,
};

/* --- a notify for one who dies, and one for who comes later --- */

static void two_for_two(int me)
{
    if (me == NOTIFIER) {
        notify(me, 1);
        notify(me, 1);
    } else
        take_part(me, MP__NEVER);
}

const struct sim_scenario sim_condition_notify_twice = {
    .name = "condition_notify_twice",
    .what = "notify(1) twice, and two wait, one of whom may die of it",
    .processes = 3,
    .victims = 6,
    .ci = {2, 1},
    .more = {3, 2},
    .at_least = 1000,
    .setup = lay_out_lock,
    .body = two_for_two,
    .check = check,
    .may_sleep = may_sleep,
};

/* --- more waiters than places --- */

static void two_for_three(int me)
{
    if (me == NOTIFIER) {
        notify(me, 1);
        notify(me, 1);
    } else
        take_part(me, MP__NEVER);
}

const struct sim_scenario sim_condition_crowd = {
    .name = "condition_crowd",
    .what = "notify(1) twice, and three wait: more than there are places",
    .processes = 4,
    .victims = 2,
    .ci = {1, 1},
    .more = {2, 1},
    .at_least = 1000,
    .setup = lay_out_lock,
    .body = two_for_three,
    .check = check_debts,
    .may_sleep = may_sleep,
};

/* --- notify_all, and one who comes again --- */

static void all_of_two(int me)
{
    if (me == NOTIFIER) {
        notify_all(me);
        return;
    }
    take_part(me, MP__NEVER);
    if (me == 1)
        take_part(me, MP__NEVER);
}

const struct sim_scenario sim_condition_notify_all = {
    .name = "condition_notify_all",
    .what = "notify_all, and two wait, one of them twice",
    .processes = 3,
    .victims = 7,
    .ci = {2, 1},
    .more = {3, 1},
    .at_least = 1000,
    .setup = lay_out_rlock,
    .body = all_of_two,
    .check = check,
    .may_sleep = may_sleep,
};

/* --- deadlines --- */

static void one_of_two_is_timed(int me)
{
    if (me == NOTIFIER)
        notify(me, 1);
    else
        take_part(me, me == 1 ? MP__SECOND + TIMEOUT : MP__NEVER);
}

const struct sim_scenario sim_condition_timed = {
    .name = "condition_timed",
    .what = "notify(1), and two wait, one of them until a deadline",
    .processes = 3,
    .victims = 3,
    .timeouts = 1,
    .ci = {2, 1},
    .more = {3, 1},
    .at_least = 1000,
    .setup = lay_out_lock,
    .body = one_of_two_is_timed,
    .check = check,
    .may_sleep = may_sleep,
};

/* --- the lock is held twice, and another dies with it --- */

static void held_twice(int me)
{
    if (me == NOTIFIER) {
        notify(me, 1);
        return;
    }
    acquire(me);
    SIM_DEMAND(mp__condition_acquire(&condition, 0) == 0, "not recursive");
    if (me == 1)
        wait_once(me, MP__NEVER);
    SIM_DEMAND(mp__condition_release(&condition) == 0, "held only once");
    release();
}

const struct sim_scenario sim_condition_held_twice = {
    .name = "condition_held_twice",
    .what = "the lock is held twice by who waits, and by one who may die",
    .processes = 3,
    .victims = 5,
    .ci = {2, 1},
    .more = {3, 1},
    .at_least = 1000,
    .setup = lay_out_rlock,
    .body = held_twice,
    .check = check,
    .may_sleep = may_sleep,
};
