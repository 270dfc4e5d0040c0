/*
 * Jobs as they come in, advance and get ready; see engine.h.
 */
#include "pool/engine.h"

#include "pool/failure.h"
#include "pool/future.h"

#include <limits.h>
#include <stdlib.h>

void mp__pool_lock(struct mp_pool *pool)
{
    (void)pthread_mutex_lock(&pool->lock);
}

void mp__pool_unlock(struct mp_pool *pool)
{
    (void)pthread_mutex_unlock(&pool->lock);
}

void mp__pool_drop(struct mp_pool *pool)
{
    if (--pool->refs == 0)
        mp__pool_destroy(pool);
}

/* -- in -------------------------------------------------------------------- */

void mp__pool_wait_in_line(struct job *job)
{
    struct mp_pool *pool = job->pool;

    if (job->is_waiting || job->finished || job->sent == job->total)
        return;
    job->is_waiting = true;
    job->next_waiting = NULL;
    job->link_waiting = pool->waiting_end;
    *pool->waiting_end = job;
    pool->waiting_end = &job->next_waiting;
}

void mp__pool_out_of_line(struct job *job)
{
    if (!job->is_waiting)
        return;
    job->is_waiting = false;
    *job->link_waiting = job->next_waiting;
    if (job->next_waiting != NULL)
        job->next_waiting->link_waiting = job->link_waiting;
    else
        job->pool->waiting_end = job->link_waiting;
}

void mp__pool_add(struct mp_pool *pool, struct job *job)
{
    (void)mp__job_hold(job);
    job->next = pool->jobs;
    job->link = &pool->jobs;
    if (job->next != NULL)
        job->next->link = &job->next;
    pool->jobs = job;
    pool->pending++;
    if (job->timeout > 0 || job->soft_timeout > 0)
        pool->timed++;
    if (pool->timed > 0 || pool->pattern.memory_limit > 0)
        mp__supervisor_needed(pool);
    mp__pool_wait_in_line(job);
}

/* -- ready ----------------------------------------------------------------- */

/* Who helps is away until it holds the lock again, and sleeps on the bell. */
static void call_helper(struct mp_pool *pool, const struct job *job)
{
    if (pool->helpers > 0 && pool->helped == job)
        mp__bell_strike(pool->bell);
}

void mp__job_news(struct job *job)
{
    atomic_fetch_add(&job->news, 1);
    if (job->sleepers > 0)
        (void)mp__futex_wake(&job->news, INT_MAX);
    if (job->pool != NULL)
        call_helper(job->pool, job);
}

static void leave(struct job *job)
{
    struct mp_pool *pool = job->pool;

    *job->link = job->next;
    if (job->next != NULL)
        job->next->link = job->link;
    pool->pending--;
    if (job->timeout > 0 || job->soft_timeout > 0)
        pool->timed--;
}

/* The last of a pool that is closed lets its workers go. */
void mp__job_is_ready(struct job *job)
{
    struct mp_pool *pool = job->pool;

    leave(job);
    if (pool->submitters > 0)
        (void)pthread_cond_broadcast(&pool->changed);
    atomic_store(&job->ready, true);
    mp__job_news(job);
    if (job->is_future)
        mp__future_is_done(job);
    call_helper(pool, NULL);
    mp__job_drop(job);
    if (pool->pending == 0)
        mp__pool_is_idle(pool);
}

/* The callbacks come first, but those of a future. */
static void finish(struct job *job)
{
    if (job->finished)
        return;
    job->finished = true;
    mp__pool_out_of_line(job);
    if (job->is_future ||
        (job->callback == NULL && job->error_callback == NULL &&
         job->progress == NULL && !job->has_bar))
        mp__job_is_ready(job);
    else
        mp__resulter_call(job);
}

void mp__job_advance(struct job *job, uint64_t n)
{
    if (job->finished)
        return;
    job->done += n;
    if (job->kind >= JOB_IMAP)
        mp__job_news(job);
    if (job->progress != NULL || job->has_bar)
        mp__resulter_call(job);
    if (job->done == job->total && !job->open)
        finish(job);
}

void mp__job_fail(struct job *job, mp_any failure)
{
    mp_any copy;

    if (job->finished)
        return;
    if ((mp_any_copy)(failure, &copy) < 0)
        copy = mp_any_bool(false); /* it cannot be told, but it is one */
    mp_any_clear(&job->failure);
    job->failure = copy;
    job->cancelled = mp__failure_code(failure) == MP_CANCELLED;
    job->open = false;
    finish(job);
    mp__take_back_job(job);
}

static void fail_cancelled(struct job *job, const char *why)
{
    mp_any failure = mp__failure_make(MP_CANCELLED, "%s", why);

    mp__job_fail(job, failure);
    mp_any_clear(&failure);
}

void mp__job_abandon(struct job *job)
{
    fail_cancelled(job, "its results are no longer wanted");
}

static bool has_task_of(const struct seat *seat, const struct job *job)
{
    const struct task *task = seat->tasks;

    while (task != NULL && task->job != job)
        task = task->next;
    return task != NULL;
}

/* The job holds on to what its tasks are until the workers have ended. */
void mp__job_cancel(struct job *job)
{
    struct mp_pool *pool = job->pool;

    fail_cancelled(job, "the task was cancelled");
    for (int i = 0; i < pool->nseats; i++) {
        struct seat *seat = pool->seats[i];

        if (has_task_of(seat, job))
            mp__seat_end_job(seat, job, MP_CANCELLED);
    }
}

void mp__pool_fail_all(struct mp_pool *pool, mp_any failure)
{
    struct job *job = pool->jobs, *next;

    for (; job != NULL; job = next) {
        (void)mp__job_hold(job);
        mp__job_fail(job, failure);
        next = job->next;
        mp__job_drop(job);
    }
}
