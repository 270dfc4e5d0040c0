/*
 * imap: results one after another, of a sequence or of an input without end,
 * no further ahead of the caller than is allowed.
 */
#include "pool/engine.h"

#include "any/value.h"
#include "base/clock.h"
#include "base/error.h"
#include "pool/failure.h"
#include "pool/log.h"
#include "process/call.h"

#include <errno.h>
#include <stdlib.h>

struct mp_iter {
    struct job *job;
    mp_fn next; /* of an input without end; NULL: none        */
    void *self;
    mp_any end; /* why it has ended, owned; None: it has not  */
    bool told;  /* why there are no more results              */
};

int mp__imap_set(struct job *job, const struct map_call *m,
                 const mp_map_opts *o)
{
    if (m->kind == JOB_MAP)
        return o->next == NULL ? 0
                               : mp__fail(MP_VALUE_ERROR,
                                          "an input without end is for imap");
    if (o->callback != NULL || o->error_callback != NULL)
        return mp__fail(MP_VALUE_ERROR, "an imap has no callbacks: its results "
                                        "come one after another");
    job->window = o->buffersize > 0 ? o->buffersize : job->pool->max_pending;
    if (job->window < (uint64_t)(o->chunksize > 0 ? o->chunksize : 1))
        job->window = (uint64_t)o->chunksize;
    job->open = o->next != NULL;
    return 0;
}

static mp_iter *imap(struct mp_pool *pool, const struct map_call *m,
                     const mp_map_opts *opts)
{
    mp_iter *it = calloc(1, sizeof *it);

    if (it == NULL) {
        mp__fail_os(-ENOMEM, "no memory for an iterator");
        return NULL;
    }
    it->job = mp__map(pool, m, opts);
    if (it->job == NULL) {
        free(it);
        return NULL;
    }
    it->next = opts != NULL ? opts->next : NULL;
    it->self = opts != NULL ? opts->self : NULL;
    return it;
}

mp_iter *(mp_pool_imap)(mp_pool *pool, mp_fn func, mp_any iterable,
                        const mp_map_opts *opts)
{
    return imap(pool, &(struct map_call){JOB_IMAP, func, iterable, 0, false},
                opts);
}

mp_iter *(mp_pool_imap_unordered)(mp_pool *pool, mp_fn func, mp_any iterable,
                                  const mp_map_opts *opts)
{
    return imap(pool,
                &(struct map_call){JOB_UNORDERED, func, iterable, 0, false},
                opts);
}

/* -- an input without end -------------------------------------------------- */

static bool has_ended(const mp_iter *it)
{
    return mp_any_kind(it->end) != MP_KIND_NONE;
}

/* Ask for up to a chunk of items. How many there are. */
static uint32_t read_items(mp_iter *it, mp_any *items, uint32_t most)
{
    uint32_t n = 0;

    while (n < most && !has_ended(it)) {
        struct mp_call c;

        mp__call_init(&c, MP_NONE, MP_NONE, it->self);
        if (mp__call_run(&c, it->next) < 0) {
            it->end = mp__failure_of_record();
        } else {
            items[n++] = c.result;
            c.result = (mp_any){.head = MP_KIND_NONE};
        }
        mp__call_end(&c);
    }
    return n;
}

/* One task of its own items. */
static int send_items(struct job *job, mp_any *items, uint32_t n)
{
    struct task *task = calloc(1, sizeof *task);

    if (task == NULL)
        return -ENOMEM;
    if ((mp_any_copy)(mp_any_list(items, n), &task->own) < 0) {
        free(task);
        return -ENOMEM;
    }
    task->job = mp__job_hold(job);
    task->first = job->sent;
    task->count = n;
    job->sent += n;
    job->total = job->sent;
    mp__send_last(job->pool, task);
    return 0;
}

/* An error of the input comes as the result at its place, as in Python. */
static void end_input(mp_iter *it)
{
    struct job *job = it->job;
    struct piece piece = {.first = job->total, .count = 1, .failed = true};

    job->open = false;
    if (mp__failure_code(it->end) == MP_STOP_ITERATION) {
        mp__job_advance(job, 0);
        return;
    }
    if (job->finished)
        return;
    if ((mp_any_copy)(it->end, &piece.value) < 0 ||
        mp__job_keep(job, &piece) < 0) {
        mp__job_fail(job, it->end);
        return;
    }
    job->total = job->sent = job->total + 1;
    mp__job_advance(job, 1);
}

/* One thread at a time asks for items, and no more than the window holds. */
static bool may_read(const struct job *job)
{
    return job->open && !job->finished && !job->reading &&
           job->sent - job->given < job->window;
}

static void end_for_want(mp_iter *it)
{
    mp_any_clear(&it->end);
    it->end = mp__failure_make(-ENOMEM, "no memory for a task");
    if (!has_ended(it))
        it->end = mp_any_bool(false); /* it cannot be told, but it is one */
}

/* With the lock, which is let go meanwhile. */
static void read_chunk(mp_iter *it)
{
    struct job *job = it->job;
    mp_any *items;
    uint32_t n;

    job->reading = true;
    mp__pool_unlock(job->pool);
    items = calloc(job->chunk, sizeof *items);
    n = items != NULL ? read_items(it, items, job->chunk) : 0;
    mp__pool_lock(job->pool);
    job->reading = false;
    if (items == NULL || (n > 0 && send_items(job, items, n) < 0))
        end_for_want(it);
    if (has_ended(it))
        end_input(it);
    if (job->sleepers > 0)
        mp__job_news(job);
    mp__dispatch(job->pool);
    for (uint32_t i = 0; i < n; i++)
        mp_any_clear(&items[i]);
    free(items);
}

/* -- results --------------------------------------------------------------- */

/* The piece with the result that is next. */
static struct piece *next_piece(const struct job *job)
{
    struct piece *p = job->pieces;

    if (p == NULL || (job->kind == JOB_IMAP && p->first != job->given))
        return NULL;
    return p;
}

static bool has_next(const struct job *job)
{
    return next_piece(job) != NULL || job->finished;
}

/* With the lock. Some for each result that is given, and more while there is
   none: the workers have something to do, and nobody waits for what is slow to
   come while there are results. */
static void read_ahead(mp_iter *it)
{
    if (may_read(it->job))
        read_chunk(it);
    while (may_read(it->job) && !has_next(it->job))
        read_chunk(it);
}

/* There is a result; or the thread that was asking for items no longer is, and
   another one has to. */
static bool can_go_on(const struct job *job)
{
    return has_next(job) || may_read(job);
}

static void take_out(struct job *job, struct piece *p)
{
    p->first++;
    job->given++;
    if (--p->count == 0) {
        job->pieces = p->next;
        if (job->pieces == NULL)
            job->pieces_end = &job->pieces;
        mp_any_clear(&p->value);
        free(p);
    }
    if (!job->open)
        mp__pool_wait_in_line(job);
    mp__dispatch(job->pool);
}

static int give_from_log(struct job *job, struct piece *p, mp_out out)
{
    size_t size = mp__log_size(p->value);
    struct log_reader r = mp__log_read(p->value, p->taken);
    int rc = out.head == 0 ? (mp__log_skip(&r) ? 0 : -EINVAL)
                           : mp__log_next(&r, out);

    if (rc < 0)
        return rc;
    p->taken = size - r.left;
    take_out(job, p);
    return 0;
}

/* There are no more: why is told once, lest a loop over the results has no
   end. */
static int give_end(mp_iter *it)
{
    if (it->told || mp_any_kind(it->job->failure) == MP_KIND_NONE)
        return mp__fail(MP_STOP_ITERATION, "there are no more results");
    it->told = true;
    return mp__failure_raise(it->job->failure);
}

static int give(mp_iter *it, mp_out out)
{
    struct job *job = it->job;
    struct piece *p = next_piece(job);
    int rc = 0;

    if (p == NULL)
        return give_end(it);
    if (p->is_log)
        return give_from_log(job, p, out);
    if (p->failed)
        rc = mp__failure_raise(p->value);
    else if (out.head != 0)
        MP_TRY(mp__store(mp__borrow(p->value), out));
    take_out(job, p);
    return rc;
}

int(mp_iter_next)(mp_iter *it, mp_out out, double timeout)
{
    int64_t deadline = mp__deadline(timeout);
    struct job *job;
    int rc;

    if (it == NULL)
        return mp__fail_null("the iterator");
    job = it->job;
    if (mp__pool_is_foreign(job->pool))
        return mp__pool_fail_foreign();
    mp__pool_lock(job->pool);
    do {
        read_ahead(it);
        rc = mp__job_await(job, can_go_on, deadline);
    } while (rc == 0 && !has_next(job));
    rc = rc < 0 ? mp__fail(MP_TIMEOUT, "the next result is not ready")
                : give(it, out);
    mp__pool_unlock(job->pool);
    return rc;
}

static void let_go(struct job *job)
{
    struct mp_pool *pool = job->pool;

    if (mp__pool_is_foreign(pool))
        return;
    mp__pool_lock(pool);
    if (!job->finished)
        mp__job_abandon(job);
    mp__pool_unlock(pool);
    mp_result_free((mp_result *)job);
}

static void free_iter(void *arg)
{
    mp_iter *it = arg;

    let_go(it->job);
    mp_any_clear(&it->end);
    free(it);
}

void mp_iter_free(mp_iter *it)
{
    if (it != NULL)
        mp__fail_aside(free_iter, it);
}
