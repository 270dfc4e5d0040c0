/* ctest-label: thread */
/*
 * What a thread object is made of: its arguments, its name and its daemon flag,
 * good and bad.
 */
#include "expect.h"

#include <mproc.h>

#include <stdio.h>
#include <string.h>

static int do_nothing(mp_call *c)
{
    (void)c;
    return 0;
}

/* A thread that stays until it is let go. */
static int wait_for_event(mp_call *c)
{
    mp_event *go;
    MP_TRY(mp_call_args(c, &go));
    return mp_event_wait(go, 60.0);
}

static void run(mp_thread *t)
{
    assert_made(t);
    assert_ok(mp_thread_start(t));
    assert_ok(mp_thread_join(t, 20.0));
}

/* -- arguments ------------------------------------------------------------- */

static struct found {
    int n;
    char text[32];
    bool loud;
} found;

static int note_arguments(mp_call *c)
{
    const char *text;
    int n;

    MP_TRY(mp_call_args(c, &n, &text));
    MP_TRY(mp_call_kwarg(c, "loud", &found.loud));
    found.n = n;
    (void)snprintf(found.text, sizeof found.text, "%s", text);
    return 0;
}

static void thread_sees_its_arguments(void **state)
{
    (void)state;
    char text[] = "forty-two";
    mp_auto(mp_thread) t =
        mp_thread_new(note_arguments, .args = MP_ARGS(42, text),
                      .kwargs = MP_DICT("loud", MP_TRUE));
    text[0] = '?';
    run(t);
    assert_int_equal(found.n, 42);
    assert_string_equal(found.text, "forty-two");
    assert_true(found.loud);
}

static int add_to_self(mp_call *c)
{
    int *self = mp_call_self(c);
    ++*self;
    return 0;
}

static void subclass_runs_with_its_object_itself(void **state)
{
    (void)state;
    int self = 7;
    mp_auto(mp_thread) t = mp_thread_new(.run = add_to_self, .self = &self);
    run(t);
    assert_int_equal(self, 8);
}

static void run_calls_the_function_here(void **state)
{
    (void)state;
    int self = 7;
    mp_auto(mp_thread) t = mp_thread_new(.run = add_to_self, .self = &self);
    assert_ok(mp_thread_run(t));
    assert_int_equal(self, 8);
    run(t);
    assert_int_equal(self, 9);
    assert_raises(MP_RUNTIME_ERROR, mp_thread_run(t));
}

static void thread_without_a_target_just_ends(void **state)
{
    (void)state;
    mp_auto(mp_thread) t = mp_thread_new();
    run(t);
    assert_int_equal(mp_thread_is_alive(t), 0);
}

static void handle_among_its_arguments_lives_as_long_as_it(void **state)
{
    (void)state;
    mp_event *go = mp_event_new();
    mp_auto(mp_thread) t = mp_thread_new(wait_for_event, .args = MP_ARGS(go));
    mp_auto(mp_event) same = mp_event_new();
    mp_auto(mp_thread) u = mp_thread_new(wait_for_event, .args = MP_ARGS(same));
    assert_ok(mp_thread_start(t));
    assert_ok(mp_event_set(go));
    mp_event_free(go);
    assert_ok(mp_thread_join(t, 20.0));
    assert_ok(mp_event_set(same));
    run(u);
}

static void wrong_options_are_refused(void **state)
{
    (void)state;
    mp_event *none = NULL;
    assert_null(mp_thread_new(do_nothing, .run = do_nothing));
    assert_string_equal(mp_error_last()->message,
                        "Thread takes a target or a run, not both");
    assert_null(mp_thread_new(do_nothing, .args = MP(3)));
    assert_string_equal(mp_error_last()->message,
                        "args of Thread must be a tuple or list, not int");
    assert_null(mp_thread_new(do_nothing, .kwargs = MP_LIST(1)));
    assert_string_equal(mp_error_last()->message,
                        "kwargs of Thread must be a dict, not list");
    assert_null(mp_thread_new(do_nothing, .kwargs = MP_DICT(1, 2)));
    assert_string_equal(mp_error_last()->message, "keywords must be strings");
    assert_null(mp_thread_new(do_nothing, .daemon = 3));
    assert_int_equal(mp_error_last()->code, MP_VALUE_ERROR);
    assert_null(mp_thread_new(do_nothing, .args = MP_ARGS(none)));
}

static void null_is_no_thread(void **state)
{
    (void)state;
    mp_thread *none = NULL;
    assert_true(mp_thread_start(none) < 0);
    assert_true(mp_thread_run(none) < 0);
    assert_true(mp_thread_join(none) < 0);
    assert_true(mp_thread_is_alive(none) < 0);
    assert_true(mp_thread_set_name(none, "x") < 0);
    assert_true(mp_thread_set_daemon(none, true) < 0);
    assert_true(mp_thread_native_id(none) < 0);
    assert_string_equal(mp_thread_name(none), "");
    assert_null(mp_thread_hold(none));
    mp_thread_free(none);
}

/* -- name and daemon flag -------------------------------------------------- */

static void threads_are_numbered(void **state)
{
    (void)state;
    unsigned a = 0, b = 0;
    mp_auto(mp_thread) t = mp_thread_new(do_nothing);
    mp_auto(mp_thread) named = mp_thread_new(do_nothing, .name = "Ada");
    mp_auto(mp_thread) u = mp_thread_new(do_nothing, .type = "Worker");
    assert_int_equal(sscanf(mp_thread_name(t), "Thread-%u", &a), 1);
    assert_int_equal(sscanf(mp_thread_name(u), "Thread-%u", &b), 1);
    assert_int_equal(b, a + 1);
    assert_string_equal(mp_thread_name(named), "Ada");
}

static void name_that_was_told_outlives_a_new_one(void **state)
{
    (void)state;
    mp_auto(mp_thread) t = mp_thread_new(do_nothing, .name = "old");
    const char *old = mp_thread_name(t);
    assert_ok(mp_thread_set_name(t, "new"));
    assert_string_equal(old, "old");
    assert_string_equal(mp_thread_name(t), "new");
    assert_raises(MP_VALUE_ERROR, mp_thread_set_name(t, NULL));
}

static int note_flag_of_own_thread(mp_call *c)
{
    int *flag = mp_call_self(c);
    mp_auto(mp_thread) t = mp_thread_new(do_nothing);
    *flag = mp_thread_daemon(t);
    return 0;
}

static void thread_is_a_daemon_as_its_maker_is(void **state)
{
    (void)state;
    int flag = -1;
    mp_auto(mp_thread) t =
        mp_thread_new(note_flag_of_own_thread, .self = &flag, .daemon = true);
    mp_auto(mp_thread) u = mp_thread_new(note_flag_of_own_thread, .self = &flag,
                                         .daemon = MP_DAEMON_NO);
    assert_int_equal(mp_thread_daemon(t), 1);
    run(t);
    assert_int_equal(flag, 1);
    run(u);
    assert_int_equal(flag, 0);
}

static void daemon_flag_is_fixed_by_the_start(void **state)
{
    (void)state;
    mp_auto(mp_thread) t = mp_thread_new(do_nothing);
    assert_ok(mp_thread_set_daemon(t, true));
    assert_int_equal(mp_thread_daemon(t), 1);
    assert_ok(mp_thread_set_daemon(t, false));
    run(t);
    assert_raises_saying(MP_RUNTIME_ERROR,
                         "cannot set daemon status of active thread",
                         mp_thread_set_daemon(t, true));
    assert_raises(MP_RUNTIME_ERROR,
                  mp_thread_set_daemon(mp_main_thread(), true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thread_sees_its_arguments),
        cmocka_unit_test(subclass_runs_with_its_object_itself),
        cmocka_unit_test(run_calls_the_function_here),
        cmocka_unit_test(thread_without_a_target_just_ends),
        cmocka_unit_test(handle_among_its_arguments_lives_as_long_as_it),
        cmocka_unit_test(wrong_options_are_refused),
        cmocka_unit_test(null_is_no_thread),
        cmocka_unit_test(threads_are_numbered),
        cmocka_unit_test(name_that_was_told_outlives_a_new_one),
        cmocka_unit_test(thread_is_a_daemon_as_its_maker_is),
        cmocka_unit_test(daemon_flag_is_fixed_by_the_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
