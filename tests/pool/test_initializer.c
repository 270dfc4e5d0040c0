/*
 * Initializer and finalizer: each worker's first and last; and an initializer
 * that fails breaks the pool once, instead of for ever.
 */
#include "child.h"
#include "tasks.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

static int keep_argument(mp_call *c)
{
    long x;
    MP_TRY(mp_call_args(c, &x));
    *mp_worker_state() = (void *)(intptr_t)x;
    board->begun++;
    return 0;
}

static int tell_argument(mp_call *c)
{
    return mp_return(c, (long)(intptr_t)*mp_worker_state());
}

static int note_end(mp_call *c)
{
    (void)c;
    board->ended++;
    return 0;
}

static void initializer_runs_first_in_each_worker(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool =
        mp_pool_new(3, .initializer = keep_argument, .initargs = MP_ARGS(42));
    long x;
    assert_ok(mp_pool_apply(pool, tell_argument, MP_NONE, &x));
    assert_int_equal(x, 42);
    assert_until(board->begun == 3, PATIENCE);
}

static void initializer_runs_in_replacements_too(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool =
        mp_pool_new(1, .initializer = keep_argument, .initargs = MP_ARGS(42),
                    .maxtasksperchild = 1);
    for (int i = 0; i < 5; i++) {
        long x;
        assert_ok(mp_pool_apply(pool, tell_argument, MP_NONE, &x));
        assert_int_equal(x, 42);
    }
    (void)mp_pool_apply(pool, kill_itself);
    assert_works(pool);
}

static void finalizer_runs_last_in_workers_that_leave(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(3, .finalizer = note_end);
    assert_works(pool);
    assert_ok(mp_pool_close(pool));
    assert_ok(mp_pool_join(pool, PATIENCE));
    assert_int_equal(board->ended, 3);
}

static int tell_self(mp_call *c)
{
    long *self = mp_call_self(c);
    board->flag = (int)*self;
    return 0;
}

static void self_is_that_of_the_pool(void **state)
{
    (void)state;
    long seven = 7;
    mp_auto(mp_pool) pool =
        mp_pool_new(1, .initializer = tell_self, .self = &seven);
    assert_works(pool);
    assert_int_equal(board->flag, 7);
}

static void initargs_must_be_a_tuple(void **state)
{
    (void)state;
    assert_null(mp_pool_new(1, .initializer = keep_argument,
                            .initargs = mp_any_int(1)));
    assert_int_equal(mp_error_last()->code, MP_TYPE_ERROR);
}

/* -- failures -------------------------------------------------------------- */

static int refuse_to_start(mp_call *c)
{
    board->begun++;
    return mp_raise(c, MP_KEY_ERROR, "no such oven");
}

static void assert_broken(mp_pool *pool)
{
    long y;
    assert_raises(MP_BROKEN_POOL, mp_pool_apply(pool, square, MP_ARGS(1), &y));
    assert_null(mp_pool_map_async(pool, square, MP_LIST(1)));
    assert_int_equal(mp_error_last()->code, MP_BROKEN_POOL);
}

static void p3_failing_initializer_breaks_the_pool(void **state)
{
    (void)state;
    struct leak_snapshot *before = leak_take();
    mp_pool *pool = mp_pool_new(2, .initializer = refuse_to_start);
    mp_result *r = mp_pool_apply_async(pool, square, MP_ARGS(1));
    if (r != NULL)
        assert_raises_saying(MP_BROKEN_POOL, "no such oven",
                             mp_result_get(r, (long *)NULL, PATIENCE));
    mp_result_free(r);
    assert_broken(pool);
    assert_true(board->begun <= 4);
    mp_pool_free(pool);
    assert_no_leak(before);
}

static int leave(mp_call *c)
{
    (void)c;
    board->begun++;
    exit(0);
}

static int die(mp_call *c)
{
    (void)c;
    board->begun++;
    return raise(SIGKILL);
}

/* Workers that end before they could do a task, however that looks. */
static void assert_breaks(const mp_pool_opts *opts)
{
    struct leak_snapshot *before = leak_take();
    mp_pool *pool = (mp_pool_new)(opts);
    mp_result *r = mp_pool_apply_async(pool, square, MP_ARGS(1));
    if (r != NULL)
        assert_raises_saying(MP_BROKEN_POOL, "ended before they could do",
                             mp_result_get(r, (long *)NULL, PATIENCE));
    mp_result_free(r);
    assert_broken(pool);
    assert_true(board->begun < 20);
    mp_pool_free(pool);
    assert_no_leak(before);
}

static void p3_initializer_that_dies_breaks_the_pool(void **state)
{
    (void)state;
    assert_breaks(&(const mp_pool_opts){
        .size_ = sizeof(mp_pool_opts), .processes = 2, .initializer = die});
}

static void p3_initializer_that_exits_breaks_the_pool(void **state)
{
    (void)state;
    assert_breaks(&(const mp_pool_opts){
        .size_ = sizeof(mp_pool_opts), .processes = 1, .initializer = leave});
}

static void p3_even_where_workers_leave_after_a_task(void **state)
{
    (void)state;
    assert_breaks(&(const mp_pool_opts){.size_ = sizeof(mp_pool_opts),
                                        .processes = 1,
                                        .initializer = leave,
                                        .maxtasksperchild = 1});
}

static void p3_even_where_workers_leave_when_they_have_grown(void **state)
{
    (void)state;
    assert_breaks(&(const mp_pool_opts){.size_ = sizeof(mp_pool_opts),
                                        .processes = 1,
                                        .initializer = leave,
                                        .memory_limit = (size_t)1 << 40});
}

/* The more there are, the longer their replacements are held up in all. */
static void p3_even_where_there_are_many_workers(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(16, .initializer = die);
    mp_auto(mp_result) r = mp_pool_apply_async(pool, square, MP_ARGS(1));
    assert_raises(MP_BROKEN_POOL, mp_result_get(r, (long *)NULL, 3 * PATIENCE));
    assert_true(board->begun < 200);
}

static int die_the_first_times(mp_call *c)
{
    (void)c;
    return ++board->begun <= 3 ? raise(SIGKILL) : 0;
}

static void initializer_that_dies_a_few_times_only_is_forgiven(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(1, .initializer = die_the_first_times);
    assert_works(pool);
}

static void threads_whose_initializer_fails_break_their_pool(void **state)
{
    (void)state;
    struct leak_snapshot *before = leak_take();
    mp_pool *pool = mp_thread_pool_new(2, .initializer = refuse_to_start);
    assert_until(board->begun == 2, PATIENCE);
    mp_result *r = mp_pool_apply_async(pool, square, MP_ARGS(1));
    if (r != NULL)
        assert_raises(MP_BROKEN_POOL, mp_result_get(r, (long *)NULL, PATIENCE));
    mp_result_free(r);
    mp_pool_free(pool);
    assert_no_leak(before);
}

static void
failing_initializer_of_an_idle_pool_is_told_at_the_next_call(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(1, .initializer = refuse_to_start);
    mp_any v;
    double deadline = until_now() + PATIENCE;
    int rc = 0;
    while (rc != MP_BROKEN_POOL && until_now() < deadline) {
        rc = mp_pool_apply(pool, square, MP_ARGS(1), &v);
        usleep(1000);
    }
    assert_int_equal(rc, MP_BROKEN_POOL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(initializer_runs_first_in_each_worker,
                               set_board),
        cmocka_unit_test_setup(initializer_runs_in_replacements_too, set_board),
        cmocka_unit_test_setup(finalizer_runs_last_in_workers_that_leave,
                               set_board),
        cmocka_unit_test_setup(self_is_that_of_the_pool, set_board),
        cmocka_unit_test(initargs_must_be_a_tuple),
        cmocka_unit_test_setup(p3_failing_initializer_breaks_the_pool,
                               set_board),
        cmocka_unit_test_setup(p3_initializer_that_dies_breaks_the_pool,
                               set_board),
        cmocka_unit_test_setup(p3_initializer_that_exits_breaks_the_pool,
                               set_board),
        cmocka_unit_test_setup(p3_even_where_workers_leave_after_a_task,
                               set_board),
        cmocka_unit_test_setup(p3_even_where_workers_leave_when_they_have_grown,
                               set_board),
        cmocka_unit_test_setup(p3_even_where_there_are_many_workers, set_board),
        cmocka_unit_test_setup(
            initializer_that_dies_a_few_times_only_is_forgiven, set_board),
        cmocka_unit_test_setup(threads_whose_initializer_fails_break_their_pool,
                               set_board),
        cmocka_unit_test_setup(
            failing_initializer_of_an_idle_pool_is_told_at_the_next_call,
            set_board),
    };

    return cmocka_run_group_tests(tests, warm_up, NULL);
}
