/*
 * Condition, barrier and event in a storm.
 *
 * The workers pass tokens on by the condition: a token that is put down is
 * taken by one, or died with one. Two of three times they rather meet at the
 * barrier, or await the event; all of these waits have an end, for whoever
 * could end them may be dead by then, but nobody may be told what is not so.
 */
#include "storm.h"

#include "process.h"

#include <mproc.h>

#include <stdatomic.h>
#include <stdio.h>

enum { TOKENS = 3 };

static mp_condition *condition;
static mp_barrier *barrier;
static mp_event *event;
static struct counts {
    _Atomic uint64_t put;
    _Atomic uint64_t taken;
    _Atomic uint64_t told; /* that a holder of the lock died */
    _Atomic uint64_t met;
    _Atomic uint64_t broken;
    _Atomic uint64_t awaited;
    atomic_int there; /* tokens; changed with the lock held */
} * counts;

static void setup(void)
{
    counts = rig_shared(sizeof *counts);
    condition = mp_condition_new();
    barrier = mp_barrier_new(2, .timeout = 0.02);
    event = mp_event_new();
    if (condition == NULL || barrier == NULL || event == NULL)
        rig_stop("storm: no objects: %s", mp_error_last()->message);
}

static void teardown(void)
{
    mp_condition_free(condition);
    mp_barrier_free(barrier);
    mp_event_free(event);
    rig_free_shared(counts, sizeof *counts);
}

static uint64_t progress(void)
{
    return atomic_load(&counts->taken) + atomic_load(&counts->met) +
           atomic_load(&counts->awaited);
}

static int there_is_a_token(mp_call *call)
{
    (void)call;
    return atomic_load(&counts->there) > 0;
}

static const char *put_token(void)
{
    if (atomic_load(&counts->there) >= TOKENS)
        return NULL;
    atomic_fetch_add(&counts->there, 1);
    atomic_fetch_add(&counts->put, 1);
    return mp_condition_notify(condition) < 0 ? "notify fails" : NULL;
}

static const char *take_token(struct storm_random *r)
{
    int rc = mp_condition_wait_for(condition, there_is_a_token, NULL,
                                   0.0001 * storm_pick(r, 100));

    if (rc == MP_TIMEOUT)
        return NULL;
    if (rc < 0)
        return "wait_for gives an odd answer";
    if (atomic_load(&counts->there) <= 0)
        return "went on without a token";
    atomic_fetch_sub(&counts->there, 1);
    atomic_fetch_add(&counts->taken, 1);
    return NULL;
}

static const char *use_condition(struct storm_random *r)
{
    int rc = mp_condition_acquire(condition, 10);
    const char *trouble;

    if (rc < 0)
        return "the condition's lock gives an odd answer";
    if (rc == MP_OWNER_DEAD)
        atomic_fetch_add(&counts->told, 1);
    trouble = storm_pick(r, 2) == 0 ? put_token() : take_token(r);
    if (mp_condition_release(condition) < 0 && trouble == NULL)
        trouble = "the condition's lock was not held";
    return trouble;
}

static const char *use_barrier(void)
{
    int rc = mp_barrier_wait(barrier);

    if (rc == MP_BROKEN_BARRIER) {
        atomic_fetch_add(&counts->broken, 1);
        return mp_barrier_reset(barrier) < 0 ? "reset fails" : NULL;
    }
    if (rc < 0)
        return "the barrier gives an odd answer";
    atomic_fetch_add(&counts->met, 1);
    return NULL;
}

static const char *use_event(struct storm_random *r)
{
    int rc = 0;

    if (storm_pick(r, 2) == 0) {
        (void)mp_event_set(event);
        (void)mp_event_clear(event);
    } else
        rc = mp_event_wait(event, 0.002);
    if (rc != 0 && rc != MP_TIMEOUT)
        return "the event gives an odd answer";
    atomic_fetch_add(&counts->awaited, rc == 0);
    return NULL;
}

static const char *work(int i, struct storm_random *r)
{
    (void)i;
    switch (storm_pick(r, 3)) {
    case 0:
        return use_barrier();
    case 1:
        return use_event(r);
    default:
        return use_condition(r);
    }
}

/* What was put and not taken is there, but for those that were killed between
   two lines of the books; and all three are as good as new. */
static const char *check(const long kills[STORM_WORKERS])
{
    int64_t missing =
        (int64_t)(atomic_load(&counts->put) - atomic_load(&counts->taken)) -
        atomic_load(&counts->there);
    int64_t deaths = 0;

    for (int i = 0; i < STORM_WORKERS; i++)
        deaths += kills[i];
    (void)printf("    tokens taken %llu, holders died %llu, met %llu, broken "
                 "%llu, events %llu\n",
                 (unsigned long long)atomic_load(&counts->taken),
                 (unsigned long long)atomic_load(&counts->told),
                 (unsigned long long)atomic_load(&counts->met),
                 (unsigned long long)atomic_load(&counts->broken),
                 (unsigned long long)atomic_load(&counts->awaited));
    if (missing > deaths || missing < -deaths)
        return "tokens were lost, or came from nowhere";
    if (mp_condition_acquire(condition, 1) < 0 ||
        mp_condition_wait(condition, 0) != MP_TIMEOUT ||
        mp_condition_release(condition) < 0)
        return "the condition is of no use any more";
    if (mp_barrier_reset(barrier) < 0 ||
        mp_barrier_wait(barrier, 0) != MP_BROKEN_BARRIER)
        return "the barrier is of no use any more";
    if (mp_event_set(event) < 0 || mp_event_wait(event, 0) != 0)
        return "the event is of no use any more";
    return NULL;
}

const struct storm storm_condition = {
    .name = "condition, barrier, event",
    .setup = setup,
    .work = work,
    .progress = progress,
    .check = check,
    .teardown = teardown,
};
