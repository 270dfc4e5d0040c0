/*
 * imap: results one after another, of a sequence or of an input without end,
 * no further ahead of the caller than is allowed.
 */
#include "pool/executor.h"

#include "any/value.h"
#include "base/clock.h"
#include "base/error.h"
#include "pool/failure.h"
#include "pool/iter.h"
#include "pool/log.h"
#include "process/call.h"

#include <errno.h>
#include <stdlib.h>

struct imap {
    struct mp_iter iter;
    struct job *job;
    mp_fn next; /* of an input without end; NULL: none        */
    void *self;
    mp_any end; /* why it has ended, owned; None: it has not  */
    bool told;  /* why there are no more results              */

    /* Of an executor: its first failure is its last result. */
    bool is_strict;
    bool is_over;
    int64_t deadline;
};

static int next_result(mp_iter *iter, mp_out out, int64_t deadline);
static void destroy(mp_iter *iter);

static const struct iter_type imap_type = {next_result, destroy};

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

mp_iter *mp__imap(struct mp_pool *pool, const struct map_call *m,
                  const mp_map_opts *opts)
{
    struct imap *it = calloc(1, sizeof *it);

    if (it == NULL) {
        mp__fail_os(-ENOMEM, "no memory for an iterator");
        return NULL;
    }
    it->job = mp__map(pool, m, opts);
    if (it->job == NULL) {
        free(it);
        return NULL;
    }
    it->iter.type = &imap_type;
    it->next = opts != NULL ? opts->next : NULL;
    it->self = opts != NULL ? opts->self : NULL;
    it->deadline = MP__NEVER;
    return &it->iter;
}

void mp__imap_be_strict(mp_iter *it, int64_t deadline)
{
    ((struct imap *)it)->is_strict = true;
    ((struct imap *)it)->deadline = deadline;
}

mp_iter *(mp_pool_imap)(mp_pool *pool, mp_fn func, mp_any iterable,
                        const mp_map_opts *opts)
{
    return mp__imap(
        pool, &(struct map_call){JOB_IMAP, func, iterable, 0, false, false},
        opts);
}

mp_iter *(mp_pool_imap_unordered)(mp_pool *pool, mp_fn func, mp_any iterable,
                                  const mp_map_opts *opts)
{
    return mp__imap(
        pool,
        &(struct map_call){JOB_UNORDERED, func, iterable, 0, false, false},
        opts);
}

/* -- an input without end -------------------------------------------------- */

static bool has_ended(const struct imap *it)
{
    return mp_any_kind(it->end) != MP_KIND_NONE;
}

/* Ask for up to a chunk of items. How many there are. */
static uint32_t read_items(struct imap *it, mp_any *items, uint32_t most)
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
static void end_input(struct imap *it)
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

static void end_for_want(struct imap *it)
{
    mp_any_clear(&it->end);
    it->end = mp__failure_make(-ENOMEM, "no memory for a task");
    if (!has_ended(it))
        it->end = mp_any_bool(false); /* it cannot be told, but it is one */
}

/* With the lock, which is let go meanwhile. */
static void read_chunk(struct imap *it)
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
static void read_ahead(struct imap *it)
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
static int give_end(struct imap *it)
{
    if (it->told || mp_any_kind(it->job->failure) == MP_KIND_NONE)
        return mp__fail(MP_STOP_ITERATION, "there are no more results");
    it->told = true;
    return mp__failure_raise(it->job->failure);
}

static int give(struct imap *it, mp_out out)
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

/* Whether what is there to be given is a failure. */
static bool next_has_failed(const struct job *job)
{
    const struct piece *p = next_piece(job);

    return p != NULL ? p->failed : mp_any_kind(job->failure) != MP_KIND_NONE;
}

/* Of an executor: nothing comes after it, and the rest is not begun. */
static void end_early(struct imap *it)
{
    if (!it->job->finished)
        mp__job_abandon(it->job);
    mp__dispatch(it->job->pool);
}

static int give_strictly(struct imap *it, mp_out out)
{
    bool failed = it->is_strict && next_has_failed(it->job);
    int rc;

    if (it->is_over)
        return mp__fail(MP_STOP_ITERATION, "there are no more results");
    if (failed)
        end_early(it);
    rc = give(it, out);
    it->is_over = failed;
    return rc;
}

static int is_late(struct imap *it)
{
    if (mp__is_past(it->deadline)) {
        end_early(it);
        it->is_over = true;
    }
    return mp__fail(MP_TIMEOUT, "the next result is not ready");
}

static int next_locked(struct imap *it, mp_out out, int64_t deadline)
{
    int rc = 0;

    while (rc == 0 && !it->is_over) {
        read_ahead(it);
        rc = mp__job_await(it->job, can_go_on, deadline);
        if (rc == 0 && has_next(it->job))
            break;
    }
    return rc < 0 ? is_late(it) : give_strictly(it, out);
}

static int next_result(mp_iter *iter, mp_out out, int64_t deadline)
{
    struct imap *it = (struct imap *)iter;
    struct mp_pool *pool = it->job->pool;
    int rc;

    if (mp__pool_is_foreign(pool))
        return mp__pool_fail_foreign();
    mp__pool_lock(pool);
    rc =
        next_locked(it, out, deadline < it->deadline ? deadline : it->deadline);
    mp__pool_unlock(pool);
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
    mp__dispatch(pool);
    mp__pool_unlock(pool);
    mp_result_free((mp_result *)job);
}

static void destroy(mp_iter *iter)
{
    struct imap *it = (struct imap *)iter;

    let_go(it->job);
    mp_any_clear(&it->end);
    free(it);
}

/* -- cut off --------------------------------------------------------------- */

/* The failure is told when all that is left has been given. */
void mp__imap_cut_off(struct job *job, mp_any failure)
{
    uint64_t left = job->total - job->given, limit = job->total;

    if (job->finished || job->kind < JOB_IMAP ||
        (!job->open && left <= job->window))
        return;
    if (!job->open)
        limit = job->given + job->window;
    if (limit < job->sent)
        limit = job->sent;
    if ((mp_any_copy)(failure, &job->failure) < 0)
        job->failure = mp_any_bool(false);
    job->open = false;
    job->total = limit;
    if (job->sent == job->total)
        mp__pool_out_of_line(job);
    mp__job_advance(job, 0);
}
