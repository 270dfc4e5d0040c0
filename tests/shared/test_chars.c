/*
 * Arrays of char: texts of a fixed room, as Python's SynchronizedString.
 */
#include "expect.h"

#include <mproc.h>

#include <string.h>

static void assert_bytes(mp_any v, const char *expected)
{
    char text[100];
    assert_ok(mp_repr(v, text, sizeof text));
    assert_string_equal(text, expected);
}

static void array_of_a_text_has_no_nul(void **state)
{
    (void)state;
    mp_auto_shared char *s = mp_array_new(char, "Hello");
    mp_auto_shared char *b = mp_array_new(char, MP_BYTES("a\0b", 3));
    mp_auto_shared char *l = mp_array_new(char, MP_LIST('x', "y", 200));
    assert_int_equal(mp_array_len(s), 5);
    assert_memory_equal(s, "Hello", 5);
    assert_memory_equal(b, "a\0b", 3);
    assert_memory_equal(l, "xy\xc8", 3);
}

static void value_ends_at_the_first_nul(void **state)
{
    (void)state;
    mp_auto_shared char *s = mp_array_new(char, MP_BYTES("ab\0cd", 5));
    mp_auto_shared char *full = mp_array_new(char, "abc");
    assert_bytes(mp_array_value(s), "b'ab'");
    assert_bytes(mp_array_raw(s), "b'ab\\x00cd'");
    assert_bytes(mp_array_view(s), "b'ab\\x00cd'");
    assert_bytes(mp_array_value(full), "b'abc'");
}

static void value_and_raw_are_copied(void **state)
{
    (void)state;
    mp_auto_shared char *s = mp_array_new(char, MP_BYTES("ab\0cd", 5));
    mp_auto_any value = MP_NONE, raw = MP_NONE;
    assert_ok(mp_array_get_value(s, &value));
    assert_ok(mp_array_get_raw(s, &raw));
    memset(s, 'z', 5);
    assert_bytes(value, "b'ab'");
    assert_bytes(raw, "b'ab\\x00cd'");
}

static void setting_the_value_ends_it(void **state)
{
    (void)state;
    mp_auto_shared char *s = mp_array_new(char, "Hello");
    assert_ok(mp_array_set_value(s, "hi"));
    assert_bytes(mp_array_raw(s), "b'hi\\x00lo'");
    assert_ok(mp_array_set_value(s, "World"));
    assert_bytes(mp_array_raw(s), "b'World'");
    assert_ok(mp_array_set_value(s, ""));
    assert_bytes(mp_array_value(s), "b''");
}

static void setting_raw_leaves_what_is_behind(void **state)
{
    (void)state;
    mp_auto_shared char *s = mp_array_new(char, "Hello");
    assert_ok(mp_array_set_raw(s, MP_BYTES("J\0", 2)));
    assert_bytes(mp_array_raw(s), "b'J\\x00llo'");
}

static void what_is_too_long_is_refused(void **state)
{
    (void)state;
    mp_auto_shared char *s = mp_array_new(char, "Hello");
    assert_raises_saying(MP_VALUE_ERROR, "byte string too long",
                         mp_array_set_value(s, "longer"));
    assert_raises_saying(MP_VALUE_ERROR, "byte string too long",
                         mp_array_set_raw(s, "longer"));
    assert_raises(MP_TYPE_ERROR, mp_array_set_value(s, 5));
    assert_raises(MP_TYPE_ERROR, mp_array_set_raw(s, MP_LIST('a')));
    assert_bytes(mp_array_raw(s), "b'Hello'");
}

static void numbers_are_no_text(void **state)
{
    (void)state;
    mp_auto_shared int *xs = mp_array_new(int, 3);
    mp_auto_shared signed char *bs = mp_array_new(signed char, 3);
    mp_any v = MP_NONE;
    assert_raises(MP_TYPE_ERROR, mp_array_get_value(xs, &v));
    assert_raises(MP_TYPE_ERROR, mp_array_get_raw(bs, &v));
    assert_raises(MP_TYPE_ERROR, mp_array_set_value(xs, "a"));
    assert_raises_saying(MP_TYPE_ERROR, "Array of c_int is no text",
                         mp_print(mp_array_value(xs)));
    assert_raises(MP_TYPE_ERROR, mp_print(mp_array_raw(xs)));
}

static void items_and_slices_are_bytes(void **state)
{
    (void)state;
    mp_auto_shared char *s = mp_array_new(char, "Hello");
    mp_auto_any item = MP_NONE, slice = MP_NONE;
    assert_ok(mp_array_set_item(s, 0, 'J'));
    assert_ok(mp_array_set_item(s, -1, "y"));
    assert_ok(mp_array_set(s, 1, 3, "ab"));
    assert_ok(mp_array_get_item(s, 0, &item));
    assert_ok(mp_array_get(s, 1, MP_END, &slice));
    assert_bytes(item, "b'J'");
    assert_bytes(slice, "b'ably'");
    assert_raises(MP_TYPE_ERROR, mp_array_set_item(s, 0, "two"));
    assert_raises(MP_TYPE_ERROR, mp_array_set_item(s, 0, 300));
    assert_raises(MP_VALUE_ERROR, mp_array_set(s, 0, 2, "abc"));
}

static void char_is_neither_a_signed_nor_an_unsigned_one(void **state)
{
    (void)state;
    char text[100];
    mp_auto_shared unsigned char *us =
        mp_array_new(unsigned char, MP_BYTES("\xff", 1));
    mp_auto_shared signed char *bs = mp_array_new(signed char, MP_LIST(-1));
    assert_bytes(mp_array_view(us), "[255]");
    assert_bytes(mp_array_view(bs), "[-1]");
    mp_repr(MP_SHARED(us), text, sizeof text);
    assert_memory_equal(text, "<SynchronizedArray wrapper for <c_ubyte_Array_1",
                        47);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(array_of_a_text_has_no_nul),
        cmocka_unit_test(value_ends_at_the_first_nul),
        cmocka_unit_test(value_and_raw_are_copied),
        cmocka_unit_test(setting_the_value_ends_it),
        cmocka_unit_test(setting_raw_leaves_what_is_behind),
        cmocka_unit_test(what_is_too_long_is_refused),
        cmocka_unit_test(numbers_are_no_text),
        cmocka_unit_test(items_and_slices_are_bytes),
        cmocka_unit_test(char_is_neither_a_signed_nor_an_unsigned_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
