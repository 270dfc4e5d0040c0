/*
 * Lock, RLock and the semaphores by their public names, killed at every
 * instruction.
 *
 * What is guarded is a count of those inside. A survivor that comes in is told
 * of a death (locks), or finds a unit fewer (plain semaphores), or nothing at
 * all (undo).
 */
#include "op.h"

#include "process.h"

#include <mproc.h>

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

enum { ROUNDS_BESIDE = 100 };

/* Made anew for each kill point: the first handles of a process, which all
   that it forks have. */
static struct objects {
    mp_lock *lock;
    mp_rlock *rlock;
    mp_semaphore *semaphore;
} made;

static struct shared {
    atomic_int told;   /* how often a death was */
    atomic_int taken;  /* units that were, by those who came back to say so */
    atomic_int given;
    atomic_int enough; /* those beside the victim may end */
    int begun;         /* units at the beginning */
} * shared;

enum verdict { FINE, TOLD_TWICE, ODD_ANSWER };

static const char *describe(int verdict)
{
    switch ((enum verdict)verdict) {
    case TOLD_TWICE:
        return "one death was told more than once";
    case ODD_ANSWER:
        return "it gave an odd answer";
    case FINE:
        break;
    }
    return "a survivor ended strangely";
}

static void lay_out(void)
{
    if (shared == NULL)
        shared = rig_shared(sizeof *shared);
    memset(shared, 0, sizeof *shared);
    mp_lock_free(made.lock);
    mp_rlock_free(made.rlock);
    mp_semaphore_free(made.semaphore);
    made = (struct objects){NULL, NULL, NULL};
}

static void tell_enough(void)
{
    atomic_store(&shared->enough, 1);
}

static int told(int rc)
{
    if (rc < 0)
        return ODD_ANSWER;
    return rc == MP_OWNER_DEAD && atomic_fetch_add(&shared->told, 1) > 0
               ? TOLD_TWICE
               : FINE;
}

static int repeat(int (*round)(int i), int i)
{
    int verdict = FINE;

    while (verdict == FINE && atomic_load(&shared->enough) == 0)
        verdict = round(i);
    for (int k = 0; verdict == FINE && k < ROUNDS_BESIDE; k++)
        verdict = round(i);
    return verdict;
}

/* -- Lock ------------------------------------------------------------------ */

static void make_lock(void)
{
    lay_out();
    made.lock = mp_lock_new();
}

static int lock_round(int i)
{
    int verdict = told(mp_lock_acquire(made.lock));

    (void)i;
    if (verdict != FINE)
        return verdict;
    return mp_lock_release(made.lock) == 0 ? FINE : ODD_ANSWER;
}

static void act_lock(void)
{
    (void)lock_round(0);
}

static void take_lock(void)
{
    (void)mp_lock_acquire(made.lock);
}

static void release_lock(void)
{
    (void)mp_lock_release(made.lock);
}

static const char *check_lock(void)
{
    return mp_lock_locked(made.lock) == 0 ? NULL : "nobody is left to have it";
}

const struct kstep_op kstep_sync_lock = {
    .name = "Lock, alone",
    .setup = make_lock,
    .act = act_lock,
    .latecomer = lock_round,
    .check = check_lock,
    .describe = describe,
    .every = 2,
};

const struct kstep_op kstep_sync_lock_release = {
    .name = "Lock, released with two asleep",
    .setup = make_lock,
    .prepare = take_lock,
    .act = release_lock,
    .peers = 2,
    .when = KSTEP_PREPARED,
    .peer = lock_round,
    .latecomer = lock_round,
    .check = check_lock,
    .describe = describe,
    .every = 2,
};

static void make_lock_held(void)
{
    make_lock();
    take_lock();
}

const struct kstep_op kstep_sync_lock_woken = {
    .name = "Lock, asleep and woken, one behind",
    .setup = make_lock_held,
    .act = act_lock,
    .unblock = release_lock,
    .peers = 1,
    .when = KSTEP_BEHIND,
    .peer = lock_round,
    .latecomer = lock_round,
    .check = check_lock,
    .describe = describe,
    .every = 4,
};

static int lock_beside(int i)
{
    return repeat(lock_round, i);
}

const struct kstep_op kstep_sync_lock_beside = {
    .name = "Lock, two beside",
    .setup = make_lock,
    .act = act_lock,
    .peers = 2,
    .when = KSTEP_BESIDE,
    .peer = lock_beside,
    .stop = tell_enough,
    .latecomer = lock_round,
    .check = check_lock,
    .describe = describe,
    .every = 4,
};

/* The rig has it, the victim releases it, one waits. If the victim died before
   that, the rig does. */
static void release_unless_done(void)
{
    if (!kstep_has_finished())
        (void)mp_lock_release(made.lock);
}

/* Whoever had it when the rig released it a second time, may find it free. */
static int lock_round_beside_others(int i)
{
    int verdict = told(mp_lock_acquire(made.lock));
    int rc = verdict == FINE ? mp_lock_release(made.lock) : 0;

    (void)i;
    return rc == 0 || rc == MP_VALUE_ERROR ? verdict : ODD_ANSWER;
}

const struct kstep_op kstep_sync_lock_foreign = {
    .name = "Lock, released by another",
    .setup = make_lock_held,
    .act = release_lock,
    .peers = 1,
    .when = KSTEP_BEFORE,
    .peer = lock_round_beside_others,
    .stop = release_unless_done,
    .latecomer = lock_round,
    .check = check_lock,
    .describe = describe,
    .every = 2,
};

static int die_with_lock(int arg)
{
    (void)arg;
    take_lock();
    return 0;
}

static void make_lock_of_dead_one(void)
{
    struct rig_process holder;
    int status;

    make_lock();
    holder = rig_start(die_with_lock, 0);
    if (!rig_await_end(&holder, 10, &status))
        rig_stop("kstep: a process does not end");
    rig_announce(&holder);
}

/* Each death is told: that of the victim is a second one. */
static int lock_round_after_two(int i)
{
    int rc = mp_lock_acquire(made.lock);

    (void)i;
    return rc >= 0 && mp_lock_release(made.lock) == 0 ? FINE : ODD_ANSWER;
}

const struct kstep_op kstep_sync_lock_inherited = {
    .name = "Lock, from a dead holder",
    .setup = make_lock_of_dead_one,
    .act = act_lock,
    .latecomer = lock_round_after_two,
    .check = check_lock,
    .describe = describe,
    .every = 2,
};

/* -- RLock ----------------------------------------------------------------- */

static void make_rlock(void)
{
    lay_out();
    made.rlock = mp_rlock_new();
}

static int rlock_round(int i)
{
    int verdict = told(mp_rlock_acquire(made.rlock));

    (void)i;
    if (verdict != FINE)
        return verdict;
    if (mp_rlock_acquire(made.rlock) != 0 ||
        mp_rlock_release(made.rlock) != 0 ||
        mp_rlock_locked(made.rlock) != 1 || mp_rlock_release(made.rlock) != 0)
        return ODD_ANSWER;
    return mp_rlock_release(made.rlock) == MP_ASSERTION_ERROR ? FINE
                                                              : ODD_ANSWER;
}

static void act_rlock(void)
{
    if (mp_rlock_acquire(made.rlock) >= 0 && mp_rlock_acquire(made.rlock) == 0)
        (void)mp_rlock_release(made.rlock);
    (void)mp_rlock_release(made.rlock);
}

static void take_rlock_twice(void)
{
    if (mp_rlock_acquire(made.rlock) == 0)
        (void)mp_rlock_acquire(made.rlock);
}

static void release_rlock_twice(void)
{
    (void)mp_rlock_release(made.rlock);
    (void)mp_rlock_release(made.rlock);
}

static const char *check_rlock(void)
{
    return mp_rlock_locked(made.rlock) == 0 ? NULL
                                            : "nobody is left to have it";
}

const struct kstep_op kstep_sync_rlock = {
    .name = "RLock, nested, alone",
    .setup = make_rlock,
    .act = act_rlock,
    .latecomer = rlock_round,
    .check = check_rlock,
    .describe = describe,
    .every = 3,
};

const struct kstep_op kstep_sync_rlock_release = {
    .name = "RLock, released with two asleep",
    .setup = make_rlock,
    .prepare = take_rlock_twice,
    .act = release_rlock_twice,
    .peers = 2,
    .when = KSTEP_PREPARED,
    .peer = rlock_round,
    .latecomer = rlock_round,
    .check = check_rlock,
    .describe = describe,
    .every = 3,
};

static void make_rlock_held(void)
{
    make_rlock();
    take_rlock_twice();
}

const struct kstep_op kstep_sync_rlock_woken = {
    .name = "RLock, asleep and woken, one behind",
    .setup = make_rlock_held,
    .act = act_rlock,
    .unblock = release_rlock_twice,
    .peers = 1,
    .when = KSTEP_BEHIND,
    .peer = rlock_round,
    .latecomer = rlock_round,
    .check = check_rlock,
    .describe = describe,
    .every = 5,
};

static int rlock_beside(int i)
{
    return repeat(rlock_round, i);
}

const struct kstep_op kstep_sync_rlock_beside = {
    .name = "RLock, two beside",
    .setup = make_rlock,
    .act = act_rlock,
    .peers = 2,
    .when = KSTEP_BESIDE,
    .peer = rlock_beside,
    .stop = tell_enough,
    .latecomer = rlock_round,
    .check = check_rlock,
    .describe = describe,
    .every = 6,
};

/* -- semaphores ------------------------------------------------------------ */

static void make_units(int units, mp_semaphore *s)
{
    made.semaphore = s;
    shared->begun = units;
}

static void make_one_unit(void)
{
    lay_out();
    make_units(2, mp_semaphore_new(2));
}

static void make_bounded(void)
{
    lay_out();
    make_units(2, mp_bounded_semaphore_new(2));
}

static void make_undo(void)
{
    lay_out();
    make_units(1, mp_bounded_semaphore_new(1, .undo = true));
}

static int unit_round(int i)
{
    (void)i;
    if (mp_semaphore_acquire(made.semaphore) != 0)
        return ODD_ANSWER;
    return mp_semaphore_release(made.semaphore) == 0 ? FINE : ODD_ANSWER;
}

static void act_unit(void)
{
    (void)unit_round(0);
}

static int take_unit(int i)
{
    (void)i;
    if (mp_semaphore_acquire(made.semaphore) != 0)
        return ODD_ANSWER;
    atomic_fetch_add(&shared->taken, 1);
    return FINE;
}

static void take_one(void)
{
    (void)mp_semaphore_acquire(made.semaphore);
}

static void give_one(void)
{
    (void)mp_semaphore_release(made.semaphore);
}

/* The victim took one at most with it. */
static const char *check_units(void)
{
    int left = mp_semaphore_get_value(made.semaphore);
    int lost = shared->begun - left;

    if (lost < 0)
        return "there are more units than before";
    if (lost > (kstep_has_finished() ? 0 : 1))
        return "units were lost";
    return NULL;
}

static const char *check_all_back(void)
{
    return mp_semaphore_get_value(made.semaphore) == shared->begun
               ? NULL
               : "a unit did not come back";
}

const struct kstep_op kstep_semaphore = {
    .name = "Semaphore, alone",
    .setup = make_one_unit,
    .act = act_unit,
    .latecomer = unit_round,
    .check = check_units,
    .describe = describe,
    .every = 2,
};

const struct kstep_op kstep_semaphore_bounded = {
    .name = "BoundedSemaphore, alone",
    .setup = make_bounded,
    .act = act_unit,
    .latecomer = unit_round,
    .check = check_units,
    .describe = describe,
    .every = 2,
};

static int unit_beside(int i)
{
    return repeat(unit_round, i);
}

const struct kstep_op kstep_semaphore_beside = {
    .name = "Semaphore, two beside",
    .setup = make_one_unit,
    .act = act_unit,
    .peers = 2,
    .when = KSTEP_BESIDE,
    .peer = unit_beside,
    .stop = tell_enough,
    .latecomer = unit_round,
    .check = check_units,
    .describe = describe,
    .every = 4,
};

/* There is none; the victim, or in the end the rig, gives one for each. */
static void make_none(void)
{
    lay_out();
    make_units(0, mp_semaphore_new(0));
}

static void make_none_of_three(void)
{
    lay_out();
    make_units(0, mp_bounded_semaphore_new(3));
    for (int i = 0; i < 3; i++)
        take_one();
}

static void give_until_enough(void)
{
    for (int i = 0; i < 2; i++)
        (void)mp_semaphore_release(made.semaphore);
}

static const char *check_one_more(void)
{
    int left = mp_semaphore_get_value(made.semaphore);

    return left == 0 || left == 1 ? NULL : "units were lost or made";
}

const struct kstep_op kstep_semaphore_release = {
    .name = "Semaphore, released with two asleep",
    .setup = make_none,
    .act = give_one,
    .peers = 2,
    .when = KSTEP_BEFORE,
    .peer = take_unit,
    .stop = give_until_enough,
    .latecomer = unit_round,
    .check = check_one_more,
    .describe = describe,
    .every = 2,
};

/* Two more would be one too many for it: the third is refused. */
static void give_bounded_until_enough(void)
{
    for (int i = 0; i < 3; i++)
        (void)mp_semaphore_release(made.semaphore);
}

static const char *check_bound(void)
{
    int left = mp_semaphore_get_value(made.semaphore);

    return left >= 1 && left <= 3 ? NULL : "units were lost or made";
}

const struct kstep_op kstep_semaphore_bounded_release = {
    .name = "BoundedSemaphore, released with two asleep",
    .setup = make_none_of_three,
    .act = give_one,
    .peers = 2,
    .when = KSTEP_BEFORE,
    .peer = take_unit,
    .stop = give_bounded_until_enough,
    .latecomer = unit_round,
    .check = check_bound,
    .describe = describe,
    .every = 2,
};

/* The victim sleeps, is woken by one unit and may die with it; the one behind
   it then needs the second. */
static void give_two(void)
{
    give_one();
    give_one();
}

static int take_unit_and_enough(int i)
{
    return take_unit(i);
}

static const char *check_two_at_most(void)
{
    int left = mp_semaphore_get_value(made.semaphore);

    return left >= 0 && left <= 2 ? NULL : "units were lost or made";
}

static void give_a_third(void)
{
    give_one();
}

const struct kstep_op kstep_semaphore_woken = {
    .name = "Semaphore, asleep and woken, one behind",
    .setup = make_none,
    .act = take_one,
    .unblock = give_two,
    .peers = 1,
    .when = KSTEP_BEHIND,
    .peer = take_unit_and_enough,
    .stop = give_a_third,
    .latecomer = unit_round,
    .check = check_two_at_most,
    .describe = describe,
    .every = 4,
};

/* -- undo ------------------------------------------------------------------ */

const struct kstep_op kstep_undo = {
    .name = "undo, alone",
    .setup = make_undo,
    .act = act_unit,
    .latecomer = unit_round,
    .check = check_all_back,
    .describe = describe,
    .every = 3,
};

const struct kstep_op kstep_undo_release = {
    .name = "undo, released with two asleep",
    .setup = make_undo,
    .prepare = take_one,
    .act = give_one,
    .peers = 2,
    .when = KSTEP_PREPARED,
    .peer = unit_round,
    .latecomer = unit_round,
    .check = check_all_back,
    .describe = describe,
    .every = 3,
};

const struct kstep_op kstep_undo_beside = {
    .name = "undo, two beside",
    .setup = make_undo,
    .act = act_unit,
    .peers = 2,
    .when = KSTEP_BESIDE,
    .peer = unit_beside,
    .stop = tell_enough,
    .latecomer = unit_round,
    .check = check_all_back,
    .describe = describe,
    .every = 8,
};

static void make_undo_held(void)
{
    make_undo();
    take_one();
}

const struct kstep_op kstep_undo_woken = {
    .name = "undo, asleep and woken, one behind",
    .setup = make_undo_held,
    .act = act_unit,
    .unblock = give_one,
    .peers = 1,
    .when = KSTEP_BEHIND,
    .peer = unit_round,
    .latecomer = unit_round,
    .check = check_all_back,
    .describe = describe,
    .every = 6,
};

static int die_with_unit(int arg)
{
    (void)arg;
    take_one();
    return 0;
}

static void make_undo_of_dead_one(void)
{
    struct rig_process holder;
    int status;

    make_undo();
    holder = rig_start(die_with_unit, 0);
    if (!rig_await_end(&holder, 10, &status))
        rig_stop("kstep: a process does not end");
    rig_announce(&holder);
}

const struct kstep_op kstep_undo_inherited = {
    .name = "undo, from a dead holder",
    .setup = make_undo_of_dead_one,
    .act = act_unit,
    .latecomer = unit_round,
    .check = check_all_back,
    .describe = describe,
    .every = 3,
};
