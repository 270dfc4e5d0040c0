/*
 * Executors: submit and shutdown, workers that die or cannot begin, and those
 * of threads.
 */
#include "futures.h"
#include "output.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

/* -- submit ---------------------------------------------------------------- */

static int join_texts(mp_call *c)
{
    const char *a, *b = "?";
    char text[64];

    MP_TRY(mp_call_args(c, &a));
    MP_TRY(mp_call_kwarg(c, "b", &b));
    (void)snprintf(text, sizeof text, "%s%s", a, b);
    return mp_return(c, (const char *)text);
}

static void arguments_and_keywords_reach_the_task(void **state)
{
    (void)state;
    char *text = NULL;
    mp_auto(mp_executor) x = mp_executor_new(.max_workers = 1);
    mp_auto(mp_future) f = mp_executor_submit(x, join_texts, MP_ARGS("a"),
                                              .kwargs = MP_DICT("b", "z"));
    assert_made(f);
    assert_ok(mp_future_result(f, &text));
    assert_string_equal(text, "az");
    free(text);
}

enum { CROWD = 3000 };

static void thousands_of_futures_have_their_own_results(void **state)
{
    (void)state;
    static mp_future *fs[CROWD];
    mp_auto(mp_executor) x = mp_executor_new(3);
    for (long i = 0; i < CROWD; i++)
        fs[i] = mp_executor_submit(x, square, MP_ARGS(i));
    for (long i = 0; i < CROWD; i++) {
        assert_int_equal(result_of(fs[i]), i * i);
        mp_future_free(fs[i]);
    }
}

static void no_worker_is_started_before_the_first_task(void **state)
{
    (void)state;
    struct leak_snapshot *before = leak_take();
    mp_executor *x = mp_executor_new(2);
    assert_made(x);
    assert_int_equal(leak_count(before), 0);
    mp_executor_free(x);
    assert_no_leak(before);
}

static void bad_options_are_refused(void **state)
{
    (void)state;
    assert_null(mp_executor_new(-1));
    assert_raises_saying(MP_VALUE_ERROR, "max_workers must be greater than 0",
                         mp_error_last()->code);
    assert_null(mp_thread_executor_new(.max_workers = -5));
    assert_null(mp_executor_new(.max_tasks_per_child = -1));
    assert_raises_saying(MP_VALUE_ERROR, "max_tasks_per_child must be >= 1",
                         mp_error_last()->code);
    assert_null(mp_executor_new(.initargs = MP(3)));
    assert_int_equal(mp_error_last()->code, MP_TYPE_ERROR);
}

static void bad_task_is_refused(void **state)
{
    (void)state;
    mp_auto(mp_executor) x = mp_executor_new(1);
    assert_null(mp_executor_submit(x, NULL));
    assert_int_equal(mp_error_last()->code, MP_VALUE_ERROR);
    assert_null(mp_executor_submit(x, square, MP(1)));
    assert_int_equal(mp_error_last()->code, MP_TYPE_ERROR);
    assert_null(mp_executor_submit(NULL, square));
    assert_true(mp_executor_shutdown(NULL) < 0);
    assert_true(mp_executor_kill_workers(NULL) < 0);
    mp_executor_free(NULL);
}

static int answer_a_future(mp_call *c)
{
    mp_future *f = mp_future_new();
    int rc = mp_return(c, f);

    mp_future_free(f);
    return rc;
}

static void result_that_cannot_be_sent_is_an_error_each_time(void **state)
{
    (void)state;
    mp_auto(mp_executor) x = mp_executor_new(2);
    for (int i = 0; i < 20; i++) {
        mp_auto(mp_future) f = mp_executor_submit(x, answer_a_future);
        assert_raises_saying(MP_ENCODING_ERROR, "cannot be sent",
                             mp_future_result(f));
    }
    mp_auto(mp_future) f = mp_executor_submit(x, square, MP_ARGS(5));
    assert_int_equal(result_of(f), 25);
}

static int submit_inside(mp_call *c)
{
    mp_executor **x;
    mp_bytes at = {NULL, 0};

    MP_TRY(mp_call_args(c, &at));
    x = at.data;
    mp_future *f = mp_executor_submit(*x, tell_pid);
    free(at.data);
    return mp_return(c, f == NULL ? mp_error_last()->code : 0);
}

static void executor_is_refused_in_its_own_worker(void **state)
{
    (void)state;
    mp_auto(mp_executor) x = mp_executor_new(1);
    mp_auto(mp_future) f =
        mp_executor_submit(x, submit_inside, MP_ARGS(MP_BYTES(&x, sizeof x)));
    assert_int_equal(result_of(f), MP_ASSERTION_ERROR);
}

static int fail_first(mp_call *c)
{
    int *n;

    MP_TRY(mp_call_args(c, MP_INTO_SHARED(&n)));
    if (mp_value_add(n, 1) < 2)
        return mp_raise(c, MP_EOF, "not yet");
    return mp_return(c, 1);
}

static void task_is_run_again_as_often_as_it_may(void **state)
{
    (void)state;
    int *n = mp_value_new(int, 0);
    mp_auto(mp_executor) x = mp_executor_new(1);
    mp_auto(mp_future) f =
        mp_executor_submit(x, fail_first, MP_ARGS(MP_SHARED(n)), .retries = 3);
    assert_int_equal(result_of(f), 1);
    mp_value_free(n);
}

static void task_ends_at_its_time_limit(void **state)
{
    (void)state;
    mp_auto(mp_event) never = mp_event_new();
    mp_auto(mp_executor) x = mp_executor_new(1);
    mp_auto(mp_future) f =
        mp_executor_submit(x, hold, MP_ARGS(never), .timeout = 0.1);
    assert_raises_saying(MP_TIMEOUT, "longer than 0.1", mp_future_result(f));
}

static void submit_says_again_where_it_is_not_to_wait(void **state)
{
    (void)state;
    mp_auto(mp_event) e = mp_event_new();
    mp_auto(mp_executor) x = mp_executor_new(1, .max_pending = 2);
    mp_auto(mp_future) f = mp_executor_submit(x, hold, MP_ARGS(e));
    mp_auto(mp_future) g = mp_executor_submit(x, hold, MP_ARGS(e));
    assert_null(mp_executor_submit(x, hold, MP_ARGS(e), .nowait = true));
    assert_int_equal(mp_error_last()->code, -EAGAIN);
    assert_ok(mp_event_set(e));
    assert_int_equal(result_of(g), 7);
}

/* -- shutdown -------------------------------------------------------------- */

static void assert_no_new_futures(mp_executor *x)
{
    assert_null(mp_executor_submit(x, tell_pid));
    assert_raises_saying(MP_RUNTIME_ERROR,
                         "cannot schedule new futures after shutdown",
                         mp_error_last()->code);
    assert_null(mp_executor_map(x, square, MP_LIST(1)));
    assert_int_equal(mp_error_last()->code, MP_RUNTIME_ERROR);
}

static void shutdown_runs_what_is_pending(void **state)
{
    (void)state;
    mp_future *fs[50];
    mp_auto(mp_executor) x = mp_executor_new(2);
    for (int i = 0; i < 50; i++)
        fs[i] = mp_executor_submit(x, square, MP_ARGS(i));
    assert_ok(mp_executor_shutdown(x));
    for (int i = 0; i < 50; i++) {
        assert_int_equal(mp_future_done(fs[i]), 1);
        assert_int_equal(result_of(fs[i]), i * i);
        mp_future_free(fs[i]);
    }
    assert_no_new_futures(x);
    assert_ok(mp_executor_shutdown(x));
    assert_ok(mp_executor_shutdown(x, true, true));
}

static void shutdown_before_the_first_task_starts_nothing(void **state)
{
    (void)state;
    mp_auto(mp_executor) x = mp_executor_new(2);
    assert_ok(mp_executor_shutdown(x));
    assert_no_new_futures(x);
}

static void shutdown_need_not_wait(void **state)
{
    (void)state;
    struct held h = hold_one_worker();
    mp_auto(mp_future) f = mp_executor_submit(h.x, square, MP_ARGS(3));
    assert_ok(mp_executor_shutdown(h.x, false));
    assert_int_equal(mp_future_running(h.first), 1);
    assert_no_new_futures(h.x);
    assert_ok(mp_event_set(h.e));
    assert_int_equal(result_of(f), 9);
    release(&h);
}

static void shutdown_may_cancel_what_has_not_begun(void **state)
{
    (void)state;
    mp_future *fs[500];
    struct held h = hold_one_worker();
    for (int i = 0; i < 500; i++)
        fs[i] = mp_executor_submit(h.x, square, MP_ARGS(i));
    assert_ok(mp_executor_shutdown(h.x, false, true));
    for (int i = 0; i < 500; i++) {
        assert_int_equal(mp_future_cancelled(fs[i]), 1);
        mp_future_free(fs[i]);
    }
    assert_int_equal(mp_future_done(h.first), 0);
    assert_ok(mp_event_set(h.e));
    assert_int_equal(result_of(h.first), 7);
    release(&h);
}

struct crew {
    mp_executor *x;
    atomic_int submitted;
    atomic_int done;
    atomic_int wrong;
};

static int count_done(mp_call *c)
{
    struct crew *crew = mp_call_self(c);

    atomic_fetch_add(&crew->done, 1);
    return 0;
}

static void *submit_until_shut(void *arg)
{
    struct crew *crew = arg;
    mp_future *f;

    while ((f = mp_executor_submit(crew->x, square, MP_ARGS(2))) != NULL) {
        atomic_fetch_add(&crew->submitted, 1);
        if (mp_future_add_done_callback(f, count_done, crew) < 0)
            atomic_fetch_add(&crew->wrong, 1);
        mp_future_free(f);
    }
    if (mp_error_last()->code != MP_RUNTIME_ERROR)
        atomic_fetch_add(&crew->wrong, 1);
    return NULL;
}

static void *shut_it_down(void *arg)
{
    struct crew *crew = arg;

    if (mp_executor_shutdown(crew->x, true, true) < 0)
        atomic_fetch_add(&crew->wrong, 1);
    return NULL;
}

static void several_threads_may_submit_and_shut_down(void **state)
{
    (void)state;
    pthread_t submit[3], shut[3];
    struct crew crew = {.x = mp_executor_new(2)};
    for (int i = 0; i < 3; i++)
        (void)pthread_create(&submit[i], NULL, submit_until_shut, &crew);
    assert_until(atomic_load(&crew.submitted) > 500, 20);
    for (int i = 0; i < 3; i++)
        (void)pthread_create(&shut[i], NULL, shut_it_down, &crew);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pthread_join(shut[i], NULL), 0);
        assert_int_equal(pthread_join(submit[i], NULL), 0);
    }
    mp_executor_free(crew.x);
    assert_int_equal(atomic_load(&crew.wrong), 0);
    assert_int_equal(atomic_load(&crew.done), atomic_load(&crew.submitted));
}

static int shut_down_here(mp_call *c)
{
    struct crew *crew = mp_call_self(c);

    if (mp_executor_shutdown(crew->x, true) == MP_RUNTIME_ERROR)
        atomic_fetch_add(&crew->done, 1);
    return 0;
}

static void callback_that_waits_for_the_shutdown_is_refused(void **state)
{
    (void)state;
    struct held h = hold_one_worker();
    struct crew crew = {.x = h.x};
    assert_ok(mp_future_add_done_callback(h.first, shut_down_here, &crew));
    release(&h);
    assert_int_equal(atomic_load(&crew.done), 1);
}

static int submit_next(mp_call *c)
{
    struct crew *crew = mp_call_self(c);
    mp_future *f = mp_executor_submit(crew->x, square, MP_ARGS(2));

    if (f == NULL)
        return mp_error_last()->code;
    atomic_fetch_add(&crew->submitted, 1);
    mp_future_free(f);
    return 0;
}

static void callback_may_submit(void **state)
{
    (void)state;
    struct held h = hold_one_worker();
    struct crew crew = {.x = h.x};
    assert_ok(mp_future_add_done_callback(h.first, submit_next, &crew));
    assert_ok(mp_event_set(h.e));
    assert_until(atomic_load(&crew.submitted) == 1, 10);
    release(&h);
}

/* Spec of Python: a program does not end before its executor's work. */
static int end_with_work_left(void *arg)
{
    mp_executor *x = mp_executor_new(2);

    for (int i = 0; i < 200; i++)
        mp_future_free(mp_executor_submit(x, count, MP_ARGS(MP_SHARED(arg))));
    exit(0);
}

static void program_ends_after_the_work_of_its_executor(void **state)
{
    (void)state;
    int *n = mp_value_new(int, 0);
    assert_int_equal(child_run(end_with_work_left, n, 30), 0);
    assert_int_equal(*n, 200);
    mp_value_free(n);
}

static int main_with_a_map_left(mp_call *c)
{
    mp_executor *x = mp_executor_new(2);
    mp_iter *it =
        mp_executor_map(x, square, MP_LIST(1, 2, 3, 4, 5, 6), .buffersize = 2);

    (void)c;
    return it == NULL ? mp_error_last()->code : 0;
}

static int end_with_a_map_left(void *arg)
{
    (void)arg;
    exit(mp_main(main_with_a_map_left));
}

static void program_ends_though_nobody_asks_for_a_map(void **state)
{
    (void)state;
    assert_int_equal(child_run(end_with_a_map_left, NULL, 30), 0);
}

/* -- workers that die ------------------------------------------------------ */

static int exit_99(mp_call *c)
{
    (void)c;
    _exit(99);
}

static void dying_worker_costs_one_task_and_is_named(void **state)
{
    (void)state;
    mp_auto(mp_executor) x = mp_executor_new(1);
    mp_auto(mp_future) pid = mp_executor_submit(x, tell_pid);
    char words[64];
    (void)snprintf(words, sizeof words, "worker %ld exited with code 99",
                   result_of(pid));
    mp_auto(mp_future) f = mp_executor_submit(x, exit_99);
    mp_auto(mp_future) g = mp_executor_submit(x, square, MP_ARGS(6));
    assert_raises_saying(MP_WORKER_LOST, words, mp_future_result(f));
    assert_int_equal(result_of(g), 36);
    mp_auto(mp_future) k = mp_executor_submit(x, die);
    assert_raises_saying(MP_WORKER_LOST, "signal 9", mp_future_result(k));
}

static void many_deaths_cost_no_more_than_their_tasks(void **state)
{
    (void)state;
    static mp_future *fs[1000];
    mp_auto(mp_executor) x = mp_executor_new(2);
    for (long i = 0; i < 1000; i++)
        fs[i] = i % 50 == 7 ? mp_executor_submit(x, die)
                            : mp_executor_submit(x, square, MP_ARGS(i));
    for (long i = 0; i < 1000; i++) {
        if (i % 50 == 7)
            assert_raises(MP_WORKER_LOST, mp_future_result(fs[i]));
        else
            assert_int_equal(result_of(fs[i]), i * i);
        mp_future_free(fs[i]);
    }
}

static int die_with_it(mp_call *c)
{
    mp_bytes b = {NULL, 0};

    MP_TRY(mp_call_args(c, &b));
    _exit(b.size == 70000 ? 1 : 2);
}

static void crash_with_big_data_loses_each_of_them_and_hangs_none(void **state)
{
    (void)state;
    static char big[70000];
    mp_future *fs[10];
    mp_auto(mp_executor) x = mp_executor_new(2);
    for (int i = 0; i < 10; i++)
        fs[i] = mp_executor_submit(x, die_with_it,
                                   MP_ARGS(MP_BYTES(big, sizeof big)));
    for (int i = 0; i < 10; i++) {
        assert_raises_saying(MP_WORKER_LOST, "code 1", mp_future_result(fs[i]));
        mp_future_free(fs[i]);
    }
}

static void worker_killed_from_outside_costs_the_task_it_was_at(void **state)
{
    (void)state;
    mp_auto(mp_executor) x = mp_executor_new(1);
    mp_auto(mp_event) e = mp_event_new();
    mp_auto(mp_future) pid = mp_executor_submit(x, tell_pid);
    pid_t worker = (pid_t)result_of(pid);
    mp_auto(mp_future) f = mp_executor_submit(x, hold, MP_ARGS(e));
    mp_auto(mp_future) g = mp_executor_submit(x, square, MP_ARGS(2));
    assert_until(mp_future_running(f) == 1, 10);
    assert_int_equal(kill(worker, SIGKILL), 0);
    assert_raises(MP_WORKER_LOST, mp_future_result(f));
    assert_int_equal(result_of(g), 4);
}

/* -- how workers begin and end --------------------------------------------- */

static int refuse_to_begin(mp_call *c)
{
    mp_event *e;

    MP_TRY(mp_call_args(c, &e));
    MP_TRY(mp_event_wait(e, 60));
    return mp_raise(c, MP_KEY_ERROR, "no key");
}

static void failing_initializer_breaks_the_executor(void **state)
{
    (void)state;
    struct leak_snapshot *before = leak_take();
    mp_event *e = mp_event_new();
    mp_executor *x = mp_executor_new(2, .initializer = refuse_to_begin,
                                     .initargs = MP_ARGS(e));
    mp_future *f = mp_executor_submit(x, square, MP_ARGS(1));
    mp_future *g = mp_executor_submit(x, square, MP_ARGS(1));
    assert_ok(mp_event_set(e));
    assert_raises_saying(MP_BROKEN_POOL, "no key", mp_future_result(f));
    assert_raises(MP_BROKEN_POOL, mp_future_exception(g));
    assert_int_equal(mp_future_cancelled(f), 0);
    assert_null(mp_executor_submit(x, square, MP_ARGS(1)));
    assert_int_equal(mp_error_last()->code, MP_BROKEN_POOL);
    assert_ok(mp_executor_terminate_workers(x));
    mp_executor_free(x);
    mp_future_free(f);
    mp_future_free(g);
    mp_event_free(e);
    assert_no_leak(before);
}

static int begun_with;

static int begin_with(mp_call *c)
{
    return mp_call_args(c, &begun_with);
}

static int tell_begun_with(mp_call *c)
{
    return mp_return(c, begun_with);
}

static int count_end(mp_call *c)
{
    (void)mp_value_add((int *)mp_call_self(c), 1);
    return 0;
}

static void initializer_and_finalizer_run_in_each_worker(void **state)
{
    (void)state;
    int *ends = mp_value_new(int, 0);
    mp_executor *x =
        mp_executor_new(3, .initializer = begin_with, .initargs = MP_ARGS(31),
                        .finalizer = count_end, .self = ends);
    mp_future *f = mp_executor_submit(x, tell_begun_with);
    assert_int_equal(result_of(f), 31);
    mp_future_free(f);
    mp_executor_free(x);
    assert_int_equal(*ends, 3);
    mp_value_free(ends);
}

static void worker_is_replaced_after_its_number_of_tasks(void **state)
{
    (void)state;
    long pids[60];
    mp_future *fs[60];
    mp_auto(mp_executor) x = mp_executor_new(2, .max_tasks_per_child = 1);
    for (int i = 0; i < 60; i++)
        fs[i] = mp_executor_submit(x, tell_pid);
    for (int i = 0; i < 60; i++) {
        pids[i] = result_of(fs[i]);
        for (int j = 0; j < i; j++)
            assert_int_not_equal(pids[i], pids[j]);
        mp_future_free(fs[i]);
    }
}

/* -- ending workers -------------------------------------------------------- */

static void check_ended(int (*end)(mp_executor *x), const char *how)
{
    struct held h = hold_one_worker();
    mp_auto(mp_future) f = mp_executor_submit(h.x, square, MP_ARGS(1));
    assert_ok(end(h.x));
    assert_raises_saying(MP_WORKER_LOST, how, mp_future_result(h.first));
    assert_raises(MP_CANCELLED, mp_future_result(f));
    assert_int_equal(mp_future_cancelled(f), 1);
    assert_int_equal(mp_future_cancelled(h.first), 0);
    assert_no_new_futures(h.x);
    assert_ok(end(h.x));
    assert_ok(mp_executor_shutdown(h.x));
    release(&h);
}

static void terminated_workers_lose_what_they_were_at(void **state)
{
    (void)state;
    check_ended(mp_executor_terminate_workers, "signal 15");
}

static void killed_workers_lose_what_they_were_at(void **state)
{
    (void)state;
    check_ended(mp_executor_kill_workers, "signal 9");
}

static void workers_that_never_began_need_no_end(void **state)
{
    (void)state;
    mp_auto(mp_executor) x = mp_executor_new(1);
    assert_ok(mp_executor_terminate_workers(x));
    assert_ok(mp_executor_kill_workers(x));
    assert_no_new_futures(x);
}

static void lost_task_is_not_run_again_after_the_end(void **state)
{
    (void)state;
    mp_auto(mp_event) never = mp_event_new();
    mp_auto(mp_executor) x = mp_executor_new(1);
    mp_auto(mp_future) f =
        mp_executor_submit(x, hold, MP_ARGS(never), .retries = 5);
    assert_until(mp_future_running(f) == 1, 10);
    assert_ok(mp_executor_kill_workers(x));
    assert_raises(MP_WORKER_LOST, mp_future_exception(f, 20));
}

static int ignore_sigterm(mp_call *c)
{
    mp_event *begun;

    MP_TRY(mp_call_args(c, &begun));
    (void)signal(SIGTERM, SIG_IGN);
    MP_TRY(mp_event_set(begun));
    for (;;)
        (void)pause();
}

static void worker_that_ignores_sigterm_is_killed_with_the_handle(void **state)
{
    (void)state;
    mp_executor *x = mp_executor_new(1);
    mp_auto(mp_event) begun = mp_event_new();
    mp_auto(mp_future) f =
        mp_executor_submit(x, ignore_sigterm, MP_ARGS(begun));
    assert_ok(mp_event_wait(begun, 20));
    assert_ok(mp_executor_terminate_workers(x));
    assert_raises(MP_TIMEOUT, mp_future_exception(f, 0.05));
    mp_executor_free(x);
    assert_raises(MP_CANCELLED, mp_future_exception(f));
}

static void many_ends_at_any_moment_leave_no_future_undone(void **state)
{
    (void)state;
    for (int round = 0; round < 20; round++) {
        mp_future *fs[40];
        mp_executor *x = mp_executor_new(2);
        for (int i = 0; i < 40; i++)
            fs[i] = mp_executor_submit(x, square, MP_ARGS(i));
        (void)result_of(fs[round]);
        assert_ok(mp_executor_kill_workers(x));
        for (int i = 0; i < 40; i++) {
            assert_int_not_equal(mp_future_exception(fs[i], 20), MP_TIMEOUT);
            mp_future_free(fs[i]);
        }
        mp_executor_free(x);
    }
}

/* -- threads --------------------------------------------------------------- */

static int add_to_int(mp_call *c)
{
    atomic_int **n;
    mp_bytes at = {NULL, 0};

    MP_TRY(mp_call_args(c, &at));
    n = at.data;
    atomic_fetch_add(*n, 1);
    free(at.data);
    return mp_return(c, getpid());
}

static void thread_executor_works_in_this_process(void **state)
{
    (void)state;
    atomic_int n = 0, *at = &n;
    mp_future *fs[100];
    mp_auto(mp_executor) x = mp_thread_executor_new(.max_workers = 3);
    for (int i = 0; i < 100; i++)
        fs[i] = mp_executor_submit(x, add_to_int,
                                   MP_ARGS(MP_BYTES(&at, sizeof at)));
    for (int i = 0; i < 100; i++) {
        assert_int_equal(result_of(fs[i]), getpid());
        mp_future_free(fs[i]);
    }
    assert_int_equal(atomic_load(&n), 100);
}

static void threads_cannot_be_ended(void **state)
{
    (void)state;
    mp_auto(mp_executor) x = mp_thread_executor_new(1);
    mp_auto(mp_event) e = mp_event_new();
    mp_auto(mp_future) f = mp_executor_submit(x, hold, MP_ARGS(e));
    assert_raises(MP_VALUE_ERROR, mp_executor_terminate_workers(x));
    assert_raises(MP_VALUE_ERROR, mp_executor_kill_workers(x));
    assert_until(mp_future_running(f) == 1, 10);
    assert_int_equal(mp_future_cancel(f), 0);
    assert_int_equal(mp_future_kill(f), 1);
    assert_ok(mp_event_set(e));
    mp_auto(mp_future) g = mp_executor_submit(x, square, MP_ARGS(4));
    assert_int_equal(result_of(g), 16);
}

static void executors_leave_nothing_behind(void **state)
{
    (void)state;
    struct leak_snapshot *before = leak_take();
    for (int i = 0; i < 3; i++) {
        mp_executor *x = i < 2 ? mp_executor_new(2) : mp_thread_executor_new(2);
        mp_future *f = mp_executor_submit(x, square, MP_ARGS(i));
        mp_future *g = mp_executor_submit(x, i == 0 ? die : refuse);
        assert_int_equal(result_of(f), i * i);
        mp_future_free(g);
        mp_executor_free(x);
        mp_future_free(f);
    }
    assert_no_leak(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_and_keywords_reach_the_task),
        cmocka_unit_test(thousands_of_futures_have_their_own_results),
        cmocka_unit_test(no_worker_is_started_before_the_first_task),
        cmocka_unit_test(bad_options_are_refused),
        cmocka_unit_test(bad_task_is_refused),
        cmocka_unit_test(result_that_cannot_be_sent_is_an_error_each_time),
        cmocka_unit_test(executor_is_refused_in_its_own_worker),
        cmocka_unit_test(task_is_run_again_as_often_as_it_may),
        cmocka_unit_test(task_ends_at_its_time_limit),
        cmocka_unit_test(submit_says_again_where_it_is_not_to_wait),
        cmocka_unit_test(shutdown_runs_what_is_pending),
        cmocka_unit_test(shutdown_before_the_first_task_starts_nothing),
        cmocka_unit_test(shutdown_need_not_wait),
        cmocka_unit_test(shutdown_may_cancel_what_has_not_begun),
        cmocka_unit_test(several_threads_may_submit_and_shut_down),
        cmocka_unit_test(callback_that_waits_for_the_shutdown_is_refused),
        cmocka_unit_test(callback_may_submit),
        cmocka_unit_test(program_ends_after_the_work_of_its_executor),
        cmocka_unit_test(program_ends_though_nobody_asks_for_a_map),
        cmocka_unit_test(dying_worker_costs_one_task_and_is_named),
        cmocka_unit_test(many_deaths_cost_no_more_than_their_tasks),
        cmocka_unit_test(crash_with_big_data_loses_each_of_them_and_hangs_none),
        cmocka_unit_test(worker_killed_from_outside_costs_the_task_it_was_at),
        cmocka_unit_test(failing_initializer_breaks_the_executor),
        cmocka_unit_test(initializer_and_finalizer_run_in_each_worker),
        cmocka_unit_test(worker_is_replaced_after_its_number_of_tasks),
        cmocka_unit_test(terminated_workers_lose_what_they_were_at),
        cmocka_unit_test(killed_workers_lose_what_they_were_at),
        cmocka_unit_test(workers_that_never_began_need_no_end),
        cmocka_unit_test(lost_task_is_not_run_again_after_the_end),
        cmocka_unit_test(worker_that_ignores_sigterm_is_killed_with_the_handle),
        cmocka_unit_test(many_ends_at_any_moment_leave_no_future_undone),
        cmocka_unit_test(thread_executor_works_in_this_process),
        cmocka_unit_test(threads_cannot_be_ended),
        cmocka_unit_test(executors_leave_nothing_behind),
    };

    return cmocka_run_group_tests(tests, warm_up, NULL);
}
