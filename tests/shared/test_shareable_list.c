/*
 * ShareableList: what Python's does, and the two things it does not: texts are
 * measured in bytes, and keep what they end in.
 */
#include "expect.h"
#include "leak.h"
#include "registry.h"

#include <mproc.h>

#include <errno.h>
#include <limits.h>

/* Item i of a list, as it prints. */
#define assert_item(text_, list_, i_)                         \
    do {                                                      \
        mp_auto_any v_ = MP_NONE;                             \
        assert_ok(mp_shareable_list_get((list_), (i_), &v_)); \
        assert_prints((text_), v_);                           \
    } while (0)

#define assert_prints(text_, v_)                         \
    do {                                                 \
        char shown_[400];                                \
        assert_ok(mp_repr((v_), shown_, sizeof shown_)); \
        assert_string_equal(shown_, (text_));            \
    } while (0)

static struct leak_snapshot *before;

static int set_up(void **state)
{
    (void)state;
    before = leak_take();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    int leaks = leak_count(before);
    leak_free(before);
    return leaks + registry_files();
}

static mp_shareable_list *one_of_each(void)
{
    return mp_shareable_list_new(
        MP_LIST(1, 2.5, "text", MP_NONE, MP_TRUE, MP_BYTES("a\0b", 3)),
        .name = "each");
}

/* -- making and attaching -------------------------------------------------- */

static void list_has_what_it_was_made_with(void **state)
{
    (void)state;
    mp_auto(mp_shareable_list) l = one_of_each();
    assert_made(l);
    assert_int_equal(mp_shareable_list_len(l), 6);
    assert_item("1", l, 0);
    assert_item("2.5", l, 1);
    assert_item("'text'", l, 2);
    assert_item("None", l, 3);
    assert_item("True", l, 4);
    assert_item("b'a\\x00b'", l, 5);
}

static void list_is_made_of_a_tuple_or_an_array_too(void **state)
{
    (void)state;
    double xs[] = {0.5, -1e300};
    mp_auto(mp_shareable_list) t = mp_shareable_list_new(MP_TUPLE("a", 2));
    mp_auto(mp_shareable_list) a = mp_shareable_list_new(MP_ARRAY(xs));
    assert_int_equal(mp_shareable_list_len(t), 2);
    assert_item("'a'", t, 0);
    assert_item("-1e+300", a, 1);
}

static void list_may_be_empty(void **state)
{
    (void)state;
    mp_auto(mp_shareable_list) l = mp_shareable_list_new(MP_EMPTY_LIST);
    mp_auto(mp_shareable_list) none = mp_shareable_list_new();
    int n;
    assert_int_equal(mp_shareable_list_len(l), 0);
    assert_int_equal(mp_shareable_list_len(none), 0);
    assert_raises(MP_INDEX_ERROR, mp_shareable_list_get(l, 0, &n));
}

static void attached_list_is_the_same_one(void **state)
{
    (void)state;
    mp_auto(mp_shareable_list) l = one_of_each();
    mp_auto(mp_shareable_list) same = mp_shareable_list_attach("each");
    mp_auto(mp_shareable_list) again = mp_shareable_list_new(.name = "each");
    assert_made(same);
    assert_made(again);
    assert_ok(mp_shareable_list_set(l, 0, 42));
    assert_item("42", same, 0);
    assert_ok(mp_shareable_list_set(same, 2, "new"));
    assert_item("'new'", again, 2);
}

static void list_outlives_its_maker_while_it_is_used(void **state)
{
    (void)state;
    mp_shareable_list *l = one_of_each();
    mp_auto(mp_shareable_list) same = mp_shareable_list_attach("each");
    assert_made(same);
    mp_shareable_list_free(l);
    mp_auto(mp_shareable_list) again = mp_shareable_list_attach("each");
    assert_item("'text'", again, 2);
}

static void list_that_persists_stays(void **state)
{
    (void)state;
    mp_shareable_list_free(
        mp_shareable_list_new(MP_LIST(7), .name = "l", .persist = true));
    mp_auto(mp_shareable_list) l = mp_shareable_list_attach("l");
    assert_item("7", l, 0);
    assert_ok(mp_shared_memory_unlink(mp_shareable_list_shm(l)));
}

/* -- getting --------------------------------------------------------------- */

static void items_land_in_variables_of_their_type(void **state)
{
    (void)state;
    mp_auto(mp_shareable_list) l = one_of_each();
    long n = 0;
    double x = 0;
    char *text = NULL;
    bool b = false;
    mp_bytes bytes = {NULL, 0};
    assert_ok(mp_shareable_list_get(l, 0, &n));
    assert_ok(mp_shareable_list_get(l, 1, &x));
    assert_ok(mp_shareable_list_get(l, 2, &text));
    assert_ok(mp_shareable_list_get(l, 4, &b));
    assert_ok(mp_shareable_list_get(l, 5, &bytes));
    assert_true(n == 1 && x == 2.5 && b && strcmp(text, "text") == 0);
    assert_int_equal(bytes.size, 3);
    assert_raises(MP_TYPE_ERROR, mp_shareable_list_get(l, 2, &n));
    assert_int_equal(n, 1);
    free(text);
    free(bytes.data);
}

static void negative_index_counts_from_the_end(void **state)
{
    (void)state;
    mp_auto(mp_shareable_list) l = mp_shareable_list_new(MP_LIST(1, 2, 3));
    assert_item("3", l, -1);
    assert_item("1", l, -3);
    assert_ok(mp_shareable_list_set(l, -2, 22));
    assert_item("22", l, 1);
}

static void index_out_of_range_is_an_error(void **state)
{
    (void)state;
    static const ptrdiff_t far[] = {3, -4, PTRDIFF_MAX, PTRDIFF_MIN};
    mp_auto(mp_shareable_list) l = mp_shareable_list_new(MP_LIST(1, 2, 3));
    int n = 42;
    for (size_t i = 0; i < sizeof far / sizeof *far; i++) {
        assert_raises_saying(MP_INDEX_ERROR, "index out of range",
                             mp_shareable_list_get(l, far[i], &n));
        assert_raises_saying(MP_INDEX_ERROR, "assignment index out of range",
                             mp_shareable_list_set(l, far[i], 1));
    }
    assert_int_equal(n, 42);
}

/* -- setting --------------------------------------------------------------- */

static void item_may_change_its_type(void **state)
{
    (void)state;
    mp_auto(mp_shareable_list) l = mp_shareable_list_new(MP_LIST(1));
    assert_ok(mp_shareable_list_set(l, 0, "12345678"));
    assert_item("'12345678'", l, 0);
    assert_ok(mp_shareable_list_set(l, 0, MP_NONE));
    assert_item("None", l, 0);
    assert_ok(mp_shareable_list_set(l, 0, -0.0));
    assert_item("-0.0", l, 0);
    assert_ok(mp_shareable_list_set(l, 0, MP_FALSE));
    assert_item("False", l, 0);
    assert_ok(mp_shareable_list_set(l, 0, INT64_MIN));
    assert_item("-9223372036854775808", l, 0);
}

/* Python cuts the first and loses the end of the second. */
static void texts_are_kept_whole(void **state)
{
    (void)state;
    mp_auto(mp_shareable_list) l = mp_shareable_list_new(
        MP_LIST("\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
                "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac",
                MP_BYTES("ab\0\0\0", 5), "", MP_BYTES("\0", 1)));
    assert_item("'\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
                "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac'",
                l, 0);
    assert_item("b'ab\\x00\\x00\\x00'", l, 1);
    assert_item("''", l, 2);
    assert_item("b'\\x00'", l, 3);
}

static void shorter_text_leaves_nothing_of_the_longer(void **state)
{
    (void)state;
    mp_auto(mp_shareable_list) l =
        mp_shareable_list_new(MP_LIST("a long text"));
    assert_ok(mp_shareable_list_set(l, 0, "short"));
    assert_item("'short'", l, 0);
    assert_ok(mp_shareable_list_set(l, 0, "another one"));
    assert_item("'another one'", l, 0);
}

static void text_may_be_as_long_as_its_room(void **state)
{
    (void)state;
    const char *full = "bytes/str item exceeds available storage";
    mp_auto(mp_shareable_list) l = mp_shareable_list_new(MP_LIST("abc", ""));
    assert_ok(mp_shareable_list_set(l, 0, "12345678"));
    assert_raises_saying(MP_VALUE_ERROR, full,
                         mp_shareable_list_set(l, 0, "123456789"));
    assert_raises_saying(MP_VALUE_ERROR, full,
                         mp_shareable_list_set(l, 1, MP_BYTES("123456789", 9)));
    assert_raises_saying(
        MP_VALUE_ERROR, full,
        mp_shareable_list_set(l, 0, "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"));
    assert_item("'12345678'", l, 0);
}

static void long_text_is_kept(void **state)
{
    (void)state;
    enum { LONG = 1000001 };
    char *text = calloc(1, LONG + 1), *out = NULL;
    memset(text, 'x', LONG);
    mp_auto(mp_shareable_list) l = mp_shareable_list_new(MP_LIST(text));
    text[LONG - 1] = 'y';
    assert_ok(mp_shareable_list_set(l, 0, text));
    assert_ok(mp_shareable_list_get(l, 0, &out));
    assert_string_equal(out, text);
    free(text);
    free(out);
}

static void other_types_are_refused(void **state)
{
    (void)state;
    mp_auto(mp_shareable_list) l = mp_shareable_list_new(MP_LIST(1));
    assert_raises_saying(MP_TYPE_ERROR, "cannot hold list",
                         mp_shareable_list_set(l, 0, MP_LIST(1)));
    assert_raises_saying(MP_TYPE_ERROR, "cannot hold ShareableList",
                         mp_shareable_list_set(l, 0, l));
    assert_none(MP_TYPE_ERROR, "cannot hold dict",
                mp_shareable_list_new(MP_LIST(1, MP_DICT("a", 1))));
    assert_none(MP_TYPE_ERROR, "expected list, tuple or array, got str",
                mp_shareable_list_new(MP("text")));
    assert_item("1", l, 0);
}

static void int_of_more_than_64_bits_is_refused(void **state)
{
    (void)state;
    mp_auto(mp_shareable_list) l = mp_shareable_list_new(MP_LIST(1));
    assert_raises_saying(MP_VALUE_ERROR, "64 bits",
                         mp_shareable_list_set(l, 0, UINT64_MAX));
    assert_none(MP_VALUE_ERROR, "64 bits",
                mp_shareable_list_new(MP_LIST(UINT64_MAX)));
    assert_ok(mp_shareable_list_set(l, 0, (uint64_t)INT64_MAX));
}

static void text_that_is_not_utf8_is_refused(void **state)
{
    (void)state;
    mp_auto(mp_shareable_list) l = mp_shareable_list_new(MP_LIST("a"));
    assert_raises_saying(MP_VALUE_ERROR, "UTF-8",
                         mp_shareable_list_set(l, 0, "\xff"));
    assert_ok(mp_shareable_list_set(l, 0, MP_BYTES("\xff", 1)));
}

/* -- searching and printing ------------------------------------------------ */

static void count_and_index_go_by_pythons_equality(void **state)
{
    (void)state;
    mp_auto(mp_shareable_list) l =
        mp_shareable_list_new(MP_LIST("a", 1, 1.0, MP_TRUE, "a", MP_NONE));
    assert_int_equal(mp_shareable_list_count(l, 1), 3);
    assert_int_equal(mp_shareable_list_count(l, "a"), 2);
    assert_int_equal(mp_shareable_list_count(l, "b"), 0);
    assert_int_equal(mp_shareable_list_index(l, "a"), 0);
    assert_int_equal(mp_shareable_list_index(l, 1.0), 1);
    assert_int_equal(mp_shareable_list_index(l, MP_NONE), 5);
    assert_raises_saying(MP_VALUE_ERROR, "99 not in this container",
                         mp_shareable_list_index(l, 99));
}

static void format_is_pythons(void **state)
{
    (void)state;
    char text[64];
    mp_auto(mp_shareable_list) l = one_of_each();
    assert_int_equal(mp_shareable_list_format(l, text, sizeof text), 22);
    assert_string_equal(text, "qd8sxxxxxx?xxxxxxxx?8s");
    assert_ok(mp_shareable_list_set(l, 0, "q"));
    assert_ok(mp_shareable_list_set(l, 2, 1));
    assert_ok(mp_shareable_list_format(l, text, sizeof text));
    assert_string_equal(text, "8sdqxxxxxx?xxxxxxxx?8s");
    assert_int_equal(mp_shareable_list_format(l, text, 4), 22);
    assert_string_equal(text, "8sd");
    assert_int_equal(mp_shareable_list_format(l, NULL, 0), 22);
}

static void it_prints_as_pythons_does(void **state)
{
    (void)state;
    mp_auto(mp_shareable_list) l = one_of_each();
    mp_auto(mp_shareable_list) none =
        mp_shareable_list_new(MP_EMPTY_LIST, .name = "none");
    assert_prints(
        "ShareableList([1, 2.5, 'text', None, True, b'a\\x00b'], name='each')",
        l);
    assert_prints("ShareableList([], name='none')", none);
}

static void it_prints_whole_however_long_it_is(void **state)
{
    (void)state;
    char text[2000], shown[2100];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    mp_auto(mp_shareable_list) l =
        mp_shareable_list_new(MP_LIST(text), .name = "l");
    int n = mp_repr(l, shown, sizeof shown);
    assert_int_equal(n, strlen(shown));
    assert_memory_equal(shown, "ShareableList(['xxx", 19);
    assert_string_equal(shown + strlen("ShareableList(['") + 1999,
                        "'], name='l')");
}

/* -- its memory ------------------------------------------------------------ */

static void its_memory_has_its_name(void **state)
{
    (void)state;
    mp_auto(mp_shareable_list) l = one_of_each();
    mp_shared_memory *shm = mp_shareable_list_shm(l);
    assert_string_equal(mp_shared_memory_name(shm), "each");
    assert_ok(mp_shared_memory_unlink(shm));
    assert_none(-ENOENT, "'each'", mp_shareable_list_attach("each"));
    assert_item("1", l, 0);
}

static void closed_list_is_not_to_be_used(void **state)
{
    (void)state;
    mp_auto(mp_shareable_list) l = one_of_each();
    int n = 42;
    assert_ok(mp_shared_memory_close(mp_shareable_list_shm(l)));
    assert_raises(MP_VALUE_ERROR, mp_shareable_list_get(l, 0, &n));
    assert_raises(MP_VALUE_ERROR, mp_shareable_list_set(l, 0, 1));
    assert_raises(MP_VALUE_ERROR, mp_shareable_list_len(l));
    assert_raises(MP_VALUE_ERROR, mp_shareable_list_count(l, 1));
    assert_raises(MP_VALUE_ERROR, mp_shareable_list_format(l, NULL, 0));
    assert_prints("ShareableList(..., name='each')", l);
    assert_int_equal(n, 42);
}

static void name_is_taken_or_unknown_as_that_of_memory(void **state)
{
    (void)state;
    mp_auto(mp_shareable_list) l = one_of_each();
    assert_made(l);
    assert_none(-EEXIST, "'each'", one_of_each());
    assert_none(-ENOENT, "'other'", mp_shareable_list_attach("other"));
    assert_none(MP_VALUE_ERROR, "NULL", mp_shareable_list_attach(NULL));
}

static void null_is_answered_with_the_failure_that_made_it(void **state)
{
    (void)state;
    int n;
    mp_shareable_list *l = mp_shareable_list_attach("nothing");
    assert_raises(-ENOENT, mp_shareable_list_get(l, 0, &n));
    assert_raises(-ENOENT, mp_shareable_list_set(l, 0, 1));
    assert_raises(-ENOENT, mp_shareable_list_len(l));
    assert_null(mp_shareable_list_shm(l));
    mp_shareable_list_free(l);
}

static void memory_that_holds_no_list_is_refused(void **state)
{
    (void)state;
    mp_auto(mp_shared_memory) m = mp_shared_memory_new("x", true, 8);
    mp_auto(mp_shared_memory) large = mp_shared_memory_new("y", true, 8000);
    assert_made(m);
    assert_made(large);
    assert_none(MP_VALUE_ERROR, "no ShareableList",
                mp_shareable_list_attach("x"));
    assert_none(MP_VALUE_ERROR, "no ShareableList",
                mp_shareable_list_attach("y"));
}

static void it_travels(void **state)
{
    (void)state;
    mp_auto(mp_connection) here = NULL;
    mp_auto(mp_connection) there = NULL;
    mp_auto(mp_shareable_list) l = one_of_each();
    mp_auto(mp_shareable_list) same = NULL;
    assert_ok(mp_pipe(&here, &there));
    assert_ok(mp_connection_send(here, l));
    assert_ok(mp_connection_recv(there, &same, 5.0));
    assert_ok(mp_shareable_list_set(same, 0, 9));
    assert_item("9", l, 0);
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(list_has_what_it_was_made_with),
        TEST(list_is_made_of_a_tuple_or_an_array_too),
        TEST(list_may_be_empty),
        TEST(attached_list_is_the_same_one),
        TEST(list_outlives_its_maker_while_it_is_used),
        TEST(list_that_persists_stays),
        TEST(items_land_in_variables_of_their_type),
        TEST(negative_index_counts_from_the_end),
        TEST(index_out_of_range_is_an_error),
        TEST(item_may_change_its_type),
        TEST(texts_are_kept_whole),
        TEST(shorter_text_leaves_nothing_of_the_longer),
        TEST(text_may_be_as_long_as_its_room),
        TEST(long_text_is_kept),
        TEST(other_types_are_refused),
        TEST(int_of_more_than_64_bits_is_refused),
        TEST(text_that_is_not_utf8_is_refused),
        TEST(count_and_index_go_by_pythons_equality),
        TEST(format_is_pythons),
        TEST(it_prints_as_pythons_does),
        TEST(it_prints_whole_however_long_it_is),
        TEST(its_memory_has_its_name),
        TEST(closed_list_is_not_to_be_used),
        TEST(name_is_taken_or_unknown_as_that_of_memory),
        TEST(null_is_answered_with_the_failure_that_made_it),
        TEST(memory_that_holds_no_list_is_refused),
        TEST(it_travels),
    };
    return cmocka_run_group_tests(tests, registry_set_up, registry_tear_down);
}
