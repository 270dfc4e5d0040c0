/*
 * The owner lock in a storm: it guards two counters that go up one after the
 * other, and each worker notes down, inside, how many rounds it completed.
 */
#include "storm.h"

#include "process.h"

#include "base/clock.h"
#include "os/owner_lock.h"
#include "os/sleep.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>

static struct guarded {
    struct mp__owner_lock lock;
    _Atomic uint64_t first;
    _Atomic uint64_t second;
    _Atomic uint64_t told;
    _Atomic uint64_t rounds[STORM_WORKERS];
    atomic_int inside;
} * shared;

static void setup(void)
{
    shared = rig_shared(sizeof *shared);
}

static void teardown(void)
{
    rig_free_shared(shared, sizeof *shared);
}

static uint64_t progress(void)
{
    return atomic_load(&shared->first);
}

/* A third of the time with a deadline, which may be too short. */
static int64_t some_deadline(struct storm_random *r)
{
    switch (storm_pick(r, 6)) {
    case 0:
        return 0;
    case 1:
        return mp__now() + storm_pick(r, 2000000);
    default:
        return MP__NEVER;
    }
}

/* Inside for up to some 50 us, half of the time, so that holders die, too. */
static void linger(struct storm_random *r)
{
    uint32_t looks = storm_pick(r, 2) * storm_pick(r, 1000);

    for (uint32_t k = 0; k < looks; k++)
        mp__pause();
}

static const char *work(int i, struct storm_random *r)
{
    int rc = mp__owner_lock(&shared->lock, some_deadline(r));

    if (rc == -ETIMEDOUT)
        return NULL;
    if (rc < 0)
        return "the lock gave an odd answer";
    if (rc == MP__HOLDER_DIED) {
        atomic_fetch_add(&shared->told, 1);
        atomic_store(&shared->inside, 0);
        atomic_store(&shared->second, atomic_load(&shared->first));
    }
    if (atomic_exchange(&shared->inside, i + 1) != 0)
        return "two are inside at once";
    if (atomic_load(&shared->first) != atomic_load(&shared->second))
        return "torn data, and nobody was told";
    atomic_fetch_add(&shared->first, 1);
    linger(r);
    atomic_fetch_add(&shared->second, 1);
    atomic_fetch_add(&shared->rounds[i], 1);
    atomic_store(&shared->inside, 0);
    mp__owner_unlock(&shared->lock);
    return NULL;
}

/* Whoever died between counting and noting down is missing in the rounds. */
static const char *check(const long kills[STORM_WORKERS])
{
    uint64_t rounds = 0, first = atomic_load(&shared->first), most;
    uint64_t told = atomic_load(&shared->told), deaths = 0;

    for (int i = 0; i < STORM_WORKERS; i++) {
        rounds += atomic_load(&shared->rounds[i]);
        deaths += (uint64_t)kills[i];
    }
    most = rounds + deaths;
    (void)printf("    rounds completed %llu, counted %llu, holders died %llu\n",
                 (unsigned long long)rounds, (unsigned long long)first,
                 (unsigned long long)told);
    if (first < rounds || first > most)
        return "rounds were lost or counted twice";
    if (told > deaths)
        return "a death was told more than once";
    if (told == 0 && deaths > 1000)
        return "no holder was ever killed: the storm proves nothing";
    return NULL;
}

const struct storm storm_lock = {
    .name = "owner lock",
    .setup = setup,
    .work = work,
    .progress = progress,
    .check = check,
    .teardown = teardown,
};
