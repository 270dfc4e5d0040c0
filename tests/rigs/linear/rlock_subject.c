/*
 * RLock, by its public calls.
 */
#include "subject.h"

#include "process.h"

#include <mproc.h>

static mp_rlock *lock;

static struct linear_state setup(struct linear_random *r)
{
    (void)r;
    lock = mp_rlock_new();
    if (lock == NULL)
        rig_stop("linear: no recursive lock: %s", mp_error_last()->message);
    return (struct linear_state){.count = LINEAR_FREE};
}

static void perform(struct linear_op *op)
{
    if (op->kind == LINEAR_ACQUIRE)
        op->answer = mp_rlock_acquire(lock, op->timeout);
    else if (op->kind == LINEAR_RELEASE)
        op->answer = mp_rlock_release(lock);
    else
        op->answer = mp_rlock_locked(lock);
}

static void teardown(void)
{
    mp_rlock_free(lock);
}

const struct linear_subject linear_rlock = {
    .name = "rlock",
    .family = &linear_rlocks,
    .setup = setup,
    .perform = perform,
    .teardown = teardown,
};
