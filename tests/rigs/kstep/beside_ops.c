/*
 * Event, Condition and Barrier, killed at every instruction while two others
 * are at work on the same object: these must come to their end, and whoever
 * comes late finds it of use.
 */
#include "op.h"
#include "stage.h"

#define MOMENT 0.001 /* seconds: most waits of the peers end by it */

static volatile int answer; /* of a call that may be killed in the middle */

static void lay_out(void)
{
    made.event = mp_event_new();
    made.condition = mp_condition_new();
    made.barrier = mp_barrier_new(2);
    kstep_need(made.event);
    kstep_need(made.condition);
    kstep_need(made.barrier);
}

/* --- Event: one sets and clears, one waits --- */

static void act_on_event(void)
{
    answer = mp_event_set(made.event);
    answer = mp_event_wait(made.event, 0);
    answer = mp_event_clear(made.event);
}

static int use_event_once(int i)
{
    int rc;

    if (i == 0)
        return mp_event_set(made.event) == 0 && mp_event_clear(made.event) == 0
                   ? FINE
                   : ODD_ANSWER;
    rc = mp_event_wait(made.event, MOMENT);
    return rc == 0 || rc == MP_TIMEOUT ? FINE : ODD_ANSWER;
}

static int use_event(int i)
{
    return kstep_until_enough(use_event_once, i, 0);
}

static int find_event_well(int i)
{
    (void)i;
    if (mp_event_set(made.event) != 0 ||
        mp_event_wait(made.event, KSTEP_WAIT) != 0 ||
        mp_event_clear(made.event) != 0 || mp_event_is_set(made.event) != 0)
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
    .stop = kstep_tell_enough,
    .latecomer = find_event_well,
    .every = 2,
};

/* --- Condition: two wait for a moment and notify --- */

static void act_on_condition(void)
{
    answer = mp_condition_acquire(made.condition, KSTEP_WAIT);
    answer = mp_condition_wait(made.condition, 0);
    answer = mp_condition_notify(made.condition);
    answer = mp_condition_notify_all(made.condition);
    answer = mp_condition_release(made.condition);
}

static int use_condition_once(int i)
{
    int rc;

    (void)i;
    if (mp_condition_acquire(made.condition, KSTEP_WAIT) < 0)
        return ODD_ANSWER;
    rc = mp_condition_wait(made.condition, MOMENT);
    if ((rc < 0 && rc != MP_TIMEOUT) ||
        mp_condition_notify(made.condition) != 0 ||
        mp_condition_release(made.condition) != 0)
        return ODD_ANSWER;
    return FINE;
}

static int use_condition(int i)
{
    return kstep_until_enough(use_condition_once, i, 0);
}

static int find_condition_well(int i)
{
    (void)i;
    if (mp_condition_acquire(made.condition, KSTEP_WAIT) < 0 ||
        mp_condition_wait(made.condition, 0) != MP_TIMEOUT ||
        mp_condition_release(made.condition) != 0)
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
    .stop = kstep_tell_enough,
    .latecomer = find_condition_well,
    .every = 48,
};

/* --- Barrier: two meet, or are late and make it new --- */

static void act_on_barrier(void)
{
    answer = mp_barrier_wait(made.barrier, 0);
    answer = mp_barrier_reset(made.barrier);
    answer = mp_barrier_abort(made.barrier);
}

static int use_barrier_once(int i)
{
    int rc = mp_barrier_wait(made.barrier, MOMENT);

    (void)i;
    if (rc == MP_BROKEN_BARRIER)
        rc = mp_barrier_reset(made.barrier);
    return rc >= 0 ? FINE : ODD_ANSWER;
}

static int use_barrier(int i)
{
    return kstep_until_enough(use_barrier_once, i, 0);
}

static int find_barrier_well(int i)
{
    (void)i;
    if (mp_barrier_reset(made.barrier) != 0 ||
        mp_barrier_broken(made.barrier) != 0 ||
        mp_barrier_wait(made.barrier, 0) != MP_BROKEN_BARRIER ||
        mp_barrier_reset(made.barrier) != 0 ||
        mp_barrier_broken(made.barrier) != 0)
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
    .stop = kstep_tell_enough,
    .latecomer = find_barrier_well,
    .every = 12,
};
