/*
 * apply and apply_async: one call, its arguments of all kinds and sizes, its
 * result or its error.
 */
#include "tasks.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

/* -- values ---------------------------------------------------------------- */

static void apply_answers_with_the_result(void **state)
{
    mp_pool *pool = *state;
    long y = 0;
    assert_ok(mp_pool_apply(pool, square, MP_ARGS(12), &y));
    assert_int_equal(y, 144);
}

static void apply_needs_no_arguments_and_no_place(void **state)
{
    mp_pool *pool = *state;
    long pid = 0;
    assert_ok(mp_pool_apply(pool, tell_pid));
    assert_ok(mp_pool_apply(pool, tell_pid, MP_NONE, &pid));
    assert_true(pid > 0 && pid != getpid());
}

static int add_keywords(mp_call *c)
{
    long a, b = 10, times = 1;
    MP_TRY(mp_call_args(c, &a));
    MP_TRY(mp_call_kwarg(c, "b", &b));
    MP_TRY(mp_call_kwarg(c, "times", &times));
    return mp_return(c, (a + b) * times);
}

static void keywords_reach_the_task(void **state)
{
    mp_pool *pool = *state;
    long y;
    assert_ok(mp_pool_apply(pool, add_keywords, MP_ARGS(1), &y,
                            .kwargs = MP_DICT("b", 2, "times", 5)));
    assert_int_equal(y, 15);
    assert_ok(mp_pool_apply(pool, add_keywords, MP_ARGS(1), &y));
    assert_int_equal(y, 11);
    assert_raises_saying(MP_TYPE_ERROR, "unexpected keyword argument 'c'",
                         mp_pool_apply(pool, add_keywords, MP_ARGS(1), &y,
                                       .kwargs = MP_DICT("c", 2)));
}

static void wrong_number_of_arguments_is_an_error_of_the_task(void **state)
{
    mp_pool *pool = *state;
    long y = -1;
    assert_raises_saying(MP_TYPE_ERROR, "takes 1 positional argument but 2",
                         mp_pool_apply(pool, square, MP_ARGS(1, 2), &y));
    assert_int_equal(y, -1);
    assert_works(pool);
}

static void arguments_must_be_a_tuple_and_keywords_a_dict(void **state)
{
    mp_pool *pool = *state;
    assert_raises(MP_TYPE_ERROR, mp_pool_apply(pool, square, mp_any_int(1)));
    assert_raises(MP_TYPE_ERROR,
                  mp_pool_apply(pool, square, MP_NONE, (mp_any *)NULL,
                                .kwargs = mp_any_int(1)));
    assert_raises(MP_VALUE_ERROR, mp_pool_apply(pool, NULL, MP_ARGS(1)));
}

static void result_of_another_type_stays_and_may_be_asked_again(void **state)
{
    mp_pool *pool = *state;
    mp_auto(mp_result) r = mp_pool_apply_async(pool, square, MP_ARGS(3));
    char *s = NULL;
    long y;
    assert_raises(MP_TYPE_ERROR, mp_result_get(r, &s));
    assert_null(s);
    assert_ok(mp_result_get(r, &y));
    assert_ok(mp_result_get(r, &y));
    assert_int_equal(y, 9);
}

static void values_of_all_sizes_come_back_as_they_went(void **state)
{
    mp_pool *pool = *state;
    static char data[3000000];
    memset(data, 'x', sizeof data);
    for (size_t n = 0; n < sizeof data; n = n * 3 + 1) {
        mp_bytes back;
        assert_ok(mp_pool_apply(pool, echo, MP_ARGS(MP_BYTES(data, n)), &back));
        assert_int_equal(back.size, n);
        assert_memory_equal(back.data, data, n);
        free(back.data);
    }
}

static void hundred_megabytes_go_and_come_back(void **state)
{
    mp_pool *pool = *state;
    size_t n = (size_t)100 << 20;
    char *data = malloc(n);
    mp_bytes back;
    memset(data, 7, n);
    assert_ok(mp_pool_apply(pool, echo, MP_ARGS(MP_BYTES(data, n)), &back));
    assert_int_equal(back.size, n);
    assert_memory_equal(back.data, data, n);
    free(back.data);
    free(data);
    assert_works(pool);
}

/* -- errors ---------------------------------------------------------------- */

static int raise_own(mp_call *c)
{
    (void)c;
    return mp_raise_as(c, MP_USER - 3, "OvenError", "too hot: %d", 300);
}

static void error_comes_back_as_it_was_raised(void **state)
{
    mp_pool *pool = *state;
    assert_raises_saying(MP_USER - 3, "too hot: 300",
                         mp_pool_apply(pool, raise_own));
    assert_string_equal(mp_error_last()->type, "OvenError");
    assert_true(mp_error_last()->pid != getpid());
    assert_non_null(strstr(mp_error_last()->traceback, "raise_own"));
}

static int raise_long(mp_call *c)
{
    char text[900];
    memset(text, 'e', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    return mp_raise(c, MP_VALUE_ERROR, "%s", text);
}

static void p4_error_is_data_and_harms_nobody(void **state)
{
    mp_pool *pool = *state;
    for (int i = 0; i < 20; i++)
        assert_raises_saying(MP_VALUE_ERROR, "eeee",
                             mp_pool_apply(pool, raise_long));
    assert_works(pool);
}

/* A list in a list in a list ...: too deep to be sent. */
enum { TOO_DEEP = 5000 };

static mp_any deep(mp_any *levels)
{
    levels[0] = MP_EMPTY_LIST;
    for (int i = 1; i < TOO_DEEP; i++)
        levels[i] = mp_any_list(&levels[i - 1], 1);
    return levels[TOO_DEEP - 1];
}

static void arguments_that_cannot_be_sent_are_an_error_at_once(void **state)
{
    mp_pool *pool = *state;
    mp_any *levels = calloc(TOO_DEEP, sizeof *levels);
    for (int i = 0; i < 20; i++) {
        assert_null(mp_pool_apply_async(pool, echo, MP_ARGS(deep(levels))));
        assert_int_equal(mp_error_last()->code, MP_VALUE_ERROR);
    }
    free(levels);
    assert_works(pool);
}

static int return_unsendable(mp_call *c)
{
    mp_any *levels = calloc(TOO_DEEP, sizeof *levels);
    int rc = mp_return(c, deep(levels));
    free(levels);
    return rc;
}

static void results_that_cannot_be_sent_are_errors_twenty_times(void **state)
{
    mp_pool *pool = *state;
    for (int i = 0; i < 20; i++)
        assert_raises(MP_VALUE_ERROR, mp_pool_apply(pool, return_unsendable));
    assert_works(pool);
}

/* -- results that are not there yet ---------------------------------------- */

static void get_gives_up_after_its_timeout(void **state)
{
    mp_pool *pool = *state;
    mp_auto(mp_result) r = mp_pool_apply_async(pool, await_flag, MP_NONE);
    double began = until_now();
    assert_raises(MP_TIMEOUT, mp_result_get(r, (long *)NULL, 0.1));
    assert_true(until_now() - began >= 0.1);
    assert_raises(MP_TIMEOUT, mp_result_wait(r, 0));
    assert_raises(MP_TIMEOUT, mp_result_wait(r, -1));
    assert_int_equal(mp_result_ready(r), 0);
    assert_raises(MP_VALUE_ERROR, mp_result_successful(r));
    board->flag = 1;
    assert_ok(mp_result_wait(r, PATIENCE));
    assert_int_equal(mp_result_ready(r), 1);
    assert_int_equal(mp_result_successful(r), 1);
}

static void failed_task_is_ready_and_not_successful(void **state)
{
    mp_pool *pool = *state;
    mp_auto(mp_result) r =
        mp_pool_apply_async(pool, refuse_negative, MP_ARGS(-1));
    assert_ok(mp_result_wait(r, PATIENCE));
    assert_int_equal(mp_result_ready(r), 1);
    assert_int_equal(mp_result_successful(r), 0);
}

static void p10_thousand_results_wait_until_somebody_asks(void **state)
{
    mp_pool *pool = *state;
    enum { N = 1000 };
    static mp_result *rs[N];
    for (long i = 0; i < N; i++)
        rs[i] = mp_pool_apply_async(pool, square, MP_ARGS(i));
    for (long i = N - 1; i >= 0; i--) {
        long y;
        assert_ok(mp_result_get(rs[i], &y));
        assert_int_equal(y, i * i);
        mp_result_free(rs[i]);
    }
}

static void result_may_be_given_back_before_the_task_ends(void **state)
{
    mp_pool *pool = *state;
    for (int i = 0; i < 100; i++)
        mp_result_free(mp_pool_apply_async(pool, count_in, MP_NONE));
    assert_until(board->begun == 100, PATIENCE);
}

static void task_behind_one_without_end_is_done_by_another_worker(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(2);
    for (int i = 0; i < 500; i++)
        assert_works(pool);
    mp_result_free(mp_pool_apply_async(pool, begin_and_sleep, MP_NONE));
    for (int i = 0; i < 50; i++)
        assert_works(pool);
}

/* -- cancelling ------------------------------------------------------------ */

static void p38_cancel_ends_a_running_task_with_its_worker(void **state)
{
    mp_pool *pool = *state;
    mp_auto(mp_result) r = mp_pool_apply_async(pool, begin_and_sleep, MP_NONE);
    assert_until(board->begun == 1, PATIENCE);
    assert_int_equal(mp_result_cancel(r), 1);
    assert_raises(MP_CANCELLED, mp_result_get(r));
    assert_int_equal(mp_result_cancel(r), 0);
    assert_until(kill(board->pid, 0) < 0, PATIENCE);
    assert_works(pool);
}

static void cancelled_before_it_began_it_never_begins(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(1);
    mp_auto(mp_result) first = mp_pool_apply_async(pool, await_flag, MP_NONE);
    mp_auto(mp_result) r = mp_pool_apply_async(pool, count_in, MP_NONE);
    assert_int_equal(mp_result_cancel(r), 1);
    board->flag = 1;
    assert_ok(mp_result_wait(first, PATIENCE));
    assert_works(pool);
    assert_raises(MP_CANCELLED, mp_result_get(r));
    assert_int_equal(board->begun, 1);
}

static void *cancel_soon(void *r)
{
    usleep(50000);
    (void)mp_result_cancel(r);
    return NULL;
}

/* Nothing else happens in the pool that would wake who waits. */
static void cancel_wakes_who_waits_for_the_result(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(1);
    mp_auto(mp_result) first =
        mp_pool_apply_async(pool, begin_and_sleep, MP_NONE);
    mp_auto(mp_result) r = mp_pool_apply_async(pool, count_in, MP_NONE);
    pthread_t thread;
    assert_made(first);
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, r), 0);
    assert_raises(MP_CANCELLED, mp_result_get(r, (long *)NULL, PATIENCE));
    pthread_join(thread, NULL);
}

static void done_task_cannot_be_cancelled(void **state)
{
    mp_pool *pool = *state;
    mp_auto(mp_result) r = mp_pool_apply_async(pool, square, MP_ARGS(2));
    long y;
    assert_ok(mp_result_get(r, &y));
    assert_int_equal(mp_result_cancel(r), 0);
    assert_ok(mp_result_get(r, &y));
}

/* -- pools in pools, and of threads ---------------------------------------- */

static int apply_in_a_pool_of_its_own(mp_call *c)
{
    long x, y;
    MP_TRY(mp_call_args(c, &x));
    mp_auto(mp_pool) inner = mp_pool_new(2);
    if (inner == NULL)
        return mp_error_last()->code;
    MP_TRY(mp_pool_apply(inner, square, MP_ARGS(x), &y));
    return mp_return(c, y);
}

static void p39_worker_may_have_a_pool_of_its_own(void **state)
{
    mp_pool *pool = *state;
    long xs[] = {1, 2, 3, 4}, ys[4];
    assert_ok(mp_pool_map(pool, apply_in_a_pool_of_its_own, MP_ARRAY(xs),
                          MP_INTO_ARRAY(ys)));
    for (int i = 0; i < 4; i++)
        assert_int_equal(ys[i], xs[i] * xs[i]);
}

static int make_inner_and_sleep(mp_call *c)
{
    mp_auto(mp_pool) inner = mp_pool_new(1);
    mp_result_free(mp_pool_apply_async(inner, begin_and_sleep, MP_NONE));
    return sleep_for_ever(c);
}

static void p39_inner_workers_end_with_the_outer_one(void **state)
{
    mp_pool *pool = *state;
    mp_auto(mp_result) r =
        mp_pool_apply_async(pool, make_inner_and_sleep, MP_NONE);
    assert_until(board->begun == 1, PATIENCE);
    assert_int_equal(mp_result_cancel(r), 1);
    assert_until(kill(board->pid, 0) < 0, PATIENCE);
}

static int use_worker_state(mp_call *c)
{
    long *count = *mp_worker_state();
    if (count == NULL)
        *mp_worker_state() = count = calloc(1, sizeof *count);
    return mp_return(c, MP_TUPLE((long)mp_worker_index(), ++*count));
}

static void worker_has_an_index_and_a_place_of_its_own(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(1);
    long index, count;
    assert_int_equal(mp_worker_index(), -1);
    assert_null(mp_worker_state());
    for (int i = 1; i <= 3; i++) {
        assert_ok(mp_pool_apply(pool, use_worker_state, MP_NONE,
                                MP_UNPACK(&index, &count)));
        assert_int_equal(index, 0);
        assert_int_equal(count, i);
    }
}

static void *apply_many(void *arg)
{
    mp_pool *pool = arg;
    for (long i = 0; i < 300; i++) {
        long y = -1;
        if (mp_pool_apply(pool, square, MP_ARGS(i), &y) < 0 || y != i * i)
            return arg;
    }
    return NULL;
}

static void many_threads_may_use_one_pool(void **state)
{
    mp_pool *pool = *state;
    pthread_t threads[6];
    for (int i = 0; i < 6; i++)
        pthread_create(&threads[i], NULL, apply_many, pool);
    for (int i = 0; i < 6; i++) {
        void *failed;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
}

/* -- all of them ----------------------------------------------------------- */

static int take_two(mp_call *c)
{
    const char *s;
    int x;
    MP_TRY(mp_call_args(c, &x, &s));
    return mp_return(c, x);
}

static int count_args(mp_call *c)
{
    return mp_return(c, (long)mp_call_argc(c));
}

static void ints_as_arguments_are_like_all_others(void **state)
{
    long n;

    assert_ok(mp_pool_apply(*state, count_args, MP_ARGS(1, 2, 3), &n));
    assert_int_equal(n, 3);
    assert_raises_saying(MP_TYPE_ERROR, "argument 2: expected str, got int",
                         mp_pool_apply(*state, take_two, MP_ARGS(1, 2)));
    assert_raises_saying(MP_TYPE_ERROR, "takes 2 positional arguments but 3",
                         mp_pool_apply(*state, take_two, MP_ARGS(1, 2, 3)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(apply_answers_with_the_result),
        with_pool(apply_needs_no_arguments_and_no_place),
        with_pool(keywords_reach_the_task),
        with_pool(ints_as_arguments_are_like_all_others),
        with_pool(wrong_number_of_arguments_is_an_error_of_the_task),
        with_pool(arguments_must_be_a_tuple_and_keywords_a_dict),
        with_pool(result_of_another_type_stays_and_may_be_asked_again),
        with_pool(values_of_all_sizes_come_back_as_they_went),
        with_pool(hundred_megabytes_go_and_come_back),
        with_pool(error_comes_back_as_it_was_raised),
        with_pool(p4_error_is_data_and_harms_nobody),
        with_pool(arguments_that_cannot_be_sent_are_an_error_at_once),
        with_pool(results_that_cannot_be_sent_are_errors_twenty_times),
        with_pool(get_gives_up_after_its_timeout),
        with_pool(failed_task_is_ready_and_not_successful),
        with_pool(p10_thousand_results_wait_until_somebody_asks),
        with_pool(result_may_be_given_back_before_the_task_ends),
        with_pool(task_behind_one_without_end_is_done_by_another_worker),
        with_pool(p38_cancel_ends_a_running_task_with_its_worker),
        with_pool(cancelled_before_it_began_it_never_begins),
        with_pool(cancel_wakes_who_waits_for_the_result),
        with_pool(done_task_cannot_be_cancelled),
        with_pool(p39_worker_may_have_a_pool_of_its_own),
        with_pool(p39_inner_workers_end_with_the_outer_one),
        with_pool(worker_has_an_index_and_a_place_of_its_own),
        with_pool(many_threads_may_use_one_pool),
    };

    return cmocka_run_group_tests(tests, make_pool, free_pool);
}
