/*
 * map and starmap: all items of a sequence, in order, cut into chunks.
 */
#include "tasks.h"

#include <errno.h>
#include <string.h>

enum { MANY = 10000 };

static void assert_squares(const long *ys, long n)
{
    for (long i = 0; i < n; i++)
        assert_int_equal(ys[i], i * i);
}

static void fill(long *xs, long n)
{
    for (long i = 0; i < n; i++)
        xs[i] = i;
}

static void map_answers_in_order(void **state)
{
    mp_pool *pool = *state;
    static long xs[MANY], ys[MANY];
    fill(xs, MANY);
    assert_ok(mp_pool_map(pool, square, MP_ARRAY(xs), MP_INTO_ARRAY(ys)));
    assert_squares(ys, MANY);
}

static void chunks_of_every_size_give_the_same(void **state)
{
    mp_pool *pool = *state;
    const long chunks[] = {1, 2, 3, 7, 20, 99, 100, 101, 1000000};
    long xs[100], ys[100];
    fill(xs, 100);
    for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++) {
        memset(ys, 0, sizeof ys);
        assert_ok(mp_pool_map(pool, square, MP_ARRAY(xs), MP_INTO_ARRAY(ys),
                              .chunksize = chunks[i]));
        assert_squares(ys, 100);
    }
}

static void map_of_nothing_is_nothing(void **state)
{
    mp_pool *pool = *state;
    mp_any v = MP_NONE;
    assert_ok(mp_pool_map(pool, square, MP_EMPTY_LIST, &v));
    assert_int_equal(mp_any_kind(v), MP_KIND_LIST);
    assert_int_equal(mp_any_len(v), 0);
    mp_auto(mp_result) r = mp_pool_map_async(pool, square, MP_EMPTY_LIST);
    assert_int_equal(mp_result_ready(r), 1);
    mp_any_clear(&v);
}

static void lists_of_anything_may_be_mapped(void **state)
{
    mp_pool *pool = *state;
    mp_any v;
    char text[100];
    assert_ok(mp_pool_map(pool, echo,
                          MP_LIST("a", 2, MP_NONE, 2.5, MP_TUPLE(1, "b")), &v));
    mp_repr(v, text, sizeof text);
    assert_string_equal(text, "['a', 2, None, 2.5, (1, 'b')]");
    mp_any_clear(&v);
}

static int add(mp_call *c)
{
    long a, b;
    MP_TRY(mp_call_args(c, &a, &b));
    return mp_return(c, a + b);
}

static void starmap_unpacks_each_item(void **state)
{
    mp_pool *pool = *state;
    long ys[3];
    assert_ok(mp_pool_starmap(
        pool, add, MP_LIST(MP_TUPLE(1, 2), MP_TUPLE(3, 4), MP_LIST(5, 6)),
        MP_INTO_ARRAY(ys)));
    assert_int_equal(ys[0], 3);
    assert_int_equal(ys[1], 7);
    assert_int_equal(ys[2], 11);
    assert_raises(MP_TYPE_ERROR,
                  mp_pool_starmap(pool, add, MP_LIST(1, 2), MP_INTO_ARRAY(ys)));
}

static void starmap_async_unpacks_too(void **state)
{
    mp_pool *pool = *state;
    long ys[2];
    mp_auto(mp_result) r = mp_pool_starmap_async(
        pool, add, MP_LIST(MP_TUPLE(1, 2), MP_TUPLE(3, 4)));
    assert_ok(mp_result_get(r, MP_INTO_ARRAY(ys)));
    assert_int_equal(ys[0], 3);
    assert_int_equal(ys[1], 7);
}

/* -- Python's chunks ------------------------------------------------------- */

static int tell_index(mp_call *c)
{
    long x;
    MP_TRY(mp_call_args(c, &x));
    return mp_return(c, (long)getpid());
}

/* As a worker with maxtasksperchild 1 leaves after each chunk, its pid tells
   the chunks. */
static void assert_chunk(long n, long expected)
{
    mp_auto(mp_pool) pool = mp_pool_new(4, .maxtasksperchild = 1);
    long xs[1000] = {0}, ys[1000], chunk = 1;
    assert_ok(mp_pool_map(pool, tell_index, MP_ARRAY_N(xs, (size_t)n),
                          MP_INTO_ARRAY_N(ys, (size_t)n)));
    while (chunk < n && ys[chunk] == ys[0])
        chunk++;
    assert_int_equal(chunk, expected);
}

static void chunks_are_as_large_as_pythons(void **state)
{
    (void)state;
    assert_chunk(1, 1);
    assert_chunk(16, 1);
    assert_chunk(17, 2);
    assert_chunk(100, 7);
    assert_chunk(1000, 63);
}

static void p37_zero_is_the_usual_chunk_and_less_is_refused(void **state)
{
    mp_pool *pool = *state;
    long xs[3] = {0, 1, 2}, ys[3];
    assert_ok(mp_pool_map(pool, square, MP_ARRAY(xs), MP_INTO_ARRAY(ys),
                          .chunksize = 0));
    assert_squares(ys, 3);
    assert_raises_saying(MP_VALUE_ERROR, "Chunksize must be 1+",
                         mp_pool_map(pool, square, MP_ARRAY(xs),
                                     MP_INTO_ARRAY(ys), .chunksize = -1));
}

/* -- errors ---------------------------------------------------------------- */

static int refuse_one(mp_call *c)
{
    long x;
    MP_TRY(mp_call_args(c, &x));
    board->begun++;
    return x == 3 ? mp_raise(c, MP_KEY_ERROR, "three") : mp_return(c, x);
}

static void map_runs_all_and_then_tells_the_first_failure(void **state)
{
    mp_pool *pool = *state;
    long xs[50], ys[50];
    fill(xs, 50);
    assert_raises_saying(
        MP_KEY_ERROR, "three",
        mp_pool_map(pool, refuse_one, MP_ARRAY(xs), MP_INTO_ARRAY(ys)));
    assert_int_equal(board->begun, 50);
    assert_works(pool);
}

static void what_is_no_sequence_cannot_be_mapped(void **state)
{
    mp_pool *pool = *state;
    assert_raises_saying(MP_TYPE_ERROR, "'int' object is not iterable",
                         mp_pool_map(pool, square, 3));
    assert_null(mp_pool_map_async(pool, square, 3));
    assert_null(mp_pool_imap(pool, square, 3));
    assert_int_equal(mp_error_last()->code, MP_TYPE_ERROR);
}

static void place_that_does_not_fit_is_untouched(void **state)
{
    mp_pool *pool = *state;
    long xs[3] = {1, 2, 3}, two[2] = {-1, -1};
    mp_auto(mp_result) r = mp_pool_map_async(pool, square, MP_ARRAY(xs));
    assert_ok(mp_result_wait(r, PATIENCE));
    assert_true(mp_result_get(r, MP_INTO_ARRAY(two)) < 0);
    assert_int_equal(two[0], -1);
    assert_ok(mp_result_get(r, MP_INTO_ARRAY(xs)));
    assert_int_equal(xs[2], 9);
}

static void map_async_does_not_need_its_items_any_more(void **state)
{
    mp_pool *pool = *state;
    long *xs = malloc(MANY * sizeof *xs);
    static long ys[MANY];
    fill(xs, MANY);
    mp_auto(mp_result) r =
        mp_pool_map_async(pool, square, MP_ARRAY_N(xs, MANY));
    memset(xs, 0xff, MANY * sizeof *xs);
    free(xs);
    assert_ok(mp_result_get(r, MP_INTO_ARRAY(ys)));
    assert_squares(ys, MANY);
}

/* -- sizes and types ------------------------------------------------------- */

static int make_bytes(mp_call *c)
{
    long n;
    MP_TRY(mp_call_args(c, &n));
    char *data = malloc((size_t)n);
    memset(data, (int)(n & 0xff), (size_t)n);
    int rc = mp_return(c, MP_BYTES(data, (size_t)n));
    free(data);
    return rc;
}

/* Beyond what a log holds, and so beside small ones that it does. */
static void results_of_mixed_sizes_stay_in_order(void **state)
{
    mp_pool *pool = *state;
    long xs[60];
    mp_any v;
    for (long i = 0; i < 60; i++)
        xs[i] = i % 5 == 0 ? 300000 + i : i;
    assert_ok(mp_pool_map(pool, make_bytes, MP_ARRAY(xs), &v, .chunksize = 15));
    for (long i = 0; i < 60; i++)
        assert_int_equal(mp_any_len(mp_any_item(v, i)), xs[i]);
    mp_any_clear(&v);
}

static int half(mp_call *c)
{
    double x;
    MP_TRY(mp_call_args(c, &x));
    return mp_return(c, x / 2);
}

static void floats_stay_floats(void **state)
{
    mp_pool *pool = *state;
    double xs[] = {1, 2, 3}, ys[3];
    assert_ok(mp_pool_map(pool, half, MP_ARRAY(xs), MP_INTO_ARRAY(ys)));
    assert_true(ys[0] == 0.5 && ys[1] == 1.0 && ys[2] == 1.5);
}

static void map_of_a_thread_pool_is_the_same(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_thread_pool_new(3);
    static long xs[MANY], ys[MANY];
    fill(xs, MANY);
    assert_ok(mp_pool_map(pool, square, MP_ARRAY(xs), MP_INTO_ARRAY(ys)));
    assert_squares(ys, MANY);
    assert_raises(MP_VALUE_ERROR,
                  mp_pool_apply(pool, refuse_negative, MP_ARGS(-1)));
}

static void cancelled_map_begins_nothing_more(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(2);
    static long xs[1000];
    mp_auto(mp_result) r =
        mp_pool_map_async(pool, begin_and_sleep, MP_ARRAY(xs), .chunksize = 1);
    assert_until(board->begun == 2, PATIENCE);
    assert_int_equal(mp_result_cancel(r), 1);
    assert_raises(MP_CANCELLED, mp_result_get(r));
    assert_works(pool);
    assert_int_equal(board->begun, 2);
}

/* -- numbers of C ---------------------------------------------------------- */

/* More than an int holds, of one item only. */
static int grow_at_700(mp_call *c)
{
    long x;
    MP_TRY(mp_call_args(c, &x));
    return mp_return(c, x == 700 ? x + ((long)1 << 40) : -x);
}

static void result_that_is_no_int_is_refused_and_nothing_stored(void **state)
{
    int xs[1000], ys[1000];
    long zs[1000];

    for (int i = 0; i < 1000; i++) {
        xs[i] = i;
        ys[i] = 77;
    }
    assert_raises(MP_TYPE_ERROR, mp_pool_map(*state, grow_at_700, MP_ARRAY(xs),
                                             MP_INTO_ARRAY(ys)));
    for (int i = 0; i < 1000; i++)
        assert_int_equal(ys[i], 77);
    assert_ok(
        mp_pool_map(*state, grow_at_700, MP_ARRAY(xs), MP_INTO_ARRAY(zs)));
    assert_int_equal(zs[700], 700 + ((long)1 << 40));
    assert_int_equal(zs[999], -999);
}

static int kind_at(int i)
{
    return i % 50 == 7    ? MP_KIND_FLOAT
           : i % 50 == 33 ? MP_KIND_STR
                          : MP_KIND_INT;
}

static int vary(mp_call *c)
{
    int x;
    MP_TRY(mp_call_args(c, &x));
    return kind_at(x) == MP_KIND_FLOAT ? mp_return(c, x + 0.5)
           : kind_at(x) == MP_KIND_STR ? mp_return(c, "text")
                                       : mp_return(c, x);
}

static void results_of_several_kinds_keep_their_places(void **state)
{
    int xs[500];
    mp_any vs[500];

    for (int i = 0; i < 500; i++)
        xs[i] = i;
    assert_ok(mp_pool_map(*state, vary, MP_ARRAY(xs), MP_INTO_ARRAY(vs)));
    for (int i = 0; i < 500; i++) {
        assert_int_equal(mp_any_kind(vs[i]), kind_at(i));
        if (kind_at(i) == MP_KIND_INT)
            assert_int_equal(vs[i].u.i, i);
        mp_any_clear(&vs[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(map_answers_in_order),
        with_pool(chunks_of_every_size_give_the_same),
        with_pool(map_of_nothing_is_nothing),
        with_pool(lists_of_anything_may_be_mapped),
        with_pool(starmap_unpacks_each_item),
        with_pool(starmap_async_unpacks_too),
        with_pool(chunks_are_as_large_as_pythons),
        with_pool(p37_zero_is_the_usual_chunk_and_less_is_refused),
        with_pool(map_runs_all_and_then_tells_the_first_failure),
        with_pool(what_is_no_sequence_cannot_be_mapped),
        with_pool(place_that_does_not_fit_is_untouched),
        with_pool(map_async_does_not_need_its_items_any_more),
        with_pool(results_of_mixed_sizes_stay_in_order),
        with_pool(floats_stay_floats),
        with_pool(map_of_a_thread_pool_is_the_same),
        with_pool(cancelled_map_begins_nothing_more),
        with_pool(result_that_is_no_int_is_refused_and_nothing_stored),
        with_pool(results_of_several_kinds_keep_their_places),
    };

    return cmocka_run_group_tests(tests, make_pool, free_pool);
}
