/*
 * SimpleQueue: a queue without limit, of which nothing can be asked but put,
 * get and empty.
 */
#include "base/error.h"
#include "queue/queue.h"

#include <mproc/queue.h>

struct mp_simple_queue {
    struct mp_queue queue;
};

static int rebuild(const struct mp__parcel *in, struct mp__handle **out);

static const struct mp__handle_type simple_queue_type = {
    .tag = MP__TAG_SIMPLE_QUEUE,
    .name = "SimpleQueue",
    .destroy = mp__queue_destroy,
    .reduce = mp__queue_reduce,
    .rebuild = rebuild,
};

static int rebuild(const struct mp__parcel *in, struct mp__handle **out)
{
    return mp__queue_unpack(&simple_queue_type, in, out);
}

__attribute__((constructor)) static void register_type(void)
{
    mp__handle_register(&simple_queue_type);
}

mp_any mp_any_simple_queue(mp_simple_queue *q)
{
    return mp__any_handle(q == NULL ? NULL : &q->queue.handle, "simple queue");
}

mp_out mp_out_simple_queue(mp_simple_queue **p)
{
    return mp__out_handle(&simple_queue_type, p, false);
}

mp_out mp_out_simple_queue_view(mp_simple_queue **p)
{
    return mp__out_handle(&simple_queue_type, p, true);
}

mp_simple_queue *mp_simple_queue_new(void)
{
    return (mp_simple_queue *)mp__queue_make(&simple_queue_type, 0, false);
}

void mp_simple_queue_free(mp_simple_queue *q)
{
    if (q != NULL)
        mp__handle_drop(&q->queue.handle);
}

int(mp_simple_queue_put)(mp_simple_queue *q, mp_any item)
{
    if (q == NULL)
        return mp__fail_null("simple queue");
    return (mp_queue_put)(&q->queue, item, MP_FOREVER);
}

int(mp_simple_queue_get)(mp_simple_queue *q, mp_out out)
{
    if (q == NULL)
        return mp__fail_null("simple queue");
    return (mp_queue_get)(&q->queue, out, MP_FOREVER);
}

int mp_simple_queue_empty(mp_simple_queue *q)
{
    return q == NULL ? mp__fail_null("simple queue")
                     : mp_queue_empty(&q->queue);
}

int mp_simple_queue_close(mp_simple_queue *q)
{
    return q == NULL ? mp__fail_null("simple queue")
                     : mp_queue_close(&q->queue);
}
