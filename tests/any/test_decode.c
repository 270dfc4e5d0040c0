/*
 * CBOR: containers arrive as they were sent, encoded as RFC 8949 says, and
 * bytes that are no value are refused without harm.
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

#define LITERAL(s_) (s_), sizeof(s_) - 1

static void assert_refused(const void *bytes, size_t n)
{
    mp_any v = MP_NONE;
    int i = 42;

    assert_raises(MP_VALUE_ERROR, decode_cbor(bytes, n, MP_TO(&v)));
    assert_int_equal(mp_any_kind(v), MP_KIND_NONE);
    assert_raises(MP_VALUE_ERROR, decode_cbor(bytes, n, MP_UNPACK(&i)));
    assert_int_equal(i, 42);
}

static void assert_bytes(const void *expected, size_t n, mp_any v)
{
    struct mp__measure m;
    unsigned char got[64];

    assert_ok(mp__measure(v, &m));
    assert_int_equal(m.size, n);
    mp__encode(v, &m, got, NULL);
    assert_memory_equal(expected, got, n);
}

static void assert_decodes(const char *text, const void *bytes, size_t n)
{
    mp_any v = MP_NONE;

    assert_ok(decode_cbor(bytes, n, MP_TO(&v)));
    assert_repr(text, v);
    mp_any_clear(&v);
}

/* A list in a list in a list ... */
static mp_any nested(mp_any *items, int depth)
{
    items[0] = MP_EMPTY_LIST;
    for (int i = 1; i < depth; i++)
        items[i] = mp_any_list(&items[i - 1], 1);
    return items[depth - 1];
}

/* -- what arrives is what was sent ----------------------------------------- */

static void containers_travel(void **state)
{
    (void)state;
    assert_travels("[]", MP_EMPTY_LIST);
    assert_travels("()", MP_EMPTY_TUPLE);
    assert_travels("{}", MP_EMPTY_DICT);
    assert_travels("[1, 'two', (3.0, None), [True, b'x']]",
                   MP_LIST(1, "two", MP_TUPLE(3.0, MP_NONE),
                           MP_LIST(MP_TRUE, MP_BYTES("x", 1))));
    assert_travels(
        "{'a': 1, (1, 2): {None: []}}",
        MP_DICT("a", 1, MP_TUPLE(1, 2), MP_DICT(MP_NONE, MP_EMPTY_LIST)));
}

static void every_number_travels_in_a_list(void **state)
{
    (void)state;
    assert_travels("[0, 23, 24, 255, 256, 65535, 65536, 4294967295]",
                   MP_LIST(0, 23, 24, 255, 256, 65535, 65536, 4294967295));
    assert_travels("[-1, -24, -25, -256, -257, -65537, -4294967297]",
                   MP_LIST(-1, -24, -25, -256, -257, -65537, -4294967297));
    assert_travels("[-9223372036854775808, 18446744073709551615, -0.0, inf]",
                   MP_LIST(INT64_MIN, UINT64_MAX, -0.0, (double)INFINITY));
}

static void arrays_and_structs_travel_in_a_list(void **state)
{
    (void)state;
    short xs[] = {1, -2};
    bool bs[] = {true, false};
    struct point p = {1, 2}, q = {0, 0};
    assert_travels(
        "[[1, -2], [True, False], <struct point, 16 bytes>]",
        MP_LIST(MP_ARRAY(xs), MP_ARRAY(bs), MP_STRUCT_AS("point", p)));
    assert_ok(roundtrip(MP_LIST(MP_STRUCT(p)), MP_UNPACK(MP_INTO(q))));
    assert_memory_equal(&p, &q, sizeof p);
}

static void function_travels_in_a_list(void **state)
{
    (void)state;
    mp_fn fn = NULL;
    assert_ok(roundtrip(MP_LIST(task), MP_UNPACK(&fn)));
    assert_true(fn == task);
}

static void message_is_taken_apart(void **state)
{
    (void)state;
    int i = 0;
    char *s = NULL;
    mp_any v = MP_NONE;
    assert_ok(roundtrip(MP_TUPLE(7, "seven", MP_LIST("x", 1)),
                        MP_UNPACK(&i, &s, &v)));
    assert_int_equal(i, 7);
    assert_string_equal(s, "seven");
    assert_repr("['x', 1]", v);
    free(s);
    mp_any_clear(&v);
}

static void large_message_is_taken_apart(void **state)
{
    (void)state;
    mp_any items[1000];
    double ds[1000];
    for (int i = 0; i < 1000; i++)
        items[i] = MP(i);
    assert_ok(roundtrip(mp_any_list(items, 1000), MP_INTO_ARRAY(ds)));
    assert_true(ds[0] == 0 && ds[999] == 999);
}

static void depth_of_1000_travels(void **state)
{
    (void)state;
    static mp_any items[MP__DEPTH_MAX];
    mp_any v = MP_NONE;
    assert_ok(roundtrip(nested(items, MP__DEPTH_MAX), MP_TO(&v)));
    assert_true(mp_any_equal(v, items[MP__DEPTH_MAX - 1]));
    mp_any_clear(&v);
}

static void depth_of_1001_cannot_be_sent(void **state)
{
    (void)state;
    static mp_any items[MP__DEPTH_MAX + 1];
    struct mp__measure m;
    assert_raises_saying(MP_VALUE_ERROR, "nested too deep",
                         mp__measure(nested(items, MP__DEPTH_MAX + 1), &m));
}

static void list_as_a_key_cannot_be_sent(void **state)
{
    (void)state;
    struct mp__measure m;
    assert_raises_saying(MP_TYPE_ERROR, "unhashable type: 'list'",
                         mp__measure(MP_DICT(MP_LIST(1), 2), &m));
    assert_raises_saying(
        MP_TYPE_ERROR, "unhashable type: 'dict'",
        mp__measure(MP_DICT(MP_TUPLE(1, MP_EMPTY_DICT), 2), &m));
}

/* -- the bytes themselves -------------------------------------------------- */

static void bytes_are_those_of_the_rfc(void **state)
{
    (void)state;
    unsigned short xs[] = {1, 2};
    assert_bytes(LITERAL("\x83\x01\x20\x63\x61\x62\x63"),
                 MP_LIST(1, -1, "abc"));
    assert_bytes(LITERAL("\xa1\x61\x61\xf6"), MP_DICT("a", MP_NONE));
    assert_bytes(LITERAL("\x82\xfb\x3f\xf8\0\0\0\0\0\0\xf5"),
                 MP_LIST(1.5, MP_TRUE));
    assert_bytes(LITERAL("\x81\x1a\0\x01\0\0"), MP_LIST(65536));
    assert_bytes(LITERAL("\x81\xd8\x45\x44\x01\0\x02\0"),
                 MP_LIST(MP_ARRAY(xs)));
    assert_bytes(LITERAL("\xd9\x6d\x70\x81\x42xy"),
                 MP_TUPLE(MP_BYTES("xy", 2)));
}

static void other_encodings_of_numbers_are_read(void **state)
{
    (void)state;
    assert_decodes("[1, -2, 1.5, 0.5]",
                   LITERAL("\x84\x1b\0\0\0\0\0\0\0\x01\x38\x01"
                           "\xfa\x3f\xc0\0\0\xf9\x38\0"));
}

/* -- what only pretends ---------------------------------------------------- */

static void cut_off_bytes_are_refused(void **state)
{
    (void)state;
    const char whole[] = "\x84\x19\x01\x02\x63xyz\xfb\x3f\xf8\0\0\0\0\0\0\xa1"
                         "\x01\xd9\x6d\x71\x82\xf6\x41z";
    assert_decodes("[258, 'xyz', 1.5, {1: <struct, 1 bytes>}]", LITERAL(whole));
    for (size_t n = 0; n < sizeof whole - 1; n++) {
        char *cut = malloc(n > 0 ? n : 1);
        assert_non_null(cut);
        memcpy(cut, whole, n);
        assert_refused(cut, n);
        free(cut);
    }
}

static void trailing_bytes_are_refused(void **state)
{
    (void)state;
    assert_refused(LITERAL("\x80\x80"));
}

static void announced_but_missing_items_are_refused(void **state)
{
    (void)state;
    assert_refused(LITERAL("\x9b\xff\xff\xff\xff\xff\xff\xff\xff"));
    assert_refused(LITERAL("\xbb\x80\0\0\0\0\0\0\0"));
    assert_refused(LITERAL("\x9a\x10\0\0\0"));
    assert_refused(LITERAL("\x5b\xff\xff\xff\xff\xff\xff\xff\xff"));
}

static void announced_items_share_one_budget(void **state)
{
    (void)state;
    char bytes[4096];
    memset(bytes, 0, sizeof bytes);
    /* Each list says that all of the rest is its own. */
    for (size_t i = 0; i + 3 < 1500; i += 3) {
        bytes[i] = (char)0x99;
        bytes[i + 1] = 0x08;
        bytes[i + 2] = 0;
    }
    assert_refused(bytes, sizeof bytes);
}

static void too_deep_bytes_are_refused(void **state)
{
    (void)state;
    char bytes[5000];
    memset(bytes, 0x81, sizeof bytes);
    bytes[MP__DEPTH_MAX] = 0;
    mp_any v = MP_NONE;
    assert_ok(decode_cbor(bytes, MP__DEPTH_MAX + 1, MP_TO(&v)));
    mp_any_clear(&v);
    bytes[MP__DEPTH_MAX] = (char)0x81;
    bytes[MP__DEPTH_MAX + 1] = 0;
    assert_refused(bytes, MP__DEPTH_MAX + 2);
}

static void indefinite_lengths_are_refused(void **state)
{
    (void)state;
    assert_refused(LITERAL("\x9f\x01\xff"));
    assert_refused(LITERAL("\xbf\xff"));
    assert_refused(LITERAL("\x7f\x61x\xff"));
    assert_refused(LITERAL("\x5f\x41x\xff"));
    assert_refused(LITERAL("\x81\xff"));
}

static void unknown_tags_and_simple_values_are_refused(void **state)
{
    (void)state;
    assert_refused(LITERAL("\x81\xc1\x01"));     /* a date           */
    assert_refused(LITERAL("\x81\xc2\x41\x01")); /* a bignum         */
    assert_refused(LITERAL("\x81\xf7"));         /* undefined        */
    assert_refused(LITERAL("\x81\xe0"));         /* simple value 0   */
    assert_refused(LITERAL("\x81\x1c"));         /* reserved         */
    assert_refused(LITERAL("\xd9\x6d\x70\x01")); /* a tuple of no array */
}

static void text_in_a_list_is_checked(void **state)
{
    (void)state;
    assert_refused(LITERAL("\x81\x61\xff"));
}

static void int_below_int64_is_refused(void **state)
{
    (void)state;
    assert_refused(LITERAL("\x81\x3b\x80\0\0\0\0\0\0\0"));
    assert_decodes("[-9223372036854775808]",
                   LITERAL("\x81\x3b\x7f\xff\xff\xff\xff\xff\xff\xff"));
}

static void list_as_a_key_is_pythons_type_error(void **state)
{
    (void)state;
    mp_any v = MP_NONE;
    assert_raises_saying(MP_TYPE_ERROR, "unhashable type: 'list'",
                         decode_cbor(LITERAL("\xa1\x80\x01"), MP_TO(&v)));
    assert_int_equal(mp_any_kind(v), MP_KIND_NONE);
}

static void broken_structs_are_refused(void **state)
{
    (void)state;
    assert_refused(LITERAL("\xd9\x6d\x71\x81\xf6"));
    assert_refused(LITERAL("\xd9\x6d\x71\x82\x01\x41x"));
    assert_refused(LITERAL("\xd9\x6d\x71\x82\x61\0\x41x"));
    assert_refused(LITERAL("\xd9\x6d\x71\x82\x61\xff\x41x"));
    assert_refused(LITERAL("\xd9\x6d\x71\x82\xf6\x61x"));
}

static void broken_arrays_are_refused(void **state)
{
    (void)state;
    assert_refused(LITERAL("\xd8\x45\x41\x01"));
    assert_refused(LITERAL("\xd9\x6d\x74\x41\x02"));
    assert_refused(LITERAL("\xd8\x45\x82\x01\x02"));
}

static void broken_functions_are_refused(void **state)
{
    (void)state;
    assert_refused(LITERAL("\xd9\x6d\x72\x82\x01\x02"));
    assert_refused(LITERAL("\xd9\x6d\x72\x81\x01"));
    assert_refused(LITERAL("\xd9\x6d\x72\x82\x20\x02"));
}

static void handle_of_no_known_type_is_refused(void **state)
{
    (void)state;
    assert_refused(LITERAL("\xd9\x6d\x73\x83\x00\x40\x00"));
    assert_refused(LITERAL("\xd9\x6d\x73\x83\x18\xff\x40\x00"));
    assert_refused(LITERAL("\xd9\x6d\x73\x83\x01\x40\x01"));
}

static void length_in_the_head_must_be_the_size(void **state)
{
    (void)state;
    struct mp__record r = {mp__head(MP__RECORD_CBOR, 0, 2), "\x80", 1, NULL, 0};
    mp_any v = MP_NONE;
    assert_raises(MP_VALUE_ERROR, mp__decode(&r, MP_TO(&v)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(containers_travel),
        cmocka_unit_test(every_number_travels_in_a_list),
        cmocka_unit_test(arrays_and_structs_travel_in_a_list),
        cmocka_unit_test(function_travels_in_a_list),
        cmocka_unit_test(message_is_taken_apart),
        cmocka_unit_test(large_message_is_taken_apart),
        cmocka_unit_test(depth_of_1000_travels),
        cmocka_unit_test(depth_of_1001_cannot_be_sent),
        cmocka_unit_test(list_as_a_key_cannot_be_sent),
        cmocka_unit_test(bytes_are_those_of_the_rfc),
        cmocka_unit_test(other_encodings_of_numbers_are_read),
        cmocka_unit_test(cut_off_bytes_are_refused),
        cmocka_unit_test(trailing_bytes_are_refused),
        cmocka_unit_test(announced_but_missing_items_are_refused),
        cmocka_unit_test(announced_items_share_one_budget),
        cmocka_unit_test(too_deep_bytes_are_refused),
        cmocka_unit_test(indefinite_lengths_are_refused),
        cmocka_unit_test(unknown_tags_and_simple_values_are_refused),
        cmocka_unit_test(text_in_a_list_is_checked),
        cmocka_unit_test(int_below_int64_is_refused),
        cmocka_unit_test(list_as_a_key_is_pythons_type_error),
        cmocka_unit_test(broken_structs_are_refused),
        cmocka_unit_test(broken_arrays_are_refused),
        cmocka_unit_test(broken_functions_are_refused),
        cmocka_unit_test(handle_of_no_known_type_is_refused),
        cmocka_unit_test(length_in_the_head_must_be_the_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
