/*
 * Callbacks of futures: in order, late, failing, of handles that are gone.
 */
#include "futures.h"
#include "output.h"

#include <pthread.h>
#include <stdatomic.h>

/* -- callbacks ------------------------------------------------------------- */

struct notes {
    char text[16];
    size_t n;
    pthread_t thread;
    int code;
};

static int note(mp_call *c, char letter)
{
    struct notes *notes = mp_call_self(c);

    notes->text[notes->n++] = letter;
    notes->thread = pthread_self();
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

static void callbacks_come_in_order_on_the_result_thread(void **state)
{
    (void)state;
    struct notes notes = {.n = 0};
    struct held h = hold_one_worker();
    assert_ok(mp_future_add_done_callback(h.first, note_a, &notes));
    assert_ok(mp_future_add_done_callback(h.first, note_b, &notes));
    assert_ok(mp_future_add_done_callback(h.first, note_a, &notes));
    assert_int_equal(notes.n, 0);
    release(&h);
    assert_string_equal(notes.text, "aba");
    assert_false(pthread_equal(notes.thread, pthread_self()));
}

static void callback_added_late_is_called_at_once(void **state)
{
    (void)state;
    struct notes notes = {.n = 0};
    mp_auto(mp_executor) x = mp_executor_new(1);
    mp_auto(mp_future) f = mp_executor_submit(x, square, MP_ARGS(1));
    assert_int_equal(result_of(f), 1);
    assert_ok(mp_future_add_done_callback(f, note_a, &notes));
    assert_string_equal(notes.text, "a");
    assert_true(pthread_equal(notes.thread, pthread_self()));
}

static int ask_the_future(mp_call *c)
{
    mp_future *f;
    long *out = mp_call_self(c);

    MP_TRY(mp_call_args(c, &f));
    if (mp_future_done(f) != 1)
        return mp_raise(c, MP_RUNTIME_ERROR, "it is not done");
    return mp_future_result(f, out, 0);
}

static void callback_may_ask_the_future(void **state)
{
    (void)state;
    long answer = 0;
    struct held h = hold_one_worker();
    assert_ok(mp_future_add_done_callback(h.first, ask_the_future, &answer));
    release(&h);
    assert_int_equal(answer, 7);
}

static void callback_of_a_cancelled_future_is_called(void **state)
{
    (void)state;
    struct notes notes = {.n = 0};
    struct held h = hold_one_worker();
    mp_auto(mp_future) f = mp_executor_submit(h.x, square, MP_ARGS(1));
    assert_ok(mp_future_add_done_callback(f, note_b, &notes));
    assert_int_equal(mp_future_cancel(f), 1);
    release(&h);
    assert_string_equal(notes.text, "b");
}

static void callbacks_are_called_though_the_handle_is_gone(void **state)
{
    (void)state;
    long answer = 0;
    struct held h = hold_one_worker();
    mp_future *f = mp_executor_submit(h.x, square, MP_ARGS(9));
    assert_ok(mp_future_add_done_callback(f, ask_the_future, &answer));
    mp_future_free(f);
    release(&h);
    assert_int_equal(answer, 81);
}

struct other {
    mp_future *f;
    atomic_int refused;
};

static int wait_for_other(mp_call *c)
{
    struct other *other = mp_call_self(c);

    atomic_store(&other->refused,
                 mp_future_result(other->f) == MP_RUNTIME_ERROR);
    return 0;
}

static void callback_cannot_wait_for_its_own_executor(void **state)
{
    (void)state;
    struct held h = hold_one_worker();
    mp_auto(mp_future) f = mp_executor_submit(h.x, square, MP_ARGS(9));
    struct other other = {.f = h.first};
    assert_ok(mp_future_add_done_callback(f, wait_for_other, &other));
    assert_int_equal(mp_future_cancel(f), 1);
    assert_until(atomic_load(&other.refused), 10);
    release(&h);
}

static int fail_in_callbacks(void *arg)
{
    struct notes notes = {.n = 0};
    mp_executor *x = mp_executor_new(1);
    mp_event *e = mp_event_new();
    mp_future *f = mp_executor_submit(x, hold, MP_ARGS(e));
    long v = 0;

    (void)arg;
    if (mp_future_add_done_callback(f, refuse) < 0 ||
        mp_future_add_done_callback(f, note_a, &notes) < 0 ||
        mp_event_set(e) < 0)
        return 2;
    mp_executor_free(x);
    if (mp_future_add_done_callback(f, refuse) < 0)
        return 3;
    if (mp_future_result(f, &v) < 0 || v != 7)
        return 4;
    mp_future_free(f);
    mp_event_free(e);
    return notes.n == 1 ? 0 : 5;
}

static void failing_callback_is_told_and_hurts_nothing(void **state)
{
    (void)state;
    char text[4096];
    assert_int_equal(output_of(fail_in_callbacks, NULL, 20, text, sizeof text),
                     0);
    const char *first = strstr(text, "ValueError: no such luck");
    assert_non_null(first);
    assert_non_null(strstr(first + 1, "ValueError: no such luck"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(callbacks_come_in_order_on_the_result_thread),
        cmocka_unit_test(callback_added_late_is_called_at_once),
        cmocka_unit_test(callback_may_ask_the_future),
        cmocka_unit_test(callback_of_a_cancelled_future_is_called),
        cmocka_unit_test(callbacks_are_called_though_the_handle_is_gone),
        cmocka_unit_test(callback_cannot_wait_for_its_own_executor),
        cmocka_unit_test(failing_callback_is_told_and_hurts_nothing),
    };

    return cmocka_run_group_tests(tests, warm_up, NULL);
}
