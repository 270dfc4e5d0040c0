/*
 * imap and imap_unordered: results one after another, of input with and
 * without end.
 */
#include "tasks.h"

#include <errno.h>
#include <pthread.h>

static void imap_gives_results_in_order(void **state)
{
    mp_pool *pool = *state;
    const long chunks[] = {1, 10, 100};
    static long xs[1000];
    for (long i = 0; i < 1000; i++)
        xs[i] = i;
    for (int n = 0; n < 3; n++) {
        mp_auto(mp_iter) it =
            mp_pool_imap(pool, square, MP_ARRAY(xs), .chunksize = chunks[n]);
        long i = 0, y;
        for (; mp_iter_next(it, &y) == 0; i++)
            assert_int_equal(y, i * i);
        assert_int_equal(i, 1000);
        assert_raises(MP_STOP_ITERATION, mp_iter_next(it, &y));
    }
}

static void unordered_gives_each_result_once(void **state)
{
    mp_pool *pool = *state;
    static long xs[1000], seen[1000];
    for (long i = 0; i < 1000; i++)
        xs[i] = i;
    mp_auto(mp_iter) it =
        mp_pool_imap_unordered(pool, echo, MP_ARRAY(xs), .chunksize = 7);
    long i = 0, y;
    for (; mp_iter_next(it, &y) == 0; i++)
        seen[y]++;
    assert_int_equal(i, 1000);
    for (i = 0; i < 1000; i++)
        assert_int_equal(seen[i], 1);
}

static void unordered_gives_what_is_ready_first(void **state)
{
    mp_pool *pool = *state;
    long xs[] = {300, 1, 2, 3}, y;
    mp_auto(mp_iter) it =
        mp_pool_imap_unordered(pool, sleep_for_ms, MP_ARRAY(xs));
    assert_ok(mp_iter_next(it, &y));
    assert_true(y < 300);
    for (int i = 1; i < 4; i++)
        assert_ok(mp_iter_next(it, &y));
    assert_int_equal(y, 300);
}

static void imap_of_nothing_ends_at_once(void **state)
{
    mp_pool *pool = *state;
    mp_auto(mp_iter) it = mp_pool_imap(pool, square, MP_EMPTY_LIST);
    long y;
    assert_raises(MP_STOP_ITERATION, mp_iter_next(it, &y));
}

static void error_takes_the_place_of_a_result(void **state)
{
    mp_pool *pool = *state;
    long xs[] = {1, -2, 3}, y;
    mp_auto(mp_iter) it = mp_pool_imap(pool, refuse_negative, MP_ARRAY(xs));
    assert_ok(mp_iter_next(it, &y));
    assert_raises_saying(MP_VALUE_ERROR, "x=-2", mp_iter_next(it, &y));
    assert_ok(mp_iter_next(it, &y));
    assert_int_equal(y, 3);
    assert_raises(MP_STOP_ITERATION, mp_iter_next(it, &y));
}

static void error_in_a_chunk_costs_its_item_only(void **state)
{
    mp_pool *pool = *state;
    long xs[] = {1, -2, 3, -4, 5}, y, sum = 0;
    int failed = 0, rc;
    mp_auto(mp_iter) it =
        mp_pool_imap(pool, refuse_negative, MP_ARRAY(xs), .chunksize = 5);
    while ((rc = mp_iter_next(it, &y)) != MP_STOP_ITERATION) {
        failed += rc < 0;
        sum += rc == 0 ? y : 0;
    }
    assert_int_equal(failed, 2);
    assert_int_equal(sum, 9);
}

static void next_gives_up_after_its_timeout_and_has_it_later(void **state)
{
    mp_pool *pool = *state;
    long xs[] = {0}, y = 0;
    mp_auto(mp_iter) it = mp_pool_imap(pool, await_flag, MP_ARRAY(xs));
    assert_raises(MP_TIMEOUT, mp_iter_next(it, MP_TO(&y), 0.05));
    assert_raises(MP_TIMEOUT, mp_iter_next(it, MP_TO(&y), 0));
    board->flag = 1;
    mp_any v;
    assert_ok(mp_iter_next(it, &v, PATIENCE));
}

static void result_that_does_not_fit_is_still_next(void **state)
{
    mp_pool *pool = *state;
    long xs[] = {2, 3}, y;
    char *s;
    mp_auto(mp_iter) it = mp_pool_imap(pool, square, MP_ARRAY(xs));
    assert_raises(MP_TYPE_ERROR, mp_iter_next(it, &s));
    assert_ok(mp_iter_next(it, &y));
    assert_int_equal(y, 4);
}

static void iterator_freed_early_forgets_what_has_not_begun(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(2);
    static long xs[5000];
    mp_iter *it = mp_pool_imap(pool, await_flag, MP_ARRAY(xs));
    assert_until(board->begun == 2, PATIENCE);
    mp_iter_free(it);
    board->flag = 1;
    assert_works(pool);
    assert_ok(mp_pool_close(pool));
    assert_ok(mp_pool_join(pool, PATIENCE));
    assert_int_equal(board->begun, 2);
}

static void p36_pool_with_an_unfinished_iterator_closes(void **state)
{
    (void)state;
    mp_pool *pool = mp_pool_new(2);
    static long xs[5000];
    long y;
    mp_auto(mp_iter) it =
        mp_pool_imap(pool, square, MP_ARRAY(xs), .buffersize = 4);
    assert_ok(mp_iter_next(it, &y));
    mp_pool_free(pool);
    while (mp_iter_next(it, &y) == 0)
        continue;
    assert_int_equal(mp_error_last()->code, MP_CANCELLED);
    assert_raises(MP_STOP_ITERATION, mp_iter_next(it, &y));
}

/* -- input without end ----------------------------------------------------- */

struct source {
    long next, end;
    int error;
    _Atomic int inside;
    _Atomic int most_inside;
};

static int give_next(mp_call *c)
{
    struct source *s = mp_call_self(c);
    int inside = ++s->inside;
    if (inside > s->most_inside)
        s->most_inside = inside;
    long x = s->next++;
    s->inside--;
    if (s->end > 0 && x >= s->end)
        return s->error != 0 ? mp_raise(c, s->error, "no more at %ld", x)
                             : MP_STOP_ITERATION;
    return mp_return(c, x);
}

static void p35_endless_input_is_read_no_further_than_allowed(void **state)
{
    mp_pool *pool = *state;
    struct source s = {0};
    mp_auto(mp_iter) it = mp_pool_imap(pool, square, MP_NONE, .next = give_next,
                                       .self = &s, .buffersize = 10);
    for (long i = 0; i < 20000; i++) {
        long y;
        assert_ok(mp_iter_next(it, &y));
        assert_int_equal(y, i * i);
        assert_true(s.next <= i + 12);
    }
}

static void p35_list_is_sent_no_further_than_allowed(void **state)
{
    mp_pool *pool = *state;
    static long xs[1000];
    long y;
    mp_auto(mp_iter) it =
        mp_pool_imap(pool, count_in, MP_ARRAY(xs), .buffersize = 5);
    for (int i = 0; i < 1000; i++) {
        mp_any v;
        assert_ok(mp_iter_next(it, &v));
        assert_true(board->begun <= i + 1 + 5);
    }
    assert_raises(MP_STOP_ITERATION, mp_iter_next(it, &y));
}

static void input_may_come_to_an_end(void **state)
{
    mp_pool *pool = *state;
    for (long chunk = 1; chunk < 20; chunk += 6) {
        struct source s = {.end = 100};
        mp_auto(mp_iter) it =
            mp_pool_imap(pool, square, MP_NONE, .next = give_next, .self = &s,
                         .chunksize = chunk);
        long i = 0, y;
        for (; mp_iter_next(it, &y) == 0; i++)
            assert_int_equal(y, i * i);
        assert_int_equal(mp_error_last()->code, MP_STOP_ITERATION);
        assert_int_equal(i, 100);
    }
}

static void error_of_the_input_comes_at_its_place(void **state)
{
    mp_pool *pool = *state;
    struct source s = {.end = 3, .error = MP_KEY_ERROR};
    mp_auto(mp_iter) it = mp_pool_imap(pool, square, MP_NONE, .next = give_next,
                                       .self = &s, .chunksize = 2);
    long y;
    for (int i = 0; i < 3; i++)
        assert_ok(mp_iter_next(it, &y));
    assert_raises_saying(MP_KEY_ERROR, "no more at 3", mp_iter_next(it, &y));
    assert_raises(MP_STOP_ITERATION, mp_iter_next(it, &y));
}

/* It would have the first result only after a window of items. */
static void slow_input_does_not_hold_up_results(void **state)
{
    mp_pool *pool = *state;
    struct source s = {0};
    mp_auto(mp_iter) it = mp_pool_imap(pool, square, MP_NONE, .next = give_next,
                                       .self = &s, .buffersize = 1000000);
    long y;
    for (int i = 0; i < 10; i++)
        assert_ok(mp_iter_next(it, &y));
    assert_true(s.next < 1000000);
}

struct reader {
    mp_iter *it;
    long count;
    long sum;
};

static void *read_results(void *arg)
{
    struct reader *r = arg;
    long y;
    while (mp_iter_next(r->it, &y) == 0) {
        r->count++;
        r->sum += y;
    }
    return NULL;
}

static void several_threads_may_read_one_iterator(void **state)
{
    mp_pool *pool = *state;
    struct source s = {.end = 3000};
    mp_auto(mp_iter) it = mp_pool_imap(pool, echo, MP_NONE, .next = give_next,
                                       .self = &s, .buffersize = 3);
    struct reader readers[4] = {{it, 0, 0}, {it, 0, 0}, {it, 0, 0}, {it, 0, 0}};
    pthread_t threads[4];
    long count = 0, sum = 0;
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, read_results, &readers[i]);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        count += readers[i].count;
        sum += readers[i].sum;
    }
    assert_int_equal(count, 3000);
    assert_int_equal(sum, 3000L * 2999 / 2);
    assert_int_equal(s.most_inside, 1);
}

static void input_without_end_is_for_imap_only(void **state)
{
    mp_pool *pool = *state;
    struct source s = {0};
    assert_raises(MP_VALUE_ERROR,
                  mp_pool_map(pool, square, MP_NONE, (long *)NULL,
                              .next = give_next, .self = &s));
    assert_null(mp_pool_imap(pool, square, MP_NONE, .next = give_next,
                             .self = &s, .chunksize = -1));
    assert_int_equal(mp_error_last()->code, MP_VALUE_ERROR);
}

static void imap_has_no_callbacks(void **state)
{
    mp_pool *pool = *state;
    assert_null(mp_pool_imap(pool, square, MP_LIST(1), .callback = count_in));
    assert_int_equal(mp_error_last()->code, MP_VALUE_ERROR);
}

static void dead_worker_costs_an_imap_one_result(void **state)
{
    mp_pool *pool = *state;
    long xs[] = {1, 2, -SIGKILL, 3, 4}, y = 0;
    int lost = 0, rc;
    mp_auto(mp_iter) it =
        mp_pool_imap(pool, end_by, MP_ARRAY(xs), .chunksize = 5);
    while ((rc = mp_iter_next(it, &y)) != MP_STOP_ITERATION)
        lost += rc == MP_WORKER_LOST;
    assert_int_equal(lost, 5);
    assert_works(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(imap_gives_results_in_order),
        with_pool(unordered_gives_each_result_once),
        with_pool(unordered_gives_what_is_ready_first),
        with_pool(imap_of_nothing_ends_at_once),
        with_pool(error_takes_the_place_of_a_result),
        with_pool(error_in_a_chunk_costs_its_item_only),
        with_pool(next_gives_up_after_its_timeout_and_has_it_later),
        with_pool(result_that_does_not_fit_is_still_next),
        with_pool(iterator_freed_early_forgets_what_has_not_begun),
        with_pool(p36_pool_with_an_unfinished_iterator_closes),
        with_pool(p35_endless_input_is_read_no_further_than_allowed),
        with_pool(p35_list_is_sent_no_further_than_allowed),
        with_pool(input_may_come_to_an_end),
        with_pool(error_of_the_input_comes_at_its_place),
        with_pool(slow_input_does_not_hold_up_results),
        with_pool(several_threads_may_read_one_iterator),
        with_pool(input_without_end_is_for_imap_only),
        with_pool(imap_has_no_callbacks),
        with_pool(dead_worker_costs_an_imap_one_result),
    };

    return cmocka_run_group_tests(tests, make_pool, free_pool);
}
