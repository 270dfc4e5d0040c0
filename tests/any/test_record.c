/*
 * Records: what is one copy (numbers, texts, structs, arrays, functions), and
 * bytes that only pretend to be one.
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

/* A record with that head and payload must be refused, whatever it is to be
   received as. */
static void assert_refused(uint64_t head, const void *payload, size_t size)
{
    struct mp__record r = {.head = head, .payload = payload, .size = size};
    mp_any v = MP_NONE;
    int n = 42;

    assert_raises(MP_VALUE_ERROR, mp__decode(&r, MP_TO(&v)));
    assert_int_equal(mp_any_kind(v), MP_KIND_NONE);
    assert_raises(MP_VALUE_ERROR, mp__decode(&r, MP_TO(&n)));
    assert_int_equal(n, 42);
}

/* -- what arrives is what was sent ----------------------------------------- */

static void numbers_travel(void **state)
{
    (void)state;
    assert_travels("42", MP(42));
    assert_travels("-9223372036854775808", MP(INT64_MIN));
    assert_travels("18446744073709551615", MP(UINT64_MAX));
    assert_travels("2.5", MP(2.5));
    assert_travels("True", MP_TRUE);
    assert_travels("None", MP_NONE);
}

static void texts_and_bytes_travel(void **state)
{
    (void)state;
    assert_travels("'h\u00e9llo'", MP("h\u00e9llo"));
    assert_travels("''", MP(""));
    assert_travels("b'a\\x00'", MP_BYTES("a", 2));
    assert_travels("b''", MP_BYTES(NULL, 0));
}

static void received_text_ends_in_nul(void **state)
{
    (void)state;
    mp_any v = MP_NONE;
    assert_ok(roundtrip(MP("hello"), MP_TO(&v)));
    assert_string_equal(mp_any_data(v), "hello");
    mp_any_clear(&v);
}

static void arrays_travel(void **state)
{
    (void)state;
    int xs[] = {1, -2, 3};
    bool bs[] = {true, false};
    float fs[] = {1.5F};
    assert_travels("[1, -2, 3]", MP_ARRAY(xs));
    assert_travels("[True, False]", MP_ARRAY(bs));
    assert_travels("[1.5]", MP_ARRAY(fs));
    assert_travels("[]", mp_any_array(MP_ELEM_I32, NULL, 0));
}

static void struct_travels_with_its_name(void **state)
{
    (void)state;
    struct point p = {1, 2}, q = {0, 0};
    assert_ok(roundtrip(MP_STRUCT_AS("point", p), MP_INTO_AS("point", q)));
    assert_memory_equal(&p, &q, sizeof p);
    assert_travels("<struct point, 16 bytes>", MP_STRUCT_AS("point", p));
    assert_travels("<struct, 16 bytes>", MP_STRUCT(p));
}

static void function_travels_within_the_family(void **state)
{
    (void)state;
    mp_fn fn = NULL;
    assert_ok(roundtrip(MP(task), MP_TO(&fn)));
    assert_true(fn == task);
}

static void head_of_a_number_is_its_kind(void **state)
{
    (void)state;
    struct mp__measure m;
    assert_ok(mp__measure(MP(7), &m));
    assert_true(m.head == MP_KIND_INT && m.size == 8 && m.nfds == 0);
}

static void misfit_stores_nothing(void **state)
{
    (void)state;
    int n = 42;
    assert_raises_saying(MP_TYPE_ERROR, "expected int, got str",
                         roundtrip(MP("x"), MP_TO(&n)));
    assert_raises_saying(MP_TYPE_ERROR, "2147483648 does not fit int",
                         roundtrip(MP(2147483648), MP_TO(&n)));
    assert_int_equal(n, 42);
}

static void empty_payload_may_be_null(void **state)
{
    (void)state;
    struct mp__record text = {.head = MP_KIND_STR};
    struct mp__record cbor = {.head = MP__RECORD_CBOR};
    mp_any v = MP_NONE;
    char *s = NULL;
    assert_ok(mp__decode(&text, MP_TO(&s)));
    assert_string_equal(s, "");
    free(s);
    assert_raises(MP_VALUE_ERROR, mp__decode(&cbor, MP_TO(&v)));
}

static void view_of_a_message_is_refused(void **state)
{
    (void)state;
    const char *s = NULL;
    mp_any v = MP_NONE;
    int n;
    assert_raises(MP_VALUE_ERROR, roundtrip(MP("x"), mp_out_str_view(&s)));
    assert_raises(
        MP_VALUE_ERROR,
        roundtrip(MP_LIST(1, "x"), MP_UNPACK(&n, mp_out_any_view(&v))));
    assert_null(s);
}

/* -- what cannot be sent --------------------------------------------------- */

static void text_that_is_not_utf8_cannot_be_sent(void **state)
{
    (void)state;
    struct mp__measure m;
    const char *const bad[] = {"\xff",         "\xc3",
                               "\xc0\x80",     "\xed\xa0\x80",
                               "abcdefgh\x80", "\xf4\x90\x80\x80"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_raises_saying(MP_VALUE_ERROR, "text is not UTF-8",
                             mp__measure(MP(bad[i]), &m));
        assert_raises(MP_VALUE_ERROR, mp__measure(MP_LIST(bad[i]), &m));
    }
}

static void name_of_a_struct_has_a_limit(void **state)
{
    (void)state;
    struct mp__measure m;
    char tag[300];
    memset(tag, 'x', sizeof tag - 1);
    tag[sizeof tag - 1] = '\0';
    int n = 0;
    assert_raises(MP_VALUE_ERROR, mp__measure(MP_STRUCT_AS(tag, n), &m));
    assert_raises(MP_VALUE_ERROR,
                  mp__measure(MP_LIST(MP_STRUCT_AS(tag, n)), &m));
    tag[255] = '\0';
    assert_travels(repr_of(MP_STRUCT_AS(tag, n)), MP_STRUCT_AS(tag, n));
}

/* -- what only pretends ---------------------------------------------------- */

static void unknown_kinds_are_refused(void **state)
{
    (void)state;
    const char zeros[16] = {0};
    const int kinds[] = {MP_KIND_LIST, MP_KIND_TUPLE,
                         MP_KIND_DICT, MP_KIND_HANDLE,
                         MP_KIND_BAD,  31,
                         33,           255};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        assert_refused(mp__head(kinds[i], 0, 0), zeros, 0);
}

static void number_of_a_wrong_size_is_refused(void **state)
{
    (void)state;
    const char zeros[16] = {0};
    assert_refused(MP_KIND_INT, zeros, 7);
    assert_refused(MP_KIND_INT, zeros, 16);
    assert_refused(mp__head(MP_KIND_INT, 1, 0), zeros, 8);
    assert_refused(mp__head(MP_KIND_INT, 0, 1), zeros, 8);
}

static void flags_in_a_head_are_refused(void **state)
{
    (void)state;
    const char zeros[16] = {0};
    assert_refused(MP_KIND_INT | MP__FLAG_OWNED, zeros, 8);
}

static void bool_other_than_zero_and_one_is_refused(void **state)
{
    (void)state;
    const uint64_t two = 2;
    assert_refused(MP_KIND_BOOL, &two, 8);
    assert_refused(mp__head(MP_KIND_ARRAY, MP_ELEM_BOOL, 8), &two, 8);
}

static void small_uint_is_refused(void **state)
{
    (void)state;
    const uint64_t two = 2;
    assert_refused(MP_KIND_UINT, &two, 8);
}

static void text_is_checked_again_on_arrival(void **state)
{
    (void)state;
    assert_refused(mp__head(MP_KIND_STR, 0, 1), "\xff", 1);
    assert_refused(mp__head(MP_KIND_STR, 0, 2), "x", 1);
}

static void array_of_a_wrong_size_is_refused(void **state)
{
    (void)state;
    const char zeros[16] = {0};
    assert_refused(mp__head(MP_KIND_ARRAY, MP_ELEM_I32, 4), zeros, 15);
    assert_refused(mp__head(MP_KIND_ARRAY, MP_ELEM_ANY, 1), zeros, 16);
    assert_refused(mp__head(MP_KIND_ARRAY, MP_ELEM_NONE, 0), zeros, 0);
    assert_refused(mp__head(MP_KIND_ARRAY, 15, 1), zeros, 16);
    assert_refused(mp__head(MP_KIND_ARRAY, MP_ELEM_I8, MP__LEN_MAX), zeros, 8);
}

static void struct_with_a_wrong_name_is_refused(void **state)
{
    (void)state;
    assert_refused(mp__head(MP_KIND_STRUCT, 0, 3), "\0\0\0", 3);
    assert_refused(mp__head(MP_KIND_STRUCT, 0, 6), "\3\0\0\0ab", 6);
    assert_refused(mp__head(MP_KIND_STRUCT, 0, 6), "\2\0\0\0ab", 6);
    assert_refused(mp__head(MP_KIND_STRUCT, 0, 7), "\3\0\0\0a\0b", 7);
    assert_refused(mp__head(MP_KIND_STRUCT, 0, 6), "\2\0\0\0\xff", 6);
    assert_refused(mp__head(MP_KIND_STRUCT, 0, 4), "\xff\xff\xff\xff", 4);
}

static void function_of_another_family_is_refused(void **state)
{
    (void)state;
    const uint64_t words[] = {1, (uintptr_t)task};
    assert_refused(mp__head(MP_KIND_FN, 0, 16), words, 16);
    assert_refused(mp__head(MP_KIND_FN, 0, 8), words, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_travel),
        cmocka_unit_test(texts_and_bytes_travel),
        cmocka_unit_test(received_text_ends_in_nul),
        cmocka_unit_test(arrays_travel),
        cmocka_unit_test(struct_travels_with_its_name),
        cmocka_unit_test(function_travels_within_the_family),
        cmocka_unit_test(head_of_a_number_is_its_kind),
        cmocka_unit_test(misfit_stores_nothing),
        cmocka_unit_test(empty_payload_may_be_null),
        cmocka_unit_test(view_of_a_message_is_refused),
        cmocka_unit_test(text_that_is_not_utf8_cannot_be_sent),
        cmocka_unit_test(name_of_a_struct_has_a_limit),
        cmocka_unit_test(unknown_kinds_are_refused),
        cmocka_unit_test(number_of_a_wrong_size_is_refused),
        cmocka_unit_test(flags_in_a_head_are_refused),
        cmocka_unit_test(bool_other_than_zero_and_one_is_refused),
        cmocka_unit_test(small_uint_is_refused),
        cmocka_unit_test(text_is_checked_again_on_arrival),
        cmocka_unit_test(array_of_a_wrong_size_is_refused),
        cmocka_unit_test(struct_with_a_wrong_name_is_refused),
        cmocka_unit_test(function_of_another_family_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
