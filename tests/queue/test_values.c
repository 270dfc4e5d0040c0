/*
 * What can be an item, and where it can land. An item that does not fit stays
 * the first in line.
 */
#include "child.h"
#include "expect.h"

#include <mproc.h>

#include <stdlib.h>
#include <string.h>

struct point {
    int x, y;
};

static void text_is_received_as_an_own_copy(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    char in[] = "gr\xc3\xbc\xc3\x9f", *out = NULL;
    assert_ok(mp_queue_put(q, in));
    in[0] = 'X';
    assert_ok(mp_queue_get(q, &out));
    assert_string_equal(out, "gr\xc3\xbc\xc3\x9f");
    free(out);
}

static void empty_text_and_no_bytes_are_items(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    char *text = NULL;
    mp_bytes bytes = {"", 7};
    assert_ok(mp_queue_put(q, ""));
    assert_ok(mp_queue_put(q, MP_BYTES(NULL, 0)));
    assert_int_equal(mp_queue_qsize(q), 2);
    assert_ok(mp_queue_get(q, &text));
    assert_string_equal(text, "");
    assert_ok(mp_queue_get(q, &bytes));
    assert_int_equal(bytes.size, 0);
    free(text);
    free(bytes.data);
}

static void none_is_an_item(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    mp_any v = MP(1);
    assert_ok(mp_queue_put(q, MP_NONE));
    assert_ok(mp_queue_get(q, &v, 0));
    assert_int_equal(mp_any_kind(v), MP_KIND_NONE);
}

static void struct_goes_through_as_it_lies_in_memory(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    struct point in = {3, -4}, out = {0, 0};
    assert_ok(mp_queue_put(q, MP_STRUCT(in)));
    assert_ok(mp_queue_get(q, MP_INTO(out)));
    assert_int_equal(out.x, 3);
    assert_int_equal(out.y, -4);
}

static void array_goes_through_whole(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    double in[] = {1.5, 2.5, -0.0}, out[3] = {9, 9, 9};
    assert_ok(mp_queue_put(q, MP_ARRAY(in)));
    assert_ok(mp_queue_get(q, MP_INTO_ARRAY(out)));
    assert_memory_equal(in, out, sizeof in);
}

static void tuple_is_unpacked(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    int i = 0;
    char *s = NULL;
    assert_ok(mp_queue_put(q, MP_TUPLE(7, "seven")));
    assert_ok(mp_queue_get(q, MP_UNPACK(&i, &s)));
    assert_int_equal(i, 7);
    assert_string_equal(s, "seven");
    free(s);
}

static void nested_value_is_equal_to_what_was_put(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    mp_auto_any v = MP_NONE;
    assert_ok(mp_queue_put(
        q, MP_DICT("a", 1, "b", MP_LIST(1.5, "x", MP_TUPLE(1, MP_NONE)))));
    assert_ok(mp_queue_get(q, &v));
    assert_true(mp_any_equal(
        v, MP_DICT("a", 1, "b", MP_LIST(1.5, "x", MP_TUPLE(1, MP_NONE)))));
}

static void item_that_does_not_fit_stays_first_in_line(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    int n = 5;
    char *s = NULL;
    assert_int_equal(mp_queue_put_many(q, MP_LIST("one", 2)), 2);
    for (int i = 0; i < 3; i++)
        assert_raises_saying(MP_TYPE_ERROR, "expected int, got str",
                             mp_queue_get(q, &n));
    assert_int_equal(n, 5);
    assert_int_equal(mp_queue_qsize(q), 2);
    assert_ok(mp_queue_get(q, &s));
    assert_ok(mp_queue_get(q, &n));
    assert_string_equal(s, "one");
    assert_int_equal(n, 2);
    free(s);
}

static void number_out_of_range_stays(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    signed char small = 1;
    int n = 0;
    assert_ok(mp_queue_put(q, 1000));
    assert_int_not_equal(mp_queue_get(q, &small), 0);
    assert_int_equal(small, 1);
    assert_ok(mp_queue_get(q, &n, 0));
    assert_int_equal(n, 1000);
}

static void tuple_of_another_length_stays(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    int a = 1, b = 2, c = 3;
    assert_ok(mp_queue_put(q, MP_TUPLE(7, 8)));
    assert_int_not_equal(mp_queue_get(q, MP_UNPACK(&a, &b, &c)), 0);
    assert_int_equal(a, 1);
    assert_ok(mp_queue_get(q, MP_UNPACK(&a, &b), 0));
    assert_int_equal(a + b, 15);
}

/* What Python's put would lose in its feeder thread is told the caller. */
static void what_cannot_travel_is_refused_by_put(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    const char *none = NULL;
    assert_raises(MP_VALUE_ERROR, mp_queue_put(q, none));
    assert_raises(MP_VALUE_ERROR, mp_queue_put(q, "not UTF-8: \xff"));
    assert_raises(MP_VALUE_ERROR, mp_queue_put(q, MP_LIST(1, none)));
    assert_int_equal(mp_queue_qsize(q), 0);
}

static void what_cannot_travel_is_refused_by_a_full_queue_at_once(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new(1);
    const char *none = NULL;
    assert_ok(mp_queue_put(q, 1));
    assert_raises(MP_VALUE_ERROR, mp_queue_put(q, none));
}

/* -- sizes ----------------------------------------------------------------- */

static const size_t SIZES[] = {
    0,       1,       7,       8,        9,       63,
    4000,    4096,    65448,   65456,    65464,   65472,
    65528,   65536,   70000,   500000,   1 << 20, (1 << 20) + 1,
    3000000, 8388608, 8388609, 33554432,
};
enum { N_SIZES = sizeof SIZES / sizeof *SIZES };

static unsigned char byte_of(size_t size, size_t i)
{
    return (unsigned char)(size * 31 + i * 7 + (i >> 8));
}

static int put_all_sizes(void *q)
{
    for (size_t k = 0; k < N_SIZES; k++) {
        size_t size = SIZES[k];
        unsigned char *data = malloc(size + 1);
        for (size_t i = 0; i < size; i++)
            data[i] = byte_of(size, i);
        int rc = mp_queue_put(q, MP_BYTES(data, size));
        free(data);
        if (rc < 0)
            return 1;
    }
    return 0;
}

static void assert_bytes_of_size(const mp_bytes *bytes, size_t size)
{
    const unsigned char *data = bytes->data;
    assert_int_equal(bytes->size, size);
    for (size_t i = 0; i < size; i++)
        if (data[i] != byte_of(size, i))
            fail_msg("byte %zu of %zu is wrong", i, size);
}

static void messages_of_all_sizes_arrive_unchanged(mp_queue *q)
{
    pid_t pid = child_start(put_all_sizes, q);
    for (size_t k = 0; k < N_SIZES; k++) {
        mp_bytes bytes = {NULL, 0};
        assert_ok(mp_queue_get(q, &bytes, 60.0));
        assert_bytes_of_size(&bytes, SIZES[k]);
        free(bytes.data);
    }
    assert_int_equal(child_wait(pid, 20.0), 0);
}

static void messages_of_all_sizes_go_through_an_unbounded_queue(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    messages_of_all_sizes_arrive_unchanged(q);
}

static void messages_of_all_sizes_go_through_a_queue_of_one(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new(1);
    messages_of_all_sizes_arrive_unchanged(q);
}

/* Small ones around a large one: chunks of all sizes come and go. */
static void large_message_among_small_ones_keeps_the_order(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    size_t size = 20000000;
    char *large = calloc(1, size);
    for (int round = 0; round < 5; round++) {
        mp_bytes bytes;
        int n;
        assert_ok(mp_queue_put(q, 1));
        assert_ok(mp_queue_put(q, MP_BYTES(large, size)));
        assert_ok(mp_queue_put(q, 2));
        assert_ok(mp_queue_get(q, &n));
        assert_int_equal(n, 1);
        assert_ok(mp_queue_get(q, &bytes));
        assert_int_equal(bytes.size, size);
        free(bytes.data);
        assert_ok(mp_queue_get(q, &n));
        assert_int_equal(n, 2);
    }
    free(large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_received_as_an_own_copy),
        cmocka_unit_test(empty_text_and_no_bytes_are_items),
        cmocka_unit_test(none_is_an_item),
        cmocka_unit_test(struct_goes_through_as_it_lies_in_memory),
        cmocka_unit_test(array_goes_through_whole),
        cmocka_unit_test(tuple_is_unpacked),
        cmocka_unit_test(nested_value_is_equal_to_what_was_put),
        cmocka_unit_test(item_that_does_not_fit_stays_first_in_line),
        cmocka_unit_test(number_out_of_range_stays),
        cmocka_unit_test(tuple_of_another_length_stays),
        cmocka_unit_test(what_cannot_travel_is_refused_by_put),
        cmocka_unit_test(what_cannot_travel_is_refused_by_a_full_queue_at_once),
        cmocka_unit_test(messages_of_all_sizes_go_through_an_unbounded_queue),
        cmocka_unit_test(messages_of_all_sizes_go_through_a_queue_of_one),
        cmocka_unit_test(large_message_among_small_ones_keeps_the_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
