/*
 * Event, Condition and Barrier, killed at every instruction: waking others,
 * asleep and woken themselves, and while they inherit from the dead.
 *
 * Nothing is guarded here. What is asked is that who was woken goes on, and
 * that who cannot be woken any more finds out: so the rig wakes only those for
 * whom nobody has done it yet.
 */
#include "op.h"
#include "stage.h"

#include "os/owner_lock.h"
#include "sync/barrier_state.h"
#include "sync/event_state.h"
#include "sync/object.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static volatile int answer; /* of a call that may be killed in the middle */

/* How many peers have come to wait; written with the condition's lock held. */
static atomic_int *came;
static int expected;

/* --- Event --- */

static void lay_out_event(void)
{
    made.event = mp_event_new();
    kstep_need(made.event);
}

static int await_event(int i)
{
    (void)i;
    return mp_event_wait(made.event, KSTEP_WAIT) == 0 ? FINE : ODD_ANSWER;
}

static void act_set_and_clear(void)
{
    answer = mp_event_set(made.event);
    answer = mp_event_clear(made.event);
}

static void act_await_event(void)
{
    answer = mp_event_wait(made.event, KSTEP_WAIT);
}

static void set(void)
{
    (void)mp_event_set(made.event);
}

/* Not once has it been set. */
static bool was_never_set(void)
{
    const struct mp__event_shared *e =
        ((const struct mp__object *)made.event)->cell.shared;

    return (atomic_load(&e->word) & ~MP__WAITERS) == 0;
}

static void set_if_never_set(void)
{
    if (was_never_set())
        set();
}

static bool needs_none(void)
{
    return false;
}

static int use_event(int i)
{
    (void)i;
    if (mp_event_clear(made.event) != 0 ||
        mp_event_wait(made.event, 0) != MP_TIMEOUT ||
        mp_event_set(made.event) != 0 || mp_event_wait(made.event, 0) != 0)
        return OF_NO_USE;
    return FINE;
}

const struct kstep_op kstep_event_set = {
    .name = "event set and clear, two asleep",
    .setup = lay_out_event,
    .act = act_set_and_clear,
    .peers = 2,
    .when = KSTEP_BEFORE,
    .peer = await_event,
    .stop = set_if_never_set,
    .needs_news = needs_none,
    .latecomer = use_event,
    .every = 2,
};

const struct kstep_op kstep_event_woken = {
    .name = "event wait, asleep and woken, one behind",
    .setup = lay_out_event,
    .act = act_await_event,
    .unblock = set,
    .peers = 1,
    .when = KSTEP_BEHIND,
    .peer = await_event,
    .stop = set_if_never_set,
    .needs_news = needs_none,
    .latecomer = use_event,
    .every = 8,
};

/* --- Condition --- */

static void lay_out_condition(void)
{
    made.condition = mp_condition_new();
    kstep_need(made.condition);
    came = kstep_zeroed(came, sizeof *came);
    expected = 1;
}

static void lay_out_condition_for_two(void)
{
    lay_out_condition();
    expected = 2;
}

static int await_condition(int i)
{
    int rc;

    (void)i;
    if (mp_condition_acquire(made.condition, KSTEP_WAIT) < 0)
        return ODD_ANSWER;
    atomic_fetch_add(came, 1);
    rc = mp_condition_wait(made.condition, KSTEP_WAIT);
    if (mp_condition_release(made.condition) != 0)
        return ODD_ANSWER;
    return rc < 0 ? ODD_ANSWER : FINE;
}

static void wait_once(double timeout)
{
    answer = mp_condition_acquire(made.condition, KSTEP_WAIT);
    answer = mp_condition_wait(made.condition, timeout);
    answer = mp_condition_release(made.condition);
}

static void act_await_condition(void)
{
    wait_once(KSTEP_WAIT);
}

static void act_await_condition_shortly(void)
{
    wait_once(0.02);
}

static void notify(int n)
{
    answer = mp_condition_acquire(made.condition, KSTEP_WAIT);
    answer = mp_condition_notify(made.condition, n);
    answer = mp_condition_release(made.condition);
}

static void act_notify(void)
{
    notify(1);
}

static void act_notify_all(void)
{
    answer = mp_condition_acquire(made.condition, KSTEP_WAIT);
    answer = mp_condition_notify_all(made.condition);
    answer = mp_condition_release(made.condition);
}

/* Only those for whom there is no notify yet; once all peers are there. */
static void notify_the_others(void)
{
    char text[400] = "";
    const char *count;
    int n = 0;

    for (int i = 0; i < 3000 && atomic_load(came) < expected; i++)
        (void)usleep(1000);
    answer = mp_condition_acquire(made.condition, KSTEP_WAIT);
    (void)mp_repr(made.condition, text, sizeof text);
    count = strrchr(text, ' ');
    if (count != NULL && sscanf(count, "%d", &n) == 1)
        answer = mp_condition_notify(made.condition, n);
    answer = mp_condition_release(made.condition);
}

static int use_condition(int i)
{
    (void)i;
    if (mp_condition_acquire(made.condition, KSTEP_WAIT) < 0 ||
        mp_condition_wait(made.condition, 0) != MP_TIMEOUT ||
        mp_condition_notify_all(made.condition) != 0 ||
        mp_condition_release(made.condition) != 0)
        return OF_NO_USE;
    return FINE;
}

const struct kstep_op kstep_condition_notify = {
    .name = "condition notify, two asleep",
    .setup = lay_out_condition_for_two,
    .act = act_notify,
    .peers = 2,
    .when = KSTEP_BEFORE,
    .peer = await_condition,
    .stop = notify_the_others,
    .latecomer = use_condition,
    .every = 18,
};

const struct kstep_op kstep_condition_notify_all = {
    .name = "condition notify_all, two asleep",
    .setup = lay_out_condition_for_two,
    .act = act_notify_all,
    .peers = 2,
    .when = KSTEP_BEFORE,
    .peer = await_condition,
    .stop = notify_the_others,
    .latecomer = use_condition,
    .every = 9,
};

const struct kstep_op kstep_condition_woken = {
    .name = "condition wait, asleep and woken, one behind",
    .setup = lay_out_condition,
    .act = act_await_condition,
    .unblock = act_notify,
    .for_one = true,
    .peers = 1,
    .when = KSTEP_BEHIND,
    .peer = await_condition,
    .stop = notify_the_others,
    .latecomer = use_condition,
    .every = 24,
};

const struct kstep_op kstep_condition_timed = {
    .name = "condition wait, until a deadline, one asleep",
    .setup = lay_out_condition,
    .act = act_await_condition_shortly,
    .peers = 1,
    .when = KSTEP_BEFORE,
    .peer = await_condition,
    .stop = notify_the_others,
    .latecomer = use_condition,
    .every = 40,
};

static int die_with_the_lock(int arg)
{
    (void)arg;
    return mp_condition_acquire(made.condition, KSTEP_WAIT) < 0;
}

static void lay_out_inherited(void)
{
    lay_out_condition();
    kstep_let_one_die(die_with_the_lock);
}

const struct kstep_op kstep_condition_inherited = {
    .name = "condition notify, from a dead holder",
    .setup = lay_out_inherited,
    .act = act_notify,
    .latecomer = use_condition,
    .every = 15,
};

/* --- Barrier --- */

static int act_in_barrier(mp_call *call)
{
    (void)call;
    answer = 1;
    return 0;
}

static void lay_out_barrier(int parties)
{
    made.barrier = mp_barrier_new(parties, .action = act_in_barrier);
    kstep_need(made.barrier);
}

static void for_two(void)
{
    lay_out_barrier(2);
}

static void for_three(void)
{
    lay_out_barrier(3);
}

static int meet(int i)
{
    int rc = mp_barrier_wait(made.barrier, KSTEP_WAIT);

    (void)i;
    return rc >= 0 || rc == MP_BROKEN_BARRIER ? FINE : ODD_ANSWER;
}

static void act_meet(void)
{
    answer = mp_barrier_wait(made.barrier, KSTEP_WAIT);
}

static void act_reset(void)
{
    answer = mp_barrier_reset(made.barrier);
}

static void act_abort(void)
{
    answer = mp_barrier_abort(made.barrier);
}

/* The peer waits alone: the victim has not come. */
static void abort_if_alone(void)
{
    if (mp_barrier_n_waiting(made.barrier) == 1)
        act_abort();
}

/* It has come, and the round is not over; or it died with the lock. */
static bool is_missed(void)
{
    const struct mp__barrier_shared *b =
        ((const struct mp__object *)made.barrier)->cell.shared;

    return mp_barrier_n_waiting(made.barrier) == 2 ||
           (atomic_load(&b->lock.word) & ~MP__WAITERS) == kstep_victim();
}

/* As the third of three: to wait for nobody. */
static void meet_at_once(void)
{
    answer = mp_barrier_wait(made.barrier, 0);
}

static int use_barrier(int i)
{
    (void)i;
    if (mp_barrier_reset(made.barrier) != 0 ||
        mp_barrier_broken(made.barrier) != 0 ||
        mp_barrier_n_waiting(made.barrier) != 0 ||
        mp_barrier_wait(made.barrier, 0) != MP_BROKEN_BARRIER ||
        mp_barrier_reset(made.barrier) != 0 ||
        mp_barrier_broken(made.barrier) != 0)
        return OF_NO_USE;
    return FINE;
}

const struct kstep_op kstep_barrier_last = {
    .name = "barrier wait, the last of two",
    .setup = for_two,
    .act = act_meet,
    .peers = 1,
    .when = KSTEP_BEFORE,
    .peer = meet,
    .stop = abort_if_alone,
    .needs_news = is_missed,
    .latecomer = use_barrier,
    .every = 4,
};

const struct kstep_op kstep_barrier_woken = {
    .name = "barrier wait, asleep and woken, one behind",
    .setup = for_three,
    .act = act_meet,
    .unblock = meet_at_once,
    .peers = 1,
    .when = KSTEP_BEHIND,
    .peer = meet,
    .latecomer = use_barrier,
    .every = 9,
};

const struct kstep_op kstep_barrier_reset = {
    .name = "barrier reset, one asleep",
    .setup = for_two,
    .act = act_reset,
    .peers = 1,
    .when = KSTEP_BEFORE,
    .peer = meet,
    .stop = abort_if_alone,
    .latecomer = use_barrier,
    .every = 3,
};

const struct kstep_op kstep_barrier_abort = {
    .name = "barrier abort, one asleep",
    .setup = for_two,
    .act = act_abort,
    .peers = 1,
    .when = KSTEP_BEFORE,
    .peer = meet,
    .stop = abort_if_alone,
    .latecomer = use_barrier,
    .every = 3,
};
