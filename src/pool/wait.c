/*
 * Waiting for many futures: wait and as_completed.
 *
 * A watcher leaves a watch at each of them, and is told once of each that is
 * done. It is woken when enough are, not for every one.
 */
#include "pool/engine.h"
#include "pool/future.h"
#include "pool/iter.h"

#include "any/value.h"
#include "base/clock.h"
#include "base/error.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

/* -- watching -------------------------------------------------------------- */

static bool is_enough(const struct watcher *w)
{
    return w->ntold >= w->enough || (w->failure_is_enough && w->nfailed > 0);
}

static void tell(struct watch *watch)
{
    struct watcher *w = watch->watcher;
    const struct job *job = watch->job;

    (void)pthread_mutex_lock(&w->lock);
    watch->is_told = true;
    *w->end = watch;
    w->end = &watch->next_told;
    w->ntold++;
    w->nfailed += !job->cancelled && mp_any_kind(job->failure) != MP_KIND_NONE;
    if (is_enough(w)) {
        atomic_fetch_add(&w->news, 1);
        (void)mp__futex_wake(&w->news, INT_MAX);
    }
    (void)pthread_mutex_unlock(&w->lock);
}

void mp__watchers_tell(struct job *job)
{
    for (struct watch *w = job->watches; w != NULL; w = w->next)
        if (!w->is_told)
            tell(w);
}

/* A future that was cancelled counts once its maker has been told. */
static bool is_done(const struct job *job)
{
    return job->ready && (!job->cancelled || job->notified);
}

static struct watch *find(const struct job *job, const struct watcher *w)
{
    struct watch *watch = job->watches;

    while (watch != NULL && watch->watcher != w)
        watch = watch->next;
    return watch;
}

static void leave_watch(struct watch *watch)
{
    struct job *job = watch->job;

    watch->next = job->watches;
    watch->link = &job->watches;
    if (watch->next != NULL)
        watch->next->link = &watch->next;
    job->watches = watch;
    if (is_done(job))
        tell(watch);
}

/* One future is watched once. */
static int begin_watch(struct watcher *w, struct watch *watch, mp_future *f)
{
    struct job *job = mp__future_job(f);

    if (job == NULL)
        return mp__fail_code();
    if (job->pool != NULL && mp__is_resulter(job->pool) && !job->ready)
        return mp__fail(MP_RUNTIME_ERROR,
                        "a callback cannot wait for its own executor");
    watch->watcher = w;
    watch->job = job;
    mp__future_lock(job);
    watch->same = find(job, w);
    if (watch->same == NULL) {
        watch->same = watch;
        leave_watch(watch);
    }
    mp__future_unlock(job);
    return 0;
}

static void end_watch(struct watch *watch)
{
    if (watch->same != watch)
        return;
    mp__future_lock(watch->job);
    *watch->link = watch->next;
    if (watch->next != NULL)
        watch->next->link = watch->link;
    mp__future_unlock(watch->job);
}

static void end_watches(struct watch *watches, size_t n)
{
    for (size_t i = 0; i < n; i++)
        end_watch(&watches[i]);
}

static void init_watcher(struct watcher *w)
{
    *w = (struct watcher){.enough = SIZE_MAX};
    (void)pthread_mutex_init(&w->lock, NULL);
    w->end = &w->told;
}

/* All of them, or none. NULL with the record set. */
static struct watch *begin_watches(struct watcher *w, mp_future *const *futures,
                                   size_t n)
{
    struct watch *watches = calloc(n + 1, sizeof *watches);

    if (watches == NULL) {
        mp__fail_os(-ENOMEM, "no memory to wait for %zu futures", n);
        return NULL;
    }
    for (size_t i = 0; i < n; i++)
        if (begin_watch(w, &watches[i], futures[i]) < 0) {
            end_watches(watches, i);
            free(watches);
            return NULL;
        }
    return watches;
}

static size_t count_different(const struct watch *watches, size_t n)
{
    size_t different = 0;

    for (size_t i = 0; i < n; i++)
        different += watches[i].same == &watches[i];
    return different;
}

/* With the watcher's lock, which is let go meanwhile. 0 or -ETIMEDOUT. */
static int await_enough(struct watcher *w, int64_t deadline)
{
    while (!is_enough(w)) {
        uint32_t seen = atomic_load(&w->news);

        if (mp__is_past(deadline))
            return -ETIMEDOUT;
        (void)pthread_mutex_unlock(&w->lock);
        (void)mp__futex_wait(&w->news, seen, NULL, 0, deadline);
        (void)pthread_mutex_lock(&w->lock);
    }
    return 0;
}

/* -- wait ------------------------------------------------------------------ */

static void sort(mp_future **futures, const struct watch *watches, size_t n,
                 bool told, size_t *at)
{
    for (size_t i = 0; i < n; i++)
        if (watches[i].same->is_told == told)
            futures[(*at)++] = (mp_future *)watches[i].job;
}

int(mp_wait)(mp_future **futures, size_t n, int return_when, double timeout)
{
    int64_t deadline = mp__deadline(timeout);
    struct watcher w;
    struct watch *watches;
    size_t done = 0, at;

    if (return_when < MP_ALL_COMPLETED || return_when > MP_FIRST_EXCEPTION)
        return mp__fail(MP_VALUE_ERROR, "invalid return condition: %d",
                        return_when);
    init_watcher(&w);
    watches = begin_watches(&w, futures, n);
    if (watches == NULL)
        return mp__fail_code();
    (void)pthread_mutex_lock(&w.lock);
    w.failure_is_enough = return_when == MP_FIRST_EXCEPTION;
    w.enough = count_different(watches, n);
    if (return_when == MP_FIRST_COMPLETED && w.enough > 1)
        w.enough = 1;
    (void)await_enough(&w, deadline);
    (void)pthread_mutex_unlock(&w.lock);
    end_watches(watches, n);
    sort(futures, watches, n, true, &done);
    at = done;
    sort(futures, watches, n, false, &at);
    free(watches);
    (void)pthread_mutex_destroy(&w.lock);
    return (int)done;
}

/* -- as_completed ---------------------------------------------------------- */

struct completed {
    struct mp_iter iter;
    struct watcher watcher;
    struct watch *watches; /* of `n`; each holds its future */
    size_t n;
    size_t total; /* of different ones            */
    size_t given; /* under the watcher's lock     */
    bool is_over; /* the time is; likewise        */
    int64_t deadline;
};

/* It stays the next one if it does not fit. */
static int give(struct completed *it, mp_out out)
{
    struct watcher *w = &it->watcher;
    struct watch *watch = w->told;

    if (out.head != 0)
        MP_TRY(mp__store(mp__any_handle(&watch->job->handle, "future"), out));
    w->told = watch->next_told;
    if (w->told == NULL)
        w->end = &w->told;
    it->given++;
    return 0;
}

static int is_late(struct completed *it)
{
    it->is_over = mp__is_past(it->deadline);
    return mp__fail(MP_TIMEOUT, "%zu (of %zu) futures unfinished",
                    it->total - it->given, it->total);
}

static int next_locked(struct completed *it, mp_out out, int64_t deadline)
{
    if (deadline > it->deadline)
        deadline = it->deadline;
    for (;;) {
        if (it->given == it->total || it->is_over)
            return mp__fail(MP_STOP_ITERATION, "there are no more futures");
        if (it->watcher.told != NULL)
            return give(it, out);
        it->watcher.enough = it->given + 1;
        if (await_enough(&it->watcher, deadline) < 0)
            return is_late(it);
    }
}

static int next_completed(mp_iter *iter, mp_out out, int64_t deadline)
{
    struct completed *it = (struct completed *)iter;
    int rc;

    (void)pthread_mutex_lock(&it->watcher.lock);
    rc = next_locked(it, out, deadline);
    (void)pthread_mutex_unlock(&it->watcher.lock);
    return rc;
}

static void destroy(mp_iter *iter)
{
    struct completed *it = (struct completed *)iter;

    end_watches(it->watches, it->n);
    for (size_t i = 0; i < it->n; i++)
        mp__handle_drop(&it->watches[i].job->handle);
    free(it->watches);
    (void)pthread_mutex_destroy(&it->watcher.lock);
    free(it);
}

static const struct iter_type completed_type = {next_completed, destroy};

mp_iter *(mp_as_completed)(mp_future *const *futures, size_t n, double timeout)
{
    struct completed *it = calloc(1, sizeof *it);

    if (it == NULL) {
        mp__fail_os(-ENOMEM, "no memory for an iterator");
        return NULL;
    }
    init_watcher(&it->watcher);
    it->iter.type = &completed_type;
    it->deadline = mp__deadline(timeout);
    it->n = n;
    it->watches = begin_watches(&it->watcher, futures, n);
    if (it->watches == NULL) {
        free(it);
        return NULL;
    }
    for (size_t i = 0; i < n; i++)
        (void)mp__handle_hold(&it->watches[i].job->handle);
    it->total = count_different(it->watches, n);
    return &it->iter;
}
