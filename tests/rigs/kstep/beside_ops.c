/*
 * Event, Condition and Barrier, killed at every instruction while two others
 * are at work on the same object: these must come to their end, and whoever
 * comes late finds it of use.
 */
#include "op.h"

#include "process.h"

#include <mproc.h>

#include <stdatomic.h>

#define WAIT   60.0  /* longer than the rig's patience: then it is a hang */
#define MOMENT 0.001 /* seconds: most waits of the peers end by it */

static mp_event *event;
static mp_condition *condition;
static mp_barrier *barrier;
static atomic_int *enough;
static volatile int answer; /* of a call that may be killed in the middle */

enum verdict { FINE, ODD_ANSWER, OF_NO_USE };

static const char *describe(int verdict)
{
    switch ((enum verdict)verdict) {
    case ODD_ANSWER:
        return "a call of a survivor gave an odd answer";
    case OF_NO_USE:
        return "it is of no use any more";
    case FINE:
        break;
    }
    return "a survivor ended strangely";
}

static void tear_down(void)
{
    mp_event_free(event);
    mp_condition_free(condition);
    mp_barrier_free(barrier);
    event = NULL;
    condition = NULL;
    barrier = NULL;
}

static void lay_out(void)
{
    if (enough == NULL)
        enough = rig_shared(sizeof *enough);
    atomic_store(enough, 0);
    event = mp_event_new();
    condition = mp_condition_new();
    barrier = mp_barrier_new(2);
    if (event == NULL || condition == NULL || barrier == NULL)
        rig_stop("kstep: %s", mp_error_last()->message);
}

static void tell_enough(void)
{
    atomic_store(enough, 1);
}

static int until_enough(int (*work)(int i), int i)
{
    int verdict = FINE;

    while (verdict == FINE && atomic_load(enough) == 0)
        verdict = work(i);
    return verdict;
}

/* --- Event: one sets and clears, one waits --- */

static void act_on_event(void)
{
    answer = mp_event_set(event);
    answer = mp_event_wait(event, 0);
    answer = mp_event_clear(event);
}

static int use_event_once(int i)
{
    int rc;

    if (i == 0)
        return mp_event_set(event) == 0 && mp_event_clear(event) == 0
                   ? FINE
                   : ODD_ANSWER;
    rc = mp_event_wait(event, MOMENT);
    return rc == 0 || rc == MP_TIMEOUT ? FINE : ODD_ANSWER;
}

static int use_event(int i)
{
    return until_enough(use_event_once, i);
}

static int find_event_well(int i)
{
    (void)i;
    if (mp_event_set(event) != 0 || mp_event_wait(event, WAIT) != 0 ||
        mp_event_clear(event) != 0 || mp_event_is_set(event) != 0)
        return OF_NO_USE;
    return FINE;
}

const struct kstep_op kstep_event_beside = {
    .name = "event, two beside",
    .setup = lay_out,
    .act = act_on_event,
    .peers = 2,
    .when = KSTEP_BESIDE,
    .peer = use_event,
    .stop = tell_enough,
    .latecomer = find_event_well,
    .describe = describe,
    .tear_down = tear_down,
    .every = 2,
};

/* --- Condition: two wait for a moment and notify --- */

static void act_on_condition(void)
{
    answer = mp_condition_acquire(condition, WAIT);
    answer = mp_condition_wait(condition, 0);
    answer = mp_condition_notify(condition);
    answer = mp_condition_notify_all(condition);
    answer = mp_condition_release(condition);
}

static int use_condition_once(int i)
{
    int rc;

    (void)i;
    if (mp_condition_acquire(condition, WAIT) < 0)
        return ODD_ANSWER;
    rc = mp_condition_wait(condition, MOMENT);
    if ((rc < 0 && rc != MP_TIMEOUT) || mp_condition_notify(condition) != 0 ||
        mp_condition_release(condition) != 0)
        return ODD_ANSWER;
    return FINE;
}

static int use_condition(int i)
{
    return until_enough(use_condition_once, i);
}

static int find_condition_well(int i)
{
    (void)i;
    if (mp_condition_acquire(condition, WAIT) < 0 ||
        mp_condition_wait(condition, 0) != MP_TIMEOUT ||
        mp_condition_release(condition) != 0)
        return OF_NO_USE;
    return FINE;
}

const struct kstep_op kstep_condition_beside = {
    .name = "condition, two beside",
    .setup = lay_out,
    .act = act_on_condition,
    .peers = 2,
    .when = KSTEP_BESIDE,
    .peer = use_condition,
    .stop = tell_enough,
    .latecomer = find_condition_well,
    .describe = describe,
    .tear_down = tear_down,
    .every = 24,
};

/* --- Barrier: two meet, or are late and make it new --- */

static void act_on_barrier(void)
{
    answer = mp_barrier_wait(barrier, 0);
    answer = mp_barrier_reset(barrier);
    answer = mp_barrier_abort(barrier);
}

static int use_barrier_once(int i)
{
    int rc = mp_barrier_wait(barrier, MOMENT);

    (void)i;
    if (rc == MP_BROKEN_BARRIER)
        rc = mp_barrier_reset(barrier);
    return rc >= 0 ? FINE : ODD_ANSWER;
}

static int use_barrier(int i)
{
    return until_enough(use_barrier_once, i);
}

static int find_barrier_well(int i)
{
    (void)i;
    if (mp_barrier_reset(barrier) != 0 || mp_barrier_broken(barrier) != 0 ||
        mp_barrier_wait(barrier, 0) != MP_BROKEN_BARRIER ||
        mp_barrier_reset(barrier) != 0 || mp_barrier_broken(barrier) != 0)
        return OF_NO_USE;
    return FINE;
}

const struct kstep_op kstep_barrier_beside = {
    .name = "barrier, two beside",
    .setup = lay_out,
    .act = act_on_barrier,
    .peers = 2,
    .when = KSTEP_BESIDE,
    .peer = use_barrier,
    .stop = tell_enough,
    .latecomer = find_barrier_well,
    .describe = describe,
    .tear_down = tear_down,
    .every = 12,
};
