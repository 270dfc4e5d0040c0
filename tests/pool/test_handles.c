/*
 * Handles, made before or after the pool, as arguments and as results.
 */
#include "tasks.h"

#include <fcntl.h>

static int put_in_queue(mp_call *c)
{
    mp_queue *q;
    long x;
    MP_TRY(mp_call_args(c, &q, &x));
    return mp_queue_put(q, x);
}

static void queue_made_after_the_pool_may_be_an_argument(void **state)
{
    mp_pool *pool = *state;
    mp_auto(mp_queue) q = mp_queue_new(0);
    long x = 0;
    assert_ok(mp_pool_apply(pool, put_in_queue, MP_ARGS(q, 17)));
    assert_ok(mp_queue_get(q, &x, PATIENCE));
    assert_int_equal(x, 17);
}

static int make_queue(mp_call *c)
{
    mp_auto(mp_queue) q = mp_queue_new(0);
    (void)c;
    MP_TRY(mp_queue_put(q, "from the worker"));
    return mp_return(c, q);
}

static void queue_made_by_a_task_may_be_its_result(void **state)
{
    mp_pool *pool = *state;
    mp_auto(mp_queue) q = NULL;
    char *s = NULL;
    assert_ok(mp_pool_apply(pool, make_queue, MP_NONE, &q));
    assert_ok(mp_queue_get(q, &s, PATIENCE));
    assert_string_equal(s, "from the worker");
    free(s);
}

static int hold_for_a_moment(mp_call *c)
{
    mp_lock *lock;
    MP_TRY(mp_call_args(c, &lock));
    for (int i = 0; i < 100; i++) {
        MP_TRY(mp_lock_acquire(lock));
        int seen = board->flag;
        board->flag = seen + 1;
        MP_TRY(mp_lock_release(lock));
    }
    return 0;
}

static void lock_made_after_the_pool_is_one_lock_for_all(void **state)
{
    mp_pool *pool = *state;
    mp_auto(mp_lock) lock = mp_lock_new();
    mp_result *rs[8];
    for (int i = 0; i < 8; i++)
        rs[i] = mp_pool_apply_async(pool, hold_for_a_moment, MP_ARGS(lock));
    for (int i = 0; i < 8; i++) {
        assert_ok(mp_result_get(rs[i]));
        mp_result_free(rs[i]);
    }
    assert_int_equal(board->flag, 800);
}

static int make_queue_with(mp_call *c)
{
    long x;
    MP_TRY(mp_call_args(c, &x));
    if (x % 3 != 0)
        return mp_return(c, x);
    mp_auto(mp_queue) q = mp_queue_new(0);
    MP_TRY(mp_queue_put(q, x));
    return mp_return(c, q);
}

static void handles_may_be_among_the_results(void **state)
{
    mp_pool *pool = *state;
    long xs[9], x;
    mp_any v;
    for (long i = 0; i < 9; i++)
        xs[i] = i;
    assert_ok(
        mp_pool_map(pool, make_queue_with, MP_ARRAY(xs), &v, .chunksize = 9));
    for (long i = 0; i < 9; i += 3) {
        mp_auto(mp_queue) q = NULL;
        assert_ok(mp_any_into(mp_any_item(v, i), &q));
        assert_ok(mp_queue_get(q, &x, PATIENCE));
        assert_int_equal(x, i);
    }
    mp_any_clear(&v);
}

static int put_in_each(mp_call *c)
{
    mp_queue *a, *b;
    MP_TRY(mp_call_args(c, &a, &b));
    MP_TRY(mp_queue_put(a, "a"));
    MP_TRY(mp_queue_put(b, "b"));
    return 0;
}

/* More descriptors than can be under way at once. */
static void many_handles_go_one_after_another(void **state)
{
    mp_pool *pool = *state;
    mp_auto(mp_queue) a = mp_queue_new(0);
    mp_auto(mp_queue) b = mp_queue_new(0);
    mp_result *rs[300];
    for (int i = 0; i < 300; i++)
        rs[i] = mp_pool_apply_async(pool, put_in_each, MP_ARGS(a, b));
    for (int i = 0; i < 300; i++) {
        assert_ok(mp_result_get(rs[i], (long *)NULL, PATIENCE));
        mp_result_free(rs[i]);
    }
    assert_int_equal(mp_queue_qsize(a), 300);
    assert_int_equal(mp_queue_qsize(b), 300);
}

static int count_descriptors(void)
{
    int n = 0;
    for (int fd = 0; fd < 1024; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

static void descriptors_of_lost_tasks_are_not_left_open(void **state)
{
    mp_pool *pool = *state;
    mp_auto(mp_queue) q = mp_queue_new(0);
    int before = 0;
    for (int i = 0; i < 40; i++) {
        assert_raises(MP_WORKER_LOST,
                      mp_pool_apply(pool, kill_itself, MP_ARGS(q)));
        assert_works(pool);
        if (i == 4)
            before = count_descriptors();
    }
    assert_true(count_descriptors() <= before + 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(queue_made_after_the_pool_may_be_an_argument),
        with_pool(queue_made_by_a_task_may_be_its_result),
        with_pool(lock_made_after_the_pool_is_one_lock_for_all),
        with_pool(handles_may_be_among_the_results),
        with_pool(many_handles_go_one_after_another),
        with_pool(descriptors_of_lost_tasks_are_not_left_open),
    };

    return cmocka_run_group_tests(tests, make_pool, free_pool);
}
