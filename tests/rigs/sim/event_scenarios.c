/*
 * The event under every schedule: nobody sleeps through a set, even if a clear
 * follows it at once, and whoever sleeps will be woken by the next one.
 */
#include "scenarios.h"

#include "base/clock.h"
#include "sync/event_state.h"

#include <errno.h>

#define TIMEOUT (MP__SECOND / 1000)
#define WAITERS (UINT32_C(1) << 31)

enum { SETTER = 0, FIRST_WAITER = 1 };

static struct mp__event_shared *event;
static struct notes {
    int32_t was_set;
    int32_t went_on;
    int32_t late;
} * notes;

static void lay_out(void)
{
    event = sim_shared(sizeof *event, "event");
    sim_label(&event->word, 4, "word");
    notes = sim_private(sizeof *notes);
}

static void await_it(int64_t deadline)
{
    int rc = mp__event_wait(event, deadline);

    SIM_DEMAND(rc == 0 || rc == -ETIMEDOUT, "wait answers %d", rc);
    SIM_DEMAND(rc == 0 || deadline != MP__NEVER, "late without a deadline");
    notes->went_on += rc == 0;
    notes->late += rc != 0;
}

/* As long as it was never set. */
static bool may_sleep_before_the_set(int who)
{
    (void)who;
    return notes->was_set == 0 && (atomic_load(&event->word) & ~WAITERS) == 0;
}

/* The next set will wake it. */
static bool may_sleep_if_asked(int who)
{
    uint32_t word = atomic_load(&event->word);

    (void)who;
    return (word & WAITERS) != 0 && !mp__event_is_set(event);
}

/* --- set, while two wait or come to wait --- */

static void one_sets_two_wait(int me)
{
    if (me == SETTER)
        mp__event_set(event);
    else
        await_it(MP__NEVER);
}

const struct sim_scenario sim_event_set = {
    .name = "event_set",
    .what = "one sets, two wait",
    .processes = 3,
    .victims = 7,
    .ci = {3, 1},
    .more = {5, 2},
    .at_least = 200,
    .setup = lay_out,
    .body = one_sets_two_wait,
    .may_sleep = may_sleep_before_the_set,
};

const struct sim_scenario sim_event_set_is_one_step = {
    .name = "event_set_is_one_step",
    .what = "the setter is killed, and nobody announces it",
    .processes = 3,
    .victims = 1u << SETTER,
    .unwatched = true,
    .ci = {3, 1},
    .more = {6, 1},
    .at_least = 100,
    .setup = lay_out,
    .body = one_sets_two_wait,
    .may_sleep = may_sleep_before_the_set,
};

/* --- set and cleared at once, while two sleep --- */

static void set_and_clear(int me)
{
    if (me != SETTER)
        await_it(MP__NEVER);
    else if (sim_is_asleep(FIRST_WAITER) && sim_is_asleep(FIRST_WAITER + 1)) {
        mp__event_set(event);
        notes->was_set = 1;
        mp__event_clear(event);
    }
}

const struct sim_scenario sim_event_set_and_clear = {
    .name = "event_set_and_clear",
    .what = "set and cleared while two sleep: both go on",
    .processes = 3,
    .victims = 7,
    .ci = {3, 1},
    .more = {5, 2},
    .at_least = 200,
    .setup = lay_out,
    .body = set_and_clear,
    .may_sleep = may_sleep_before_the_set,
};

/* --- two set and clear, while two come to wait --- */

static void many_at_once(int me)
{
    if (me <= 1) {
        mp__event_set(event);
        mp__event_clear(event);
    } else
        await_it(MP__NEVER);
}

const struct sim_scenario sim_event_contended = {
    .name = "event_contended",
    .what = "two set and clear, two wait; who sleeps is in the word",
    .processes = 4,
    .victims = 15,
    .ci = {2, 1},
    .more = {3, 1},
    .at_least = 1000,
    .setup = lay_out,
    .body = many_at_once,
    .may_sleep = may_sleep_if_asked,
};

/* --- deadlines --- */

static void one_sets_one_is_late(int me)
{
    if (me == SETTER)
        mp__event_set(event);
    else
        await_it(me == FIRST_WAITER ? MP__SECOND + TIMEOUT : MP__NEVER);
}

/* Late is only who was late before the set. */
static void check_late(void)
{
    SIM_DEMAND(sim_kills() > 0 || notes->went_on + notes->late == 2,
               "%d went on and %d were late", notes->went_on, notes->late);
}

const struct sim_scenario sim_event_timed = {
    .name = "event_timed",
    .what = "one of two waiters has a deadline",
    .processes = 3,
    .victims = 7,
    .timeouts = 1,
    .ci = {2, 1},
    .more = {4, 1},
    .at_least = 200,
    .setup = lay_out,
    .body = one_sets_one_is_late,
    .check = check_late,
    .may_sleep = may_sleep_before_the_set,
};
