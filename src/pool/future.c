/*
 * Futures; see future.h.
 */
#include "pool/future.h"

#include "any/value.h"
#include "base/clock.h"
#include "base/error.h"
#include "pool/engine.h"
#include "pool/failure.h"
#include "process/call.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static void destroy(struct mp__handle *h);
static int repr(const struct mp__handle *h, char *buf, size_t size);

static const struct mp__handle_type future_type = {
    .tag = MP__TAG_FUTURE,
    .name = "Future",
    .destroy = destroy,
    .repr = repr,
};

/* Of all futures that no executor runs. */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

/* child */
static void open_gate(void)
{
    (void)pthread_mutex_init(&gate, NULL);
}

__attribute__((constructor)) static void register_type(void)
{
    mp__handle_register(&future_type);
    (void)pthread_atfork(NULL, NULL, open_gate);
}

/* -- handles --------------------------------------------------------------- */

mp_any mp_any_future(mp_future *f)
{
    return mp__any_handle((struct mp__handle *)f, "future");
}

mp_out mp_out_future(mp_future **p)
{
    return mp__out_handle(&future_type, p, false);
}

mp_out mp_out_future_view(mp_future **p)
{
    return mp__out_handle(&future_type, p, true);
}

void mp__future_init(struct job *job)
{
    mp__handle_init(&job->handle, &future_type);
    job->is_future = true;
}

static bool is_foreign(const struct job *job)
{
    return job->pool != NULL && mp__pool_is_foreign(job->pool);
}

/* Takes no lock, for a task's arguments are given back under the pool's. A
   child has a copy of what threads of its parent may have been changing. */
static void destroy(struct mp__handle *h)
{
    struct job *job = (struct job *)h;
    struct mp_pool *pool = job->pool;

    if (is_foreign(job))
        return;
    mp__job_drop(job);
    if (pool != NULL)
        mp__pool_drop(pool);
}

void mp_future_free(mp_future *f)
{
    mp__handle_drop((struct mp__handle *)f);
}

struct job *mp__future_job(mp_future *f)
{
    struct job *job = (struct job *)f;

    if (f == NULL) {
        (void)mp__fail_null("the future");
        return NULL;
    }
    if (!is_foreign(job))
        return job;
    mp__fail(MP_ASSERTION_ERROR,
             "a future can only be used by the process that made it");
    return NULL;
}

void mp__future_lock(const struct job *job)
{
    if (job->pool != NULL)
        mp__pool_lock(job->pool);
    else
        (void)pthread_mutex_lock(&gate);
}

void mp__future_unlock(const struct job *job)
{
    if (job->pool != NULL)
        mp__pool_unlock(job->pool);
    else
        (void)pthread_mutex_unlock(&gate);
}

/* -- callbacks ------------------------------------------------------------- */

void mp__done_callbacks_free(struct done_callback *first)
{
    while (first != NULL) {
        struct done_callback *next = first->next;

        free(first);
        first = next;
    }
}

/* It need not ask for its argument. */
static void call(struct job *job, const struct done_callback *callback)
{
    mp_any arg = mp__any_handle(&job->handle, "future");
    struct mp_call c;

    mp__call_init(&c, mp_any_tuple(&arg, 1), MP_NONE, callback->self);
    c.asked = true;
    if (mp__call_run(&c, callback->fn) < 0)
        (void)mp_perror("a callback of a future");
    mp__call_end(&c);
}

/* One of them may give back the caller's handle. */
void mp__future_call(struct job *job, struct done_callback *first)
{
    if (first == NULL)
        return;
    (void)mp__handle_hold(&job->handle);
    for (const struct done_callback *c = first; c != NULL; c = c->next)
        call(job, c);
    mp__handle_drop(&job->handle);
    mp__done_callbacks_free(first);
}

struct done_callback *mp__future_callbacks(struct job *job)
{
    struct done_callback *first = job->callbacks;

    job->callbacks = NULL;
    return first;
}

void mp__future_is_done(struct job *job)
{
    job->notified = true;
    mp__watchers_tell(job);
    if (job->callbacks != NULL)
        mp__resulter_call(job);
}

/* The handle that they had is given back without the lock: with it goes what
   the user's values hold. */
void mp__future_call_back(struct job *job)
{
    struct mp_pool *pool = job->pool;
    struct done_callback *first = mp__future_callbacks(job);

    mp__pool_unlock(pool);
    mp__future_call(job, first);
    mp__handle_drop(&job->handle);
    mp__job_drop(job);
    mp__pool_lock(pool);
}

/* With the lock. An executor's future has a handle for its callbacks: all
   others may be gone when they are called. */
static void append(struct job *job, struct done_callback *callback)
{
    struct done_callback **end = &job->callbacks;

    if (*end == NULL && job->pool != NULL)
        (void)mp__handle_hold(&job->handle);
    while (*end != NULL)
        end = &(*end)->next;
    *end = callback;
}

int(mp_future_add_done_callback)(mp_future *f, mp_fn fn, void *self)
{
    struct job *job = mp__future_job(f);
    struct done_callback *callback;
    bool is_done;

    if (job == NULL)
        return mp__fail_code();
    if (fn == NULL)
        return mp__fail(MP_VALUE_ERROR, "the callback is NULL");
    callback = calloc(1, sizeof *callback);
    if (callback == NULL)
        return mp__fail_os(-ENOMEM, "no memory for a callback");
    *callback = (struct done_callback){.fn = fn, .self = self};
    mp__future_lock(job);
    is_done = job->ready;
    if (!is_done)
        append(job, callback);
    mp__future_unlock(job);
    if (is_done)
        mp__future_call(job, callback);
    return 0;
}

const char *mp__future_state(const struct job *job)
{
    if (job->ready)
        return job->cancelled ? "cancelled" : "finished";
    if (job->pool == NULL)
        return job->running ? "running" : "pending";
    return mp__job_has_begun(job) ? "running" : "pending";
}

/* -- cancelling ------------------------------------------------------------ */

/* With the lock. What it leaves room for in a lane is sent. */
static void cancel_job(struct job *job, bool also_running)
{
    if (job->ready || (!mp__job_take_back(job) && !also_running))
        return;
    mp__job_cancel(job);
    mp__dispatch(job->pool);
}

static int cancel(mp_future *f, bool also_running)
{
    struct job *job = mp__future_job(f);
    struct done_callback *callbacks = NULL;
    int rc;

    if (job == NULL)
        return mp__fail_code();
    mp__future_lock(job);
    if (job->pool == NULL)
        callbacks = mp__own_cancel(job);
    else
        cancel_job(job, also_running);
    rc = job->cancelled;
    mp__future_unlock(job);
    mp__future_call(job, callbacks);
    return rc;
}

int mp_future_cancel(mp_future *f)
{
    return cancel(f, false);
}

int mp_future_kill(mp_future *f)
{
    return cancel(f, true);
}

/* -- asking ---------------------------------------------------------------- */

int mp_future_cancelled(mp_future *f)
{
    const struct job *job = mp__future_job(f);

    return job == NULL ? mp__fail_code() : job->ready && job->cancelled;
}

int mp_future_done(mp_future *f)
{
    const struct job *job = mp__future_job(f);

    return job == NULL ? mp__fail_code() : job->ready;
}

int mp_future_running(mp_future *f)
{
    const struct job *job = mp__future_job(f);
    int rc;

    if (job == NULL)
        return mp__fail_code();
    mp__future_lock(job);
    rc = !job->ready &&
         (job->pool != NULL ? mp__job_has_begun(job) : job->running);
    mp__future_unlock(job);
    return rc;
}

static bool is_ready(const struct job *job)
{
    return atomic_load(&job->ready);
}

static int await(struct job *job, double timeout)
{
    int64_t deadline = mp__deadline(timeout);
    int rc;

    if (is_ready(job))
        return 0;
    if (job->pool != NULL && mp__is_resulter(job->pool))
        return mp__fail(MP_RUNTIME_ERROR,
                        "a callback cannot wait for its own executor");
    mp__future_lock(job);
    rc = job->pool == NULL ? mp__own_await(job, deadline)
                           : mp__job_await(job, is_ready, deadline);
    mp__future_unlock(job);
    return rc < 0 ? mp__fail(MP_TIMEOUT, "the future is not done") : 0;
}

int(mp_future_result)(mp_future *f, mp_out out, double timeout)
{
    struct job *job = mp__future_job(f);

    if (job == NULL)
        return mp__fail_code();
    MP_TRY(await(job, timeout));
    return mp__job_result(job, out);
}

int(mp_future_exception)(mp_future *f, double timeout)
{
    struct job *job = mp__future_job(f);

    if (job == NULL)
        return mp__fail_code();
    MP_TRY(await(job, timeout));
    return mp_any_kind(job->failure) == MP_KIND_NONE
               ? 0
               : mp__failure_raise(job->failure);
}

static int repr(const struct mp__handle *h, char *buf, size_t size)
{
    const struct job *job = (const struct job *)h;
    const char *state = "unknown";

    if (!is_foreign(job)) {
        mp__future_lock(job);
        state = mp__future_state(job);
        mp__future_unlock(job);
    }
    return snprintf(buf, size, "<Future at %p state=%s>", (const void *)h,
                    state);
}
