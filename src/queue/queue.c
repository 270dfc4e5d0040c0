/*
 * Queue and JoinableQueue: this process's handle of a ring.
 */
#include "queue/queue.h"

#include "any/layout.h"
#include "any/value.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/opts.h"

#include <mproc/queue.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAXSIZE_MAX INT32_MAX

/* -- the handle ----------------------------------------------------------- */

static struct mp_queue *queue_of(const struct mp__handle *h)
{
    return (struct mp_queue *)(uintptr_t)h;
}

void mp__queue_destroy(struct mp__handle *h)
{
    mp__ring_free(&queue_of(h)->ring);
    free(queue_of(h));
}

int mp__queue_reduce(struct mp__handle *h, struct mp__parcel *out)
{
    struct mp_queue *q = queue_of(h);

    if (atomic_load(&q->closed))
        return mp__fail(MP_VALUE_ERROR, "the queue is closed");
    out->size = 1;
    out->bytes[0] = q->joinable;
    out->nfds = RING_FDS;
    mp__ring_fds(&q->ring, out->fds);
    return 0;
}

static int repr(const struct mp__handle *h, char *buf, size_t size)
{
    return snprintf(buf, size, "<%s at %p>",
                    queue_of(h)->joinable ? "JoinableQueue" : "Queue",
                    (const void *)h);
}

static int rebuild(const struct mp__parcel *in, struct mp__handle **out);

static const struct mp__handle_type queue_type = {
    .tag = MP__TAG_QUEUE,
    .name = "Queue",
    .destroy = mp__queue_destroy,
    .repr = repr,
    .reduce = mp__queue_reduce,
    .rebuild = rebuild,
};

__attribute__((constructor)) static void register_type(void)
{
    mp__handle_register(&queue_type);
}

static struct mp_queue *new_handle(const struct mp__handle_type *type,
                                   bool joinable)
{
    struct mp_queue *q = calloc(1, sizeof *q);

    if (q == NULL) {
        mp__fail(-ENOMEM, "no memory for a queue");
        return NULL;
    }
    mp__handle_init(&q->handle, type);
    q->joinable = joinable;
    return q;
}

struct mp_queue *mp__queue_make(const struct mp__handle_type *type,
                                uint32_t maxsize, bool joinable)
{
    struct mp_queue *q = new_handle(type, joinable);

    if (q == NULL)
        return NULL;
    if (mp__ring_new(&q->ring, maxsize) < 0) {
        free(q);
        return NULL;
    }
    return q;
}

int mp__queue_unpack(const struct mp__handle_type *type,
                     const struct mp__parcel *in, struct mp__handle **out)
{
    struct mp_queue *q;
    int rc;

    if (in->size != 1 || in->bytes[0] > 1 || in->nfds != RING_FDS)
        return mp__fail(MP_VALUE_ERROR, "what was received is no queue");
    q = new_handle(type, in->bytes[0]);
    if (q == NULL)
        return -ENOMEM;
    rc = mp__ring_adopt(&q->ring, in->fds);
    if (rc < 0) {
        free(q);
        return rc;
    }
    *out = &q->handle;
    return 0;
}

static int rebuild(const struct mp__parcel *in, struct mp__handle **out)
{
    return mp__queue_unpack(&queue_type, in, out);
}

mp_any mp_any_queue(mp_queue *q)
{
    return mp__any_handle(q == NULL ? NULL : &q->handle, "queue");
}

mp_out mp_out_queue(mp_queue **p)
{
    return mp__out_handle(&queue_type, p, false);
}

mp_out mp_out_queue_view(mp_queue **p)
{
    return mp__out_handle(&queue_type, p, true);
}

/* -- making and freeing --------------------------------------------------- */

static int read_opts(const mp_queue_opts *given, mp_queue_opts *out)
{
    memset(out, 0, sizeof *out);
    if (given != NULL)
        MP_TRY(mp__read_opts(given, out, sizeof *out, "Queue"));
    if (out->maxsize > MAXSIZE_MAX)
        return mp__fail(MP_VALUE_ERROR, "maxsize %lld is above %d",
                        (long long)out->maxsize, MAXSIZE_MAX);
    return 0;
}

static mp_queue *make(const mp_queue_opts *opts, bool joinable)
{
    mp_queue_opts o;

    if (read_opts(opts, &o) < 0)
        return NULL;
    return mp__queue_make(&queue_type, o.maxsize > 0 ? (uint32_t)o.maxsize : 0,
                          joinable);
}

mp_queue *(mp_queue_new)(const mp_queue_opts *opts)
{
    return make(opts, false);
}

mp_queue *(mp_joinable_queue_new)(const mp_queue_opts *opts)
{
    return make(opts, true);
}

void mp_queue_free(mp_queue *q)
{
    if (q != NULL)
        mp__handle_drop(&q->handle);
}

/* -- put and get ---------------------------------------------------------- */

static int check_open(const mp_queue *q)
{
    if (q == NULL)
        return mp__fail_null("queue");
    if (atomic_load_explicit(&q->closed, memory_order_relaxed))
        return mp__fail(MP_VALUE_ERROR, "the queue is closed");
    return 0;
}

static int ok(int count)
{
    return count < 0 ? count : 0;
}

int(mp_queue_put)(mp_queue *q, mp_any item, double timeout)
{
    MP_TRY(check_open(q));
    return ok(mp__ring_put(&q->ring, item, mp__deadline(timeout)));
}

int(mp_queue_put_nowait)(mp_queue *q, mp_any item)
{
    return (mp_queue_put)(q, item, 0);
}

static mp_out only(mp_out where, size_t i)
{
    (void)i;
    return where;
}

int(mp_queue_get)(mp_queue *q, mp_out out, double timeout)
{
    const struct ring_taker one = {.out = only, .where = out, .n = 1};

    MP_TRY(check_open(q));
    return ok(mp__ring_get(&q->ring, &one, mp__deadline(timeout)));
}

int(mp_queue_get_nowait)(mp_queue *q, mp_out out)
{
    return (mp_queue_get)(q, out, 0);
}

/* -- many at once --------------------------------------------------------- */

/* What the answer, an int, can count. */
static size_t countable(size_t n)
{
    return n < INT_MAX ? n : INT_MAX;
}

int(mp_queue_put_many)(mp_queue *q, mp_any items, double timeout)
{
    const struct ring_giver all = {
        .item = mp__item, .from = items, .n = countable(mp_any_len(items))};

    MP_TRY(check_open(q));
    if (mp__kind(items.head) == MP_KIND_BAD)
        return mp__bad_code(items);
    if (!mp__is_sequence(items))
        return mp__fail(MP_TYPE_ERROR,
                        "put_many: expected list, tuple or array, got %s",
                        mp__type_name(items));
    return mp__ring_put_many(&q->ring, &all, mp__deadline(timeout));
}

static mp_out element(mp_out array, size_t i)
{
    int elem = mp__elem(array.head);

    if (elem == MP_ELEM_ANY)
        return mp_out_any((mp_any *)array.p + i);
    return (mp_out){mp__head(MP__INTO_NUMBER, elem, 0),
                    (char *)array.p + i * mp__elem_size(elem)};
}

int(mp_queue_get_many)(mp_queue *q, mp_out array, double timeout)
{
    const struct ring_taker many = {
        .out = element, .where = array, .n = countable(mp__len(array.head))};

    MP_TRY(check_open(q));
    if (mp__kind(array.head) != MP__INTO_ARRAY || many.n == 0)
        return mp__fail(MP_TYPE_ERROR, "get_many: expected MP_INTO_ARRAY of "
                                       "at least one element");
    return mp__ring_get(&q->ring, &many, mp__deadline(timeout));
}

/* -- state ---------------------------------------------------------------- */

int64_t mp_queue_qsize(mp_queue *q)
{
    int rc = check_open(q);

    return rc < 0 ? rc : (int64_t)mp__ring_count(&q->ring);
}

int mp_queue_empty(mp_queue *q)
{
    MP_TRY(check_open(q));
    return mp__ring_count(&q->ring) == 0;
}

int mp_queue_full(mp_queue *q)
{
    uint32_t maxsize;

    MP_TRY(check_open(q));
    maxsize = q->ring.shared->maxsize;
    return maxsize > 0 && mp__ring_count(&q->ring) >= maxsize;
}

int mp_queue_close(mp_queue *q)
{
    if (q == NULL)
        return mp__fail_null("queue");
    atomic_store(&q->closed, true);
    return 0;
}

int(mp_queue_shutdown)(mp_queue *q, bool immediate)
{
    MP_TRY(check_open(q));
    mp__ring_shut_down(&q->ring, immediate);
    return 0;
}

static int check_joinable(const mp_queue *q)
{
    MP_TRY(check_open(q));
    if (!q->joinable)
        return mp__fail(MP_VALUE_ERROR, "the queue is not a joinable one");
    return 0;
}

int mp_queue_task_done(mp_queue *q)
{
    MP_TRY(check_joinable(q));
    return mp__ring_task_done(&q->ring);
}

int(mp_queue_join)(mp_queue *q, double timeout)
{
    MP_TRY(check_joinable(q));
    return mp__ring_join(&q->ring, mp__deadline(timeout));
}
