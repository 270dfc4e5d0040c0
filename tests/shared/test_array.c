/*
 * Arrays: made of a length or of data, and used by Python's indices.
 */
#include "child.h"
#include "expect.h"
#include "leak.h"

#include <mproc.h>

#include <errno.h>
#include <stdlib.h>

struct point {
    int x, y;
};

/* -- making ---------------------------------------------------------------- */

static void array_of_a_length_is_zero_however_often_memory_is_used(void **state)
{
    (void)state;
    for (int round = 0; round < 3; round++) {
        int *xs = mp_array_new(int, 10);
        assert_made(xs);
        assert_int_equal(mp_array_len(xs), 10);
        for (int i = 0; i < 10; i++) {
            assert_int_equal(xs[i], 0);
            xs[i] = i + 1;
        }
        mp_array_free(xs);
    }
}

static void array_of_a_list_holds_it(void **state)
{
    (void)state;
    mp_auto_shared int *xs = mp_array_new(int, MP_LIST(1, 2, 3));
    mp_auto_shared double *ds = mp_array_new(double, MP_TUPLE(1, 2.5));
    assert_int_equal(mp_array_len(xs), 3);
    assert_int_equal(xs[0] + xs[1] * 10 + xs[2] * 100, 321);
    assert_true(ds[0] == 1 && ds[1] == 2.5);
}

static void array_of_an_array_holds_it(void **state)
{
    (void)state;
    short ys[] = {5, -6, 7};
    mp_auto_shared short *xs = mp_array_new(short, MP_ARRAY(ys));
    mp_auto_shared short *none = mp_array_new(short, MP_ARRAY_N(ys, 0));
    assert_int_equal(mp_array_len(xs), 3);
    assert_memory_equal(xs, ys, sizeof ys);
    assert_made(none);
    assert_int_equal(mp_array_len(none), 0);
}

static void length_of_any_integer_type_will_do(void **state)
{
    (void)state;
    size_t n = 4;
    mp_auto_shared int *xs = mp_array_new(int, n);
    mp_auto_shared int *none = mp_array_new(int, 0);
    mp_auto_shared int *one = mp_array_new(int, MP_TRUE);
    assert_int_equal(mp_array_len(xs), 4);
    assert_made(none);
    assert_int_equal(mp_array_len(none), 0);
    assert_int_equal(mp_array_len(one), 1);
}

static void structs_are_made_of_a_length_or_of_bytes(void **state)
{
    (void)state;
    struct point ps[] = {{1, 2}, {3, 4}};
    mp_auto_shared struct point *zero = mp_array_new(struct point, 2);
    mp_auto_shared struct point *a = mp_array_new(struct point, MP_STRUCT(ps));
    mp_auto_shared struct point *b =
        mp_array_new(struct point, MP_BYTES(ps, sizeof ps));
    mp_auto_shared struct point *c =
        mp_array_new(struct point, MP_LIST(MP_STRUCT(ps[1])));
    assert_int_equal(zero[1].x, 0);
    assert_memory_equal(a, ps, sizeof ps);
    assert_memory_equal(b, ps, sizeof ps);
    assert_int_equal(mp_array_len(b), 2);
    assert_int_equal(c->y, 4);
}

static void refused(int code, const void *array)
{
    assert_null(array);
    assert_int_equal(mp_error_last()->code, code);
}

static void data_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    struct leak_snapshot *before = leak_take();
    long ys[] = {1, 2};
    refused(MP_TYPE_ERROR, mp_array_new(int, MP_ARRAY(ys)));
    refused(MP_TYPE_ERROR, mp_array_new(int, MP_LIST(1, "two")));
    refused(MP_TYPE_ERROR, mp_array_new(int, MP_LIST(1, 2.5)));
    refused(MP_TYPE_ERROR, mp_array_new(signed char, MP_LIST(1, 300)));
    refused(MP_TYPE_ERROR, mp_array_new(int, "text"));
    refused(MP_TYPE_ERROR, mp_array_new(int, 2.5));
    refused(MP_TYPE_ERROR, mp_array_new(int, MP_NONE));
    refused(MP_TYPE_ERROR, mp_array_new(struct point, MP_BYTES(ys, 12)));
    refused(MP_TYPE_ERROR, mp_array_new(struct point, MP_LIST(1)));
    assert_no_leak(before);
}

static void lengths_that_cannot_be_are_refused(void **state)
{
    (void)state;
    struct leak_snapshot *before = leak_take();
    refused(MP_VALUE_ERROR, mp_array_new(int, -1));
    refused(-ENOMEM, mp_array_new(double, INT64_MAX));
    refused(-ENOMEM, mp_array_new(double, UINT64_MAX));
    refused(-ENOMEM, mp_array_new(char, INT64_MAX / 2));
    refused(-ENOMEM, mp_array_new(struct point, SIZE_MAX / 8 + 2));
    assert_no_leak(before);
}

static void array_takes_a_lock_of_ones_own_or_none(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    mp_auto_shared int *xs = mp_array_new_with(lock, int, MP_LIST(1, 2));
    mp_auto_shared int *raw = mp_raw_array_new(int, 3);
    int y = 0;
    assert_ptr_equal(mp_shared_own_lock(xs), lock);
    assert_ok(mp_array_get_item(xs, 1, &y));
    assert_int_equal(y, 2);
    assert_int_equal(mp_lock_locked(lock), 0);
    assert_null(mp_shared_lock(raw));
    assert_ok(mp_array_set_item(raw, 2, 8));
    assert_int_equal(raw[2], 8);
    assert_null(mp_array_new_with(MP_LIST(1), int, 3));
    assert_int_equal(mp_error_last()->code, MP_TYPE_ERROR);
}

/* -- slices ---------------------------------------------------------------- */

static void assert_slice(const int *xs, ptrdiff_t start, ptrdiff_t stop,
                         const char *expected)
{
    char text[100];
    mp_auto_any v = MP_NONE;
    assert_ok(mp_array_get(xs, start, stop, &v));
    mp_repr(v, text, sizeof text);
    assert_string_equal(text, expected);
}

static void slices_are_pythons(void **state)
{
    (void)state;
    mp_auto_shared int *xs = mp_array_new(int, MP_LIST(0, 1, 2, 3, 4));
    assert_slice(xs, 0, MP_END, "[0, 1, 2, 3, 4]");
    assert_slice(xs, 1, 3, "[1, 2]");
    assert_slice(xs, -2, MP_END, "[3, 4]");
    assert_slice(xs, 0, -1, "[0, 1, 2, 3]");
    assert_slice(xs, -100, 100, "[0, 1, 2, 3, 4]");
    assert_slice(xs, 3, 2, "[]");
    assert_slice(xs, 5, MP_END, "[]");
    assert_slice(xs, PTRDIFF_MIN, PTRDIFF_MIN, "[]");
}

static void slice_lands_in_an_array(void **state)
{
    (void)state;
    mp_auto_shared int *xs = mp_array_new(int, MP_LIST(0, 1, 2, 3, 4));
    int ys[2] = {9, 9};
    double ds[2];
    assert_ok(mp_array_get(xs, 2, 4, MP_INTO_ARRAY(ys)));
    assert_int_equal(ys[0] * 10 + ys[1], 23);
    assert_raises(MP_TYPE_ERROR, mp_array_get(xs, 2, 5, MP_INTO_ARRAY(ys)));
    assert_raises(MP_TYPE_ERROR, mp_array_get(xs, 2, 4, MP_INTO_ARRAY(ds)));
    assert_int_equal(ys[1], 3);
    assert_ok(mp_shared_acquire(xs, 0));
    assert_ok(mp_shared_release(xs));
}

static void slice_is_set_as_a_whole(void **state)
{
    (void)state;
    mp_auto_shared int *xs = mp_array_new(int, 5);
    int ys[] = {7, 8};
    assert_ok(mp_array_set(xs, 1, 3, MP_LIST(1, 2)));
    assert_ok(mp_array_set(xs, -2, MP_END, MP_ARRAY(ys)));
    assert_ok(mp_array_set(xs, 5, 5, MP_EMPTY_LIST));
    assert_slice(xs, 0, MP_END, "[0, 1, 2, 7, 8]");
    assert_raises(MP_VALUE_ERROR, mp_array_set(xs, 0, 3, MP_LIST(1, 2)));
    assert_raises(MP_TYPE_ERROR, mp_array_set(xs, 0, 2, MP_LIST(5, "x")));
    assert_raises(MP_TYPE_ERROR, mp_array_set(xs, 0, 2, 5));
    assert_slice(xs, 0, MP_END, "[0, 1, 2, 7, 8]");
}

static void slice_may_be_set_to_its_own_array(void **state)
{
    (void)state;
    mp_auto_shared int *xs = mp_array_new(int, MP_LIST(0, 1, 2, 3, 4));
    assert_ok(mp_array_set(xs, 1, MP_END, MP_ARRAY_N(xs, 4)));
    assert_slice(xs, 0, MP_END, "[0, 0, 1, 2, 3]");
}

static void slice_of_structs_is_bytes(void **state)
{
    (void)state;
    mp_auto_shared struct point *ps = mp_array_new(struct point, 3);
    mp_bytes b;
    ps[1].x = 5;
    assert_ok(mp_array_get(ps, 1, 2, &b));
    assert_int_equal(b.size, sizeof *ps);
    assert_memory_equal(b.data, &ps[1], sizeof *ps);
    free(b.data);
}

/* -- items ------------------------------------------------------------------ */

static void items_are_pythons(void **state)
{
    (void)state;
    mp_auto_shared int *xs = mp_array_new(int, MP_LIST(10, 20, 30));
    int x = 0;
    assert_ok(mp_array_get_item(xs, -1, &x));
    assert_int_equal(x, 30);
    assert_ok(mp_array_set_item(xs, -3, 11));
    assert_int_equal(xs[0], 11);
    assert_raises(MP_INDEX_ERROR, mp_array_get_item(xs, 3, &x));
    assert_raises(MP_INDEX_ERROR, mp_array_get_item(xs, -4, &x));
    assert_raises(MP_INDEX_ERROR, mp_array_set_item(xs, PTRDIFF_MIN, 1));
    assert_raises(MP_TYPE_ERROR, mp_array_set_item(xs, 0, 2.5));
    assert_int_equal(x, 30);
}

static void items_of_structs_come_and_go(void **state)
{
    (void)state;
    mp_auto_shared struct point *ps = mp_array_new(struct point, 3);
    struct point p = {1, 2}, q = {0, 0};
    assert_ok(mp_array_set_item(ps, 1, MP_STRUCT(p)));
    assert_ok(mp_array_get_item(ps, 1, MP_INTO(q)));
    assert_int_equal(q.y, 2);
    long wrong = 0;
    double longer[2] = {0, 0};
    assert_raises(MP_TYPE_ERROR, mp_array_set_item(ps, 1, wrong));
    assert_raises(MP_TYPE_ERROR, mp_array_set_item(ps, 1, MP_STRUCT(longer)));
}

static int change_under_the_lock(void *array)
{
    int *xs = array;
    for (int i = 0; i < 20000; i++)
        if (mp_array_set(xs, 0, MP_END, MP_LIST(i, i, i, i)) < 0)
            return 1;
    return 0;
}

static void slices_are_copied_under_the_lock(void **state)
{
    (void)state;
    mp_auto_shared int *xs = mp_array_new(int, 4);
    pid_t pid = child_start(change_under_the_lock, xs);
    int ys[4] = {0}, torn = 0;
    while (ys[0] < 19999) {
        assert_ok(mp_array_get(xs, 0, 4, MP_INTO_ARRAY(ys)));
        torn += ys[0] != ys[3] || ys[1] != ys[2] || ys[0] != ys[1];
    }
    assert_int_equal(torn, 0);
    assert_int_equal(child_wait(pid, 30), 0);
}

/* -- the rest ---------------------------------------------------------------- */

static void array_prints_as_a_list_and_as_pythons(void **state)
{
    (void)state;
    char text[200];
    mp_auto_shared int *xs = mp_array_new(int, MP_LIST(1, 2));
    mp_auto_shared char *cs = mp_raw_array_new(char, "hi");
    mp_repr(mp_array_view(xs), text, sizeof text);
    assert_string_equal(text, "[1, 2]");
    mp_repr(MP_SHARED(xs), text, sizeof text);
    assert_memory_equal(text, "<SynchronizedArray wrapper for <c_int_Array_2 ",
                        46);
    mp_repr(MP_SHARED(cs), text, sizeof text);
    assert_memory_equal(text, "<c_char_Array_2 at ", 19);
}

static void copy_of_an_array_has_its_length(void **state)
{
    (void)state;
    mp_auto_shared int *xs = mp_array_new(int, MP_LIST(1, 2, 3));
    mp_auto_shared int *ys = mp_shared_copy(xs);
    xs[0] = 9;
    assert_slice(ys, 0, MP_END, "[1, 2, 3]");
    assert_made(mp_shared_lock(ys));
}

static int touch_the_ends(void *array)
{
    char *p = array;
    size_t n = mp_array_len(p);
    return p[0] == 'a' && p[n - 1] == 'z' ? 0 : 1;
}

static void arrays_are_of_any_size(void **state)
{
    (void)state;
    struct leak_snapshot *before = leak_take();
    const size_t sizes[] = {
        1, 15, 16, 17, 4096, 8144, 65536, 1000003, (size_t)1 << 30};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        mp_auto_shared char *p = mp_array_new(char, sizes[i]);
        assert_made(p);
        p[0] = 'a';
        p[sizes[i] - 1] = 'z';
        assert_int_equal(child_run(touch_the_ends, p, 10), sizes[i] == 1);
    }
    assert_no_leak(before);
}

int main(void)
{
    mp_value_free(mp_value_new(int, 0)); /* the context, made once and kept */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            array_of_a_length_is_zero_however_often_memory_is_used),
        cmocka_unit_test(array_of_a_list_holds_it),
        cmocka_unit_test(array_of_an_array_holds_it),
        cmocka_unit_test(length_of_any_integer_type_will_do),
        cmocka_unit_test(structs_are_made_of_a_length_or_of_bytes),
        cmocka_unit_test(data_that_do_not_fit_are_refused),
        cmocka_unit_test(lengths_that_cannot_be_are_refused),
        cmocka_unit_test(array_takes_a_lock_of_ones_own_or_none),
        cmocka_unit_test(slices_are_pythons),
        cmocka_unit_test(slice_lands_in_an_array),
        cmocka_unit_test(slice_is_set_as_a_whole),
        cmocka_unit_test(slice_may_be_set_to_its_own_array),
        cmocka_unit_test(slice_of_structs_is_bytes),
        cmocka_unit_test(items_are_pythons),
        cmocka_unit_test(items_of_structs_come_and_go),
        cmocka_unit_test(slices_are_copied_under_the_lock),
        cmocka_unit_test(array_prints_as_a_list_and_as_pythons),
        cmocka_unit_test(copy_of_an_array_has_its_length),
        cmocka_unit_test(arrays_are_of_any_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
