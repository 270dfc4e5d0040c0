/*
 * Copies depend on nothing but themselves; clearing frees what was received
 * and leaves alone what was built.
 */
#include "roundtrip.h"

struct point {
    double x, y;
};

static void assert_copies(const char *text, mp_any v)
{
    mp_any copy = MP_NONE;

    assert_ok(mp_any_copy(v, &copy));
    assert_repr(text, copy);
    mp_any_clear(&copy);
    assert_int_equal(mp_any_kind(copy), MP_KIND_NONE);
}

static void every_kind_is_copied(void **state)
{
    (void)state;
    int xs[] = {1, 2};
    struct point p = {1, 2};
    assert_copies("42", MP(42));
    assert_copies("'x'", MP("x"));
    assert_copies("b''", MP_BYTES(NULL, 0));
    assert_copies("[]", MP_EMPTY_LIST);
    assert_copies("[1, 2]", MP_ARRAY(xs));
    assert_copies("<struct point, 16 bytes>", MP_STRUCT_AS("point", p));
    assert_copies("[(1, 'x'), {'a': [None]}]",
                  MP_LIST(MP_TUPLE(1, "x"), MP_DICT("a", MP_LIST(MP_NONE))));
}

static void copy_outlives_what_it_was_made_of(void **state)
{
    (void)state;
    char text[] = "hello";
    int xs[] = {1, 2};
    mp_any copy = MP_NONE;
    assert_ok(mp_any_copy(MP_LIST(text, MP_ARRAY(xs)), &copy));
    memset(text, 'x', sizeof text - 1);
    memset(xs, 0, sizeof xs);
    assert_repr("['hello', [1, 2]]", copy);
    mp_any_clear(&copy);
}

static void copied_struct_is_aligned_and_named(void **state)
{
    (void)state;
    struct point p = {1, 2};
    char tag[] = "point";
    mp_any copy = MP_NONE;
    assert_ok(mp_any_copy(MP_LIST("x", MP_STRUCT_AS(tag, p)), &copy));
    tag[0] = 'j';
    const struct point *q = mp_any_data(mp_any_item(copy, 1));
    assert_int_equal((uintptr_t)q % 16, 0);
    assert_true(q->x == 1 && q->y == 2);
    assert_repr("['x', <struct point, 16 bytes>]", copy);
    mp_any_clear(&copy);
}

static void clearing_a_built_value_does_nothing(void **state)
{
    (void)state;
    mp_any v = MP_LIST(1, "x");
    mp_any_clear(&v);
    assert_int_equal(mp_any_kind(v), MP_KIND_NONE);
    mp_any_clear(NULL);
}

static void clearing_an_item_does_nothing_to_its_list(void **state)
{
    (void)state;
    mp_any inner = MP_NONE;
    assert_ok(mp_any_copy("x", &inner));
    mp_any list = MP_LIST(inner);
    mp_any item = mp_any_item(list, 0);
    mp_any_clear(&item);
    assert_repr("['x']", list);
    mp_any_clear(&inner);
}

static void clearing_twice_is_fine(void **state)
{
    (void)state;
    mp_any v = MP_NONE;
    assert_ok(mp_any_copy("x", &v));
    mp_any_clear(&v);
    mp_any_clear(&v);
    assert_int_equal(mp_any_kind(v), MP_KIND_NONE);
}

static void received_value_may_be_part_of_a_built_one(void **state)
{
    (void)state;
    mp_any part = MP_NONE;
    assert_ok(roundtrip(MP_LIST(1, "x"), MP_TO(&part)));
    assert_copies("{'a': [1, 'x']}", MP_DICT("a", part));
    mp_any_clear(&part);
}

static void too_deep_a_value_is_not_copied(void **state)
{
    (void)state;
    mp_any loop[1] = {MP_NONE};
    mp_any out = MP(42);
    loop[0] = mp_any_list(loop, 1);
    assert_raises_saying(MP_VALUE_ERROR, "nested too deep",
                         mp_any_copy(loop[0], &out));
    assert_repr("42", out);
}

static void list_as_a_key_is_not_copied(void **state)
{
    (void)state;
    mp_any out = MP(42);
    assert_raises_saying(MP_TYPE_ERROR, "unhashable type: 'list'",
                         mp_any_copy(MP_DICT(MP_EMPTY_LIST, 1), &out));
    assert_repr("42", out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_copied),
        cmocka_unit_test(copy_outlives_what_it_was_made_of),
        cmocka_unit_test(copied_struct_is_aligned_and_named),
        cmocka_unit_test(clearing_a_built_value_does_nothing),
        cmocka_unit_test(clearing_an_item_does_nothing_to_its_list),
        cmocka_unit_test(clearing_twice_is_fine),
        cmocka_unit_test(received_value_may_be_part_of_a_built_one),
        cmocka_unit_test(too_deep_a_value_is_not_copied),
        cmocka_unit_test(list_as_a_key_is_not_copied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
