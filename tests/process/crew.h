/*
 * For the tests of objects between threads: one thread that is asked, and a crew
 * that does the same at once.
 */
#ifndef TESTS_PROCESS_CREW_H
#define TESTS_PROCESS_CREW_H

#include "expect.h"

#include <mproc.h>

enum { THREADS = 4 };

/* What fn answers to an object, asked in a thread of its own. */
struct question {
    mp_fn fn;
    int rc;
};

static int answer(mp_call *c)
{
    struct question *q = mp_call_self(c);
    mp_any object;
    MP_TRY(mp_call_args(c, &object));
    mp_auto(mp_thread) call = mp_thread_new(q->fn, .args = MP_ARGS(object));
    q->rc = mp_thread_run(call);
    return 0;
}

static MP__UNUSED int of_another_thread(mp_fn fn, mp_any object)
{
    struct question q = {.fn = fn, .rc = 1};
    mp_auto(mp_thread) t =
        mp_thread_new(answer, .args = MP_ARGS(object), .self = &q);
    if (mp_thread_start(t) < 0 || mp_thread_join(t) < 0)
        return 2;
    return q.rc;
}

/* Four threads do the same at once with one object. */
static mp_thread *crew[THREADS];

static MP__UNUSED void start_all(mp_fn fn, mp_any object)
{
    for (int i = 0; i < THREADS; i++) {
        crew[i] = mp_thread_new(fn, .args = MP_ARGS(object, i));
        assert_ok(mp_thread_start(crew[i]));
    }
}

static MP__UNUSED void join_all(void)
{
    for (int i = 0; i < THREADS; i++) {
        assert_ok(mp_thread_join(crew[i], 60.0));
        mp_thread_free(crew[i]);
    }
}

#endif
