/*
 * What callers want done: apply, map and imap, as jobs; and their results.
 */
#include "pool/engine.h"

#include "any/value.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/opts.h"
#include "pool/failure.h"
#include "pool/future.h"

#include <errno.h>
#include <stdlib.h>

/* -- handles --------------------------------------------------------------- */

/* A result is a job, as callers see it. */
static struct job *job_of(mp_result *r)
{
    return (struct job *)r;
}

static void give_back(struct job *job)
{
    struct mp_pool *pool = job->pool;

    if (mp__pool_is_foreign(pool))
        return;
    mp__pool_lock(pool);
    mp__job_drop(job);
    mp__pool_unlock(pool);
    mp__pool_drop(pool);
}

/* -- in -------------------------------------------------------------------- */

static int await_room(struct mp_pool *pool, bool nowait)
{
    while (pool->pending >= pool->max_pending && !mp__is_resulter(pool)) {
        mp__collect(pool);
        if (pool->pending < pool->max_pending)
            break;
        if (nowait)
            return mp__fail_os(-EAGAIN, "%zu tasks are pending", pool->pending);
        mp__pool_await_room(pool);
        MP_TRY(mp__pool_runs(pool));
    }
    return mp__pool_runs(pool);
}

/* The job is the caller's from now on, and it holds the pool. On failure it is
   freed. */
static struct job *submit(struct mp_pool *pool, struct job *job, bool nowait)
{
    int rc;

    mp__pool_lock(pool);
    rc = await_room(pool, nowait);
    if (rc == 0) {
        pool->refs++;
        mp__pool_add(pool, job);
        mp__dispatch(pool);
        if (job->is_waiting)
            mp__collect(pool);
        if (job->total == 0 && !job->open)
            mp__job_advance(job, 0);
    } else {
        mp__job_drop(job);
    }
    mp__pool_unlock(pool);
    return rc == 0 ? job : NULL;
}

static bool is_ready(const struct job *job)
{
    return atomic_load(&job->ready);
}

/* Wait for the end of a job whose input is borrowed, and give it back. */
static int finish(struct job *job, mp_out out)
{
    int rc;

    mp__pool_lock(job->pool);
    (void)mp__job_await(job, is_ready, MP__NEVER);
    mp__pool_unlock(job->pool);
    rc = mp__job_result(job, out);
    give_back(job);
    return rc;
}

/* -- apply ----------------------------------------------------------------- */

static int check_args(mp_any args, mp_any kwargs)
{
    if (mp_any_kind(args) != MP_KIND_NONE && !mp__is_sequence(args))
        return mp__fail(MP_TYPE_ERROR, "args: expected tuple, got %s",
                        mp__type_name(args));
    if (mp_any_kind(kwargs) != MP_KIND_NONE &&
        mp_any_kind(kwargs) != MP_KIND_DICT)
        return mp__fail(MP_TYPE_ERROR, "kwargs: expected dict, got %s",
                        mp__type_name(kwargs));
    return 0;
}

/* A few ints as an array, which travels faster than a tuple and is as good as
   arguments. */
enum { FEW_INTS = 8 };

static mp_any pack_ints(mp_any args, int64_t ints[FEW_INTS])
{
    size_t n = mp_any_len(args);

    if (mp_any_kind(args) != MP_KIND_TUPLE || n == 0 || n > FEW_INTS)
        return args;
    for (size_t i = 0; i < n; i++) {
        if (args.u.items[i].head != MP_KIND_INT)
            return args;
        ints[i] = args.u.items[i].u.i;
    }
    return mp_any_array(MP_ELEM_I64, ints, n);
}

static struct job *apply_job(struct mp_pool *pool, mp_fn func, mp_any args,
                             const mp_apply_opts *o)
{
    const mp_any both[2] = {args, o->kwargs};
    bool has_kwargs = mp_any_kind(o->kwargs) != MP_KIND_NONE;
    int64_t ints[FEW_INTS];
    mp_any input = has_kwargs ? mp_any_tuple(both, 2) : pack_ints(args, ints);
    struct job *job = mp__job_new(pool, JOB_APPLY, func);

    if (job == NULL)
        return NULL;
    if ((mp_any_copy)(input, &job->input) < 0) {
        free(job);
        return NULL;
    }
    job->form = has_kwargs ? TASK_KWARGS : 0;
    job->total = job->chunk = 1;
    job->timeout = o->timeout;
    job->soft_timeout = o->soft_timeout;
    job->retries = o->retries;
    job->callback = o->callback;
    job->error_callback = o->error_callback;
    job->self = o->self;
    return job;
}

struct job *mp__apply(struct mp_pool *pool, mp_fn func, mp_any args,
                      const mp_apply_opts *given, bool as_future)
{
    mp_apply_opts o = {.size_ = sizeof o};
    struct job *job;

    if (given != NULL && mp__read_opts(given, &o, sizeof o, "apply") < 0)
        return NULL;
    if (mp__pool_check_running(pool) < 0 || check_args(args, o.kwargs) < 0)
        return NULL;
    if (func == NULL) {
        mp__fail(MP_VALUE_ERROR, "the task's function is NULL");
        return NULL;
    }
    job = apply_job(pool, func, args, &o);
    if (job != NULL && as_future)
        mp__future_init(job);
    return job != NULL ? submit(pool, job, o.nowait) : NULL;
}

int(mp_pool_apply)(mp_pool *pool, mp_fn func, mp_any args, mp_out out,
                   const mp_apply_opts *opts)
{
    struct job *job = mp__apply(pool, func, args, opts, false);

    return job != NULL ? finish(job, out) : mp__fail_code();
}

mp_result *(mp_pool_apply_async)(mp_pool *pool, mp_fn func, mp_any args,
                                 const mp_apply_opts *opts)
{
    return (mp_result *)mp__apply(pool, func, args, opts, false);
}

/* -- map ------------------------------------------------------------------- */

/* A fourth of a worker's share, rounded up. */
static long usual_chunk(const struct mp_pool *pool, size_t n)
{
    size_t parts = 4 * (size_t)pool->wanted;

    return (long)((n + parts - 1) / parts);
}

static int set_chunk(struct job *job, long chunk, long usual)
{
    if (chunk < 0)
        return mp__fail(MP_VALUE_ERROR, "Chunksize must be 1+, not %ld", chunk);
    chunk = chunk > 0 ? chunk : usual > 0 ? usual : 1;
    job->chunk = chunk < UINT32_MAX ? (uint32_t)chunk : UINT32_MAX;
    return 0;
}

static int set_input(struct job *job, mp_any iterable, bool borrow)
{
    if (!mp__is_sequence(iterable))
        return mp__fail(MP_TYPE_ERROR, "'%s' object is not iterable",
                        mp__type_name(iterable));
    job->total = mp_any_len(iterable);
    job->borrowed = borrow;
    if (!borrow)
        return (mp_any_copy)(iterable, &job->input);
    job->input = mp__borrow(iterable);
    return 0;
}

static void set_opts(struct job *job, const mp_map_opts *o)
{
    job->timeout = o->timeout;
    job->soft_timeout = o->soft_timeout;
    job->retries = o->retries;
    job->callback = o->callback;
    job->error_callback = o->error_callback;
    job->progress = o->progress;
    job->has_bar = o->progress_bar;
    job->bar.began = mp__now();
    job->self = o->self;
}

struct job *mp__map(struct mp_pool *pool, const struct map_call *m,
                    const mp_map_opts *given)
{
    mp_map_opts o = {.size_ = sizeof o};
    struct job *job;

    if ((given != NULL && mp__read_opts(given, &o, sizeof o, "map") < 0) ||
        mp__pool_check_running(pool) < 0)
        return NULL;
    if (m->func == NULL) {
        mp__fail(MP_VALUE_ERROR, "the task's function is NULL");
        return NULL;
    }
    job = mp__job_new(pool, m->kind, m->func);
    if (job == NULL)
        return NULL;
    job->form = TASK_ITEMS | m->star | (m->ints ? TASK_INTS : 0u);
    set_opts(job, &o);
    if (mp__imap_set(job, m, &o) < 0 ||
        (!job->open && set_input(job, m->iterable, m->borrow) < 0) ||
        set_chunk(job, o.chunksize,
                  m->kind == JOB_MAP ? usual_chunk(pool, job->total) : 1) < 0) {
        mp__pool_lock(pool);
        mp__job_drop(job);
        mp__pool_unlock(pool);
        return NULL;
    }
    return submit(pool, job, false);
}

static int map(struct mp_pool *pool, const struct map_call *m, mp_out out,
               const mp_map_opts *opts)
{
    struct map_call call = *m;
    struct job *job;

    call.ints = mp__kind(out.head) == MP__INTO_ARRAY &&
                mp__elem(out.head) == MP_ELEM_I32;
    job = mp__map(pool, &call, opts);
    return job != NULL ? finish(job, out) : mp__fail_code();
}

int(mp_pool_map)(mp_pool *pool, mp_fn func, mp_any iterable, mp_out out,
                 const mp_map_opts *opts)
{
    return map(pool,
               &(struct map_call){JOB_MAP, func, iterable, 0, true, false}, out,
               opts);
}

int(mp_pool_starmap)(mp_pool *pool, mp_fn func, mp_any iterable, mp_out out,
                     const mp_map_opts *opts)
{
    return map(
        pool,
        &(struct map_call){JOB_MAP, func, iterable, TASK_STAR, true, false},
        out, opts);
}

mp_result *(mp_pool_map_async)(mp_pool *pool, mp_fn func, mp_any iterable,
                               const mp_map_opts *opts)
{
    return (mp_result *)mp__map(
        pool, &(struct map_call){JOB_MAP, func, iterable, 0, false, false},
        opts);
}

mp_result *(mp_pool_starmap_async)(mp_pool *pool, mp_fn func, mp_any iterable,
                                   const mp_map_opts *opts)
{
    return (mp_result *)mp__map(
        pool,
        &(struct map_call){JOB_MAP, func, iterable, TASK_STAR, false, false},
        opts);
}

/* -- results --------------------------------------------------------------- */

int(mp_result_wait)(mp_result *r, double timeout)
{
    struct job *job = job_of(r);
    int rc;

    if (job == NULL)
        return mp__fail_null("the result");
    if (is_ready(job))
        return 0;
    if (mp__pool_is_foreign(job->pool))
        return mp__pool_fail_foreign();
    if (mp__is_resulter(job->pool))
        return mp__fail(MP_RUNTIME_ERROR,
                        "a callback cannot wait for a result of its pool");
    mp__pool_lock(job->pool);
    rc = mp__job_await(job, is_ready, mp__deadline(timeout));
    mp__pool_unlock(job->pool);
    return rc < 0 ? mp__fail(MP_TIMEOUT, "the result is not ready") : 0;
}

int(mp_result_get)(mp_result *r, mp_out out, double timeout)
{
    MP_TRY((mp_result_wait)(r, timeout));
    return mp__job_result(job_of(r), out);
}

int mp_result_ready(mp_result *r)
{
    return r == NULL ? mp__fail_null("the result") : is_ready(job_of(r));
}

int mp_result_successful(mp_result *r)
{
    if (r == NULL)
        return mp__fail_null("the result");
    if (!is_ready(job_of(r)))
        return mp__fail(MP_VALUE_ERROR, "the result is not ready");
    return mp_any_kind(job_of(r)->failure) == MP_KIND_NONE;
}

int mp_result_cancel(mp_result *r)
{
    struct job *job = job_of(r);
    bool ended;

    if (job == NULL)
        return mp__fail_null("the result");
    if (mp__pool_is_foreign(job->pool))
        return mp__pool_fail_foreign();
    mp__pool_lock(job->pool);
    ended = job->finished;
    if (!ended) {
        mp__job_cancel(job);
        mp__dispatch(job->pool);
    }
    mp__pool_unlock(job->pool);
    return !ended;
}

void mp_result_free(mp_result *r)
{
    if (r != NULL)
        give_back(job_of(r));
}
