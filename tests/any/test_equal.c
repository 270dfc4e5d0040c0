/*
 * Equality by Python's rules.
 */
#include "roundtrip.h"

/* Both ways round. A function keeps the macros' text out of cmocka's. */
static void expect_equality(mp_any a, mp_any b, bool equal)
{
    assert_int_equal(mp_any_equal(a, b), equal);
    assert_int_equal(mp_any_equal(b, a), equal);
}

#define assert_equal(a_, b_)  expect_equality(MP(a_), MP(b_), true)
#define assert_differ(a_, b_) expect_equality(MP(a_), MP(b_), false)

static void numbers_are_equal_by_worth(void **state)
{
    (void)state;
    assert_equal(1, 1.0);
    assert_equal(1, MP_TRUE);
    assert_equal(0.0, MP_FALSE);
    assert_equal(0.0, -0.0);
    assert_differ(1, 2);
    assert_differ(1, 1.5);
}

static void large_ints_are_not_rounded_to_compare(void **state)
{
    (void)state;
    assert_differ(9007199254740993, 9007199254740992.0);
    assert_differ(INT64_MAX, 9223372036854775808.0);
    assert_equal((unsigned long)INT64_MAX + 1, 9223372036854775808.0);
    assert_differ(UINT64_MAX, 18446744073709551616.0);
    assert_differ(-1, UINT64_MAX);
    assert_equal(INT64_MIN, -9223372036854775808.0);
}

static void nan_equals_nothing(void **state)
{
    (void)state;
    assert_differ((double)NAN, (double)NAN);
    assert_differ((double)NAN, 0);
}

static void texts_and_bytes_differ(void **state)
{
    (void)state;
    assert_equal("x", "x");
    assert_differ("x", "y");
    assert_differ("x", "xy");
    assert_differ("x", MP_BYTES("x", 1));
    assert_equal(MP_BYTES(NULL, 0), MP_BYTES("", 0));
}

static void list_is_no_tuple(void **state)
{
    (void)state;
    assert_equal(MP_LIST(1, "x"), MP_LIST(1.0, "x"));
    assert_differ(MP_LIST(1, 2), MP_TUPLE(1, 2));
    assert_differ(MP_LIST(1, 2), MP_LIST(1));
    assert_differ(MP_LIST(1, 2), MP_LIST(2, 1));
    assert_differ(MP_EMPTY_LIST, MP_NONE);
}

static void array_equals_the_list_of_its_numbers(void **state)
{
    (void)state;
    int xs[] = {1, 2};
    double ys[] = {1, 2};
    assert_equal(MP_ARRAY(xs), MP_LIST(1, 2));
    assert_equal(MP_ARRAY(xs), MP_ARRAY(ys));
    assert_differ(MP_ARRAY(xs), MP_TUPLE(1, 2));
}

static void dicts_are_equal_in_any_order(void **state)
{
    (void)state;
    assert_equal(MP_DICT("a", 1, "b", 2), MP_DICT("b", 2, "a", 1));
    assert_differ(MP_DICT("a", 1), MP_DICT("a", 2));
    assert_differ(MP_DICT("a", 1), MP_DICT("b", 1));
    assert_differ(MP_DICT("a", 1), MP_DICT("a", 1, "b", 2));
}

static void of_a_repeated_key_the_last_value_counts(void **state)
{
    (void)state;
    assert_equal(MP_DICT("a", 1, "a", 2), MP_DICT("a", 2));
    assert_differ(MP_DICT("a", 1, "a", 2), MP_DICT("a", 1));
}

/* 100 pairs, from the first or the last, with one value changed if asked. */
static mp_any hundred(mp_any *items, bool backwards, bool change)
{
    for (int i = 0; i < 100; i++) {
        int key = backwards ? 99 - i : i;
        items[2 * i] = key % 2 == 0 ? MP(key) : MP((double)key);
        items[2 * i + 1] = MP(key + (change && key == 50));
    }
    return mp_any_dict(items, 200);
}

static void large_dicts_are_compared(void **state)
{
    (void)state;
    mp_any a[200], b[200];
    assert_equal(hundred(a, false, false), hundred(b, true, false));
    assert_differ(hundred(a, false, false), hundred(b, true, true));
}

static void structs_are_equal_by_name_and_bytes(void **state)
{
    (void)state;
    int x = 1, y = 1, z = 2;
    assert_equal(MP_STRUCT(x), MP_STRUCT(y));
    assert_differ(MP_STRUCT(x), MP_STRUCT(z));
    assert_differ(MP_STRUCT(x), MP_STRUCT_AS("n", x));
    assert_equal(MP_STRUCT_AS("n", x), MP_STRUCT_AS("n", y));
}

/* -- lookup ---------------------------------------------------------------- */

static void key_is_found_by_worth(void **state)
{
    (void)state;
    int n = 0;
    mp_any d = MP_DICT("a", 1, 2, 20, MP_TUPLE(1, "x"), 30);
    assert_ok(mp_any_get(d, "a", &n));
    assert_int_equal(n, 1);
    assert_ok(mp_any_get(d, 2.0, &n));
    assert_int_equal(n, 20);
    assert_ok(mp_any_get(d, MP_TUPLE(1, "x"), &n));
    assert_int_equal(n, 30);
}

static void last_of_repeated_keys_is_found(void **state)
{
    (void)state;
    int n = 0;
    assert_ok(mp_any_get(MP_DICT("a", 1, "a", 2), "a", &n));
    assert_int_equal(n, 2);
}

static void missing_key_is_named(void **state)
{
    (void)state;
    int n = 42;
    assert_raises_saying(MP_KEY_ERROR, "'b'",
                         mp_any_get(MP_DICT("a", 1), "b", &n));
    assert_int_equal(n, 42);
}

static void value_that_does_not_fit_is_a_type_error(void **state)
{
    (void)state;
    int n = 42;
    assert_raises_saying(MP_TYPE_ERROR, "expected int, got str",
                         mp_any_get(MP_DICT("a", "x"), "a", &n));
    assert_raises_saying(MP_TYPE_ERROR, "expected dict, got list",
                         mp_any_get(MP_LIST(1), "a", &n));
    assert_raises_saying(MP_TYPE_ERROR, "unhashable type: 'list'",
                         mp_any_get(MP_DICT("a", 1), MP_LIST(1), &n));
    assert_int_equal(n, 42);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_equal_by_worth),
        cmocka_unit_test(large_ints_are_not_rounded_to_compare),
        cmocka_unit_test(nan_equals_nothing),
        cmocka_unit_test(texts_and_bytes_differ),
        cmocka_unit_test(list_is_no_tuple),
        cmocka_unit_test(array_equals_the_list_of_its_numbers),
        cmocka_unit_test(dicts_are_equal_in_any_order),
        cmocka_unit_test(of_a_repeated_key_the_last_value_counts),
        cmocka_unit_test(large_dicts_are_compared),
        cmocka_unit_test(structs_are_equal_by_name_and_bytes),
        cmocka_unit_test(key_is_found_by_worth),
        cmocka_unit_test(last_of_repeated_keys_is_found),
        cmocka_unit_test(missing_key_is_named),
        cmocka_unit_test(value_that_does_not_fit_is_a_type_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
