/*
 * Tasks for tests of executors, and what else those share.
 */
#ifndef TESTS_POOL_FUTURES_H
#define TESTS_POOL_FUTURES_H

#include "child.h"
#include "expect.h"
#include "leak.h"
#include "until.h"

#include <mproc.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static inline int square(mp_call *c)
{
    long x;

    MP_TRY(mp_call_args(c, &x));
    return mp_return(c, x * x);
}

/* Answers 7 once the event is set. */
static inline int hold(mp_call *c)
{
    mp_event *e;

    MP_TRY(mp_call_args(c, &e));
    MP_TRY(mp_event_wait(e, 60));
    return mp_return(c, 7);
}

static inline int refuse(mp_call *c)
{
    return mp_raise(c, MP_VALUE_ERROR, "no such luck");
}

static inline int die(mp_call *c)
{
    (void)c;
    (void)raise(SIGKILL);
    return 0;
}

static inline int tell_pid(mp_call *c)
{
    return mp_return(c, getpid());
}

/* Adds 1 to a value that all share. */
static inline int count(mp_call *c)
{
    int *n;

    MP_TRY(mp_call_args(c, MP_INTO_SHARED(&n)));
    (void)mp_value_add(n, 1);
    return 0;
}

/* What the library keeps from its first use on is no leak. */
static inline int warm_up(void **state)
{
    mp_executor *x = mp_executor_new(1);
    mp_future *f = mp_executor_submit(x, tell_pid);
    mp_event *e = mp_event_new();
    int rc = f == NULL || e == NULL ? -1 : mp_future_exception(f, 30);

    (void)state;
    mp_future_free(f);
    mp_executor_free(x);
    mp_event_free(e);
    return rc;
}

static inline long result_of(mp_future *f)
{
    long v = -1;

    assert_ok(mp_future_result(f, &v, 60));
    return v;
}

/* An executor of one worker, which is held until the event is set. */
struct held {
    mp_executor *x;
    mp_event *e;
    mp_future *first;
};

static inline struct held hold_one_worker(void)
{
    struct held h = {mp_executor_new(1), mp_event_new(), NULL};

    assert_made(h.x);
    assert_made(h.e);
    h.first = mp_executor_submit(h.x, hold, MP_ARGS(h.e));
    assert_made(h.first);
    assert_until(mp_future_running(h.first) == 1, 10);
    return h;
}

static inline void release(struct held *h)
{
    assert_ok(mp_event_set(h->e));
    mp_executor_free(h->x);
    mp_future_free(h->first);
    mp_event_free(h->e);
}

static inline void assert_no_new_futures(mp_executor *x)
{
    assert_null(mp_executor_submit(x, tell_pid));
    assert_raises_saying(MP_RUNTIME_ERROR,
                         "cannot schedule new futures after shutdown",
                         mp_error_last()->code);
    assert_null(mp_executor_map(x, square, MP_LIST(1)));
    assert_int_equal(mp_error_last()->code, MP_RUNTIME_ERROR);
}

#endif
