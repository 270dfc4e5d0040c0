/*
 * Lock and RLock by their public names, killed at every instruction: nobody
 * hangs, and a death is told to one survivor, if it is told at all.
 */
#include "op.h"
#include "stage.h"

#include <stdatomic.h>

enum { ROUNDS_BESIDE = 50, SAMPLES_UNTOLD = 8 };

static atomic_int *told_before; /* how often a death was */

static void lay_out(void)
{
    told_before = kstep_zeroed(told_before, sizeof *told_before);
}

static int told(int rc)
{
    if (rc < 0)
        return ODD_ANSWER;
    return rc == MP_OWNER_DEAD && atomic_fetch_add(told_before, 1) > 0
               ? TOLD_TWICE
               : FINE;
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
    if (mp_lock_acquire(made.lock) < 0)
        rig_stop("kstep: no Lock");
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
    .every = 2,
    .samples = SAMPLES_UNTOLD,
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
    .every = 2,
    .samples = SAMPLES_UNTOLD,
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
    .every = 4,
    .samples = SAMPLES_UNTOLD,
};

static int lock_beside(int i)
{
    return kstep_until_enough(lock_round, i, ROUNDS_BESIDE);
}

const struct kstep_op kstep_sync_lock_beside = {
    .name = "Lock, two beside",
    .setup = make_lock,
    .act = act_lock,
    .peers = 2,
    .when = KSTEP_BESIDE,
    .peer = lock_beside,
    .stop = kstep_tell_enough,
    .latecomer = lock_round,
    .check = check_lock,
    .every = 4,
    .samples = SAMPLES_UNTOLD,
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
    .every = 2,
    .samples = SAMPLES_UNTOLD,
};

static int die_with_lock(int arg)
{
    (void)arg;
    take_lock();
    return 0;
}

static void make_lock_of_dead_one(void)
{
    make_lock();
    kstep_let_one_die(die_with_lock);
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
    .every = 2,
    .samples = SAMPLES_UNTOLD,
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
        mp_rlock_release(made.rlock) != 0 || mp_rlock_locked(made.rlock) != 1 ||
        mp_rlock_release(made.rlock) != 0)
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
    if (mp_rlock_acquire(made.rlock) != 0 || mp_rlock_acquire(made.rlock) != 0)
        rig_stop("kstep: no RLock");
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
    .every = 3,
    .samples = SAMPLES_UNTOLD,
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
    .every = 3,
    .samples = SAMPLES_UNTOLD,
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
    .every = 5,
    .samples = SAMPLES_UNTOLD,
};

static int rlock_beside(int i)
{
    return kstep_until_enough(rlock_round, i, ROUNDS_BESIDE);
}

const struct kstep_op kstep_sync_rlock_beside = {
    .name = "RLock, two beside",
    .setup = make_rlock,
    .act = act_rlock,
    .peers = 2,
    .when = KSTEP_BESIDE,
    .peer = rlock_beside,
    .stop = kstep_tell_enough,
    .latecomer = rlock_round,
    .check = check_rlock,
    .every = 6,
    .samples = SAMPLES_UNTOLD,
};

static int die_with_rlock(int arg)
{
    (void)arg;
    take_rlock_twice();
    return 0;
}

static void make_rlock_of_dead_one(void)
{
    make_rlock();
    kstep_let_one_die(die_with_rlock);
}

/* As lock_round_after_two. */
static int rlock_round_after_two(int i)
{
    int rc = mp_rlock_acquire(made.rlock);

    (void)i;
    return rc >= 0 && mp_rlock_release(made.rlock) == 0 ? FINE : ODD_ANSWER;
}

const struct kstep_op kstep_sync_rlock_inherited = {
    .name = "RLock, from a dead holder",
    .setup = make_rlock_of_dead_one,
    .act = act_rlock,
    .latecomer = rlock_round_after_two,
    .check = check_rlock,
    .every = 3,
    .samples = SAMPLES_UNTOLD,
};
