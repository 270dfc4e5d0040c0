/*
 * A pool's life, and what it says to who uses it wrongly: made, closed,
 * terminated, joined, given back in every state.
 */
#include "child.h"
#include "tasks.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>

/* -- making ---------------------------------------------------------------- */

static void pool_has_as_many_workers_as_asked_for(void **state)
{
    (void)state;
    struct leak_snapshot *before = leak_take();
    mp_pool *pool = mp_pool_new(3);
    assert_made(pool);
    assert_int_equal(mp_active_children(NULL, 0), 3);
    mp_pool_free(pool);
    assert_no_leak(before);
}

static void pool_has_a_worker_for_each_cpu_by_default(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new();
    assert_made(pool);
    assert_int_equal(mp_active_children(NULL, 0), mp_process_cpu_count());
}

static void negative_numbers_are_refused(void **state)
{
    (void)state;
    assert_null(mp_pool_new(-1));
    assert_raises_saying(MP_VALUE_ERROR, "at least 1", mp_error_last()->code);
    assert_null(mp_pool_new(1, .maxtasksperchild = -1));
    assert_int_equal(mp_error_last()->code, MP_VALUE_ERROR);
}

static void too_many_workers_are_refused_before_the_first(void **state)
{
    (void)state;
    struct leak_snapshot *before = leak_take();
    assert_null(mp_pool_new(1000000));
    assert_int_equal(mp_error_last()->code, -EAGAIN);
    assert_no_leak(before);
}

static void workers_are_daemons_named_after_the_pool(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(1);
    mp_process *worker;
    assert_made(pool);
    assert_int_equal(mp_active_children(&worker, 1), 1);
    assert_non_null(strstr(mp_process_name(worker), "PoolWorker"));
    assert_int_equal(mp_process_daemon(worker), 1);
    mp_process_free(worker);
}

static void methods_of_no_pool_tell_why_there_is_none(void **state)
{
    (void)state;
    mp_pool *none = mp_pool_new(-1);
    assert_raises(MP_VALUE_ERROR, mp_pool_apply(none, square, MP_ARGS(1)));
    assert_null(mp_pool_apply_async(none, square, MP_ARGS(1)));
    assert_raises(MP_VALUE_ERROR, mp_pool_close(none));
    assert_raises(MP_VALUE_ERROR, mp_pool_join(none));
    assert_raises(MP_VALUE_ERROR, mp_pool_terminate(none));
    mp_pool_free(none);
    mp_result_free(NULL);
    mp_iter_free(NULL);
}

/* -- the end --------------------------------------------------------------- */

static void closed_pool_does_what_it_was_given(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(2);
    mp_auto(mp_result) r = mp_pool_apply_async(pool, square, MP_ARGS(5));
    long y;
    assert_ok(mp_pool_close(pool));
    assert_ok(mp_pool_join(pool, PATIENCE));
    assert_ok(mp_result_get(r, &y, 0));
    assert_int_equal(y, 25);
}

static void closed_pool_takes_no_more(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(1);
    long xs[] = {1};
    assert_ok(mp_pool_close(pool));
    assert_raises_saying(MP_VALUE_ERROR, "Pool not running",
                         mp_pool_apply(pool, square, MP_ARGS(5)));
    assert_null(mp_pool_apply_async(pool, square, MP_ARGS(5)));
    assert_raises(MP_VALUE_ERROR,
                  mp_pool_map(pool, square, MP_ARRAY(xs), MP_INTO_ARRAY(xs)));
    assert_null(mp_pool_imap(pool, square, MP_ARRAY(xs)));
    assert_int_equal(mp_error_last()->code, MP_VALUE_ERROR);
}

static void join_of_a_running_pool_is_refused(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(1);
    assert_raises_saying(MP_VALUE_ERROR, "Pool is still running",
                         mp_pool_join(pool));
}

static void join_gives_up_after_its_timeout(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(1);
    mp_auto(mp_result) r = mp_pool_apply_async(pool, begin_and_sleep, MP_NONE);
    assert_made(r);
    assert_ok(mp_pool_close(pool));
    assert_raises(MP_TIMEOUT, mp_pool_join(pool, 0.05));
}

static void close_and_terminate_may_be_repeated(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(2);
    assert_ok(mp_pool_close(pool));
    assert_ok(mp_pool_close(pool));
    assert_ok(mp_pool_terminate(pool));
    assert_ok(mp_pool_terminate(pool));
    assert_ok(mp_pool_close(pool));
    assert_ok(mp_pool_join(pool));
    assert_ok(mp_pool_join(pool));
}

enum in_state { RUNNING, BUSY, CLOSED, JOINED, TERMINATED, STATES };

static void bring_into(mp_pool *pool, enum in_state s)
{
    if (s == BUSY)
        mp_result_free(mp_pool_apply_async(pool, begin_and_sleep, MP_NONE));
    if (s == CLOSED || s == JOINED)
        assert_ok(mp_pool_close(pool));
    if (s == JOINED)
        assert_ok(mp_pool_join(pool, PATIENCE));
    if (s == TERMINATED)
        assert_ok(mp_pool_terminate(pool));
}

static void free_leaves_nothing_in_any_state(void **state)
{
    (void)state;
    for (int s = RUNNING; s < STATES; s++) {
        struct leak_snapshot *before = leak_take();
        mp_pool *pool = mp_pool_new(2);
        bring_into(pool, (enum in_state)s);
        mp_pool_free(pool);
        assert_no_leak(before);
    }
}

static void results_and_iterators_outlive_their_pool(void **state)
{
    (void)state;
    mp_pool *pool = mp_pool_new(1);
    long xs[] = {2, 3}, y;
    mp_auto(mp_result) done = mp_pool_apply_async(pool, square, MP_ARGS(5));
    assert_ok(mp_result_wait(done, PATIENCE));
    mp_auto(mp_result) lost =
        mp_pool_apply_async(pool, begin_and_sleep, MP_NONE);
    mp_auto(mp_iter) it = mp_pool_imap(pool, square, MP_ARRAY(xs));
    mp_pool_free(pool);
    assert_ok(mp_result_get(done, &y));
    assert_raises(MP_CANCELLED, mp_result_get(lost, &y));
    assert_raises(MP_CANCELLED, mp_iter_next(it, &y));
    assert_raises(MP_STOP_ITERATION, mp_iter_next(it, &y));
    assert_int_equal(y, 25);
}

static void pools_may_be_many_and_short(void **state)
{
    (void)state;
    struct leak_snapshot *before = leak_take();
    for (int i = 0; i < 20; i++) {
        mp_auto(mp_pool) pool = mp_pool_new(2);
        assert_works(pool);
    }
    assert_no_leak(before);
}

/* -- other processes ------------------------------------------------------- */

struct inherited {
    mp_pool *pool;
    mp_result *done, *open;
    mp_iter *it;
};

/* The allocator of the address sanitizer does not survive a fork while other
   threads use it: there the pool has to be quiet meanwhile. */
#ifdef __SANITIZE_ADDRESS__
#define QUIET 1
#else
#define QUIET 0
#endif

/* A child of fork(2), made while threads of the pool may hold its lock. */
static int use_as_a_child(void *arg)
{
    const struct inherited *i = arg;
    long y = 0;
    if (mp_pool_apply(i->pool, square, MP_ARGS(1)) != MP_ASSERTION_ERROR ||
        mp_pool_close(i->pool) != MP_ASSERTION_ERROR ||
        mp_pool_terminate(i->pool) != MP_ASSERTION_ERROR)
        return 1;
    if (mp_result_get(i->open, &y) != MP_ASSERTION_ERROR ||
        mp_result_cancel(i->open) != MP_ASSERTION_ERROR ||
        mp_iter_next(i->it, &y) != MP_ASSERTION_ERROR)
        return 2;
    if (mp_result_get(i->done, &y) < 0 || y != 25)
        return 3;
    mp_result_free(i->done);
    mp_result_free(i->open);
    mp_iter_free(i->it);
    mp_pool_free(i->pool);
    return 0;
}

static void forked_child_is_refused_and_never_waits(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(2);
    long xs[64] = {0};
    mp_auto(mp_result) done = mp_pool_apply_async(pool, square, MP_ARGS(5));
    mp_auto(mp_result) open =
        mp_pool_apply_async(pool, begin_and_sleep, MP_NONE);
    mp_auto(mp_iter) it = mp_pool_imap(pool, square, MP_ARRAY(xs));
    struct inherited i = {pool, done, open, it};
    assert_ok(mp_result_wait(done, PATIENCE));
    for (int n = 0; n < 50; n++) {
        mp_auto(mp_result) more = mp_pool_map_async(pool, square, MP_ARRAY(xs));
        if (QUIET)
            assert_ok(mp_result_wait(more, PATIENCE));
        assert_int_equal(child_run(use_as_a_child, &i, PATIENCE), 0);
    }
    assert_works(pool);
}

/* -- the end of the program ------------------------------------------------ */

static int make_and_leave(void *arg)
{
    mp_pool *pool = mp_pool_new(2);
    (void)arg;
    if (pool == NULL)
        return 1;
    mp_result *r = mp_pool_apply_async(pool, begin_and_sleep, MP_NONE);
    while (board->begun == 0)
        usleep(1000);
    exit(r == NULL);
}

static void p48_program_that_exits_with_a_live_pool_ends_well(void **state)
{
    (void)state;
    assert_int_equal(child_run(make_and_leave, NULL, 10), 0);
    assert_true(kill(board->pid, 0) < 0 && errno == ESRCH);
}

static int leave_in_a_thread_pool(void *arg)
{
    mp_pool *pool = mp_thread_pool_new(2);
    (void)arg;
    mp_result *r = mp_pool_apply_async(pool, end_by, MP_ARGS(7));
    (void)mp_result_wait(r, PATIENCE);
    return 1;
}

static void exit_in_a_task_of_a_thread_pool_ends_the_program(void **state)
{
    (void)state;
    double began = until_now();
    assert_int_equal(child_run(leave_in_a_thread_pool, NULL, 10), 7);
    assert_true(until_now() - began < 3);
}

static int make_and_be_killed(void *arg)
{
    mp_pool *pool = mp_pool_new(2);
    (void)arg;
    mp_result_free(mp_pool_apply_async(pool, begin_and_sleep, MP_NONE));
    mp_result_free(mp_pool_apply_async(pool, kill_itself, MP_NONE));
    while (board->begun == 0)
        usleep(1000);
    return raise(SIGKILL);
}

static bool worker_is_gone(void *unused)
{
    (void)unused;
    return kill(board->pid, 0) < 0 && errno == ESRCH;
}

/* The test's own watch sees workers that the board does not name. */
static void workers_end_with_a_parent_that_was_killed(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++) {
        (void)set_board(NULL);
        assert_int_equal(child_run(make_and_be_killed, NULL, PATIENCE),
                         -SIGKILL);
        assert_true(until(worker_is_gone, NULL, PATIENCE));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pool_has_as_many_workers_as_asked_for),
        cmocka_unit_test(pool_has_a_worker_for_each_cpu_by_default),
        cmocka_unit_test(negative_numbers_are_refused),
        cmocka_unit_test(too_many_workers_are_refused_before_the_first),
        cmocka_unit_test(workers_are_daemons_named_after_the_pool),
        cmocka_unit_test(methods_of_no_pool_tell_why_there_is_none),
        cmocka_unit_test(closed_pool_does_what_it_was_given),
        cmocka_unit_test(closed_pool_takes_no_more),
        cmocka_unit_test(join_of_a_running_pool_is_refused),
        cmocka_unit_test_setup(join_gives_up_after_its_timeout, set_board),
        cmocka_unit_test(close_and_terminate_may_be_repeated),
        cmocka_unit_test_setup(free_leaves_nothing_in_any_state, set_board),
        cmocka_unit_test_setup(results_and_iterators_outlive_their_pool,
                               set_board),
        cmocka_unit_test(pools_may_be_many_and_short),
        cmocka_unit_test_setup(forked_child_is_refused_and_never_waits,
                               set_board),
        cmocka_unit_test_setup(
            p48_program_that_exits_with_a_live_pool_ends_well, set_board),
        cmocka_unit_test(exit_in_a_task_of_a_thread_pool_ends_the_program),
        cmocka_unit_test(workers_end_with_a_parent_that_was_killed),
    };

    return cmocka_run_group_tests(tests, warm_up, NULL);
}
