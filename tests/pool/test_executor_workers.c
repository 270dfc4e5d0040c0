/*
 * Workers of an executor that die, cannot begin, are replaced or ended.
 */
#include "futures.h"

#include <stdio.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
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
    };

    return cmocka_run_group_tests(tests, warm_up, NULL);
}
