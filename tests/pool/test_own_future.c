/*
 * Futures that no executor runs.
 */
#include "futures.h"

#include <pthread.h>

struct notes {
    char text[16];
    size_t n;
};

static int note(mp_call *c, char letter)
{
    struct notes *notes = mp_call_self(c);

    notes->text[notes->n++] = letter;
    return 0;
}

static int note_a(mp_call *c)
{
    return note(c, 'a');
}

static int note_b(mp_call *c)
{
    return note(c, 'b');
}

/* -- of no executor -------------------------------------------------------- */

static void own_future_is_pending_then_running_then_finished(void **state)
{
    (void)state;
    long v;
    mp_auto(mp_future) f = mp_future_new();
    assert_made(f);
    assert_int_equal(mp_future_running(f), 0);
    assert_int_equal(mp_future_done(f), 0);
    assert_raises(MP_TIMEOUT, mp_future_result(f, &v, 0.01));
    assert_int_equal(mp_future_set_running_or_notify_cancel(f), 1);
    assert_int_equal(mp_future_running(f), 1);
    assert_int_equal(mp_future_cancel(f), 0);
    assert_ok(mp_future_set_result(f, 42));
    assert_int_equal(mp_future_running(f), 0);
    assert_int_equal(mp_future_done(f), 1);
    assert_int_equal(result_of(f), 42);
}

static void second_result_is_refused_and_the_first_stays(void **state)
{
    (void)state;
    mp_auto(mp_future) f = mp_future_new();
    assert_ok(mp_future_set_result(f, 1));
    assert_raises(MP_INVALID_STATE, mp_future_set_result(f, "second"));
    assert_raises(MP_INVALID_STATE,
                  mp_future_set_exception(f, MP_KEY_ERROR, "no"));
    assert_raises(MP_RUNTIME_ERROR, mp_future_set_running_or_notify_cancel(f));
    assert_int_equal(mp_future_cancel(f), 0);
    assert_int_equal(result_of(f), 1);
}

static void own_exception_is_raised(void **state)
{
    (void)state;
    mp_auto(mp_future) f = mp_future_new();
    assert_raises(MP_VALUE_ERROR, mp_future_set_exception(f, 3, "x"));
    assert_ok(mp_future_set_exception(f, MP_KEY_ERROR, "no %d", 5));
    assert_raises(MP_INVALID_STATE, mp_future_set_result(f, 1));
    assert_raises_saying(MP_KEY_ERROR, "no 5", mp_future_result(f));
    assert_raises_saying(MP_KEY_ERROR, "no 5", mp_future_exception(f));
}

static void own_cancelled_future_takes_no_result(void **state)
{
    (void)state;
    mp_auto(mp_future) f = mp_future_new();
    assert_int_equal(mp_future_cancel(f), 1);
    assert_int_equal(mp_future_cancelled(f), 1);
    assert_int_equal(mp_future_done(f), 1);
    assert_raises(MP_INVALID_STATE, mp_future_set_result(f, 1));
    assert_int_equal(mp_future_set_running_or_notify_cancel(f), 0);
    assert_raises(MP_RUNTIME_ERROR, mp_future_set_running_or_notify_cancel(f));
    assert_raises(MP_CANCELLED, mp_future_result(f));
}

static void executors_future_is_not_ones_own_to_complete(void **state)
{
    (void)state;
    struct held h = hold_one_worker();
    assert_raises(MP_INVALID_STATE, mp_future_set_result(h.first, 1));
    assert_raises(MP_INVALID_STATE,
                  mp_future_set_exception(h.first, MP_EOF, "x"));
    assert_raises(MP_INVALID_STATE,
                  mp_future_set_running_or_notify_cancel(h.first));
    assert_ok(mp_event_set(h.e));
    assert_int_equal(result_of(h.first), 7);
    release(&h);
}

static int free_it(mp_call *c)
{
    mp_future_free(mp_call_self(c));
    return 0;
}

static void own_callback_runs_at_once_and_may_free_the_handle(void **state)
{
    (void)state;
    struct notes notes = {.n = 0};
    mp_future *f = mp_future_new();
    assert_ok(mp_future_add_done_callback(f, note_a, &notes));
    assert_ok(mp_future_add_done_callback(f, free_it, f));
    assert_ok(mp_future_add_done_callback(f, note_b, &notes));
    assert_ok(mp_future_set_result(f, MP_LIST(1, "two")));
    assert_string_equal(notes.text, "ab");
}

static void
own_future_that_is_never_completed_goes_with_its_callbacks(void **state)
{
    (void)state;
    struct notes notes = {.n = 0};
    mp_future *f = mp_future_new();
    assert_ok(mp_future_add_done_callback(f, note_a, &notes));
    mp_future_free(f);
    assert_int_equal(notes.n, 0);
}

static void *wait_for_it(void *f)
{
    long v = 0;

    return mp_future_result((mp_future *)f, &v, 30) == 0 && v == 5 ? f : NULL;
}

static void own_result_wakes_all_who_wait(void **state)
{
    (void)state;
    pthread_t threads[4];
    mp_auto(mp_future) f = mp_future_new();
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, wait_for_it, f), 0);
    assert_ok(mp_future_set_result(f, 5));
    for (int i = 0; i < 4; i++) {
        void *there = NULL;
        assert_int_equal(pthread_join(threads[i], &there), 0);
        assert_ptr_equal(there, f);
    }
}

static void own_future_may_hold_another(void **state)
{
    (void)state;
    mp_auto(mp_future) outer = mp_future_new();
    mp_future *inner = mp_future_new(), *got = NULL;
    assert_ok(mp_future_set_result(inner, 3));
    assert_ok(mp_future_set_result(outer, inner));
    mp_future_free(inner);
    assert_ok(mp_future_result(outer, &got));
    assert_int_equal(result_of(got), 3);
    mp_future_free(got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_future_is_pending_then_running_then_finished),
        cmocka_unit_test(second_result_is_refused_and_the_first_stays),
        cmocka_unit_test(own_exception_is_raised),
        cmocka_unit_test(own_cancelled_future_takes_no_result),
        cmocka_unit_test(executors_future_is_not_ones_own_to_complete),
        cmocka_unit_test(own_callback_runs_at_once_and_may_free_the_handle),
        cmocka_unit_test(
            own_future_that_is_never_completed_goes_with_its_callbacks),
        cmocka_unit_test(own_result_wakes_all_who_wait),
        cmocka_unit_test(own_future_may_hold_another),
    };

    return cmocka_run_group_tests(tests, warm_up, NULL);
}
