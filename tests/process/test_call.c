/*
 * Calls: a function gets what it asks for, and hears of what it did not.
 */
#include "process/call.h"
#include "base/error.h"
#include "expect.h"

#include <mproc.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Run fn as a higher room does, and forget the result. */
static int run(mp_fn fn, mp_any args, mp_any kwargs)
{
    mp_call c;

    mp__call_init(&c, args, kwargs, NULL);
    int rc = mp__call_run(&c, fn);
    mp__call_end(&c);
    return rc;
}

/* -- positional arguments -------------------------------------------------- */

static const char *seen_name;

static int takes_two(mp_call *c)
{
    int n;
    const char *name;
    MP_TRY(mp_call_args(c, &n, &name));
    seen_name = name;
    return n;
}

static void args_arrive_by_type(void **state)
{
    (void)state;
    const char *name = "bob";
    assert_int_equal(run(takes_two, MP_ARGS(42, name), MP_NONE), 42);
    assert_ptr_equal(seen_name, name);
}

static void args_may_be_a_list(void **state)
{
    (void)state;
    assert_int_equal(run(takes_two, MP_LIST(42, "bob"), MP_NONE), 42);
}

static void too_many_args_are_counted_in_pythons_words(void **state)
{
    (void)state;
    assert_raises_saying(
        MP_TYPE_ERROR, "function takes 2 positional arguments but 3 were given",
        run(takes_two, MP_ARGS(1, "x", 2), MP_NONE));
}

static void too_few_args_are_counted_in_pythons_words(void **state)
{
    (void)state;
    assert_raises_saying(
        MP_TYPE_ERROR, "function takes 2 positional arguments but 1 was given",
        run(takes_two, MP_ARGS(1), MP_NONE));
    assert_raises_saying(
        MP_TYPE_ERROR, "function takes 2 positional arguments but 0 were given",
        run(takes_two, MP_NONE, MP_NONE));
}

static int takes_and_checks(mp_call *c)
{
    int n = 42;
    char *s = NULL;
    int rc = mp_call_args(c, &n, &s);
    if (n != 42 || s != NULL)
        return MP_ASSERTION_ERROR;
    return rc;
}

static void arg_that_does_not_fit_stores_nothing(void **state)
{
    (void)state;
    assert_raises_saying(MP_TYPE_ERROR, "argument 2: expected str, got int",
                         run(takes_and_checks, MP_ARGS(1, 2), MP_NONE));
}

static int sums_all(mp_call *c)
{
    int sum = 0, n = 0;
    for (size_t i = 0; i < mp_call_argc(c); i++) {
        MP_TRY(mp_call_arg(c, i, &n));
        sum += n;
    }
    return sum;
}

static void any_number_of_args_can_be_taken(void **state)
{
    (void)state;
    assert_int_equal(run(sums_all, MP_ARGS(1, 2, 3), MP_NONE), 6);
    assert_int_equal(run(sums_all, MP_EMPTY_TUPLE, MP_NONE), 0);
}

static int takes_the_tenth(mp_call *c)
{
    int n;
    return mp_call_arg(c, 9, &n);
}

static void arg_beyond_the_last_is_an_index_error(void **state)
{
    (void)state;
    assert_raises(MP_INDEX_ERROR, run(takes_the_tenth, MP_ARGS(1), MP_NONE));
}

static int takes_nothing(mp_call *c)
{
    (void)c;
    return 0;
}

static void args_nobody_asked_for_are_a_type_error(void **state)
{
    (void)state;
    assert_raises_saying(
        MP_TYPE_ERROR, "function takes 0 positional arguments but 2 were given",
        run(takes_nothing, MP_ARGS(1, 2), MP_NONE));
    assert_ok(run(takes_nothing, MP_EMPTY_TUPLE, MP_EMPTY_DICT));
}

/* -- keyword arguments ----------------------------------------------------- */

static int takes_loud(mp_call *c)
{
    bool loud = false;
    int given = mp_call_kwarg(c, "loud", &loud);
    MP_TRY(given);
    return given * 10 + loud;
}

static void absent_kwarg_keeps_its_default(void **state)
{
    (void)state;
    assert_int_equal(run(takes_loud, MP_NONE, MP_NONE), 0);
    assert_int_equal(run(takes_loud, MP_NONE, MP_DICT("loud", true)), 11);
}

static void kwarg_that_does_not_fit_is_a_type_error(void **state)
{
    (void)state;
    assert_raises_saying(MP_TYPE_ERROR,
                         "argument 'loud': expected bool, got str",
                         run(takes_loud, MP_NONE, MP_DICT("loud", "x")));
}

static void kwarg_nobody_asked_for_is_named(void **state)
{
    (void)state;
    assert_raises_saying(
        MP_TYPE_ERROR, "function got an unexpected keyword argument 'lout'",
        run(takes_loud, MP_NONE, MP_DICT("loud", true, "lout", 1)));
}

static void last_of_repeated_kwargs_counts(void **state)
{
    (void)state;
    assert_int_equal(
        run(takes_loud, MP_NONE, MP_DICT("loud", true, "loud", false)), 10);
}

static void kwarg_of_no_name_is_a_type_error(void **state)
{
    (void)state;
    assert_raises_saying(MP_TYPE_ERROR, "keywords must be strings",
                         run(takes_nothing, MP_NONE, MP_DICT(1, 2)));
}

static char names[200][8];
static mp_any pairs[400];

static int takes_all_but_one(mp_call *c)
{
    int n;
    for (int i = 0; i < 199; i++)
        MP_TRY(mp_call_kwarg(c, names[i], &n));
    return 0;
}

static void any_number_of_kwargs_can_be_given(void **state)
{
    (void)state;
    for (int i = 0; i < 200; i++) {
        snprintf(names[i], sizeof names[i], "k%d", i);
        pairs[2 * i] = MP(names[i]);
        pairs[2 * i + 1] = MP(i);
    }
    assert_ok(run(takes_all_but_one, MP_NONE, mp_any_dict(pairs, 398)));
    assert_raises_saying(
        MP_TYPE_ERROR, "'k199'",
        run(takes_all_but_one, MP_NONE, mp_any_dict(pairs, 400)));
}

/* -- answers --------------------------------------------------------------- */

static int returns_a_list(mp_call *c)
{
    return mp_return(c, MP_LIST(1, "x"));
}

static void result_is_kept_until_the_end(void **state)
{
    (void)state;
    mp_call c;
    char text[32];
    mp__call_init(&c, MP_NONE, MP_NONE, NULL);
    assert_ok(mp__call_run(&c, returns_a_list));
    mp_repr(c.result, text, sizeof text);
    mp__call_end(&c);
    assert_string_equal(text, "[1, 'x']");
}

static int returns_twice(mp_call *c)
{
    MP_TRY(mp_return(c, MP_LIST("first")));
    return mp_return(c, 2);
}

static void last_result_counts(void **state)
{
    (void)state;
    mp_call c;
    mp__call_init(&c, MP_NONE, MP_NONE, NULL);
    assert_ok(mp__call_run(&c, returns_twice));
    assert_true(mp_any_equal(c.result, 2));
    mp__call_end(&c);
}

static int put(void *to, mp_any v)
{
    return mp_repr(v, to, 32) < 0 ? MP_VALUE_ERROR : 0;
}

static void sink_takes_the_result_at_once(void **state)
{
    (void)state;
    mp_call c;
    char text[32] = "";
    mp__call_init(&c, MP_NONE, MP_NONE, NULL);
    c.sink = (struct mp__sink){put, text};
    assert_ok(mp__call_run(&c, returns_a_list));
    assert_string_equal(text, "[1, 'x']");
    assert_int_equal(mp_any_kind(c.result), MP_KIND_NONE);
    mp__call_end(&c);
}

static int returns_self(mp_call *c)
{
    *(int *)mp_call_self(c) = 7;
    return 0;
}

static void self_is_what_was_given(void **state)
{
    (void)state;
    mp_call c;
    int n = 0;
    mp__call_init(&c, MP_NONE, MP_NONE, &n);
    assert_ok(mp__call_run(&c, returns_self));
    mp__call_end(&c);
    assert_int_equal(n, 7);
}

static void no_call_is_a_value_error(void **state)
{
    (void)state;
    int n;
    assert_null(mp_call_self(NULL));
    assert_int_equal(mp_call_argc(NULL), 0);
    assert_true(mp_call_args(NULL, &n) < 0);
    assert_true(mp_return(NULL, 1) < 0);
}

/* -- exceptions ------------------------------------------------------------ */

static int raises(mp_call *c)
{
    return mp_raise(c, MP_VALUE_ERROR, "x=%d is negative", -1);
}

static void raised_error_leaves_with_its_message(void **state)
{
    (void)state;
    assert_raises_saying(MP_VALUE_ERROR, "x=-1 is negative",
                         run(raises, MP_NONE, MP_NONE));
}

static int raises_its_own(mp_call *c)
{
    return mp_raise_as(c, MP_USER - 3, "MyError", "mine");
}

static void own_exception_has_its_type(void **state)
{
    (void)state;
    assert_raises_saying(MP_USER - 3, "mine",
                         run(raises_its_own, MP_NONE, MP_NONE));
    assert_string_equal(mp_error_last()->type, "MyError");
}

static void raise_needs_a_failure(void **state)
{
    (void)state;
    assert_raises_saying(MP_VALUE_ERROR, "0 is no failure",
                         mp_raise(NULL, 0, "x"));
}

static int fails_bare(mp_call *c)
{
    (void)c;
    return -EIO;
}

static void bare_code_gets_a_record(void **state)
{
    (void)state;
    mp__fail(-EIO, "an older failure");
    assert_raises_saying(-EIO, strerror(EIO),
                         run(fails_bare, MP_NONE, MP_NONE));
}

static int fails_otherwise(mp_call *c)
{
    (void)mp_raise(c, MP_EMPTY, "handled");
    return MP_FULL;
}

static void record_of_a_handled_error_is_replaced(void **state)
{
    (void)state;
    assert_raises(MP_FULL, run(fails_otherwise, MP_NONE, MP_NONE));
    assert_int_equal(mp_error_last()->code, MP_FULL);
    assert_string_equal(mp_error_last()->message, "");
}

static void failure_goes_before_leftovers(void **state)
{
    (void)state;
    assert_raises_saying(MP_VALUE_ERROR, "x=-1",
                         run(raises, MP_ARGS(1), MP_DICT("a", 1)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(args_arrive_by_type),
        cmocka_unit_test(args_may_be_a_list),
        cmocka_unit_test(too_many_args_are_counted_in_pythons_words),
        cmocka_unit_test(too_few_args_are_counted_in_pythons_words),
        cmocka_unit_test(arg_that_does_not_fit_stores_nothing),
        cmocka_unit_test(any_number_of_args_can_be_taken),
        cmocka_unit_test(arg_beyond_the_last_is_an_index_error),
        cmocka_unit_test(args_nobody_asked_for_are_a_type_error),
        cmocka_unit_test(absent_kwarg_keeps_its_default),
        cmocka_unit_test(kwarg_that_does_not_fit_is_a_type_error),
        cmocka_unit_test(kwarg_nobody_asked_for_is_named),
        cmocka_unit_test(last_of_repeated_kwargs_counts),
        cmocka_unit_test(kwarg_of_no_name_is_a_type_error),
        cmocka_unit_test(any_number_of_kwargs_can_be_given),
        cmocka_unit_test(result_is_kept_until_the_end),
        cmocka_unit_test(last_result_counts),
        cmocka_unit_test(sink_takes_the_result_at_once),
        cmocka_unit_test(self_is_what_was_given),
        cmocka_unit_test(no_call_is_a_value_error),
        cmocka_unit_test(raised_error_leaves_with_its_message),
        cmocka_unit_test(own_exception_has_its_type),
        cmocka_unit_test(raise_needs_a_failure),
        cmocka_unit_test(bare_code_gets_a_record),
        cmocka_unit_test(record_of_a_handled_error_is_replaced),
        cmocka_unit_test(failure_goes_before_leftovers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
