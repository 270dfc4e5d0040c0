/*
 * Futures: what a task became, cancelling, and futures as values.
 */
#include "futures.h"

/* -- results --------------------------------------------------------------- */

static void result_is_what_the_task_answered(void **state)
{
    (void)state;
    mp_auto(mp_executor) x = mp_executor_new(2);
    mp_auto(mp_future) f = mp_executor_submit(x, square, MP_ARGS(12));
    assert_made(f);
    assert_int_equal(result_of(f), 144);
    assert_int_equal(result_of(f), 144);
    assert_int_equal(mp_future_done(f), 1);
    assert_int_equal(mp_future_running(f), 0);
    assert_int_equal(mp_future_cancelled(f), 0);
    assert_int_equal(mp_future_exception(f), 0);
}

static void result_that_does_not_fit_stays(void **state)
{
    (void)state;
    mp_auto(mp_executor) x = mp_executor_new(1);
    mp_auto(mp_future) f = mp_executor_submit(x, square, MP_ARGS(3));
    char *text;
    assert_raises(MP_TYPE_ERROR, mp_future_result(f, &text));
    assert_int_equal(result_of(f), 9);
}

static void error_is_raised_by_result_and_told_by_exception(void **state)
{
    (void)state;
    mp_auto(mp_executor) x = mp_executor_new(1);
    mp_auto(mp_future) f = mp_executor_submit(x, refuse);
    assert_raises_saying(MP_VALUE_ERROR, "no such luck", mp_future_result(f));
    assert_raises_saying(MP_VALUE_ERROR, "no such luck",
                         mp_future_exception(f, 10));
    assert_true(mp_error_last()->remote);
    assert_int_equal(mp_future_cancelled(f), 0);
}

static int be_cancelled(mp_call *c)
{
    return mp_raise(c, MP_CANCELLED, "by myself");
}

static void error_of_a_task_that_says_cancelled_is_no_cancelling(void **state)
{
    (void)state;
    mp_auto(mp_executor) x = mp_executor_new(1);
    mp_auto(mp_future) f = mp_executor_submit(x, be_cancelled);
    assert_raises_saying(MP_CANCELLED, "by myself", mp_future_result(f));
    assert_int_equal(mp_future_cancelled(f), 0);
}

static void result_waits_only_for_its_timeout(void **state)
{
    (void)state;
    long v;
    struct held h = hold_one_worker();
    assert_raises(MP_TIMEOUT, mp_future_result(h.first, &v, 0.05));
    assert_raises(MP_TIMEOUT, mp_future_exception(h.first, 0));
    assert_int_equal(mp_future_done(h.first), 0);
    assert_ok(mp_event_set(h.e));
    assert_int_equal(result_of(h.first), 7);
    release(&h);
}

static void future_outlives_its_executor(void **state)
{
    (void)state;
    struct leak_snapshot *before = leak_take();
    mp_executor *x = mp_executor_new(2);
    mp_future *good = mp_executor_submit(x, square, MP_ARGS(5));
    mp_future *bad = mp_executor_submit(x, refuse);
    mp_executor_free(x);
    assert_int_equal(mp_future_running(good), 0);
    assert_int_equal(mp_future_cancel(good), 0);
    assert_int_equal(result_of(good), 25);
    assert_raises(MP_VALUE_ERROR, mp_future_result(bad));
    mp_future_free(good);
    mp_future_free(bad);
    assert_no_leak(before);
}

static void null_is_refused(void **state)
{
    (void)state;
    assert_true(mp_future_cancel(NULL) < 0);
    assert_true(mp_future_kill(NULL) < 0);
    assert_true(mp_future_cancelled(NULL) < 0);
    assert_true(mp_future_running(NULL) < 0);
    assert_true(mp_future_done(NULL) < 0);
    assert_true(mp_future_result(NULL) < 0);
    assert_true(mp_future_exception(NULL) < 0);
    assert_true(mp_future_add_done_callback(NULL, refuse) < 0);
    assert_true(mp_future_set_result(NULL, 1) < 0);
    assert_true(mp_future_set_exception(NULL, -1, "x") < 0);
    assert_true(mp_future_set_running_or_notify_cancel(NULL) < 0);
    mp_future_free(NULL);
}

/* -- cancelling ------------------------------------------------------------ */

static void what_waits_at_a_worker_can_be_cancelled(void **state)
{
    (void)state;
    struct held h = hold_one_worker();
    mp_auto(mp_future) f = mp_executor_submit(h.x, square, MP_ARGS(2));
    assert_int_equal(mp_future_running(f), 0);
    assert_int_equal(mp_future_cancel(f), 1);
    assert_int_equal(mp_future_cancel(f), 1);
    assert_int_equal(mp_future_cancelled(f), 1);
    assert_int_equal(mp_future_done(f), 1);
    assert_raises(MP_CANCELLED, mp_future_result(f));
    assert_raises(MP_CANCELLED, mp_future_exception(f));
    release(&h);
}

static void running_and_finished_cannot_be_cancelled(void **state)
{
    (void)state;
    struct held h = hold_one_worker();
    assert_int_equal(mp_future_cancel(h.first), 0);
    assert_int_equal(mp_future_cancelled(h.first), 0);
    assert_ok(mp_event_set(h.e));
    assert_int_equal(result_of(h.first), 7);
    assert_int_equal(mp_future_cancel(h.first), 0);
    assert_int_equal(mp_future_kill(h.first), 0);
    assert_int_equal(result_of(h.first), 7);
    release(&h);
}

enum { CROWD = 2000 };

static void cancelled_tasks_never_run_and_others_do(void **state)
{
    (void)state;
    struct held h = hold_one_worker();
    int *n = mp_value_new(int, 0);
    mp_future *fs[CROWD / 2];
    for (int i = 0; i < CROWD / 2; i++)
        fs[i] = mp_executor_submit(h.x, count, MP_ARGS(MP_SHARED(n)));
    for (int i = 0; i < CROWD / 2; i += 2)
        assert_int_equal(mp_future_cancel(fs[i]), 1);
    assert_ok(mp_event_set(h.e));
    for (int i = 1; i < CROWD / 2; i += 2)
        assert_ok(mp_future_result(fs[i]));
    release(&h);
    assert_int_equal(*n, CROWD / 4);
    for (int i = 0; i < CROWD / 2; i++)
        mp_future_free(fs[i]);
    mp_value_free(n);
}

/* Those that lie in the lane leave room for those that do not. */
static void cancelling_a_full_lane_lets_the_next_ones_in(void **state)
{
    (void)state;
    struct held h = hold_one_worker();
    mp_future *fs[300];
    for (int i = 0; i < 300; i++)
        fs[i] = mp_executor_submit(h.x, square, MP_ARGS(i));
    for (int i = 0; i < 299; i++)
        assert_int_equal(mp_future_cancel(fs[i]), 1);
    assert_ok(mp_event_set(h.e));
    assert_int_equal(result_of(fs[299]), 299 * 299);
    for (int i = 0; i < 300; i++)
        mp_future_free(fs[i]);
    release(&h);
}

static void killed_task_is_cancelled_and_the_executor_goes_on(void **state)
{
    (void)state;
    struct held h = hold_one_worker();
    mp_auto(mp_future) next = mp_executor_submit(h.x, square, MP_ARGS(4));
    assert_int_equal(mp_future_kill(h.first), 1);
    assert_int_equal(mp_future_kill(h.first), 1);
    assert_raises(MP_CANCELLED, mp_future_result(h.first));
    assert_int_equal(mp_future_cancelled(h.first), 1);
    assert_int_equal(result_of(next), 16);
    release(&h);
}

static void kill_of_a_waiting_task_costs_no_worker(void **state)
{
    (void)state;
    struct held h = hold_one_worker();
    mp_auto(mp_future) f = mp_executor_submit(h.x, square, MP_ARGS(4));
    assert_int_equal(mp_future_kill(f), 1);
    assert_ok(mp_event_set(h.e));
    assert_int_equal(result_of(h.first), 7);
    release(&h);
}

/* -- as a value ------------------------------------------------------------ */

static void future_is_a_value_that_cannot_be_sent(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    mp_auto(mp_executor) x = mp_executor_new(1);
    mp_auto(mp_future) f = mp_executor_submit(x, square, MP_ARGS(1));
    assert_raises_saying(MP_VALUE_ERROR, "Future cannot be sent",
                         mp_queue_put(q, MP_LIST(1, f)));
    assert_int_equal(result_of(f), 1);
}

static void future_as_argument_is_an_error_of_the_task(void **state)
{
    (void)state;
    struct leak_snapshot *before = leak_take();
    mp_executor *x = mp_executor_new(1);
    mp_future *f = mp_executor_submit(x, square, MP_ARGS(2));
    mp_future *g = mp_executor_submit(x, square, MP_ARGS(f));
    mp_future_free(f);
    assert_raises_saying(MP_VALUE_ERROR, "Future cannot be sent",
                         mp_future_result(g));
    mp_future_free(g);
    f = mp_executor_submit(x, square, MP_ARGS(3));
    assert_int_equal(result_of(f), 9);
    mp_future_free(f);
    mp_executor_free(x);
    assert_no_leak(before);
}

static void repr_tells_the_state(void **state)
{
    (void)state;
    char text[128];
    struct held h = hold_one_worker();
    mp_auto(mp_future) f = mp_executor_submit(h.x, square, MP_ARGS(1));
    assert_ok(mp_repr(MP(h.first), text, sizeof text));
    assert_non_null(strstr(text, "state=running"));
    assert_ok(mp_repr(MP(f), text, sizeof text));
    assert_non_null(strstr(text, "state=pending"));
    assert_int_equal(mp_future_cancel(f), 1);
    assert_ok(mp_repr(MP(f), text, sizeof text));
    assert_non_null(strstr(text, "state=cancelled"));
    release(&h);
}

static int use_in_child(void *f)
{
    if (mp_future_result((mp_future *)f) != MP_ASSERTION_ERROR ||
        mp_future_cancel(f) != MP_ASSERTION_ERROR ||
        mp_future_done(f) != MP_ASSERTION_ERROR)
        return 2;
    mp_future_free(f);
    return 0;
}

static void future_is_refused_in_another_process(void **state)
{
    (void)state;
    struct held h = hold_one_worker();
    assert_int_equal(child_run(use_in_child, h.first, 10), 0);
    assert_int_equal(mp_future_running(h.first), 1);
    release(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(result_is_what_the_task_answered),
        cmocka_unit_test(result_that_does_not_fit_stays),
        cmocka_unit_test(error_is_raised_by_result_and_told_by_exception),
        cmocka_unit_test(error_of_a_task_that_says_cancelled_is_no_cancelling),
        cmocka_unit_test(result_waits_only_for_its_timeout),
        cmocka_unit_test(future_outlives_its_executor),
        cmocka_unit_test(null_is_refused),
        cmocka_unit_test(what_waits_at_a_worker_can_be_cancelled),
        cmocka_unit_test(running_and_finished_cannot_be_cancelled),
        cmocka_unit_test(cancelled_tasks_never_run_and_others_do),
        cmocka_unit_test(cancelling_a_full_lane_lets_the_next_ones_in),
        cmocka_unit_test(killed_task_is_cancelled_and_the_executor_goes_on),
        cmocka_unit_test(kill_of_a_waiting_task_costs_no_worker),
        cmocka_unit_test(future_is_a_value_that_cannot_be_sent),
        cmocka_unit_test(future_as_argument_is_an_error_of_the_task),
        cmocka_unit_test(repr_tells_the_state),
        cmocka_unit_test(future_is_refused_in_another_process),
    };

    return cmocka_run_group_tests(tests, warm_up, NULL);
}
