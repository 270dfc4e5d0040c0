/*
 * Queue, by its public calls.
 */
#include "subject.h"

#include "process.h"

#include <mproc.h>

static mp_queue *queue;

static struct linear_state setup(struct linear_random *r)
{
    static const uint32_t limits[] = {1, 2, 2, 3, 5, 0};
    uint32_t limit = limits[linear_pick(r, sizeof limits / sizeof *limits)];

    queue = mp_queue_new(.maxsize = limit);
    if (queue == NULL)
        rig_stop("linear: no queue: %s", mp_error_last()->message);
    return (struct linear_state){.limit = limit};
}

static int put(struct linear_op *op)
{
    int items[LINEAR_BATCH];

    for (int i = 0; i < LINEAR_BATCH; i++)
        items[i] = op->items[i];
    if (op->batch > 0)
        return mp_queue_put_many(queue, MP_ARRAY_N(items, (size_t)op->batch),
                                 op->timeout);
    return op->timeout > 0 ? mp_queue_put(queue, items[0], op->timeout)
                           : mp_queue_put_nowait(queue, items[0]);
}

static int get(struct linear_op *op)
{
    int items[LINEAR_BATCH] = {0};
    int rc;

    if (op->batch > 0)
        rc = mp_queue_get_many(queue, MP_INTO_ARRAY_N(items, (size_t)op->batch),
                               op->timeout);
    else if (op->timeout > 0)
        rc = mp_queue_get(queue, &items[0], op->timeout);
    else
        rc = mp_queue_get_nowait(queue, &items[0]);
    for (int i = 0; i < LINEAR_BATCH; i++)
        op->items[i] = (uint16_t)items[i];
    return rc;
}

static void perform(struct linear_op *op)
{
    if (op->kind == LINEAR_PUT)
        op->answer = put(op);
    else if (op->kind == LINEAR_GET)
        op->answer = get(op);
    else if (op->kind == LINEAR_IS_EMPTY)
        op->answer = mp_queue_empty(queue);
    else if (op->kind == LINEAR_IS_FULL)
        op->answer = mp_queue_full(queue);
    else
        op->answer = (int)mp_queue_qsize(queue);
}

static void teardown(void)
{
    mp_queue_free(queue);
}

const struct linear_subject linear_queue = {
    .name = "queue",
    .family = &linear_queues,
    .setup = setup,
    .perform = perform,
    .teardown = teardown,
};
