/*
 * Executor.map: in order, ended by the first failure or the timeout.
 */
#include "futures.h"

#include <stdlib.h>

static void assert_next(mp_iter *it, long expected)
{
    long v = -1;

    assert_ok(mp_iter_next(it, &v, 60));
    assert_int_equal(v, expected);
}

static void assert_over(mp_iter *it)
{
    long v = -1;

    assert_raises(MP_STOP_ITERATION, mp_iter_next(it, &v));
    assert_raises(MP_STOP_ITERATION, mp_iter_next(it, &v));
    assert_int_equal(v, -1);
}

static void results_come_in_order(void **state)
{
    (void)state;
    long xs[2000];
    for (int i = 0; i < 2000; i++)
        xs[i] = i;
    mp_auto(mp_executor) x = mp_executor_new(3);
    mp_auto(mp_iter) it = mp_executor_map(x, square, MP_ARRAY(xs));
    mp_auto(mp_iter) chunked =
        mp_executor_map(x, square, MP_ARRAY(xs), .chunksize = 30);
    assert_made(it);
    for (long i = 0; i < 2000; i++) {
        assert_next(it, i * i);
        assert_next(chunked, i * i);
    }
    assert_over(it);
    assert_over(chunked);
}

static int power(mp_call *c)
{
    long a, b, v = 1;

    MP_TRY(mp_call_args(c, &a, &b));
    while (b-- > 0)
        v *= a;
    return mp_return(c, v);
}

static void items_may_be_arguments(void **state)
{
    (void)state;
    mp_auto(mp_executor) x = mp_executor_new(2);
    mp_auto(mp_iter) it = mp_executor_map(
        x, power, MP_LIST(MP_TUPLE(2, 3), MP_TUPLE(3, 2)), .star = true);
    assert_next(it, 8);
    assert_next(it, 9);
    assert_over(it);
}

static void empty_and_bad_input(void **state)
{
    (void)state;
    mp_auto(mp_executor) x = mp_executor_new(1);
    mp_auto(mp_iter) it = mp_executor_map(x, square, MP_EMPTY_LIST);
    assert_over(it);
    assert_null(mp_executor_map(x, square, 5));
    assert_int_equal(mp_error_last()->code, MP_TYPE_ERROR);
    assert_null(mp_executor_map(x, square, MP_LIST(1), .chunksize = -1));
    assert_int_equal(mp_error_last()->code, MP_VALUE_ERROR);
}

static int divide(mp_call *c)
{
    long n;

    MP_TRY(mp_call_args(c, &n));
    if (n == 0)
        return mp_raise(c, MP_VALUE_ERROR, "by zero");
    return mp_return(c, 60 / n);
}

static void failing_item_ends_it(void **state)
{
    (void)state;
    long v;
    mp_auto(mp_executor) x = mp_executor_new(2);
    mp_auto(mp_iter) it =
        mp_executor_map(x, divide, MP_LIST(3, 2, 0, 1), .chunksize = 2);
    assert_next(it, 20);
    assert_next(it, 30);
    assert_raises_saying(MP_VALUE_ERROR, "by zero", mp_iter_next(it, &v));
    assert_over(it);
}

/* The first item fails, the second holds the worker until the iterator has told
   it, the others count. */
static int fail_hold_count(mp_call *c)
{
    mp_any first;

    MP_TRY(mp_call_arg(c, 0, &first));
    if (mp_any_kind(first) == MP_KIND_NONE)
        return mp_raise(c, MP_EOF, "the first");
    return mp_any_kind(first) == MP_KIND_HANDLE ? hold(c) : count(c);
}

static void what_has_not_begun_is_cancelled_with_a_failure(void **state)
{
    (void)state;
    mp_any items[200];
    mp_event *e = mp_event_new();
    int *n = mp_value_new(int, 0);
    mp_executor *x = mp_executor_new(1);
    items[0] = MP_NONE;
    items[1] = MP(e);
    for (int i = 2; i < 200; i++)
        items[i] = MP_SHARED(n);
    mp_iter *it = mp_executor_map(x, fail_hold_count, mp_any_list(items, 200));
    assert_raises(MP_EOF, mp_iter_next(it, &items[0]));
    assert_ok(mp_event_set(e));
    assert_over(it);
    mp_executor_free(x);
    assert_int_equal(*n, 0);
    mp_iter_free(it);
    mp_event_free(e);
    mp_value_free(n);
}

static void what_has_not_begun_is_cancelled_with_the_iterator(void **state)
{
    (void)state;
    struct held h = hold_one_worker();
    int *n = mp_value_new(int, 0);
    mp_iter *it =
        mp_executor_map(h.x, count, MP_LIST(MP_SHARED(n), MP_SHARED(n)));
    mp_iter_free(it);
    release(&h);
    assert_int_equal(*n, 0);
    mp_value_free(n);
}

static void dying_worker_ends_a_map_with_its_item(void **state)
{
    (void)state;
    long v;
    mp_auto(mp_executor) x = mp_executor_new(1);
    mp_auto(mp_iter) it =
        mp_executor_map(x, die, MP_LIST(MP_EMPTY_TUPLE), .star = true);
    assert_raises(MP_WORKER_LOST, mp_iter_next(it, &v));
    assert_over(it);
}

static void timeout_counts_from_the_call_and_ends_it(void **state)
{
    (void)state;
    long v;
    mp_auto(mp_event) e = mp_event_new();
    mp_auto(mp_executor) x = mp_executor_new(1);
    double start = until_now();
    mp_auto(mp_iter) it =
        mp_executor_map(x, hold, MP_LIST(e, e), .timeout = 0.1);
    assert_raises(MP_TIMEOUT, mp_iter_next(it, &v, 0.01));
    assert_raises(MP_TIMEOUT, mp_iter_next(it, &v));
    assert_true(until_now() - start >= 0.1);
    assert_over(it);
    assert_ok(mp_event_set(e));
}

static void shutdown_waits_for_a_map_that_nobody_asks(void **state)
{
    (void)state;
    long xs[3000];
    for (int i = 0; i < 3000; i++)
        xs[i] = i;
    mp_auto(mp_executor) x = mp_executor_new(2);
    mp_auto(mp_iter) it = mp_executor_map(x, square, MP_ARRAY(xs));
    assert_ok(mp_executor_shutdown(x));
    for (long i = 0; i < 3000; i++)
        assert_next(it, i * i);
    assert_over(it);
}

static void shutdown_cuts_off_a_map_with_a_buffer(void **state)
{
    (void)state;
    long v, xs[100];
    for (int i = 0; i < 100; i++)
        xs[i] = i;
    mp_auto(mp_executor) x = mp_executor_new(2);
    mp_auto(mp_iter) it =
        mp_executor_map(x, square, MP_ARRAY(xs), .buffersize = 10);
    assert_next(it, 0);
    assert_ok(mp_executor_shutdown(x));
    for (long i = 1; i <= 10; i++)
        assert_next(it, i * i);
    assert_raises_saying(MP_RUNTIME_ERROR, "after shutdown",
                         mp_iter_next(it, &v));
    assert_over(it);
}

static void shutdown_may_cancel_a_map(void **state)
{
    (void)state;
    long v;
    struct held h = hold_one_worker();
    mp_auto(mp_iter) it = mp_executor_map(h.x, square, MP_LIST(1, 2, 3));
    assert_ok(mp_executor_shutdown(h.x, false, true));
    assert_raises(MP_CANCELLED, mp_iter_next(it, &v));
    assert_over(it);
    release(&h);
}

struct counter {
    int asked;
};

static int count_up(mp_call *c)
{
    struct counter *counter = mp_call_self(c);

    return mp_return(c, counter->asked++);
}

static void buffer_bounds_what_is_asked_of_an_endless_input(void **state)
{
    (void)state;
    struct counter counter = {0};
    mp_auto(mp_executor) x = mp_executor_new(2);
    mp_auto(mp_iter) it = mp_executor_map(x, square, MP_NONE, .next = count_up,
                                          .self = &counter, .buffersize = 5);
    for (long i = 0; i < 50; i++) {
        assert_next(it, i * i);
        assert_in_range(counter.asked, i + 1, i + 5);
    }
}

static void iterator_outlives_its_executor(void **state)
{
    (void)state;
    struct leak_snapshot *before = leak_take();
    mp_executor *x = mp_executor_new(1);
    mp_iter *it = mp_executor_map(x, square, MP_LIST(4, 5));
    mp_executor_free(x);
    assert_next(it, 16);
    assert_next(it, 25);
    assert_over(it);
    mp_iter_free(it);
    assert_no_leak(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_come_in_order),
        cmocka_unit_test(items_may_be_arguments),
        cmocka_unit_test(empty_and_bad_input),
        cmocka_unit_test(failing_item_ends_it),
        cmocka_unit_test(what_has_not_begun_is_cancelled_with_a_failure),
        cmocka_unit_test(what_has_not_begun_is_cancelled_with_the_iterator),
        cmocka_unit_test(dying_worker_ends_a_map_with_its_item),
        cmocka_unit_test(timeout_counts_from_the_call_and_ends_it),
        cmocka_unit_test(shutdown_waits_for_a_map_that_nobody_asks),
        cmocka_unit_test(shutdown_cuts_off_a_map_with_a_buffer),
        cmocka_unit_test(shutdown_may_cancel_a_map),
        cmocka_unit_test(buffer_bounds_what_is_asked_of_an_endless_input),
        cmocka_unit_test(iterator_outlives_its_executor),
    };

    return cmocka_run_group_tests(tests, warm_up, NULL);
}
