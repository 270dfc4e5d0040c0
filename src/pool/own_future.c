/*
 * Futures that no executor runs: whoever made one completes it; see future.h.
 */
#include "pool/future.h"

#include "any/value.h"
#include "base/clock.h"
#include "base/error.h"
#include "pool/engine.h"
#include "pool/failure.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

mp_future *mp_future_new(void)
{
    struct job *job = mp__job_new(NULL, JOB_APPLY, NULL);

    if (job == NULL)
        return NULL;
    mp__future_init(job);
    return (mp_future *)job;
}

/* With the lock; the callbacks are the caller's to call without it. */
static struct done_callback *complete(struct job *job)
{
    job->finished = true;
    job->running = false;
    atomic_store(&job->ready, true);
    mp__job_news(job);
    if (!job->cancelled)
        mp__watchers_tell(job);
    return mp__future_callbacks(job);
}

static int invalid_state(const struct job *job)
{
    return job->pool != NULL
               ? mp__fail(MP_INVALID_STATE,
                          "the future is completed by its executor")
               : mp__fail(MP_INVALID_STATE, "the future is %s already",
                          mp__future_state(job));
}

/* Takes over the piece's value. */
static int set(struct job *job, struct piece *piece)
{
    struct done_callback *callbacks = NULL;
    int rc = 0;

    mp__future_lock(job);
    if (job->pool != NULL || job->ready) {
        rc = invalid_state(job);
        mp_any_clear(&piece->value);
    } else if (piece->failed) {
        job->failure = piece->value;
    } else {
        rc = mp__job_keep(job, piece);
    }
    if (rc == 0)
        callbacks = complete(job);
    mp__future_unlock(job);
    mp__future_call(job, callbacks);
    return rc;
}

int(mp_future_set_result)(mp_future *f, mp_any v)
{
    struct job *job = mp__future_job(f);
    struct piece piece = {.count = 1};

    if (job == NULL)
        return mp__fail_code();
    MP_TRY((mp_any_copy)(v, &piece.value));
    return set(job, &piece);
}

int mp_future_set_exception(mp_future *f, int code, const char *fmt, ...)
{
    struct job *job = mp__future_job(f);
    struct piece piece = {.count = 1, .failed = true};
    char message[512];
    va_list args;

    if (job == NULL)
        return mp__fail_code();
    if (code >= 0)
        return mp__fail(MP_VALUE_ERROR, "%d is no failure", code);
    va_start(args, fmt);
    (void)vsnprintf(message, sizeof message, fmt, args);
    va_end(args);
    piece.value = mp__failure_make(code, "%s", message);
    if (mp_any_kind(piece.value) == MP_KIND_NONE)
        return mp__fail_os(-ENOMEM, "no memory for the error of a future");
    return set(job, &piece);
}

int mp_future_set_running_or_notify_cancel(mp_future *f)
{
    struct job *job = mp__future_job(f);
    int rc = 1;

    if (job == NULL)
        return mp__fail_code();
    mp__future_lock(job);
    if (job->pool != NULL) {
        rc = invalid_state(job);
    } else if (job->cancelled && !job->notified) {
        job->notified = true;
        mp__watchers_tell(job);
        rc = 0;
    } else if (job->ready || job->running) {
        rc = mp__fail(MP_RUNTIME_ERROR, "the future is %s already",
                      mp__future_state(job));
    } else {
        job->running = true;
    }
    mp__future_unlock(job);
    return rc;
}

struct done_callback *mp__own_cancel(struct job *job)
{
    if (job->ready || job->running)
        return NULL;
    job->failure = mp__failure_make(MP_CANCELLED, "the future was cancelled");
    if (mp_any_kind(job->failure) == MP_KIND_NONE)
        job->failure = mp_any_bool(false);
    job->cancelled = true;
    return complete(job);
}

int mp__own_await(struct job *job, int64_t deadline)
{
    while (!job->ready) {
        uint32_t seen = atomic_load(&job->news);

        if (mp__is_past(deadline))
            return -ETIMEDOUT;
        job->sleepers++;
        mp__future_unlock(job);
        (void)mp__futex_wait(&job->news, seen, NULL, 0, deadline);
        mp__future_lock(job);
        job->sleepers--;
    }
    return 0;
}
