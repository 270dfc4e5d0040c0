/*
 * One queue and one process after another: what put and get promise, that a
 * queue ends when it is said to, and that wrong use is answered in words.
 */
#include "child.h"
#include "expect.h"
#include "leak.h"
#include "until.h"

#include <mproc.h>

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Early by less than the clock's grain, late by no more than a busy machine. */
#define assert_took(least_, start_)                          \
    do {                                                     \
        double took_ = until_now() - (start_);               \
        if (took_ < (least_)-0.001 || took_ > (least_) + 2.) \
            fail_msg("took %g s, not %g", took_, (least_));  \
    } while (0)

/* -- first in, first out --------------------------------------------------- */

static void new_queue_is_empty(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    assert_made(q);
    assert_int_equal(mp_queue_empty(q), 1);
    assert_int_equal(mp_queue_full(q), 0);
    assert_int_equal(mp_queue_qsize(q), 0);
}

static void items_come_out_in_the_order_they_went_in(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    for (int i = 0; i < 1000; i++)
        assert_ok(mp_queue_put(q, i));
    for (int i = 0; i < 1000; i++) {
        int n = -1;
        assert_ok(mp_queue_get(q, &n));
        assert_int_equal(n, i);
    }
}

static void item_is_there_as_soon_as_put_returns(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    int n = 0;
    assert_ok(mp_queue_put(q, 7));
    assert_int_equal(mp_queue_empty(q), 0);
    assert_int_equal(mp_queue_qsize(q), 1);
    assert_ok(mp_queue_get_nowait(q, &n));
    assert_int_equal(n, 7);
}

static void qsize_counts_puts_and_gets(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new(3);
    int n;
    for (int i = 0; i < 3; i++)
        assert_ok(mp_queue_put(q, i));
    assert_int_equal(mp_queue_qsize(q), 3);
    assert_ok(mp_queue_get(q, &n));
    assert_int_equal(mp_queue_qsize(q), 2);
}

/* -- full and empty -------------------------------------------------------- */

static void six_items_fill_a_queue_of_six(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new(.maxsize = 6);
    assert_ok(mp_queue_put(q, 1));
    assert_ok(mp_queue_put(q, 2, MP_FOREVER));
    assert_ok(mp_queue_put(q, 3, 1.0));
    assert_ok(mp_queue_put(q, 4, 0));
    assert_ok(mp_queue_put_nowait(q, 5));
    assert_int_equal(mp_queue_full(q), 0);
    assert_ok(mp_queue_put_nowait(q, 6));
    assert_int_equal(mp_queue_full(q), 1);
    assert_int_equal(mp_queue_empty(q), 0);
}

static void put_into_a_full_queue_fails_at_once_without_a_timeout(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new(1);
    assert_ok(mp_queue_put(q, 1));
    double start = until_now();
    assert_raises_saying(MP_FULL, "the queue is full",
                         mp_queue_put_nowait(q, 2));
    assert_raises(MP_FULL, mp_queue_put(q, 2, 0));
    assert_raises(MP_FULL, mp_queue_put(q, 2, -1));
    assert_took(0.0, start);
}

static void put_into_a_full_queue_times_out(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new(1);
    assert_ok(mp_queue_put(q, 1));
    double start = until_now();
    assert_raises(MP_FULL, mp_queue_put(q, 2, 0.15));
    assert_took(0.15, start);
}

static void
get_from_an_empty_queue_fails_at_once_without_a_timeout(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    int n;
    double start = until_now();
    assert_raises_saying(MP_EMPTY, "the queue is empty",
                         mp_queue_get_nowait(q, &n));
    assert_raises(MP_EMPTY, mp_queue_get(q, &n, 0));
    assert_raises(MP_EMPTY, mp_queue_get(q, &n, -0.5));
    assert_took(0.0, start);
}

static void get_from_an_empty_queue_times_out(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    int n;
    double start = until_now();
    assert_raises(MP_EMPTY, mp_queue_get(q, &n, 0.15));
    assert_took(0.15, start);
}

static void failed_get_leaves_its_output_alone(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    int n = 42;
    assert_raises(MP_EMPTY, mp_queue_get(q, &n, 0));
    assert_int_equal(n, 42);
}

static void timeout_that_is_no_number_does_not_wait(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new(1);
    int n;
    assert_raises(MP_EMPTY, mp_queue_get(q, &n, (double)NAN));
    assert_ok(mp_queue_put(q, 1));
    assert_raises(MP_FULL, mp_queue_put(q, 2, (double)NAN));
}

static void *get_one(void *q)
{
    int n = -1;
    return mp_queue_get(q, &n, 20.0) < 0 || n != 5 ? q : NULL;
}

static void get_waits_for_a_put(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    pthread_t thread;
    void *failed;
    pthread_create(&thread, NULL, get_one, q);
    assert_ok(mp_queue_put(q, 5));
    pthread_join(thread, &failed);
    assert_null(failed);
}

static void *put_one(void *q)
{
    return mp_queue_put(q, 5, 20.0) < 0 ? q : NULL;
}

static void put_waits_for_a_get(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new(1);
    pthread_t thread;
    void *failed;
    int n;
    assert_ok(mp_queue_put(q, 4));
    pthread_create(&thread, NULL, put_one, q);
    assert_ok(mp_queue_get(q, &n));
    assert_ok(mp_queue_get(q, &n, 20.0));
    assert_int_equal(n, 5);
    pthread_join(thread, &failed);
    assert_null(failed);
}

/* -- making ---------------------------------------------------------------- */

static void queue_without_maxsize_is_never_full(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    mp_auto(mp_queue) negative = mp_queue_new(-1);
    for (int i = 0; i < 5000; i++) {
        assert_ok(mp_queue_put_nowait(q, i));
        assert_ok(mp_queue_put_nowait(negative, i));
    }
    assert_int_equal(mp_queue_full(q), 0);
    assert_int_equal(mp_queue_full(negative), 0);
}

static void maxsize_above_that_of_a_semaphore_is_refused(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new(INT32_MAX);
    assert_made(q);
    assert_null(mp_queue_new((int64_t)INT32_MAX + 1));
    assert_int_equal(mp_error_last()->code, MP_VALUE_ERROR);
    assert_non_null(strstr(mp_error_last()->message, "2147483648"));
}

static void options_of_an_older_caller_are_filled_with_zero(void **state)
{
    (void)state;
    const mp_queue_opts older = {.size_ = sizeof older.size_, .maxsize = 1};
    mp_auto(mp_queue) q = (mp_queue_new)(&older);
    assert_made(q);
    assert_ok(mp_queue_put(q, 1, 0));
    assert_ok(mp_queue_put(q, 2, 0));
}

static void options_of_a_newer_caller_must_be_zero_where_unknown(void **state)
{
    (void)state;
    struct {
        mp_queue_opts known;
        uint64_t unknown;
    } newer = {{sizeof newer, 1}, 0};
    mp_auto(mp_queue) q = (mp_queue_new)(&newer.known);
    assert_made(q);
    newer.unknown = 1;
    assert_null((mp_queue_new)(&newer.known));
    assert_int_equal(mp_error_last()->code, MP_VALUE_ERROR);
}

static void options_without_a_size_are_refused(void **state)
{
    (void)state;
    const mp_queue_opts none = {.size_ = 0};
    assert_null((mp_queue_new)(&none));
    assert_int_equal(mp_error_last()->code, MP_VALUE_ERROR);
}

static void no_options_at_all_are_the_defaults(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = (mp_queue_new)(NULL);
    assert_made(q);
    assert_int_equal(mp_queue_full(q), 0);
}

static void queues_show_their_class_and_address(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    mp_auto(mp_queue) j = mp_joinable_queue_new();
    char text[64], expected[64];
    snprintf(expected, sizeof expected, "<Queue at %p>", (void *)q);
    mp_repr(q, text, sizeof text);
    assert_string_equal(text, expected);
    mp_repr(j, text, sizeof text);
    assert_memory_equal(text, "<JoinableQueue at 0x", 20);
}

static void every_call_on_null_tells_why_it_is_null(void **state)
{
    (void)state;
    int n, xs[2];
    assert_null(mp_queue_new((int64_t)INT32_MAX + 1));
    assert_raises(MP_VALUE_ERROR, mp_queue_put((mp_queue *)NULL, 1));
    assert_raises(MP_VALUE_ERROR, mp_queue_put_nowait((mp_queue *)NULL, 1));
    assert_raises(MP_VALUE_ERROR, mp_queue_get((mp_queue *)NULL, &n));
    assert_raises(MP_VALUE_ERROR, mp_queue_get_nowait((mp_queue *)NULL, &n));
    assert_raises(MP_VALUE_ERROR, mp_queue_put_many(NULL, MP_LIST(1)));
    assert_raises(MP_VALUE_ERROR, mp_queue_get_many(NULL, MP_INTO_ARRAY(xs)));
    assert_raises(MP_VALUE_ERROR, mp_queue_qsize(NULL));
    assert_raises(MP_VALUE_ERROR, mp_queue_empty(NULL));
    assert_raises(MP_VALUE_ERROR, mp_queue_full(NULL));
    assert_raises(MP_VALUE_ERROR, mp_queue_close(NULL));
    assert_raises(MP_VALUE_ERROR, mp_queue_shutdown((mp_queue *)NULL));
    assert_raises(MP_VALUE_ERROR, mp_queue_task_done(NULL));
    assert_raises(MP_VALUE_ERROR, mp_queue_join((mp_queue *)NULL));
    mp_queue_free(NULL);
}

/* -- ends ------------------------------------------------------------------ */

static void closed_queue_answers_value_error_at_once(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new(1);
    int n, xs[2];
    assert_ok(mp_queue_put(q, 1));
    assert_ok(mp_queue_close(q));
    assert_raises_saying(MP_VALUE_ERROR, "closed", mp_queue_put(q, 1));
    assert_raises(MP_VALUE_ERROR, mp_queue_get(q, &n));
    assert_raises(MP_VALUE_ERROR, mp_queue_put_many(q, MP_LIST(1)));
    assert_raises(MP_VALUE_ERROR, mp_queue_get_many(q, MP_INTO_ARRAY(xs)));
    assert_raises(MP_VALUE_ERROR, mp_queue_qsize(q));
    assert_raises(MP_VALUE_ERROR, mp_queue_empty(q));
    assert_raises(MP_VALUE_ERROR, mp_queue_full(q));
    assert_raises(MP_VALUE_ERROR, mp_queue_shutdown(q));
    assert_ok(mp_queue_close(q));
}

static int close_after_a_put(void *q)
{
    return mp_queue_put(q, 1) < 0 || mp_queue_close(q) < 0 ||
           mp_queue_put(q, 2) != MP_VALUE_ERROR;
}

static void close_is_for_the_calling_process_only(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    int n = 0;
    assert_int_equal(child_run(close_after_a_put, q, 20.0), 0);
    assert_ok(mp_queue_put(q, 2));
    assert_ok(mp_queue_get(q, &n, 0));
    assert_int_equal(n, 1);
}

static void shut_down_queue_takes_no_more_and_gives_what_it_has(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    int n = 0;
    assert_ok(mp_queue_put(q, 1));
    assert_ok(mp_queue_shutdown(q));
    assert_raises_saying(MP_SHUT_DOWN, "shut down", mp_queue_put(q, 2));
    assert_ok(mp_queue_get(q, &n));
    assert_int_equal(n, 1);
    assert_raises(MP_SHUT_DOWN, mp_queue_get(q, &n));
}

static void immediate_shutdown_drops_what_is_there(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    int n = 0;
    assert_ok(mp_queue_put(q, 1));
    assert_ok(mp_queue_shutdown(q, true));
    assert_int_equal(mp_queue_qsize(q), 0);
    assert_raises(MP_SHUT_DOWN, mp_queue_get(q, &n));
    assert_raises(MP_SHUT_DOWN, mp_queue_put(q, 1));
}

static int get_until_shut_down(void *q)
{
    int n;
    return mp_queue_get(q, &n) == MP_SHUT_DOWN ? 0 : 1;
}

static int put_until_shut_down(void *q)
{
    return mp_queue_put(q, 1) == MP_SHUT_DOWN ? 0 : 1;
}

static void shutdown_wakes_all_who_wait(void **state)
{
    (void)state;
    mp_auto(mp_queue) empty = mp_queue_new();
    mp_auto(mp_queue) full = mp_queue_new(1);
    pid_t pids[4];
    assert_ok(mp_queue_put(full, 0));
    for (int i = 0; i < 4; i++)
        pids[i] = i % 2 ? child_start(get_until_shut_down, empty)
                        : child_start(put_until_shut_down, full);
    assert_ok(mp_queue_shutdown(empty));
    assert_ok(mp_queue_shutdown(full));
    for (int i = 0; i < 4; i++)
        assert_int_equal(child_wait(pids[i], 20.0), 0);
}

/* -- processes ------------------------------------------------------------- */

static int put_ten_to_nineteen(void *q)
{
    for (int i = 10; i < 20; i++)
        if (mp_queue_put(q, i) < 0)
            return 1;
    return 0;
}

static void items_of_parent_and_child_come_in_order(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    int n;
    for (int i = 0; i < 10; i++)
        assert_ok(mp_queue_put(q, i));
    assert_int_equal(child_run(put_ten_to_nineteen, q, 20.0), 0);
    for (int i = 0; i < 20; i++) {
        assert_ok(mp_queue_get(q, &n, 0));
        assert_int_equal(n, i);
    }
    assert_raises(MP_EMPTY, mp_queue_get(q, &n, 0));
}

static int put_much_and_die(void *q)
{
    char text[1000];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    for (int i = 0; i < 5000; i++)
        if (mp_queue_put(q, text) < 0)
            return 1;
    raise(SIGKILL);
    return 2;
}

static void items_stay_when_their_producer_is_killed(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    char *text;
    assert_int_equal(child_run(put_much_and_die, q, 20.0), -SIGKILL);
    assert_int_equal(mp_queue_qsize(q), 5000);
    for (int i = 0; i < 5000; i++) {
        assert_ok(mp_queue_get(q, &text, 0));
        assert_int_equal(strlen(text), 999);
        free(text);
    }
}

static void queue_leaves_nothing_behind(void **state)
{
    (void)state;
    mp_queue_free(mp_queue_new()); /* what all of them share, once */
    struct leak_snapshot *before = leak_take();
    for (int i = 0; i < 100; i++) {
        mp_auto(mp_queue) q = mp_queue_new(i);
        assert_ok(mp_queue_put(q, "text"));
    }
    assert_no_leak(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_queue_is_empty),
        cmocka_unit_test(items_come_out_in_the_order_they_went_in),
        cmocka_unit_test(item_is_there_as_soon_as_put_returns),
        cmocka_unit_test(qsize_counts_puts_and_gets),
        cmocka_unit_test(six_items_fill_a_queue_of_six),
        cmocka_unit_test(put_into_a_full_queue_fails_at_once_without_a_timeout),
        cmocka_unit_test(put_into_a_full_queue_times_out),
        cmocka_unit_test(
            get_from_an_empty_queue_fails_at_once_without_a_timeout),
        cmocka_unit_test(get_from_an_empty_queue_times_out),
        cmocka_unit_test(failed_get_leaves_its_output_alone),
        cmocka_unit_test(timeout_that_is_no_number_does_not_wait),
        cmocka_unit_test(get_waits_for_a_put),
        cmocka_unit_test(put_waits_for_a_get),
        cmocka_unit_test(queue_without_maxsize_is_never_full),
        cmocka_unit_test(maxsize_above_that_of_a_semaphore_is_refused),
        cmocka_unit_test(options_of_an_older_caller_are_filled_with_zero),
        cmocka_unit_test(options_of_a_newer_caller_must_be_zero_where_unknown),
        cmocka_unit_test(options_without_a_size_are_refused),
        cmocka_unit_test(no_options_at_all_are_the_defaults),
        cmocka_unit_test(queues_show_their_class_and_address),
        cmocka_unit_test(every_call_on_null_tells_why_it_is_null),
        cmocka_unit_test(closed_queue_answers_value_error_at_once),
        cmocka_unit_test(close_is_for_the_calling_process_only),
        cmocka_unit_test(shut_down_queue_takes_no_more_and_gives_what_it_has),
        cmocka_unit_test(immediate_shutdown_drops_what_is_there),
        cmocka_unit_test(shutdown_wakes_all_who_wait),
        cmocka_unit_test(items_of_parent_and_child_come_in_order),
        cmocka_unit_test(items_stay_when_their_producer_is_killed),
        cmocka_unit_test(queue_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
