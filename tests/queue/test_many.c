/*
 * Many items in one call: they arrive as if put one by one, none is lost where
 * a call gets only part of the way, and a get takes all that is there.
 */
#include "expect.h"

#include <mproc.h>

#include <limits.h>
#include <stdlib.h>

enum { MANY = 5000 }; /* several commits' worth */

static void fill(int *xs, size_t n)
{
    for (size_t i = 0; i < n; i++)
        xs[i] = (int)i;
}

static void assert_counts_up(const int *xs, int first, size_t n)
{
    for (size_t i = 0; i < n; i++)
        assert_int_equal(xs[i], first + (int)i);
}

static void elements_of_a_list_become_items(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    int n;
    char *s;
    assert_int_equal(mp_queue_put_many(q, MP_LIST(1, "two")), 2);
    assert_ok(mp_queue_get(q, &n, 0));
    assert_int_equal(n, 1);
    assert_ok(mp_queue_get(q, &s, 0));
    assert_string_equal(s, "two");
    free(s);
}

static void elements_of_a_tuple_become_items(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    double xs[3];
    assert_int_equal(mp_queue_put_many(q, MP_TUPLE(0.5, 1, 2)), 3);
    assert_int_equal(mp_queue_get_many(q, MP_INTO_ARRAY(xs), 0), 3);
    assert_true(xs[0] == 0.5 && xs[1] == 1.0 && xs[2] == 2.0);
}

static void empty_list_is_no_item(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    assert_int_equal(mp_queue_put_many(q, MP_EMPTY_LIST), 0);
    assert_int_equal(mp_queue_qsize(q), 0);
}

static void large_array_goes_through_whole_and_in_order(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    static int in[MANY], out[MANY + 1];
    fill(in, MANY);
    assert_int_equal(mp_queue_put_many(q, MP_ARRAY(in)), MANY);
    assert_int_equal(mp_queue_get_many(q, MP_INTO_ARRAY(out)), MANY);
    assert_counts_up(out, 0, MANY);
}

/* Every number of items around one and two commits, odd and even. */
static void batches_of_all_sizes_go_through(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    static int in[2060], out[2060];
    fill(in, 2060);
    for (size_t n = 1; n < 2060; n = n == 20     ? 1010
                                     : n == 1030 ? 2040
                                                 : n + 1) {
        assert_int_equal(mp_queue_put_many(q, MP_ARRAY_N(in, n)), (int)n);
        assert_int_equal(mp_queue_get_many(q, MP_INTO_ARRAY(out)), (int)n);
        assert_counts_up(out, 0, n);
    }
}

static void get_many_takes_all_that_is_there(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    int xs[20], n;
    assert_int_equal(mp_queue_put_many(q, MP_LIST(0, 1, 2)), 3);
    assert_ok(mp_queue_get(q, &n));
    assert_int_equal(mp_queue_put_many(q, MP_LIST(3, 4, 5, 6)), 4);
    assert_int_equal(mp_queue_get_many(q, MP_INTO_ARRAY(xs)), 6);
    assert_counts_up(xs, 1, 6);
}

static void get_many_leaves_what_does_not_fit_the_array(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    int xs[2], n;
    assert_int_equal(mp_queue_put_many(q, MP_LIST(0, 1, 2)), 3);
    assert_int_equal(mp_queue_get_many(q, MP_INTO_ARRAY(xs)), 2);
    assert_ok(mp_queue_get(q, &n, 0));
    assert_int_equal(n, 2);
}

static void get_many_of_nothing_is_empty(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    int xs[2] = {8, 9};
    assert_raises(MP_EMPTY, mp_queue_get_many(q, MP_INTO_ARRAY(xs), 0));
    assert_raises(MP_EMPTY, mp_queue_get_many(q, MP_INTO_ARRAY(xs), 0.01));
    assert_int_equal(xs[0], 8);
}

static void put_many_says_how_many_fitted_in(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new(3);
    int xs[5], in[5] = {0, 1, 2, 3, 4};
    assert_int_equal(mp_queue_put_many(q, MP_ARRAY(in), 0), 3);
    assert_raises(MP_FULL, mp_queue_put_many(q, MP_ARRAY(in), 0));
    assert_int_equal(mp_queue_get_many(q, MP_INTO_ARRAY(xs)), 3);
    assert_counts_up(xs, 0, 3);
}

static void put_many_stops_before_what_cannot_travel(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    int n;
    const char *none = NULL;
    assert_int_equal(mp_queue_put_many(q, MP_LIST(1, none, 3)), 1);
    assert_raises(MP_VALUE_ERROR, mp_queue_put_many(q, MP_LIST(none, 3)));
    assert_ok(mp_queue_get(q, &n, 0));
    assert_raises(MP_EMPTY, mp_queue_get(q, &n, 0));
}

static void get_many_stops_before_what_does_not_fit(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    int xs[3];
    char *s;
    assert_int_equal(mp_queue_put_many(q, MP_LIST(0, 1, "two")), 3);
    assert_int_equal(mp_queue_get_many(q, MP_INTO_ARRAY(xs)), 2);
    assert_raises(MP_TYPE_ERROR, mp_queue_get_many(q, MP_INTO_ARRAY(xs)));
    assert_ok(mp_queue_get(q, &s, 0));
    free(s);
}

static void get_many_of_values_takes_anything(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    mp_any vs[2];
    assert_int_equal(mp_queue_put_many(q, MP_LIST("a", MP_LIST(1, 2))), 2);
    assert_int_equal(mp_queue_get_many(q, MP_INTO_ARRAY(vs)), 2);
    assert_true(mp_any_equal(vs[0], "a"));
    assert_true(mp_any_equal(vs[1], MP_LIST(1, 2)));
    mp_any_clear(&vs[0]);
    mp_any_clear(&vs[1]);
}

static void what_is_no_sequence_is_a_type_error(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    int n;
    int *none = NULL;
    assert_raises_saying(MP_TYPE_ERROR, "got int", mp_queue_put_many(q, MP(1)));
    assert_raises(MP_TYPE_ERROR, mp_queue_put_many(q, MP("text")));
    assert_raises(MP_VALUE_ERROR, mp_queue_put_many(q, MP_ARRAY_N(none, 1)));
    assert_raises(MP_TYPE_ERROR, mp_queue_get_many(q, MP_TO(&n)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_of_a_list_become_items),
        cmocka_unit_test(elements_of_a_tuple_become_items),
        cmocka_unit_test(empty_list_is_no_item),
        cmocka_unit_test(large_array_goes_through_whole_and_in_order),
        cmocka_unit_test(batches_of_all_sizes_go_through),
        cmocka_unit_test(get_many_takes_all_that_is_there),
        cmocka_unit_test(get_many_leaves_what_does_not_fit_the_array),
        cmocka_unit_test(get_many_of_nothing_is_empty),
        cmocka_unit_test(put_many_says_how_many_fitted_in),
        cmocka_unit_test(put_many_stops_before_what_cannot_travel),
        cmocka_unit_test(get_many_stops_before_what_does_not_fit),
        cmocka_unit_test(get_many_of_values_takes_anything),
        cmocka_unit_test(what_is_no_sequence_is_a_type_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
