/*
 * Receiving: what fits where, what Python says when it does not, and that
 * nothing is stored or lost then.
 */
#include "roundtrip.h"

struct point {
    double x, y;
};

static int task(mp_call *c)
{
    (void)c;
    return 0;
}

/* -- numbers --------------------------------------------------------------- */

static void int_fits_by_its_value(void **state)
{
    (void)state;
    unsigned char u = 1;
    assert_ok(mp_any_into(MP(255), &u));
    assert_int_equal(u, 255);
    assert_raises_saying(MP_TYPE_ERROR, "300 does not fit unsigned char",
                         mp_any_into(MP(300), &u));
    assert_raises_saying(MP_TYPE_ERROR, "-1 does not fit unsigned char",
                         mp_any_into(MP(-1), &u));
    assert_int_equal(u, 255);
}

static void every_int_type_takes_its_limits(void **state)
{
    (void)state;
    signed char c;
    short s;
    int i;
    long l;
    long long ll;
    assert_ok(mp_any_into(MP(-128), &c));
    assert_ok(mp_any_into(MP(-32768), &s));
    assert_ok(mp_any_into(MP(INT32_MIN), &i));
    assert_ok(mp_any_into(MP(INT64_MIN), &l));
    assert_ok(mp_any_into(MP(INT64_MAX), &ll));
    assert_true(c == -128 && s == -32768 && i == INT32_MIN);
    assert_true(l == INT64_MIN && ll == INT64_MAX);
    assert_raises(MP_TYPE_ERROR, mp_any_into(MP(128), &c));
    assert_raises(MP_TYPE_ERROR, mp_any_into(MP(32768), &s));
    assert_raises(MP_TYPE_ERROR, mp_any_into(MP(INT32_MAX + 1L), &i));
}

static void uint_above_int64_fits_unsigned_long_only(void **state)
{
    (void)state;
    unsigned long u = 0;
    long l = 5;
    assert_ok(mp_any_into(MP(UINT64_MAX), &u));
    assert_true(u == UINT64_MAX);
    assert_raises_saying(MP_TYPE_ERROR,
                         "18446744073709551615 does not fit long",
                         mp_any_into(MP(UINT64_MAX), &l));
    assert_int_equal(l, 5);
    assert_raises(MP_TYPE_ERROR, mp_any_into(MP(-1), &u));
}

static void int_fits_a_double(void **state)
{
    (void)state;
    double d = 0;
    float f = 0;
    assert_ok(mp_any_into(MP(3), &d));
    assert_true(d == 3.0);
    assert_ok(mp_any_into(MP(UINT64_MAX), &d));
    assert_true(d == 18446744073709551616.0);
    assert_ok(mp_any_into(MP_TRUE, &f));
    assert_true(f == 1.0F);
}

static void float_fits_no_int(void **state)
{
    (void)state;
    int i = 5;
    bool b = false;
    assert_raises_saying(MP_TYPE_ERROR, "expected int, got float",
                         mp_any_into(MP(2.0), &i));
    assert_raises_saying(MP_TYPE_ERROR, "expected bool, got float",
                         mp_any_into(MP(1.0), &b));
    assert_int_equal(i, 5);
}

static void double_beyond_float_does_not_fit_it(void **state)
{
    (void)state;
    float f = 5;
    assert_raises_saying(MP_TYPE_ERROR, "1e+300 does not fit float",
                         mp_any_into(MP(1e300), &f));
    assert_ok(mp_any_into(MP((double)INFINITY), &f));
    assert_true(isinf(f));
    assert_ok(mp_any_into(MP((double)NAN), &f));
    assert_true(isnan(f));
}

static void bool_takes_zero_and_one(void **state)
{
    (void)state;
    bool b = false;
    assert_ok(mp_any_into(MP(1), &b));
    assert_true(b);
    assert_ok(mp_any_into(MP_FALSE, &b));
    assert_false(b);
    assert_raises_saying(MP_TYPE_ERROR, "2 does not fit bool",
                         mp_any_into(MP(2), &b));
}

static void int_takes_a_bool(void **state)
{
    (void)state;
    int i = 5;
    assert_ok(mp_any_into(MP_TRUE, &i));
    assert_int_equal(i, 1);
}

static void wrong_types_are_named_as_python_names_them(void **state)
{
    (void)state;
    int i;
    double d;
    assert_raises_saying(MP_TYPE_ERROR, "expected int, got str",
                         mp_any_into(MP("x"), &i));
    assert_raises_saying(MP_TYPE_ERROR, "expected float, got list",
                         mp_any_into(MP_EMPTY_LIST, &d));
    assert_raises_saying(MP_TYPE_ERROR, "expected int, got NoneType",
                         mp_any_into(MP_NONE, &i));
}

/* -- texts, bytes, functions ----------------------------------------------- */

static void text_is_copied_for_the_caller(void **state)
{
    (void)state;
    char source[] = "hello";
    char *s = NULL;
    assert_ok(mp_any_into(MP(source), &s));
    source[0] = 'j';
    assert_string_equal(s, "hello");
    free(s);
}

static void view_borrows_the_text(void **state)
{
    (void)state;
    const char *source = "hello", *s = NULL;
    assert_ok((mp_any_into)(MP(source), mp_out_str_view(&s)));
    assert_ptr_equal(s, source);
}

static void none_is_no_text(void **state)
{
    (void)state;
    char *s = NULL;
    assert_raises_saying(MP_TYPE_ERROR, "expected str, got NoneType",
                         mp_any_into(MP_NONE, &s));
    assert_null(s);
}

static void text_with_a_null_character_fits_no_c_string(void **state)
{
    (void)state;
    char *s = NULL;
    assert_raises_saying(MP_VALUE_ERROR, "embedded null character",
                         decode_cbor("\x63"
                                     "a\0b",
                                     4, MP_TO(&s)));
    assert_null(s);
}

static void bytes_go_to_mp_bytes_only(void **state)
{
    (void)state;
    mp_bytes b = {NULL, 7};
    char *s = NULL;
    assert_ok(mp_any_into(MP_BYTES("a\0b", 3), &b));
    assert_int_equal(b.size, 3);
    assert_memory_equal(b.data, "a\0b", 3);
    free(b.data);
    assert_raises_saying(MP_TYPE_ERROR, "expected str, got bytes",
                         mp_any_into(MP_BYTES("a", 1), &s));
    assert_raises_saying(MP_TYPE_ERROR, "expected bytes, got str",
                         mp_any_into(MP("a"), &b));
}

static void empty_bytes_can_be_freed(void **state)
{
    (void)state;
    mp_bytes b = {NULL, 7};
    assert_ok(mp_any_into(MP_BYTES(NULL, 0), &b));
    assert_int_equal(b.size, 0);
    free(b.data);
}

static void function_is_received_as_one(void **state)
{
    (void)state;
    mp_fn fn = NULL;
    assert_ok(mp_any_into(MP(task), &fn));
    assert_true(fn == task);
    assert_raises_saying(MP_TYPE_ERROR, "expected function, got int",
                         mp_any_into(MP(1), &fn));
}

static void null_receiver_is_a_value_error(void **state)
{
    (void)state;
    int *p = NULL;
    assert_raises_saying(MP_VALUE_ERROR, "a receiver is NULL",
                         mp_any_into(MP(1), p));
}

/* -- structs and arrays ---------------------------------------------------- */

static void struct_must_match_in_size_and_name(void **state)
{
    (void)state;
    struct point p = {1, 2}, q = {0, 0};
    double line[4];
    assert_ok(mp_any_into(MP_STRUCT_AS("point", p), MP_INTO_AS("point", q)));
    assert_true(q.y == 2);
    assert_raises_saying(
        MP_TYPE_ERROR,
        "expected struct point of 16 bytes, got struct line of 32 bytes",
        mp_any_into(MP_STRUCT_AS("line", line), MP_INTO_AS("point", q)));
    assert_raises_saying(
        MP_TYPE_ERROR,
        "expected struct of 16 bytes, got struct point of 16 bytes",
        mp_any_into(MP_STRUCT_AS("point", p), MP_INTO(q)));
    assert_raises_saying(MP_TYPE_ERROR, "expected struct of 16 bytes, got int",
                         mp_any_into(MP(1), MP_INTO(q)));
}

static void array_fits_one_of_its_type_and_length(void **state)
{
    (void)state;
    int xs[] = {1, 2, 3}, ys[3] = {0}, four[4];
    double ds[3];
    assert_ok(mp_any_into(MP_ARRAY(xs), MP_INTO_ARRAY(ys)));
    assert_memory_equal(xs, ys, sizeof xs);
    assert_raises_saying(MP_TYPE_ERROR, "expected 4 elements, got 3",
                         mp_any_into(MP_ARRAY(xs), MP_INTO_ARRAY(four)));
    assert_raises_saying(MP_TYPE_ERROR,
                         "expected array of double, got array of int",
                         mp_any_into(MP_ARRAY(xs), MP_INTO_ARRAY(ds)));
}

static void list_of_numbers_fits_an_array(void **state)
{
    (void)state;
    double ds[3] = {0};
    assert_ok(mp_any_into(MP_LIST(1, 2.5, MP_TRUE), MP_INTO_ARRAY(ds)));
    assert_true(ds[0] == 1 && ds[1] == 2.5 && ds[2] == 1);
}

static void list_with_a_misfit_leaves_the_array_alone(void **state)
{
    (void)state;
    int xs[2] = {7, 7};
    assert_raises_saying(MP_TYPE_ERROR, "expected int, got str",
                         mp_any_into(MP_TUPLE(1, "x"), MP_INTO_ARRAY(xs)));
    assert_int_equal(xs[0], 7);
}

static void array_of_values_takes_anything(void **state)
{
    (void)state;
    mp_any vs[3] = {MP_NONE, MP_NONE, MP_NONE};
    assert_ok(mp_any_into(MP_LIST(1, "x", MP_LIST(2)), MP_INTO_ARRAY(vs)));
    assert_repr("[1, 'x', [2]]", MP_ARRAY(vs));
    for (int i = 0; i < 3; i++)
        mp_any_clear(&vs[i]);
}

static void empty_array_takes_an_empty_list(void **state)
{
    (void)state;
    int *none = NULL;
    assert_ok(mp_any_into(MP_EMPTY_LIST, MP_INTO_ARRAY_N(none, 0)));
}

/* -- unpacking ------------------------------------------------------------- */

static void tuple_unpacks_into_variables(void **state)
{
    (void)state;
    int i = 0;
    char *s = NULL;
    assert_ok(mp_any_into(MP_TUPLE(7, "seven"), MP_UNPACK(&i, &s)));
    assert_int_equal(i, 7);
    assert_string_equal(s, "seven");
    free(s);
}

static void unpacking_nests(void **state)
{
    (void)state;
    int i = 0, xs[] = {4, 5}, a = 0, b = 0;
    mp_any v = MP_NONE;
    assert_ok(mp_any_into(MP_LIST(1, MP_TUPLE(MP_LIST(2, 3), MP_ARRAY(xs))),
                          MP_UNPACK(&i, MP_UNPACK(&v, MP_UNPACK(&a, &b)))));
    assert_true(i == 1 && a == 4 && b == 5);
    assert_repr("[2, 3]", v);
    mp_any_clear(&v);
}

static void too_few_values_are_told_in_pythons_words(void **state)
{
    (void)state;
    int a, b;
    assert_raises_saying(MP_VALUE_ERROR,
                         "not enough values to unpack (expected 2, got 1)",
                         mp_any_into(MP_LIST(1), MP_UNPACK(&a, &b)));
}

static void too_many_values_are_told_in_pythons_words(void **state)
{
    (void)state;
    int a, b;
    assert_raises_saying(MP_VALUE_ERROR,
                         "too many values to unpack (expected 2)",
                         mp_any_into(MP_LIST(1, 2, 3), MP_UNPACK(&a, &b)));
}

static void int_cannot_be_unpacked(void **state)
{
    (void)state;
    int a, b;
    assert_raises_saying(MP_TYPE_ERROR, "cannot unpack non-sequence int",
                         mp_any_into(MP(1), MP_UNPACK(&a, &b)));
}

static void late_misfit_stores_nothing(void **state)
{
    (void)state;
    int i = 42;
    char *s = NULL;
    mp_any v = MP_NONE;
    assert_raises(MP_TYPE_ERROR, mp_any_into(MP_TUPLE(7, "x", MP_LIST(1), "no"),
                                             MP_UNPACK(&i, &s, &v, &i)));
    assert_int_equal(i, 42);
    assert_null(s);
    assert_int_equal(mp_any_kind(v), MP_KIND_NONE);
}

static void late_failure_to_copy_stores_nothing(void **state)
{
    (void)state;
    int i = 42;
    char *s = NULL;
    mp_any v = MP_NONE;
    const char *null = NULL;
    assert_raises(MP_VALUE_ERROR, mp_any_into(MP_TUPLE(7, "x", MP_LIST(null)),
                                              MP_UNPACK(&i, &s, &v)));
    assert_int_equal(i, 42);
    assert_null(s);
}

static void many_texts_are_stored(void **state)
{
    (void)state;
    mp_any items[40];
    mp_any vs[40];
    for (int i = 0; i < 40; i++)
        items[i] = MP("text");
    assert_ok(mp_any_into(mp_any_list(items, 40), MP_INTO_ARRAY(vs)));
    for (int i = 0; i < 40; i++) {
        assert_repr("'text'", vs[i]);
        mp_any_clear(&vs[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(int_fits_by_its_value),
        cmocka_unit_test(every_int_type_takes_its_limits),
        cmocka_unit_test(uint_above_int64_fits_unsigned_long_only),
        cmocka_unit_test(int_fits_a_double),
        cmocka_unit_test(float_fits_no_int),
        cmocka_unit_test(double_beyond_float_does_not_fit_it),
        cmocka_unit_test(bool_takes_zero_and_one),
        cmocka_unit_test(int_takes_a_bool),
        cmocka_unit_test(wrong_types_are_named_as_python_names_them),
        cmocka_unit_test(text_is_copied_for_the_caller),
        cmocka_unit_test(view_borrows_the_text),
        cmocka_unit_test(none_is_no_text),
        cmocka_unit_test(text_with_a_null_character_fits_no_c_string),
        cmocka_unit_test(bytes_go_to_mp_bytes_only),
        cmocka_unit_test(empty_bytes_can_be_freed),
        cmocka_unit_test(function_is_received_as_one),
        cmocka_unit_test(null_receiver_is_a_value_error),
        cmocka_unit_test(struct_must_match_in_size_and_name),
        cmocka_unit_test(array_fits_one_of_its_type_and_length),
        cmocka_unit_test(list_of_numbers_fits_an_array),
        cmocka_unit_test(list_with_a_misfit_leaves_the_array_alone),
        cmocka_unit_test(array_of_values_takes_anything),
        cmocka_unit_test(empty_array_takes_an_empty_list),
        cmocka_unit_test(tuple_unpacks_into_variables),
        cmocka_unit_test(unpacking_nests),
        cmocka_unit_test(too_few_values_are_told_in_pythons_words),
        cmocka_unit_test(too_many_values_are_told_in_pythons_words),
        cmocka_unit_test(int_cannot_be_unpacked),
        cmocka_unit_test(late_misfit_stores_nothing),
        cmocka_unit_test(late_failure_to_copy_stores_nothing),
        cmocka_unit_test(many_texts_are_stored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
