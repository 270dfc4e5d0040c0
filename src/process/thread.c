/*
 * Threads: starting them, a thread's life, and waiting for its end.
 *
 * Messages are Python's where it has one.
 */
#include "process/thread.h"

#include "base/clock.h"
#include "base/error.h"
#include "os/backtrace.h"
#include "os/thread.h"
#include "process/exit.h"
#include "process/registry.h"
#include "process/thread_registry.h"
#include "process/work.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>

/* -- state ----------------------------------------------------------------- */

MP__UNUSED static bool is_legal(enum mp__thread_state from,
                                enum mp__thread_state to)
{
    static const unsigned moves[] = {
        [MP__THREAD_INITIAL] = 1u << MP__THREAD_STARTING,
        [MP__THREAD_STARTING] =
            1u << MP__THREAD_CREATED | 1u << MP__THREAD_INITIAL,
        [MP__THREAD_CREATED] = 1u << MP__THREAD_RUNS,
        [MP__THREAD_RUNS] = 1u << MP__THREAD_ENDED,
        [MP__THREAD_ENDED] = 1u << MP__THREAD_JOINED,
        [MP__THREAD_JOINED] = 0,
    };

    return (moves[from] >> to & 1) != 0;
}

/* With the gate closed nobody else changes it. */
static enum mp__thread_state state_of(const struct mp_thread *t)
{
    return (enum mp__thread_state)atomic_load(&t->state);
}

enum mp__thread_state mp__thread_look(const struct mp_thread *t)
{
    enum mp__thread_state state = state_of(t);

    if (state != MP__THREAD_INITIAL && t->forks != mp__threads.forks)
        return MP__THREAD_JOINED;
    return state;
}

/* The partner of the sleep on it, which is announced with the gate closed. */
void mp__thread_move(struct mp_thread *t, enum mp__thread_state to)
{
    assert(is_legal(state_of(t), to));
    atomic_store(&t->state, to);
    if (t->sleepers > 0)
        (void)mp__futex_wake(&t->state, INT_MAX);
}

int mp__thread_sleep(struct mp_thread *t, int64_t deadline)
{
    uint32_t seen = atomic_load(&t->state);
    int rc;

    if (mp__is_past(deadline))
        return -ETIMEDOUT;
    t->sleepers++;
    mp__gate_open();
    rc = mp__futex_wait(&t->state, seen, NULL, 0, deadline);
    mp__gate_close();
    t->sleepers--;
    return rc;
}

static enum mp__thread_state look(const struct mp_thread *t)
{
    enum mp__thread_state state;

    mp__gate_close();
    state = mp__thread_look(t);
    mp__gate_open();
    return state;
}

static bool is_started(enum mp__thread_state state)
{
    return state != MP__THREAD_INITIAL && state != MP__THREAD_STARTING;
}

/* -- a thread's life ------------------------------------------------------- */

/* Either of the two who know that it is there says so first. */
static void note_created(struct mp_thread *t, pthread_t ident)
{
    if (state_of(t) != MP__THREAD_STARTING)
        return;
    t->ident = ident;
    mp__thread_move(t, MP__THREAD_CREATED);
}

static void begin(struct mp_thread *t)
{
    mp__thread_become(t);
    mp__gate_close();
    note_created(t, pthread_self());
    t->native_id = mp__thread_id();
    mp__thread_move(t, MP__THREAD_RUNS);
    mp__gate_open();
}

/* Also of a thread that calls pthread_exit(3), or is cancelled. */
static void end(void *arg)
{
    struct mp_thread *t = arg;

    mp_any_clear(&t->args);
    mp_any_clear(&t->kwargs);
    mp__threads_end(t);
}

/* Python's words: the thread's name, and then the traceback. */
static void tell(struct mp_thread *t)
{
    char who[512];

    (void)snprintf(who, sizeof who, "Exception in thread %s",
                   mp_thread_name(t));
    (void)mp_perror(who);
}

MP__STACK_EDGE static void *live(void *arg)
{
    struct mp_thread *t = arg;

    begin(t);
    pthread_cleanup_push(end, t);
    if (t->target != NULL &&
        mp__work_run(t->target, t->self, t->args, t->kwargs) < 0)
        tell(t);
    pthread_cleanup_pop(1);
    return NULL;
}

/* -- starting -------------------------------------------------------------- */

/* It is among the running ones before it is there, so that nobody who ends the
   program can miss it. */
static int claim(struct mp_thread *t)
{
    int rc = 0;

    mp__gate_close();
    if (mp__thread_look(t) != MP__THREAD_INITIAL) {
        rc = mp__fail(MP_RUNTIME_ERROR, "threads can only be started once");
    } else {
        t->forks = mp__threads.forks;
        mp__thread_move(t, MP__THREAD_STARTING);
        mp__threads_add(t);
    }
    mp__gate_open();
    return rc;
}

static int undo(struct mp_thread *t, int code)
{
    mp__gate_close();
    mp__threads_remove(t);
    mp__thread_move(t, MP__THREAD_INITIAL);
    mp__gate_open();
    mp__handle_drop(&t->handle);
    return mp__fail_os(code, "cannot start thread %s", mp_thread_name(t));
}

int mp_thread_start(mp_thread *t)
{
    pthread_t ident;
    int error;

    if (t == NULL)
        return mp__fail_null("the thread");
    MP_TRY(claim(t));
    mp__exit_hook();
    error = pthread_create(&ident, NULL, live, t);
    if (error != 0)
        return undo(t, -error);
    mp__gate_close();
    note_created(t, ident);
    mp__gate_open();
    return 0;
}

int mp_thread_run(mp_thread *t)
{
    if (t == NULL)
        return mp__fail_null("the thread");
    if (look(t) != MP__THREAD_INITIAL)
        return mp__fail(MP_RUNTIME_ERROR,
                        "thread %s has given its arguments to its run",
                        mp_thread_name(t));
    return t->target == NULL
               ? 0
               : mp__work_run(t->target, t->self, t->args, t->kwargs);
}

/* -- waiting --------------------------------------------------------------- */

/* A child's main thread may be one that was made: it ends with the child, or
   says that it does. */
static bool is_reaped(const struct mp_thread *t)
{
    return t->role == MP__THREAD_MADE && t != mp__threads.main;
}

/* INITIAL again: there was no thread to be had. */
static bool is_over(const struct mp_thread *t)
{
    enum mp__thread_state state = mp__thread_look(t);

    return state == MP__THREAD_JOINED || state == MP__THREAD_INITIAL ||
           (state == MP__THREAD_ENDED && !is_reaped(t));
}

/* Who waits for ever may begin before it has ended: that saves a sleep. */
static bool may_reap(const struct mp_thread *t, int64_t deadline)
{
    enum mp__thread_state state = state_of(t);

    return is_reaped(t) && !t->reaping &&
           (state == MP__THREAD_ENDED ||
            (deadline == MP__NEVER && is_started(state)));
}

/* The other sleepers find it JOINED; or, if this failed, ENDED later. */
static int reap(struct mp_thread *t)
{
    int rc;

    t->reaping = true;
    mp__gate_open();
    rc = mp__thread_reap(t->ident);
    mp__gate_close();
    t->reaping = false;
    if (rc == 0)
        mp__thread_move(t, MP__THREAD_JOINED);
    return rc;
}

bool mp__thread_awaits(const struct mp_thread *t, const struct mp_thread *other)
{
    while (t != NULL && t != other && !is_over(t))
        t = t->awaited;
    return t != NULL && t == other && !is_over(t);
}

static int wait_until_over(struct mp_thread *t, int64_t deadline)
{
    int rc = 0;

    while (rc == 0 && !is_over(t))
        rc = may_reap(t, deadline) ? reap(t) : mp__thread_sleep(t, deadline);
    return rc;
}

/* A wait with a deadline ends by itself, so nobody need know of it. */
int mp__thread_wait(struct mp_thread *t, int64_t deadline)
{
    struct mp_thread *self =
        deadline == MP__NEVER ? mp__thread_current() : NULL;
    int rc = -EDEADLK;

    mp__gate_close();
    if (self == NULL) {
        rc = wait_until_over(t, deadline);
    } else if (!mp__thread_awaits(t, self)) {
        self->awaited = t;
        rc = wait_until_over(t, deadline);
        self->awaited = NULL;
    }
    mp__gate_open();
    return rc;
}

static int may_join(struct mp_thread *t)
{
    if (!is_started(look(t)))
        return mp__fail(MP_RUNTIME_ERROR,
                        "cannot join thread before it is started");
    if (t == mp__thread_current())
        return mp__fail(MP_RUNTIME_ERROR, "cannot join current thread");
    if (t->role == MP__THREAD_ADOPTED)
        return mp__fail(MP_ASSERTION_ERROR, "cannot join a dummy thread");
    return 0;
}

int(mp_thread_join)(mp_thread *t, double timeout)
{
    int64_t deadline = mp__deadline(timeout);
    int rc;

    if (t == NULL)
        return mp__fail_null("the thread");
    MP_TRY(may_join(t));
    (void)mp__handle_hold(&t->handle);
    rc = mp__thread_wait(t, deadline);
    if (rc == -EDEADLK)
        rc = mp__fail(MP_RUNTIME_ERROR,
                      "cannot join thread %s: it waits for the current thread",
                      mp_thread_name(t));
    else if (rc < 0)
        rc = mp__fail(MP_TIMEOUT, "thread %s still runs", mp_thread_name(t));
    mp__handle_drop(&t->handle);
    return rc;
}

/* -- what it is ------------------------------------------------------------ */

int mp_thread_is_alive(mp_thread *t)
{
    enum mp__thread_state state;

    if (t == NULL)
        return mp__fail_null("the thread");
    state = look(t);
    return state == MP__THREAD_CREATED || state == MP__THREAD_RUNS;
}

unsigned long mp_thread_ident(mp_thread *t)
{
    pthread_t ident;

    if (t == NULL)
        return 0;
    mp__gate_close();
    ident = t->ident;
    mp__gate_open();
    return (unsigned long)ident;
}

/* A thread that was created comes to its beginning, whatever else happens. */
pid_t mp_thread_native_id(mp_thread *t)
{
    pid_t id;

    if (t == NULL)
        return mp__fail_null("the thread");
    mp__gate_close();
    while (mp__thread_look(t) == MP__THREAD_CREATED)
        (void)mp__thread_sleep(t, MP__NEVER);
    id = t->native_id;
    mp__gate_open();
    return id;
}
