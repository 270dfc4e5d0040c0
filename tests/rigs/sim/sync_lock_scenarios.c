/*
 * Lock and RLock under every schedule: who may release, who is told of a
 * death, and what becomes of those who wait.
 *
 * As with the owner lock below them, two counters that go up one after the
 * other are guarded: unequal means torn.
 */
#include "scenarios.h"

#include "base/clock.h"
#include "sync/lock_state.h"
#include "sync/rlock_state.h"

#include <mproc/error.h>

#include <errno.h>

static struct guarded {
    struct mp__lock_shared lock;
    struct mp__rlock_shared rlock;
    uint32_t first;
    uint32_t second;
} * shared;

static struct notes {
    int32_t inside;   /* who + 1 */
    int32_t rounds;   /* completed */
    int32_t told;     /* how often a death was */
    int32_t ended;    /* threads, inside, before the beginning */
    int32_t released; /* times a release went well */
    int32_t refused;  /* times it did not */
} * notes;

static void lay_out(void)
{
    shared = sim_shared(sizeof *shared, "guarded");
    sim_label(&shared->lock.lock.word, 4, "lock");
    sim_label(&shared->lock.thread, 4, "lock.thread");
    sim_label(&shared->rlock.lock.word, 4, "rlock");
    sim_label(&shared->rlock.thread, 4, "rlock.thread");
    sim_label(&shared->rlock.count, 4, "rlock.count");
    notes = sim_private(sizeof *notes);
}

static mp__owner holder_in(const struct mp__owner_lock *lock)
{
    return atomic_load(&lock->word) & ~MP__WAITERS;
}

/* -- inside --------------------------------------------------------------- */

static void enter(int me, bool told)
{
    SIM_DEMAND(notes->inside == 0 || sim_was_killed(notes->inside - 1),
               "processes %d and %d are inside at once", notes->inside - 1, me);
    SIM_DEMAND(told || shared->first == shared->second,
               "process %d finds torn data and was not told", me);
    notes->told += told;
    SIM_DEMAND(notes->told <= sim_kills() + notes->ended,
               "a death was told that was none");
    notes->inside = me + 1;
    if (told)
        shared->second = shared->first;
}

static void count_up(void)
{
    uint32_t seen = shared->first;

    sim_point();
    shared->first = seen + 1;
    sim_point();
    seen = shared->second;
    sim_point();
    shared->second = seen + 1;
    sim_point();
}

static void leave(void)
{
    notes->inside = 0;
    notes->rounds++;
}

/* Whichever of the two locks it was. */
static void check_guarded(const struct mp__owner_lock *lock)
{
    int least = notes->rounds, most = least + sim_kills() + notes->ended;

    SIM_DEMAND((int)shared->first >= least && (int)shared->first <= most,
               "%d rounds were completed and %u counted", least, shared->first);
    SIM_DEMAND(shared->first == shared->second || holder_in(lock) != 0,
               "the data is torn and nobody will be told");
    SIM_DEMAND(holder_in(lock) == 0 || sim_kills() > 0,
               "nobody left has the lock");
    SIM_DEMAND(sim_kills() > 0 || atomic_load(&lock->word) == 0,
               "nobody is left and yet somebody waits");
}

/* -- Lock, each by its holder --------------------------------------------- */

static void lock_round(int me)
{
    int rc = mp__lock_acquire(&shared->lock, MP__NEVER);

    SIM_DEMAND(rc >= 0, "the lock answers %d", rc);
    enter(me, rc == MP__HOLDER_DIED);
    count_up();
    leave();
    rc = mp__lock_release(&shared->lock);
    SIM_DEMAND(rc == 0, "release answers %d", rc);
}

static void check_lock(void)
{
    check_guarded(&shared->lock.lock);
}

const struct sim_scenario sim_sync_lock_once = {
    .name = "sync_lock_once",
    .what = "three take a Lock and release it",
    .processes = 3,
    .victims = 7,
    .ci = {2, 1},
    .more = {4, 2},
    .at_least = 1000,
    .setup = lay_out,
    .body = lock_round,
    .check = check_lock,
};

/* -- Lock, released by another -------------------------------------------- */

static void held_by_first(void)
{
    lay_out();
    atomic_store(&shared->lock.lock.word, sim_owner(0));
}

static void release_lock(void)
{
    int rc = mp__lock_release(&shared->lock);

    SIM_DEMAND(rc == 0 || rc == MP_VALUE_ERROR, "release answers %d", rc);
    notes->released += rc == 0;
    notes->refused += rc != 0;
}

static void take_and_release(void)
{
    int rc = mp__lock_acquire(&shared->lock, MP__NEVER);

    SIM_DEMAND(rc >= 0, "the lock answers %d", rc);
    SIM_DEMAND(rc == 0 || sim_kills() > 0, "a death was told that was none");
    release_lock();
}

/* The first one has it and is busy elsewhere. */
static void other_releases(int me)
{
    if (me == 1)
        release_lock();
    else if (me == 2)
        take_and_release();
    else
        sim_point();
}

/* The holder lives and nobody released it: then it stays held. */
static bool may_wait_for_holder(int who)
{
    (void)who;
    return holder_in(&shared->lock.lock) == sim_owner(0) &&
           !sim_was_killed(0) && sim_was_killed(1);
}

static void check_word(void)
{
    SIM_DEMAND(sim_kills() > 0 || atomic_load(&shared->lock.lock.word) == 0,
               "nobody is left and yet the lock is held or waited for");
}

const struct sim_scenario sim_sync_lock_other_releases = {
    .name = "sync_lock_other_releases",
    .what = "a Lock is released by another than its holder; one waits",
    .processes = 3,
    .victims = 7,
    .ci = {3, 1},
    .more = {4, 2},
    .at_least = 1000,
    .setup = held_by_first,
    .body = other_releases,
    .check = check_word,
    .may_sleep = may_wait_for_holder,
};

/* -- Lock, released twice ------------------------------------------------- */

static void two_release(int me)
{
    if (me == 2)
        take_and_release();
    else
        release_lock();
}

/* Held twice, released three times. */
static void check_one_was_refused(void)
{
    check_word();
    SIM_DEMAND(sim_kills() > 0 || (notes->released == 2 && notes->refused == 1),
               "%d releases went well, %d did not", notes->released,
               notes->refused);
}

const struct sim_scenario sim_sync_lock_released_twice = {
    .name = "sync_lock_released_twice",
    .what = "the holder and another release a Lock, a third takes it",
    .processes = 3,
    .victims = 7,
    .ci = {3, 1},
    .more = {4, 2},
    .at_least = 1000,
    .setup = held_by_first,
    .body = two_release,
    .check = check_one_was_refused,
};

/* -- RLock ---------------------------------------------------------------- */

static void take_rlock(int me)
{
    int rc = mp__rlock_acquire(&shared->rlock, MP__NEVER);

    SIM_DEMAND(rc >= 0, "the rlock answers %d", rc);
    enter(me, rc == MP__HOLDER_DIED);
    rc = mp__rlock_acquire(&shared->rlock, MP__NEVER);
    SIM_DEMAND(rc == 0, "who has the rlock is answered %d", rc);
}

static void give_rlock(void)
{
    int rc = mp__rlock_release(&shared->rlock);

    SIM_DEMAND(rc == 0, "release answers %d", rc);
    SIM_DEMAND(mp__rlock_is_mine(&shared->rlock), "once was enough");
    leave();
    rc = mp__rlock_release(&shared->rlock);
    SIM_DEMAND(rc == 0, "release answers %d", rc);
}

static void rlock_round(int me)
{
    take_rlock(me);
    count_up();
    give_rlock();
    SIM_DEMAND(mp__rlock_release(&shared->rlock) == MP_ASSERTION_ERROR,
               "one who does not have it releases it");
}

static void check_rlock(void)
{
    check_guarded(&shared->rlock.lock);
    SIM_DEMAND(holder_in(&shared->rlock.lock) != 0 ||
                   atomic_load(&shared->rlock.thread) == 0,
               "a thread has what its process has not");
}

const struct sim_scenario sim_rlock_nested = {
    .name = "rlock_nested",
    .what = "three take an RLock twice and release it as often",
    .processes = 3,
    .victims = 7,
    .ci = {2, 1},
    .more = {3, 2},
    .at_least = 1000,
    .setup = lay_out,
    .body = rlock_round,
    .check = check_rlock,
};

/* -- RLock, let go of for a wait ------------------------------------------ */

static void release_all_and_retake(int me)
{
    uint32_t count;
    int rc;

    take_rlock(me);
    notes->inside = 0;
    count = mp__rlock_release_all(&shared->rlock);
    SIM_DEMAND(count == 2, "it was held %u times", count);
    rc = mp__rlock_reacquire(&shared->rlock, count, MP__NEVER);
    SIM_DEMAND(rc >= 0, "the rlock answers %d", rc);
    enter(me, rc == MP__HOLDER_DIED);
    count_up();
    give_rlock();
}

const struct sim_scenario sim_rlock_in_between = {
    .name = "rlock_in_between",
    .what = "two let go of an RLock that they hold twice, and retake it",
    .processes = 2,
    .victims = 3,
    .ci = {3, 1},
    .more = {5, 2},
    .at_least = 1000,
    .setup = lay_out,
    .body = release_all_and_retake,
    .check = check_rlock,
};

/* -- RLock, its thread has ended ------------------------------------------ */

static void held_by_ended_thread(void)
{
    lay_out();
    atomic_store(&shared->rlock.lock.word, sim_owner(0));
    atomic_store(&shared->rlock.thread, SIM_ENDED_THREAD);
    atomic_store(&shared->rlock.count, 2);
    shared->first = 1;
    notes->ended = 1;
}

/* Another thread of the same process is among those who wait. */
const struct sim_scenario sim_rlock_thread_ended = {
    .name = "rlock_thread_ended",
    .what = "a thread ended with an RLock; its process and two others want it",
    .processes = 3,
    .victims = 7,
    .sliced = true,
    .ci = {2, 1},
    .more = {3, 2},
    .at_least = 1000,
    .setup = held_by_ended_thread,
    .body = rlock_round,
    .check = check_rlock,
};
