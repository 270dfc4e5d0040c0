/*
 * Two semaphores in a storm, one with undo. Of that one no unit may be lost. Of
 * the plain one a killed holder takes at most one with it: whoever then finds
 * nothing left for long gives one in its place.
 *
 * Each worker notes down what it is about to do before it does it, so that what
 * a dead one may have had is known to its successor.
 */
#include "storm.h"

#include "process.h"

#include "os/sleep.h"

#include <mproc.h>

#include <stdatomic.h>
#include <stdio.h>

enum { UNITS = 2 };

/* Half of a worker's life: longer than a unit is away, mostly. */
#define LONG 0.003

enum step { OUTSIDE, TAKING, INSIDE, GIVING };

static struct books {
    _Atomic uint64_t rounds;
    _Atomic uint64_t given_anew; /* units, for lost ones */
    struct {
        atomic_int step; /* enum step, with the plain one */
        atomic_int deaths;
    } worker[STORM_WORKERS];
} * books;

static mp_semaphore *plain, *undo;

static void setup(void)
{
    books = rig_shared(sizeof *books);
    plain = mp_semaphore_new(UNITS);
    undo = mp_bounded_semaphore_new(UNITS, .undo = true);
    if (plain == NULL || undo == NULL)
        rig_stop("storm: no semaphores");
}

static void teardown(void)
{
    mp_semaphore_free(plain);
    mp_semaphore_free(undo);
    rig_free_shared(books, sizeof *books);
}

static uint64_t progress(void)
{
    return atomic_load(&books->rounds);
}

static void linger(struct storm_random *r)
{
    uint32_t looks = storm_pick(r, 2) * storm_pick(r, 1000);

    for (uint32_t k = 0; k < looks; k++)
        mp__pause();
}

/* A third of the time with a deadline, which may be too short. */
static double some_timeout(struct storm_random *r)
{
    return storm_pick(r, 3) == 0 ? storm_pick(r, 2000) / 1e6 : LONG;
}

/* The one before was killed somewhere here: what it surely had is given back,
   what it may have had counts as lost. */
static const char *clear_up(int i)
{
    atomic_int *step = &books->worker[i].step;
    int before = atomic_load(step);

    if (before == OUTSIDE)
        return NULL;
    atomic_fetch_add(&books->worker[i].deaths, 1);
    atomic_store(step, GIVING);
    if (before == INSIDE && mp_semaphore_release(plain) != 0)
        return "release gave an odd answer";
    atomic_store(step, OUTSIDE);
    return NULL;
}

/* All units are gone with those who had them, or are away for long. */
static const char *give_anew(void)
{
    if (mp_semaphore_get_value(plain) == 0) {
        atomic_fetch_add(&books->given_anew, 1);
        if (mp_semaphore_release(plain) != 0)
            return "release gave an odd answer";
    }
    return NULL;
}

static const char *use_plain(int i, struct storm_random *r)
{
    atomic_int *step = &books->worker[i].step;
    double timeout = some_timeout(r);
    const char *wrong = clear_up(i);
    int rc;

    if (wrong != NULL)
        return wrong;
    atomic_store(step, TAKING);
    rc = mp_semaphore_acquire(plain, timeout);
    if (rc != 0) {
        atomic_store(step, OUTSIDE);
        if (rc != MP_TIMEOUT)
            return "acquire gave an odd answer";
        return timeout < LONG ? NULL : give_anew();
    }
    atomic_store(step, INSIDE);
    linger(r);
    atomic_store(step, GIVING);
    if (mp_semaphore_release(plain) != 0)
        return "release gave an odd answer";
    atomic_store(step, OUTSIDE);
    atomic_fetch_add(&books->rounds, 1);
    return NULL;
}

static const char *use_undo(struct storm_random *r)
{
    int rc = mp_semaphore_acquire(undo, some_timeout(r));

    if (rc == MP_TIMEOUT)
        return NULL;
    if (rc != 0)
        return "acquire with undo gave an odd answer";
    linger(r);
    if (mp_semaphore_release(undo) != 0)
        return "a unit with undo was not there to be given back";
    atomic_fetch_add(&books->rounds, 1);
    return NULL;
}

static const char *work(int i, struct storm_random *r)
{
    return storm_pick(r, 2) == 0 ? use_plain(i, r) : use_undo(r);
}

static const char *check(const long kills[STORM_WORKERS])
{
    long anew = (long)atomic_load(&books->given_anew);
    long left, deaths = 0, all = 0;

    for (int i = 0; i < STORM_WORKERS; i++) {
        all += kills[i];
        if (clear_up(i) != NULL)
            return "release gave an odd answer";
        deaths += atomic_load(&books->worker[i].deaths);
    }
    left = mp_semaphore_get_value(plain);
    (void)printf("    deaths with the plain one at hand %ld, units given anew "
                 "%ld, left %ld; with undo left %d\n",
                 deaths, anew, left, mp_semaphore_get_value(undo));
    if (deaths == 0 && all > 1000)
        return "nobody was ever killed in it: the storm proves nothing";
    if (mp_semaphore_get_value(undo) != UNITS)
        return "a unit with undo was lost or made";
    if (left > UNITS + anew)
        return "a unit was made";
    if (left < UNITS + anew - deaths)
        return "more units were lost than died with their holders";
    return NULL;
}

const struct storm storm_semaphore = {
    .name = "semaphores",
    .setup = setup,
    .work = work,
    .progress = progress,
    .check = check,
    .teardown = teardown,
};
