/*
 * terminate: promptly, whatever the workers are at.
 */
#include "tasks.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

/* The pool promises 5 seconds. */
enum { PROMISED = 5 };

static void assert_prompt(mp_pool *pool)
{
    double began = until_now();
    assert_ok(mp_pool_terminate(pool));
    assert_true(until_now() - began < PROMISED);
}

static void terminate_ends_workers_at_work(void **state)
{
    (void)state;
    struct leak_snapshot *before = leak_take();
    mp_pool *pool = mp_pool_new(2);
    mp_result *r = mp_pool_apply_async(pool, begin_and_sleep, MP_NONE);
    assert_until(board->begun == 1, PATIENCE);
    assert_prompt(pool);
    assert_raises(MP_CANCELLED, mp_result_get(r, (long *)NULL, 0));
    assert_true(kill(board->pid, 0) < 0);
    mp_result_free(r);
    mp_pool_free(pool);
    assert_no_leak(before);
}

static void ten_thousand_waiting_tasks_end_promptly(void **state)
{
    (void)state;
    enum { N = 10000 };
    static mp_result *rs[N];
    mp_auto(mp_pool) pool = mp_pool_new(2, .max_pending = N);
    for (int i = 0; i < N; i++)
        rs[i] = mp_pool_apply_async(pool, begin_and_sleep, MP_NONE);
    assert_prompt(pool);
    for (int i = 0; i < N; i++) {
        assert_raises(MP_CANCELLED, mp_result_get(rs[i], (long *)NULL, 0));
        mp_result_free(rs[i]);
    }
}

static mp_lock *the_lock;

static int hold_lock_and_ignore_sigterm(mp_call *c)
{
    (void)mp_call_argc(c);
    (void)signal(SIGTERM, SIG_IGN);
    board->begun++;
    MP_TRY(mp_lock_acquire(the_lock));
    return sleep_for_ever(c);
}

static void p14_terminate_never_waits_for_a_lock_of_a_worker(void **state)
{
    (void)state;
    the_lock = mp_lock_new();
    mp_auto(mp_pool) pool = mp_pool_new(4);
    for (int i = 0; i < 4; i++)
        mp_result_free(
            mp_pool_apply_async(pool, hold_lock_and_ignore_sigterm, MP_NONE));
    assert_until(board->begun == 4, PATIENCE);
    assert_prompt(pool);
    assert_raises(MP_OWNER_DEAD, mp_lock_acquire(the_lock, PATIENCE));
    mp_lock_free(the_lock);
}

static void p13_p14_terminate_ends_stopped_workers(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(2);
    long pid = pid_of_a_worker(pool);
    assert_int_equal(kill((pid_t)pid, SIGSTOP), 0);
    assert_prompt(pool);
}

static int return_for_ever(mp_call *c)
{
    static char data[1 << 20];
    (void)mp_call_argc(c);
    board->begun++;
    return mp_return(c, MP_BYTES(data, sizeof data));
}

/* Workers are killed in the middle of answers, and answers are not taken. */
static void p14_terminate_while_large_results_are_on_their_way(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(2);
    for (int i = 0; i < 200; i++)
        mp_result_free(mp_pool_apply_async(pool, return_for_ever, MP_NONE));
    assert_prompt(pool);
}

static void *apply_until_it_ends(void *pool)
{
    long y;
    while (mp_pool_apply(pool, square, MP_ARGS(3), &y) == 0)
        continue;
    return (void *)(intptr_t)mp_error_last()->code;
}

/* A job that comes in just as the pool ends is refused or fails. */
static void those_who_submit_meanwhile_are_told(void **state)
{
    (void)state;
    for (int n = 0; n < 15; n++) {
        mp_auto(mp_pool) pool = mp_pool_new(2);
        pthread_t threads[3];
        for (int i = 0; i < 3; i++)
            pthread_create(&threads[i], NULL, apply_until_it_ends, pool);
        usleep((useconds_t)(n * 1000));
        assert_prompt(pool);
        for (int i = 0; i < 3; i++) {
            void *code;
            pthread_join(threads[i], &code);
            assert_true((intptr_t)code == MP_CANCELLED ||
                        (intptr_t)code == MP_VALUE_ERROR);
        }
    }
}

static void *terminate(void *pool)
{
    (void)mp_pool_terminate(pool);
    return NULL;
}

static void several_threads_may_terminate_one_pool(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(3);
    pthread_t threads[4];
    mp_result_free(mp_pool_apply_async(pool, begin_and_sleep, MP_NONE));
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, terminate, pool);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_ok(mp_pool_join(pool, PATIENCE));
}

static void terminate_right_after_making_is_fine(void **state)
{
    (void)state;
    struct leak_snapshot *before = leak_take();
    for (int i = 0; i < 20; i++) {
        mp_auto(mp_pool) pool = mp_pool_new(3);
        assert_prompt(pool);
    }
    assert_no_leak(before);
}

static void terminate_while_workers_die(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        mp_auto(mp_pool) pool = mp_pool_new(2);
        for (int n = 0; n < 30; n++)
            mp_result_free(mp_pool_apply_async(pool, kill_itself, MP_NONE));
        usleep((useconds_t)(i * 500));
        assert_prompt(pool);
    }
}

static void tasks_of_a_thread_pool_that_wait_are_dropped(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_thread_pool_new(1);
    mp_auto(mp_result) at_work = mp_pool_apply_async(pool, await_flag, MP_NONE);
    mp_auto(mp_result) waits = mp_pool_apply_async(pool, count_in, MP_NONE);
    assert_until(board->begun == 1, PATIENCE);
    assert_prompt(pool);
    assert_raises(MP_CANCELLED, mp_result_get(waits, (long *)NULL, 0));
    assert_raises(MP_CANCELLED, mp_result_get(at_work, (long *)NULL, 0));
    board->flag = 1;
    assert_ok(mp_pool_join(pool, PATIENCE));
    assert_int_equal(board->begun, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(terminate_ends_workers_at_work, set_board),
        cmocka_unit_test_setup(ten_thousand_waiting_tasks_end_promptly,
                               set_board),
        cmocka_unit_test_setup(p14_terminate_never_waits_for_a_lock_of_a_worker,
                               set_board),
        cmocka_unit_test(p13_p14_terminate_ends_stopped_workers),
        cmocka_unit_test_setup(
            p14_terminate_while_large_results_are_on_their_way, set_board),
        cmocka_unit_test(those_who_submit_meanwhile_are_told),
        cmocka_unit_test_setup(several_threads_may_terminate_one_pool,
                               set_board),
        cmocka_unit_test(terminate_right_after_making_is_fine),
        cmocka_unit_test(terminate_while_workers_die),
        cmocka_unit_test_setup(tasks_of_a_thread_pool_that_wait_are_dropped,
                               set_board),
    };

    return cmocka_run_group_tests(tests, warm_up, NULL);
}
