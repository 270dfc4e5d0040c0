/*
 * Tasks of a joinable queue: how many were put and are not done is tail - done,
 * so that no death between a put and its count can part the two.
 */
#include "queue/side.h"

#include "base/clock.h"
#include "base/error.h"

#include <errno.h>
#include <limits.h>

/* Joins wait for the last task only. Once all of them have been woken, nobody
   asleep is left. */
int mp__ring_task_done(struct ring *r)
{
    struct ring_side *task = &r->shared->task;
    uint32_t done, left;
    int rc = mp__side_lock(r, task, MP__NEVER);

    if (rc < 0)
        return rc;
    done = atomic_load(&task->commit);
    left = atomic_load(&r->shared->put.commit) - done;
    if (left == 1 && task->wanted != 0) {
        (void)mp__futex_add_wake(&task->commit, 1, INT_MAX);
        task->wanted = 0;
    } else if (left > 0) {
        atomic_store(&task->commit, done + 1);
    }
    mp__owner_unlock(&task->lock);
    return left > 0
               ? 0
               : mp__fail(MP_VALUE_ERROR, "task_done() called too many times");
}

/* `done` is read first: if the tail, read later, is no further, then there was
   nothing left to do when it was read. */
static int join_round(struct ring *r, struct mp__sleep *sleep)
{
    struct ring_side *task = &r->shared->task;
    uint32_t done;

    mp__sleep_look(sleep);
    done = atomic_load(&task->commit);
    if (mp__ring_is(r, RING_DROPPED) ||
        done == atomic_load(&r->shared->put.commit))
        return 1;
    return mp__side_sleep(r, task, done, sleep);
}

int mp__ring_join(struct ring *r, int64_t deadline)
{
    struct mp__sleep sleep = mp__sleep_until(deadline);
    int rc;

    do
        rc = join_round(r, &sleep);
    while (rc == 0);
    if (rc == -ETIMEDOUT)
        return mp__fail(MP_TIMEOUT, "not all tasks are done");
    return rc < 0 ? rc : 0;
}
