/*
 * Callbacks: called once each, in the result thread, before the result is
 * ready; and what they may do.
 */
#include "child.h"
#include "tasks.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

struct calls {
    _Atomic int results;
    _Atomic int errors;
    _Atomic long sum;
    _Atomic int code;
    char text[200];
    mp_pool *pool;
    mp_result *other;
    _Atomic int rc;
    _Atomic unsigned long thread;
};

static int on_result(mp_call *c)
{
    struct calls *calls = mp_call_self(c);
    long y;
    MP_TRY(mp_call_args(c, &y));
    calls->sum += y;
    calls->thread = (unsigned long)pthread_self();
    calls->results++;
    return 0;
}

static int on_error(mp_call *c)
{
    struct calls *calls = mp_call_self(c);
    const char *text;
    int code;
    MP_TRY(mp_call_args(c, &code, &text));
    snprintf(calls->text, sizeof calls->text, "%s", text);
    calls->code = code;
    calls->errors++;
    return 0;
}

static void callback_has_the_result_before_it_is_ready(void **state)
{
    mp_pool *pool = *state;
    struct calls calls = {0};
    for (int i = 1; i <= 100; i++) {
        mp_auto(mp_result) r =
            mp_pool_apply_async(pool, square, MP_ARGS(2), .callback = on_result,
                                .error_callback = on_error, .self = &calls);
        assert_ok(mp_result_wait(r, PATIENCE));
        assert_int_equal(calls.results, i);
    }
    assert_int_equal(calls.sum, 400);
    assert_int_equal(calls.errors, 0);
    assert_true(calls.thread != (unsigned long)pthread_self());
}

static void error_callback_has_the_code_and_the_text(void **state)
{
    mp_pool *pool = *state;
    struct calls calls = {0};
    mp_auto(mp_result) r = mp_pool_apply_async(
        pool, refuse_negative, MP_ARGS(-7), .callback = on_result,
        .error_callback = on_error, .self = &calls);
    assert_ok(mp_result_wait(r, PATIENCE));
    assert_int_equal(calls.errors, 1);
    assert_int_equal(calls.results, 0);
    assert_int_equal(calls.code, MP_VALUE_ERROR);
    assert_string_equal(calls.text, "x=-7 is negative");
}

static int on_results(mp_call *c)
{
    struct calls *calls = mp_call_self(c);
    long ys[3];
    MP_TRY(mp_call_args(c, MP_INTO_ARRAY(ys)));
    calls->sum += ys[0] + ys[1] + ys[2];
    calls->results++;
    return 0;
}

static void callback_of_a_map_is_called_once_with_all(void **state)
{
    mp_pool *pool = *state;
    struct calls calls = {0};
    long xs[] = {1, 2, 3};
    mp_auto(mp_result) r = mp_pool_map_async(
        pool, square, MP_ARRAY(xs), .callback = on_results, .self = &calls);
    assert_ok(mp_result_wait(r, PATIENCE));
    assert_int_equal(calls.results, 1);
    assert_int_equal(calls.sum, 14);
}

static void error_callback_of_a_map_is_called_once(void **state)
{
    mp_pool *pool = *state;
    struct calls calls = {0};
    long xs[] = {-1, -2, -3, -4};
    mp_auto(mp_result) r = mp_pool_map_async(
        pool, refuse_negative, MP_ARRAY(xs), .callback = on_results,
        .error_callback = on_error, .self = &calls);
    assert_ok(mp_result_wait(r, PATIENCE));
    assert_int_equal(calls.errors, 1);
    assert_int_equal(calls.results, 0);
}

static void lost_worker_is_told_by_the_error_callback(void **state)
{
    mp_pool *pool = *state;
    struct calls calls = {0};
    mp_auto(mp_result) r = mp_pool_apply_async(
        pool, kill_itself, MP_NONE, .error_callback = on_error, .self = &calls);
    assert_ok(mp_result_wait(r, PATIENCE));
    assert_int_equal(calls.code, MP_WORKER_LOST);
}

static int raise_key_error(mp_call *c)
{
    (void)mp_call_argc(c);
    return mp_raise(c, MP_KEY_ERROR, "in the callback");
}

static void p5_error_in_a_callback_is_the_jobs_and_harms_nobody(void **state)
{
    mp_pool *pool = *state;
    for (int i = 0; i < 10; i++) {
        mp_auto(mp_result) r = mp_pool_apply_async(pool, square, MP_ARGS(2),
                                                   .callback = raise_key_error);
        assert_raises_saying(MP_KEY_ERROR, "in the callback",
                             mp_result_get(r, (long *)NULL, PATIENCE));
    }
    assert_works(pool);
}

static int be_slow(mp_call *c)
{
    (void)mp_call_argc(c);
    usleep(150000);
    return 0;
}

/* Who waits collects for all; the callback is called by another thread. */
static void result_is_had_when_a_slow_callback_is_done(void **state)
{
    mp_pool *pool = *state;
    long y = 0;
    mp_auto(mp_result) r =
        mp_pool_apply_async(pool, square, MP_ARGS(3), .callback = be_slow);
    double began = until_now();
    assert_ok(mp_result_get(r, &y, PATIENCE));
    assert_true(until_now() - began < 5);
    assert_int_equal(y, 9);
    assert_ok(mp_pool_apply(pool, square, MP_ARGS(4), &y, .callback = be_slow));
    assert_int_equal(y, 16);
}

static int submit_another(mp_call *c)
{
    struct calls *calls = mp_call_self(c);
    (void)mp_call_argc(c);
    for (int i = 0; i < 10; i++)
        mp_result_free(mp_pool_apply_async(calls->pool, square, MP_ARGS(i),
                                           .callback = on_result,
                                           .self = calls));
    return 0;
}

static void callback_may_submit_even_beyond_max_pending(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(1, .max_pending = 2);
    struct calls calls = {.pool = pool};
    mp_auto(mp_result) r = mp_pool_apply_async(
        pool, square, MP_ARGS(1), .callback = submit_another, .self = &calls);
    assert_ok(mp_result_wait(r, PATIENCE));
    assert_until(calls.results == 10, PATIENCE);
    assert_int_equal(calls.sum, 285);
}

static int wait_for_another(mp_call *c)
{
    struct calls *calls = mp_call_self(c);
    (void)mp_call_argc(c);
    calls->rc = mp_result_wait(calls->other, PATIENCE);
    return 0;
}

static void callback_is_refused_to_wait_for_a_result(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(1);
    struct calls calls = {.pool = pool};
    mp_auto(mp_result) r =
        mp_pool_apply_async(pool, await_flag, MP_NONE,
                            .callback = wait_for_another, .self = &calls);
    mp_auto(mp_result) other = mp_pool_apply_async(pool, square, MP_ARGS(1));
    calls.other = other;
    mp_auto(mp_result) late =
        mp_pool_apply_async(pool, begin_and_sleep, MP_NONE);
    calls.other = late;
    board->flag = 1;
    assert_ok(mp_result_wait(r, PATIENCE));
    assert_int_equal(calls.rc, MP_RUNTIME_ERROR);
}

/* -- the end from within --------------------------------------------------- */

static int close_pool(mp_call *c)
{
    struct calls *calls = mp_call_self(c);
    (void)mp_call_argc(c);
    calls->rc = mp_pool_close(calls->pool);
    return 0;
}

static int terminate_pool(mp_call *c)
{
    struct calls *calls = mp_call_self(c);
    (void)mp_call_argc(c);
    calls->rc = mp_pool_terminate(calls->pool);
    return 0;
}

static int join_pool(mp_call *c)
{
    struct calls *calls = mp_call_self(c);
    (void)mp_call_argc(c);
    (void)mp_pool_close(calls->pool);
    calls->rc = mp_pool_join(calls->pool);
    return 0;
}

static void p15_callback_may_close_the_pool(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(2);
    struct calls calls = {.pool = pool, .rc = -1};
    mp_result_free(mp_pool_apply_async(pool, square, MP_ARGS(1),
                                       .callback = close_pool, .self = &calls));
    assert_until(calls.rc == 0, PATIENCE);
    assert_ok(mp_pool_join(pool, PATIENCE));
}

static void p15_error_callback_may_terminate_the_pool(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(2);
    struct calls calls = {.pool = pool, .rc = -1};
    mp_auto(mp_result) stuck =
        mp_pool_apply_async(pool, begin_and_sleep, MP_NONE);
    mp_result_free(mp_pool_apply_async(pool, refuse_negative, MP_ARGS(-1),
                                       .error_callback = terminate_pool,
                                       .self = &calls));
    assert_until(calls.rc == 0, PATIENCE);
    assert_raises(MP_CANCELLED, mp_result_get(stuck, (long *)NULL, PATIENCE));
    assert_ok(mp_pool_join(pool, PATIENCE));
}

static void p15_callback_is_refused_to_join_the_pool(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(2);
    struct calls calls = {.pool = pool, .rc = -1};
    mp_result_free(mp_pool_apply_async(pool, square, MP_ARGS(1),
                                       .callback = join_pool, .self = &calls));
    assert_until(calls.rc == MP_RUNTIME_ERROR, PATIENCE);
    assert_ok(mp_pool_join(pool, PATIENCE));
}

static int leave_in_a_callback(void *arg)
{
    mp_pool *pool = mp_pool_new(2);
    (void)arg;
    mp_result *r =
        mp_pool_apply_async(pool, square, MP_ARGS(5), .callback = end_by);
    (void)mp_result_wait(r, PATIENCE);
    return 1;
}

static void exit_in_a_callback_ends_the_program(void **state)
{
    (void)state;
    assert_int_equal(child_run(leave_in_a_callback, NULL, PATIENCE), 25);
}

static void callbacks_of_a_terminated_pool_are_told(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(1);
    struct calls calls = {0};
    for (int i = 0; i < 10; i++)
        mp_result_free(mp_pool_apply_async(
            pool, begin_and_sleep, MP_NONE, .callback = on_result,
            .error_callback = on_error, .self = &calls));
    assert_ok(mp_pool_terminate(pool));
    assert_ok(mp_pool_join(pool, PATIENCE));
    assert_int_equal(calls.errors, 10);
    assert_int_equal(calls.code, MP_CANCELLED);
}

/* -- progress -------------------------------------------------------------- */

static int note_progress(mp_call *c)
{
    struct calls *calls = mp_call_self(c);
    long done, total;
    MP_TRY(mp_call_args(c, &done, &total));
    if (done < calls->sum || total != 500)
        calls->errors++;
    calls->sum = done;
    return 0;
}

static void progress_goes_up_to_the_end(void **state)
{
    mp_pool *pool = *state;
    struct calls calls = {0};
    static long xs[500];
    assert_ok(mp_pool_map(pool, square, MP_ARRAY(xs), MP_INTO_ARRAY(xs),
                          .progress = note_progress, .self = &calls));
    assert_int_equal(calls.sum, 500);
    assert_int_equal(calls.errors, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(callback_has_the_result_before_it_is_ready),
        with_pool(error_callback_has_the_code_and_the_text),
        with_pool(callback_of_a_map_is_called_once_with_all),
        with_pool(error_callback_of_a_map_is_called_once),
        with_pool(lost_worker_is_told_by_the_error_callback),
        with_pool(p5_error_in_a_callback_is_the_jobs_and_harms_nobody),
        with_pool(result_is_had_when_a_slow_callback_is_done),
        with_pool(callback_may_submit_even_beyond_max_pending),
        with_pool(callback_is_refused_to_wait_for_a_result),
        with_pool(p15_callback_may_close_the_pool),
        with_pool(p15_error_callback_may_terminate_the_pool),
        with_pool(p15_callback_is_refused_to_join_the_pool),
        with_pool(exit_in_a_callback_ends_the_program),
        with_pool(callbacks_of_a_terminated_pool_are_told),
        with_pool(progress_goes_up_to_the_end),
    };

    return cmocka_run_group_tests(tests, make_pool, free_pool);
}
