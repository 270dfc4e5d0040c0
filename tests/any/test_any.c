/*
 * Making values of C's types, and looking into them.
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

/* -- building -------------------------------------------------------------- */

static void every_c_number_has_its_kind(void **state)
{
    (void)state;
    assert_int_equal(mp_any_kind(MP((bool)true)), MP_KIND_BOOL);
    assert_int_equal(mp_any_kind(MP((char)1)), MP_KIND_INT);
    assert_int_equal(mp_any_kind(MP((unsigned short)1)), MP_KIND_INT);
    assert_int_equal(mp_any_kind(MP(1UL)), MP_KIND_INT);
    assert_int_equal(mp_any_kind(MP(1.5F)), MP_KIND_FLOAT);
    assert_int_equal(mp_any_kind(MP(1.5)), MP_KIND_FLOAT);
}

static void only_what_is_above_int64_is_a_uint(void **state)
{
    (void)state;
    assert_int_equal(mp_any_kind(MP((unsigned long)INT64_MAX)), MP_KIND_INT);
    assert_int_equal(mp_any_kind(MP((unsigned long)INT64_MAX + 1)),
                     MP_KIND_UINT);
}

static void text_array_struct_and_function_have_their_kinds(void **state)
{
    (void)state;
    int xs[] = {1, 2};
    struct point p = {1, 2};
    assert_int_equal(mp_any_kind(MP("x")), MP_KIND_STR);
    assert_int_equal(mp_any_kind(MP(task)), MP_KIND_FN);
    assert_int_equal(mp_any_kind(MP_ARRAY(xs)), MP_KIND_ARRAY);
    assert_int_equal(mp_any_kind(MP_STRUCT(p)), MP_KIND_STRUCT);
    assert_int_equal(mp_any_kind(MP_BYTES("x", 1)), MP_KIND_BYTES);
}

static void length_is_what_len_says(void **state)
{
    (void)state;
    int xs[] = {1, 2, 3};
    struct point p = {1, 2};
    assert_int_equal(mp_any_len(MP("four")), 4);
    assert_int_equal(mp_any_len(MP_LIST(1, 2)), 2);
    assert_int_equal(mp_any_len(MP_DICT("a", 1, "b", 2)), 2);
    assert_int_equal(mp_any_len(MP_ARRAY(xs)), 3);
    assert_int_equal(mp_any_len(MP_STRUCT(p)), sizeof p);
    assert_int_equal(mp_any_len(MP(7)), 0);
}

static void array_of_values_is_a_list(void **state)
{
    (void)state;
    mp_any vs[] = {MP(1), MP("x")};
    assert_repr("[1, 'x']", MP_ARRAY(vs));
}

/* -- what cannot be built -------------------------------------------------- */

static void null_text_is_refused_by_the_call_that_gets_it(void **state)
{
    (void)state;
    mp_any out;
    const char *s = NULL;
    assert_int_equal(mp_any_kind(MP(s)), MP_KIND_BAD);
    assert_raises_saying(MP_VALUE_ERROR, "a str argument is NULL",
                         mp_any_copy(s, &out));
}

static void null_text_deep_inside_is_refused(void **state)
{
    (void)state;
    struct mp__measure m;
    const char *s = NULL;
    assert_raises_saying(MP_VALUE_ERROR, "a str argument is NULL",
                         mp__measure(MP_LIST(1, MP_TUPLE(s)), &m));
}

static void null_data_is_refused_unless_empty(void **state)
{
    (void)state;
    assert_int_equal(mp_any_kind(MP_BYTES(NULL, 1)), MP_KIND_BAD);
    assert_int_equal(mp_any_kind(MP_BYTES(NULL, 0)), MP_KIND_BYTES);
    assert_int_equal(mp_any_kind(mp_any_list(NULL, 1)), MP_KIND_BAD);
    assert_int_equal(mp_any_kind(mp_any_tuple(NULL, 1)), MP_KIND_BAD);
    assert_int_equal(mp_any_kind(mp_any_dict(NULL, 2)), MP_KIND_BAD);
    assert_int_equal(mp_any_kind(mp_any_array(MP_ELEM_I8, NULL, 1)),
                     MP_KIND_BAD);
    assert_int_equal(mp_any_kind(mp_any_struct(NULL)), MP_KIND_BAD);
    assert_int_equal(mp_any_kind(mp_any_fn(NULL)), MP_KIND_BAD);
}

static void key_without_a_value_is_refused(void **state)
{
    (void)state;
    mp_any out;
    assert_raises_saying(MP_VALUE_ERROR, "a key without a value",
                         mp_any_copy(MP_DICT("a", 1, "b"), &out));
}

static void array_of_no_known_type_is_refused(void **state)
{
    (void)state;
    char data[4] = {0};
    assert_int_equal(mp_any_kind(mp_any_array(15, data, 1)), MP_KIND_BAD);
    assert_int_equal(mp_any_kind(mp_any_array(-1, data, 1)), MP_KIND_BAD);
}

static void length_beyond_48_bits_is_refused(void **state)
{
    (void)state;
    assert_int_equal(mp_any_kind(mp_any_bytes("x", (size_t)1 << 48)),
                     MP_KIND_BAD);
}

/* -- looking --------------------------------------------------------------- */

static void items_count_from_both_ends(void **state)
{
    (void)state;
    assert_repr("1", mp_any_item(MP_LIST(1, 2, 3), 0));
    assert_repr("3", mp_any_item(MP_LIST(1, 2, 3), -1));
    assert_repr("1", mp_any_item(MP_TUPLE(1, 2, 3), -3));
}

static void item_of_an_array_is_a_number(void **state)
{
    (void)state;
    float xs[] = {1.5F, 2.5F};
    unsigned long us[] = {UINT64_MAX};
    bool bs[] = {true};
    assert_repr("2.5", mp_any_item(MP_ARRAY(xs), 1));
    assert_repr("18446744073709551615", mp_any_item(MP_ARRAY(us), 0));
    assert_repr("True", mp_any_item(MP_ARRAY(bs), 0));
}

static void item_out_of_range_is_none_and_recorded(void **state)
{
    (void)state;
    mp_any list = MP_LIST(1);
    assert_int_equal(mp_any_kind(mp_any_item(list, 1)), MP_KIND_NONE);
    assert_int_equal(mp_error_last()->code, MP_INDEX_ERROR);
    assert_int_equal(mp_any_kind(mp_any_item(list, -2)), MP_KIND_NONE);
    assert_string_equal(mp_error_last()->message, "list index out of range");
}

static void item_of_an_int_is_a_type_error(void **state)
{
    (void)state;
    assert_int_equal(mp_any_kind(mp_any_item(MP(1), 0)), MP_KIND_NONE);
    assert_int_equal(mp_error_last()->code, MP_TYPE_ERROR);
}

static void pairs_come_in_the_order_they_were_built(void **state)
{
    (void)state;
    mp_any d = MP_DICT("b", 1, "a", 2);
    assert_repr("'b'", mp_any_key(d, 0));
    assert_repr("2", mp_any_value(d, 1));
    assert_int_equal(mp_any_kind(mp_any_key(d, 2)), MP_KIND_NONE);
    assert_int_equal(mp_error_last()->code, MP_INDEX_ERROR);
    assert_int_equal(mp_any_kind(mp_any_value(MP(1), 0)), MP_KIND_NONE);
    assert_int_equal(mp_error_last()->code, MP_TYPE_ERROR);
}

static void data_is_the_memory_itself(void **state)
{
    (void)state;
    struct point p = {1, 2};
    const char *s = "x";
    assert_ptr_equal(mp_any_data(MP_STRUCT(p)), &p);
    assert_ptr_equal(mp_any_data(MP(s)), s);
    assert_null(mp_any_data(MP(1)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_c_number_has_its_kind),
        cmocka_unit_test(only_what_is_above_int64_is_a_uint),
        cmocka_unit_test(text_array_struct_and_function_have_their_kinds),
        cmocka_unit_test(length_is_what_len_says),
        cmocka_unit_test(array_of_values_is_a_list),
        cmocka_unit_test(null_text_is_refused_by_the_call_that_gets_it),
        cmocka_unit_test(null_text_deep_inside_is_refused),
        cmocka_unit_test(null_data_is_refused_unless_empty),
        cmocka_unit_test(key_without_a_value_is_refused),
        cmocka_unit_test(array_of_no_known_type_is_refused),
        cmocka_unit_test(length_beyond_48_bits_is_refused),
        cmocka_unit_test(items_count_from_both_ends),
        cmocka_unit_test(item_of_an_array_is_a_number),
        cmocka_unit_test(item_out_of_range_is_none_and_recorded),
        cmocka_unit_test(item_of_an_int_is_a_type_error),
        cmocka_unit_test(pairs_come_in_the_order_they_were_built),
        cmocka_unit_test(data_is_the_memory_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
