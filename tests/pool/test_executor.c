/*
 * Executors: submit, of processes and of threads.
 */
#include "futures.h"

#include <errno.h>
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
    assert_int_equal(result_of(f), 7);
    assert_int_equal(result_of(g), 7);
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
        cmocka_unit_test(thread_executor_works_in_this_process),
        cmocka_unit_test(threads_cannot_be_ended),
        cmocka_unit_test(executors_leave_nothing_behind),
    };

    return cmocka_run_group_tests(tests, warm_up, NULL);
}
