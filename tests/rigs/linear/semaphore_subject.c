/*
 * Semaphore and BoundedSemaphore, by their public calls.
 */
#include "subject.h"

#include "process.h"

#include <mproc.h>

enum { UNITS_MOST = 3 };

static mp_semaphore *semaphore;

static struct linear_state begin(mp_semaphore *made, uint32_t units,
                                 uint32_t limit)
{
    semaphore = made;
    if (semaphore == NULL)
        rig_stop("linear: no semaphore: %s", mp_error_last()->message);
    return (struct linear_state){.count = units, .limit = limit};
}

static struct linear_state setup(struct linear_random *r)
{
    uint32_t units = linear_pick(r, UNITS_MOST + 1);

    return begin(mp_semaphore_new(units), units, 0);
}

/* Of no units at all it would be one that nobody can help. */
static struct linear_state setup_bounded(struct linear_random *r)
{
    uint32_t units = 1 + linear_pick(r, UNITS_MOST);

    return begin(mp_bounded_semaphore_new(units), units, units);
}

static void perform(struct linear_op *op)
{
    if (op->kind == LINEAR_ACQUIRE)
        op->answer = mp_semaphore_acquire(semaphore, op->timeout);
    else if (op->kind == LINEAR_RELEASE)
        op->answer = mp_semaphore_release(semaphore);
    else
        op->answer = mp_semaphore_get_value(semaphore);
}

static void teardown(void)
{
    mp_semaphore_free(semaphore);
}

const struct linear_subject linear_semaphore = {
    .name = "semaphore",
    .family = &linear_semaphores,
    .setup = setup,
    .perform = perform,
    .teardown = teardown,
};

const struct linear_subject linear_bounded_semaphore = {
    .name = "bounded",
    .family = &linear_semaphores,
    .setup = setup_bounded,
    .perform = perform,
    .teardown = teardown,
};
