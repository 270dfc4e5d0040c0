/*
 * The result thread: it takes answers when nobody waits for any, and calls the
 * callbacks of those jobs that have some.
 */
#include "pool/engine.h"

#include "base/clock.h"
#include "base/error.h"
#include "pool/failure.h"
#include "pool/future.h"
#include "process/call.h"

/* Between one look and the next while answers come: long enough for several,
   so that no worker has to wake anybody for each. */
#define LINGER (MP__SECOND / 20000)

/* Where somebody waits behind a task that takes long, while another worker has
   nothing to do, not as long as usual. */
#define SHORT_SLICE (MP__SECOND / 1000)

void mp__resulter_call(struct job *job)
{
    struct mp_pool *pool = job->pool;

    if (job->is_called)
        return;
    job->is_called = true;
    job->next_called = NULL;
    *pool->called_end = mp__job_hold(job);
    pool->called_end = &job->next_called;
    mp__bell_strike(pool->bell);
}

/* -- calling --------------------------------------------------------------- */

static int call(const struct job *job, mp_fn fn, const mp_any *args, size_t n)
{
    struct mp_call c;
    int rc;

    mp__call_init(&c, mp_any_tuple(args, n), MP_NONE, job->self);
    rc = mp__call_run(&c, fn);
    mp__call_end(&c);
    return rc;
}

static int call_back_failure(const struct job *job)
{
    mp_any args[2];

    args[0] = mp_any_int(mp__failure_raise(job->failure));
    args[1] = mp_any_str(mp__fail_message());
    return call(job, job->error_callback, args, 2);
}

static int call_back_result(struct job *job)
{
    mp_any result = MP_NONE;
    int rc = mp__job_result(job, mp_out_any(&result));

    if (rc < 0)
        return rc;
    rc = call(job, job->callback, &result, 1);
    mp_any_clear(&result);
    return rc;
}

static int call_back(struct job *job)
{
    bool failed = mp_any_kind(job->failure) != MP_KIND_NONE;

    if (failed)
        return job->error_callback != NULL ? call_back_failure(job) : 0;
    return job->callback != NULL ? call_back_result(job) : 0;
}

static void tell_progress(struct job *job, uint64_t done, uint64_t total,
                          bool finished)
{
    const mp_any args[2] = {mp_any_uint(done), mp_any_uint(total)};

    if (job->progress != NULL)
        (void)call(job, job->progress, args, 2);
    if (job->has_bar)
        mp__progress_draw(&job->bar, done, total, finished);
}

/* An error of a callback is the job's. A job that has finished does not change
   any more, so it may be looked at without the lock. */
static void call_one(struct mp_pool *pool, struct job *job)
{
    uint64_t done = job->done, total = job->total;
    bool finished = job->finished && !job->called_back;
    int rc = 0;

    job->is_called = false;
    if (job->is_future) {
        mp__future_call_back(job);
        return;
    }
    job->called_back |= finished;
    mp__pool_unlock(pool);
    tell_progress(job, done, total, finished);
    if (finished)
        rc = call_back(job);
    mp__pool_lock(pool);
    if (rc < 0) {
        mp_any_clear(&job->failure);
        job->failure = mp__failure_of_record();
    }
    if (finished)
        mp__job_is_ready(job);
    mp__job_drop(job);
}

static void call_all(struct mp_pool *pool)
{
    while (pool->called != NULL) {
        struct job *job = pool->called;

        pool->called = job->next_called;
        if (pool->called == NULL)
            pool->called_end = &pool->called;
        call_one(pool, job);
    }
}

/* -- the thread ------------------------------------------------------------ */

static bool is_over(const struct mp_pool *pool)
{
    return pool->supervisor == NULL && pool->pending == 0 &&
           pool->called == NULL;
}

/* While answers come, look every now and then and have nobody ring; with
   somebody else collecting, leave it to them. */
static void await(struct mp_pool *pool)
{
    uint32_t seen = atomic_load(&pool->bell->count);
    int64_t slice;
    bool busy = pool->collected != pool->seen_collected;

    pool->seen_collected = pool->collected;
    slice = mp__is_uneven(pool) ? SHORT_SLICE : POOL_SLICE;
    pool->sleeps_long = slice == POOL_SLICE;
    if (pool->helpers > 0 || busy) {
        int64_t nap = pool->helpers > 0 ? slice : LINGER;

        mp__pool_unlock(pool);
        (void)mp__futex_wait(&pool->bell->count, seen, NULL, 0,
                             mp__now() + nap);
        mp__pool_lock(pool);
    } else {
        (void)mp__await_answers(pool, false, mp__now() + slice);
    }
    pool->sleeps_long = false;
    mp__collect(pool);
}

static void *collect_results(void *arg)
{
    struct mp_pool *pool = arg;

    mp__pool_lock(pool);
    pool->resulter = pthread_self();
    pool->has_resulter = true;
    while (!is_over(pool)) {
        if (pool->called == NULL)
            await(pool);
        call_all(pool);
    }
    mp__pool_unlock(pool);
    mp__pool_thread_ends(pool);
    return NULL;
}

bool mp__is_resulter(const struct mp_pool *pool)
{
    return pool->has_resulter && pthread_equal(pool->resulter, pthread_self());
}

int mp__resulter_start(struct mp_pool *pool)
{
    return mp__pool_start_thread(pool, collect_results, pool);
}
