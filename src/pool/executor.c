/*
 * Executors: a pool that is made with its first task, and is asked by futures.
 */
#include "pool/executor.h"
#include "pool/future.h"

#include "any/value.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/opts.h"
#include "os/cpu.h"
#include "os/generation.h"
#include "pool/failure.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

struct mp_executor {
    uint32_t generation; /* of the process that made it          */
    bool of_threads;
    mp_pool_opts opts;    /* of the pool; initargs are owned      */
    pthread_mutex_t lock; /* of what follows                      */
    bool is_shut;
    struct mp_pool *pool; /* NULL before the first task; it stays */
};

/* -- making ---------------------------------------------------------------- */

/* As many as Python has: threads mostly wait for something. */
enum { MORE_THREADS = 4, MOST_THREADS = 32 };

static int usual_workers(bool of_threads)
{
    int n = mp__cpus_allowed();

    if (!of_threads)
        return n;
    return n + MORE_THREADS < MOST_THREADS ? n + MORE_THREADS : MOST_THREADS;
}

static int check_opts(const mp_executor_opts *o)
{
    if (o->max_workers < 0)
        return mp__fail(MP_VALUE_ERROR, "max_workers must be greater than 0");
    if (o->max_tasks_per_child < 0)
        return mp__fail(MP_VALUE_ERROR, "max_tasks_per_child must be >= 1");
    if (mp_any_kind(o->initargs) != MP_KIND_NONE &&
        !mp__is_sequence(o->initargs))
        return mp__fail(MP_TYPE_ERROR, "initargs: expected tuple, got %s",
                        mp__type_name(o->initargs));
    return 0;
}

static int read_opts(const mp_executor_opts *given, mp_executor *x)
{
    mp_executor_opts o;

    MP_TRY(mp__read_opts(given, &o, sizeof o, "Executor"));
    MP_TRY(check_opts(&o));
    x->opts = (mp_pool_opts){
        .size_ = sizeof x->opts,
        .processes =
            o.max_workers > 0 ? o.max_workers : usual_workers(x->of_threads),
        .initializer = o.initializer,
        .maxtasksperchild = o.max_tasks_per_child,
        .finalizer = o.finalizer,
        .self = o.self,
        .max_pending = o.max_pending,
        .memory_limit = o.memory_limit,
        .pin = o.pin,
    };
    return (mp_any_copy)(o.initargs, &x->opts.initargs);
}

static mp_executor *make(const mp_executor_opts *opts, bool of_threads)
{
    mp_executor *x = calloc(1, sizeof *x);

    if (x == NULL) {
        mp__fail_os(-ENOMEM, "no memory for an executor");
        return NULL;
    }
    x->generation = mp__generation();
    x->of_threads = of_threads;
    if (read_opts(opts, x) < 0) {
        free(x);
        return NULL;
    }
    (void)pthread_mutex_init(&x->lock, NULL);
    return x;
}

mp_executor *(mp_executor_new)(const mp_executor_opts *opts)
{
    return make(opts, false);
}

mp_executor *(mp_thread_executor_new)(const mp_executor_opts *opts)
{
    return make(opts, true);
}

static int check(const mp_executor *x)
{
    if (x == NULL)
        return mp__fail_null("the executor");
    if (x->generation != mp__generation())
        return mp__fail(
            MP_ASSERTION_ERROR,
            "an executor can only be used by the process that made it");
    return 0;
}

/* -- tasks ----------------------------------------------------------------- */

static struct mp_pool *start(mp_executor *x)
{
    struct mp_pool *pool = x->of_threads ? (mp_thread_pool_new)(&x->opts)
                                         : (mp_pool_new)(&x->opts);

    if (pool != NULL)
        pool->of_executor = true;
    return pool;
}

/* The pool, for another task; NULL with the record set. One that is shut or
   broken says so itself. */
static struct mp_pool *pool_of(mp_executor *x)
{
    struct mp_pool *pool;

    if (check(x) < 0)
        return NULL;
    (void)pthread_mutex_lock(&x->lock);
    if (x->pool == NULL && x->is_shut)
        mp__fail(MP_RUNTIME_ERROR,
                 "cannot schedule new futures after shutdown");
    else if (x->pool == NULL)
        x->pool = start(x);
    pool = x->pool;
    (void)pthread_mutex_unlock(&x->lock);
    return pool;
}

mp_future *(mp_executor_submit)(mp_executor *x, mp_fn fn, mp_any args,
                                const mp_submit_opts *given)
{
    mp_submit_opts o = {.size_ = sizeof o};
    struct mp_pool *pool;

    if (given != NULL && mp__read_opts(given, &o, sizeof o, "submit") < 0)
        return NULL;
    pool = pool_of(x);
    if (pool == NULL)
        return NULL;
    return (mp_future *)mp__apply(pool, fn, args,
                                  &(const mp_apply_opts){
                                      .size_ = sizeof(mp_apply_opts),
                                      .kwargs = o.kwargs,
                                      .timeout = o.timeout,
                                      .soft_timeout = o.soft_timeout,
                                      .retries = o.retries,
                                      .nowait = o.nowait,
                                  },
                                  true);
}

/* Without a buffersize all items are begun, as in Python: shutdown can wait
   for them though nobody takes their results. An input without end is not. */
static size_t window_of(const mp_executor_map_opts *o)
{
    return o->buffersize > 0 ? o->buffersize : o->next != NULL ? 0 : SIZE_MAX;
}

mp_iter *(mp_executor_map)(mp_executor *x, mp_fn fn, mp_any iterable,
                           const mp_executor_map_opts *given)
{
    mp_executor_map_opts o = {.size_ = sizeof o};
    struct mp_pool *pool;
    int64_t deadline;
    mp_iter *it;

    if (given != NULL && mp__read_opts(given, &o, sizeof o, "map") < 0)
        return NULL;
    deadline = o.timeout == 0 ? MP__NEVER : mp__deadline(o.timeout);
    pool = pool_of(x);
    if (pool == NULL)
        return NULL;
    it = mp__imap(pool,
                  &(struct map_call){JOB_IMAP, fn, iterable,
                                     o.star ? TASK_STAR : 0, false, false},
                  &(const mp_map_opts){
                      .size_ = sizeof(mp_map_opts),
                      .chunksize = o.chunksize,
                      .buffersize = window_of(&o),
                      .next = o.next,
                      .self = o.self,
                      .timeout = o.task_timeout,
                      .soft_timeout = o.soft_timeout,
                      .retries = o.retries,
                  });
    if (it != NULL)
        mp__imap_be_strict(it, deadline);
    return it;
}

/* -- the end --------------------------------------------------------------- */

/* With the pool's lock: what has not begun never does. */
static void cancel_pending(struct mp_pool *pool)
{
    struct job *job = pool->jobs, *next;

    for (; job != NULL; job = next) {
        (void)mp__job_hold(job);
        if (job->is_future && mp__job_take_back(job))
            mp__job_cancel(job);
        else if (!job->is_future)
            mp__job_abandon(job);
        next = job->next;
        mp__job_drop(job);
    }
}

/* With the pool's lock: nobody may ever ask for what there is no room for. */
static void cut_off_maps(struct mp_pool *pool)
{
    struct job *job = pool->jobs, *next;
    mp_any failure = mp__failure_make(
        MP_RUNTIME_ERROR, "cannot schedule new futures after shutdown");

    for (; job != NULL; job = next) {
        (void)mp__job_hold(job);
        mp__imap_cut_off(job, failure);
        next = job->next;
        mp__job_drop(job);
    }
    mp_any_clear(&failure);
}

/* With the pool's lock. */
static void close_pool(struct mp_pool *pool, bool cancel)
{
    if (pool->state == POOL_RUN)
        pool->state = POOL_CLOSE;
    if (cancel)
        cancel_pending(pool);
    else
        cut_off_maps(pool);
    if (pool->pending == 0)
        mp__pool_is_idle(pool);
}

/* Workers that were terminated may never end. */
void mp__executor_drain(struct mp_pool *pool)
{
    bool terminated;

    mp__pool_lock(pool);
    terminated = pool->state == POOL_TERMINATE;
    if (!terminated)
        close_pool(pool, false);
    mp__pool_unlock(pool);
    if (!terminated)
        (void)(mp_pool_join)(pool, MP_FOREVER);
}

/* The pool, if there is one, that gets no more tasks. */
static struct mp_pool *shut(mp_executor *x)
{
    struct mp_pool *pool;

    (void)pthread_mutex_lock(&x->lock);
    x->is_shut = true;
    pool = x->pool;
    (void)pthread_mutex_unlock(&x->lock);
    return pool;
}

int(mp_executor_shutdown)(mp_executor *x, bool wait, bool cancel_futures)
{
    struct mp_pool *pool;

    MP_TRY(check(x));
    pool = shut(x);
    if (pool == NULL)
        return 0;
    mp__pool_lock(pool);
    close_pool(pool, cancel_futures);
    mp__pool_unlock(pool);
    return wait ? (mp_pool_join)(pool, MP_FOREVER) : 0;
}

/* One that does not heed SIGTERM leaves when its task has ended. What is left
   of the tasks when all workers have ended is cancelled (settle.c). */
static int end_workers(mp_executor *x, int signal)
{
    struct mp_pool *pool;

    MP_TRY(check(x));
    if (x->of_threads)
        return mp__fail(MP_VALUE_ERROR, "threads cannot be ended");
    pool = shut(x);
    if (pool == NULL)
        return 0;
    mp__pool_lock(pool);
    pool->state = POOL_TERMINATE;
    cancel_pending(pool);
    for (int i = 0; i < pool->nseats; i++) {
        mp__seat_dismiss(pool->seats[i]);
        mp__seat_kill(pool->seats[i], signal);
    }
    if (pool->alive == 0)
        mp__pool_cancel_all(pool);
    mp__supervisor_wake(pool);
    mp__pool_unlock(pool);
    return 0;
}

int mp_executor_terminate_workers(mp_executor *x)
{
    return end_workers(x, SIGTERM);
}

int mp_executor_kill_workers(mp_executor *x)
{
    return end_workers(x, SIGKILL);
}

static void free_executor(void *arg)
{
    mp_executor *x = arg;

    if (x->pool != NULL)
        mp__executor_drain(x->pool);
    mp_pool_free(x->pool);
    mp_any_clear(&x->opts.initargs);
    (void)pthread_mutex_destroy(&x->lock);
    free(x);
}

void mp_executor_free(mp_executor *x)
{
    if (x != NULL && x->generation == mp__generation())
        mp__fail_aside(free_executor, x);
}
