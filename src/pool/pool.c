/*
 * A pool's life: made, closed, terminated, joined, given back.
 */
#include "pool/engine.h"

#include "any/value.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/opts.h"
#include "os/cpu.h"
#include "os/generation.h"
#include "os/thread.h"
#include "pool/failure.h"
#include "process/process.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { PENDING_LEAST = 1024, PENDING_FOR_EACH = 64 };

/* How long workers have after SIGTERM, and then after SIGKILL. */
#define GRACE     MP__SECOND
#define LAST_WAIT (3 * MP__SECOND)

/* -- making ---------------------------------------------------------------- */

static int read_opts(const mp_pool_opts *given, mp_pool_opts *out)
{
    MP_TRY(mp__read_opts(given, out, sizeof *out, "Pool"));
    if (out->processes < 0)
        return mp__fail(MP_VALUE_ERROR,
                        "Number of processes must be at least 1");
    if (out->processes > POOL_SEATS)
        return mp__fail_os(-EAGAIN, "a pool has no more than %d workers",
                           POOL_SEATS);
    if (out->maxtasksperchild < 0)
        return mp__fail(MP_VALUE_ERROR, "maxtasksperchild must be a positive "
                                        "int or None");
    if (mp_any_kind(out->initargs) != MP_KIND_NONE &&
        !mp__is_sequence(out->initargs))
        return mp__fail(MP_TYPE_ERROR, "initargs: expected tuple, got %s",
                        mp__type_name(out->initargs));
    if (out->processes == 0)
        out->processes = mp__cpus_allowed();
    return 0;
}

static void init_locks(struct mp_pool *pool)
{
    pthread_condattr_t attr;

    (void)pthread_mutex_init(&pool->lock, NULL);
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&pool->changed, &attr);
    (void)pthread_condattr_destroy(&attr);
}

static int init(struct mp_pool *pool, const mp_pool_opts *o, bool of_threads)
{
    size_t usual = (size_t)o->processes * PENDING_FOR_EACH;

    pool->refs = 1;
    pool->generation = mp__generation();
    pool->of_threads = of_threads;
    pool->wanted = o->processes;
    pool->maxtasksperchild = (unsigned)o->maxtasksperchild;
    pool->pin = o->pin;
    pool->usual = POOL_USUAL_TIME;
    pool->max_pending = o->max_pending > 0      ? o->max_pending
                        : usual > PENDING_LEAST ? usual
                                                : PENDING_LEAST;
    pool->waiting_end = &pool->waiting;
    pool->called_end = &pool->called;
    pool->pattern = (struct worker){
        .is_thread = of_threads,
        .initializer = o->initializer,
        .finalizer = o->finalizer,
        .self = o->self,
        .memory_limit = o->memory_limit,
    };
    (void)pthread_sigmask(SIG_SETMASK, NULL, &pool->pattern.signals);
    pool->seats = calloc(POOL_SEATS, sizeof(struct seat *));
    if (pool->seats == NULL)
        return mp__fail_os(-ENOMEM, "no memory for a pool");
    MP_TRY((mp_any_copy)(o->initargs, &pool->pattern.initargs));
    MP_TRY(mp__mapping_new("mproc-bell", 0, sizeof *pool->bell,
                           &pool->bell_memory));
    pool->bell = pool->bell_memory.base;
    return 0;
}

static int start_workers(struct mp_pool *pool)
{
    for (int i = 0; i < pool->wanted; i++) {
        MP_TRY(mp__seat_add(pool));
        MP_TRY(mp__seat_take(pool->seats[i]));
    }
    return 0;
}

/* The threads come last: while there are none, a fork is free of doubt. */
static int start(struct mp_pool *pool)
{
    int rc;

    mp__pool_lock(pool);
    rc = start_workers(pool);
    if (rc == 0)
        rc = mp__supervisor_start(pool);
    if (rc == 0)
        rc = mp__resulter_start(pool);
    if (rc == 0)
        mp__supervisor_wake(pool);
    mp__pool_unlock(pool);
    return rc;
}

static struct mp_pool *make(const mp_pool_opts *given, bool of_threads)
{
    mp_pool_opts opts;
    struct mp_pool *pool;

    if (read_opts(given, &opts) < 0)
        return NULL;
    pool = calloc(1, sizeof *pool);
    if (pool == NULL) {
        mp__fail_os(-ENOMEM, "no memory for a pool");
        return NULL;
    }
    init_locks(pool);
    if (init(pool, &opts, of_threads) < 0 || start(pool) < 0) {
        mp__pool_undo(pool);
        return NULL;
    }
    mp__pool_is_live(pool);
    return pool;
}

mp_pool *(mp_pool_new)(const mp_pool_opts *opts)
{
    return make(opts, false);
}

mp_pool *(mp_thread_pool_new)(const mp_pool_opts *opts)
{
    return make(opts, true);
}

/* -- its threads ----------------------------------------------------------- */

int mp__pool_start_thread(struct mp_pool *pool, void *(*fn)(void *), void *arg)
{
    int rc;

    pool->refs++;
    pool->threads++;
    rc = mp__thread_start_roomy(fn, arg);
    if (rc == 0)
        return 0;
    pool->refs--;
    pool->threads--;
    return mp__fail_os(rc, "cannot start a thread of a pool");
}

/* Who waits for the threads finds that they have let go of the pool, too. */
void mp__pool_thread_ends(struct mp_pool *pool)
{
    bool last;

    mp__pool_lock(pool);
    pool->threads--;
    last = --pool->refs == 0;
    (void)pthread_cond_broadcast(&pool->changed);
    mp__bell_strike(pool->bell);
    mp__pool_unlock(pool);
    if (last)
        mp__pool_destroy(pool);
}

/* -- waiting --------------------------------------------------------------- */

/* With the lock: sleep until something has changed. 0 or -ETIMEDOUT. */
int mp__pool_sleep(struct mp_pool *pool, int64_t deadline)
{
    struct timespec until = {.tv_sec = deadline / MP__SECOND,
                             .tv_nsec = deadline % MP__SECOND};

    if (deadline == MP__NEVER)
        return -pthread_cond_wait(&pool->changed, &pool->lock);
    return -pthread_cond_timedwait(&pool->changed, &pool->lock, &until);
}

static bool wait_for_workers(struct mp_pool *pool, int64_t deadline)
{
    while (pool->alive > 0)
        if (mp__pool_sleep(pool, deadline) == -ETIMEDOUT)
            break;
    return pool->alive == 0;
}

/* -- the end --------------------------------------------------------------- */

void mp__pool_is_idle(struct mp_pool *pool)
{
    if (pool->state == POOL_RUN)
        return;
    for (int i = 0; i < pool->nseats; i++)
        mp__seat_dismiss(pool->seats[i]);
    mp__supervisor_wake(pool);
    mp__bell_strike(pool->bell);
}

bool mp__pool_is_foreign(const struct mp_pool *pool)
{
    return pool->generation != mp__generation();
}

int mp__pool_fail_foreign(void)
{
    return mp__fail(MP_ASSERTION_ERROR,
                    "a pool can only be used by the process that made it");
}

int mp__pool_check(struct mp_pool *pool)
{
    if (pool == NULL)
        return mp__fail_null("the pool");
    return mp__pool_is_foreign(pool) ? mp__pool_fail_foreign() : 0;
}

int mp__pool_runs(struct mp_pool *pool)
{
    if (mp_any_kind(pool->broken) != MP_KIND_NONE)
        return mp__failure_raise(pool->broken);
    if (pool->state == POOL_RUN)
        return 0;
    return pool->of_executor
               ? mp__fail(MP_RUNTIME_ERROR,
                          "cannot schedule new futures after shutdown")
               : mp__fail(MP_VALUE_ERROR, "Pool not running");
}

int mp__pool_check_running(struct mp_pool *pool)
{
    int rc;

    MP_TRY(mp__pool_check(pool));
    mp__pool_lock(pool);
    rc = mp__pool_runs(pool);
    mp__pool_unlock(pool);
    return rc;
}

int mp_pool_close(mp_pool *pool)
{
    MP_TRY(mp__pool_check(pool));
    mp__pool_lock(pool);
    if (pool->state == POOL_RUN) {
        pool->state = POOL_CLOSE;
        if (pool->pending == 0)
            mp__pool_is_idle(pool);
    }
    mp__pool_unlock(pool);
    return 0;
}

void mp__pool_cancel_all(struct mp_pool *pool)
{
    mp_any failure = mp__failure_make(MP_CANCELLED, "the pool was terminated");

    mp__pool_fail_all(pool, failure);
    mp_any_clear(&failure);
    while (pool->again != NULL) {
        struct task *task = pool->again;

        pool->again = task->next;
        mp__task_free(task);
    }
}

static void signal_all(struct mp_pool *pool, int signal)
{
    for (int i = 0; i < pool->nseats; i++)
        mp__seat_kill(pool->seats[i], signal);
}

/* A worker that begins nothing new has nothing that it could not be ended in:
   no lock that others need is the pool's. */
static void end_workers(struct mp_pool *pool)
{
    for (int i = 0; i < pool->nseats; i++)
        mp__seat_dismiss(pool->seats[i]);
    mp__supervisor_wake(pool);
    signal_all(pool, SIGTERM);
    if (wait_for_workers(pool, mp__now() + GRACE))
        return;
    signal_all(pool, SIGKILL);
    (void)wait_for_workers(pool, mp__now() + LAST_WAIT);
}

int mp_pool_terminate(mp_pool *pool)
{
    MP_TRY(mp__pool_check(pool));
    mp__pool_lock(pool);
    pool->state = POOL_TERMINATE;
    mp__pool_cancel_all(pool);
    end_workers(pool);
    mp__pool_unlock(pool);
    return 0;
}

int(mp_pool_join)(mp_pool *pool, double timeout)
{
    int64_t deadline = mp__deadline(timeout);
    int rc = 0;

    MP_TRY(mp__pool_check(pool));
    mp__pool_lock(pool);
    if (pool->state == POOL_RUN)
        rc = mp__fail(MP_VALUE_ERROR, "Pool is still running");
    else if (mp__is_resulter(pool))
        rc = mp__fail(MP_RUNTIME_ERROR, "a callback cannot join its pool");
    while (rc == 0 && pool->threads > 0)
        if (mp__pool_sleep(pool, deadline) == -ETIMEDOUT)
            rc = mp__fail(MP_TIMEOUT, "the pool has not ended");
    mp__pool_unlock(pool);
    return rc;
}

/* -- its size -------------------------------------------------------------- */

static int grow(struct mp_pool *pool, int to)
{
    for (int i = pool->wanted; i < to; i++) {
        if (i == pool->nseats)
            MP_TRY(mp__seat_add(pool));
        if (pool->seats[i]->state == SEAT_EMPTY)
            MP_TRY(mp__seat_take(pool->seats[i]));
    }
    return 0;
}

/* Those beyond it leave; what they have not begun is for the others. */
static void shrink(struct mp_pool *pool, int to)
{
    for (int i = to; i < pool->nseats; i++) {
        mp__take_back_all(pool->seats[i]);
        mp__seat_dismiss(pool->seats[i]);
    }
    pool->wanted = to;
}

int mp_pool_resize(mp_pool *pool, int processes)
{
    int rc;

    MP_TRY(mp__pool_check_running(pool));
    if (processes < 1)
        return mp__fail(MP_VALUE_ERROR,
                        "Number of processes must be at least 1");
    mp__pool_lock(pool);
    rc = grow(pool, processes);
    shrink(pool, rc < 0 ? pool->wanted : processes);
    mp__dispatch(pool);
    mp__supervisor_wake(pool);
    mp__pool_unlock(pool);
    return rc;
}

/* -- given back ------------------------------------------------------------ */

static void free_lanes(struct mp_pool *pool)
{
    for (int i = 0; i < pool->nseats; i++)
        mp__lane_free(&pool->seats[i]->lane);
}

/* Results may outlive the pool, but need no lanes. Those who still look for
   answers are on their way to see that their jobs have failed. */
static void free_pool(void *arg)
{
    struct mp_pool *pool = arg;

    (void)mp_pool_terminate(pool);
    mp__pool_is_dead(pool);
    mp__pool_lock(pool);
    if (!mp__is_resulter(pool)) {
        while (pool->threads > 0 || pool->helpers > 0 || pool->submitters > 0) {
            mp__bell_strike(pool->bell);
            (void)mp__pool_sleep(pool, mp__now() + MP__SECOND / 100);
        }
        free_lanes(pool);
    }
    mp__pool_unlock(pool);
    mp__pool_drop(pool);
    mp__thread_ends();
}

void mp_pool_free(mp_pool *pool)
{
    if (pool != NULL && !mp__pool_is_foreign(pool))
        mp__fail_aside(free_pool, pool);
}

void mp__pool_destroy(struct mp_pool *pool)
{
    free_lanes(pool);
    for (int i = 0; i < pool->nseats; i++)
        free(pool->seats[i]);
    free(pool->seats);
    mp_any_clear(&pool->pattern.initargs);
    mp_any_clear(&pool->broken);
    mp__mapping_free(&pool->bell_memory);
    (void)pthread_cond_destroy(&pool->changed);
    (void)pthread_mutex_destroy(&pool->lock);
    free(pool);
}

/* One that was not made: what was started is ended. Nobody else knows it. */
void mp__pool_undo(struct mp_pool *pool)
{
    mp__pool_lock(pool);
    pool->state = POOL_TERMINATE;
    for (int i = 0; i < pool->nseats; i++)
        mp__seat_dismiss(pool->seats[i]);
    signal_all(pool, SIGKILL);
    for (int i = 0; i < pool->nseats && pool->supervisor == NULL; i++) {
        struct seat *seat = pool->seats[i];

        if (seat->process == NULL)
            continue;
        (void)mp_process_join(seat->process, MP_FOREVER);
        mp__seat_clear(seat);
    }
    mp__supervisor_wake(pool);
    while (pool->threads > 0)
        (void)mp__pool_sleep(pool, MP__NEVER);
    mp__pool_unlock(pool);
    mp__pool_drop(pool);
}
