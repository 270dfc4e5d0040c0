/*
 * SimpleQueue: a ring without limit, and without anything but put, get and
 * empty.
 */
#include "any/handle.h"
#include "base/clock.h"
#include "base/error.h"
#include "queue/ring.h"

#include <mproc/queue.h>

#include <errno.h>
#include <stdlib.h>

struct mp_simple_queue {
    struct mp__handle handle;
    struct ring ring;
    atomic_bool closed; /* in this process */
};

static struct mp_simple_queue *queue_of(struct mp__handle *h)
{
    return (struct mp_simple_queue *)h;
}

static int check_open(const mp_simple_queue *q)
{
    if (q == NULL)
        return mp__fail_null("simple queue");
    if (atomic_load_explicit(&q->closed, memory_order_relaxed))
        return mp__fail(MP_VALUE_ERROR, "the simple queue is closed");
    return 0;
}

static void destroy(struct mp__handle *h)
{
    mp__ring_free(&queue_of(h)->ring);
    free(h);
}

static int reduce(struct mp__handle *h, struct mp__parcel *out)
{
    MP_TRY(check_open(queue_of(h)));
    out->size = 0;
    out->nfds = 1;
    out->fds[0] = queue_of(h)->ring.mapping.fd;
    return 0;
}

static int rebuild(const struct mp__parcel *in, struct mp__handle **out);

static const struct mp__handle_type simple_queue_type = {
    .tag = MP__TAG_SIMPLE_QUEUE,
    .name = "SimpleQueue",
    .destroy = destroy,
    .reduce = reduce,
    .rebuild = rebuild,
};

__attribute__((constructor)) static void register_type(void)
{
    mp__handle_register(&simple_queue_type);
}

static struct mp_simple_queue *new_handle(void)
{
    struct mp_simple_queue *q = calloc(1, sizeof *q);

    if (q == NULL)
        mp__fail(-ENOMEM, "no memory for a simple queue");
    else
        mp__handle_init(&q->handle, &simple_queue_type);
    return q;
}

static int rebuild(const struct mp__parcel *in, struct mp__handle **out)
{
    struct mp_simple_queue *q;
    int rc;

    if (in->size != 0 || in->nfds != 1)
        return mp__fail(MP_VALUE_ERROR, "what was received is no simple queue");
    q = new_handle();
    if (q == NULL)
        return -ENOMEM;
    rc = mp__ring_adopt(&q->ring, in->fds[0]);
    if (rc < 0) {
        free(q);
        return rc;
    }
    *out = &q->handle;
    return 0;
}

mp_any mp_any_simple_queue(mp_simple_queue *q)
{
    return mp__any_handle(q == NULL ? NULL : &q->handle, "simple queue");
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
    mp_simple_queue *q = new_handle();

    if (q == NULL)
        return NULL;
    if (mp__ring_new(&q->ring, 0) < 0) {
        free(q);
        return NULL;
    }
    return q;
}

void mp_simple_queue_free(mp_simple_queue *q)
{
    if (q != NULL)
        mp__handle_drop(&q->handle);
}

int(mp_simple_queue_put)(mp_simple_queue *q, mp_any item)
{
    int rc = check_open(q);

    if (rc == 0)
        rc = mp__ring_put(&q->ring, item, MP__NEVER);
    return rc < 0 ? rc : 0;
}

static mp_out only(mp_out where, size_t i)
{
    (void)i;
    return where;
}

int(mp_simple_queue_get)(mp_simple_queue *q, mp_out out)
{
    const struct ring_taker one = {only, out, 1};
    int rc = check_open(q);

    if (rc == 0)
        rc = mp__ring_get(&q->ring, &one, MP__NEVER);
    return rc < 0 ? rc : 0;
}

int mp_simple_queue_empty(mp_simple_queue *q)
{
    MP_TRY(check_open(q));
    return mp__ring_count(&q->ring) == 0;
}

int mp_simple_queue_close(mp_simple_queue *q)
{
    if (q == NULL)
        return mp__fail_null("simple queue");
    atomic_store(&q->closed, true);
    return 0;
}
