/*
 * Futures: jobs of one call that callers hold by a counted handle, and may ask
 * about, cancel and wait for in company.
 *
 * All handles of a job together are one of its references, and one of its
 * pool's. A future that no executor runs has no pool; one lock guards all of
 * those. What is told of a future is told once: `ready` first, then those who
 * watch it, then its callbacks, which run without any lock.
 */
#ifndef MP_POOL_FUTURE_H
#define MP_POOL_FUTURE_H

#include "pool/job.h"

#include <mproc/future.h>

#include <pthread.h>

/* Called when it is done, in the order in which they were added. */
struct done_callback {
    struct done_callback *next;
    mp_fn fn;
    void *self;
};

void mp__done_callbacks_free(struct done_callback *first);

/* A new job is one: its handle is the caller's. */
void mp__future_init(struct job *job);

/* The job behind the handle, if the caller may use it; else NULL, with the
   record set. */
struct job *mp__future_job(mp_future *f);

void mp__future_lock(const struct job *job);
void mp__future_unlock(const struct job *job);

/* With the pool's lock: the job has got ready. */
void mp__future_is_done(struct job *job);

/* With the pool's lock, which is let go meanwhile: call its callbacks. Takes
   over the result thread's reference. */
void mp__future_call_back(struct job *job);

/* With the lock: what of "pending", "running", "cancelled" and "finished". */
const char *mp__future_state(const struct job *job);

/* With the lock: its callbacks, which are the caller's to call without it; that
   frees them. */
struct done_callback *mp__future_callbacks(struct job *job);
void mp__future_call(struct job *job, struct done_callback *first);

/* -- own_future.c: with the lock ------------------------------------------- */

struct done_callback *mp__own_cancel(struct job *job);
int mp__own_await(struct job *job, int64_t deadline); /* 0 · -ETIMEDOUT */

/* -- wait.c ---------------------------------------------------------------- */

/* One who waits for several futures. `lock` is taken under theirs. */
struct watcher {
    pthread_mutex_t lock;
    mp__word news;      /* futex: moves when it is enough        */
    struct watch *told; /* of them that are done: those that ... */
    struct watch **end; /* ... have not been looked at yet       */
    size_t ntold;       /* all that are done                     */
    size_t nfailed;     /* ... and have failed                   */
    size_t enough;      /* so many are                           */
    bool failure_is_enough;
};

/* ... and what it has with one of them; changed under the future's lock. */
struct watch {
    struct watcher *watcher;
    struct job *job;
    struct watch *next, **link; /* of the future's */
    struct watch *next_told;
    struct watch *same; /* of two for one future, the first; or itself */
    bool is_told;
};

/* With the future's lock: tell all who watch it that it is done. */
void mp__watchers_tell(struct job *job);

#endif
