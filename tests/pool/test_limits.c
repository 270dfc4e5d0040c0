/*
 * What limits tasks and workers: time, memory, tries, the number of tasks that
 * wait, and of those that a worker does.
 */
#include "tasks.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

/* -- time ------------------------------------------------------------------ */

static void p38_task_is_ended_when_its_time_is_up(void **state)
{
    mp_pool *pool = *state;
    double began = until_now();
    assert_raises_saying(MP_TIMEOUT, "longer than 0.2 seconds",
                         mp_pool_apply(pool, begin_and_sleep, MP_NONE,
                                       (long *)NULL, .timeout = 0.2));
    assert_true(until_now() - began >= 0.2);
    assert_until(kill(board->pid, 0) < 0, PATIENCE);
    assert_works(pool);
}

/* The supervisor sleeps: the limit itself has to wake it. */
static void p38_limit_holds_in_a_pool_that_was_idle(void **state)
{
    mp_pool *pool = *state;
    usleep(200000);
    assert_raises(MP_TIMEOUT, mp_pool_apply(pool, begin_and_sleep, MP_NONE,
                                            (long *)NULL, .timeout = 0.05));
}

static void task_within_its_time_is_left_alone(void **state)
{
    mp_pool *pool = *state;
    for (int i = 0; i < 3000; i++)
        assert_ok(mp_pool_apply(pool, square, MP_ARGS(i), (long *)NULL,
                                .timeout = 5));
}

/* A worker that was idle for long does not look as if its task had begun
   then. */
static void time_of_a_task_begins_with_the_task(void **state)
{
    mp_pool *pool = *state;
    for (int i = 0; i < 4; i++) {
        usleep(600000);
        for (int n = 0; n < 100; n++)
            assert_ok(mp_pool_apply(pool, square, MP_ARGS(i), (long *)NULL,
                                    .timeout = 0.5));
    }
}

static int sleep_at_5(mp_call *c)
{
    long x;
    MP_TRY(mp_call_args(c, &x));
    return x == 5 ? begin_and_sleep(c) : mp_return(c, x);
}

static void time_is_that_of_an_item(void **state)
{
    mp_pool *pool = *state;
    long xs[20], y, sum = 0;
    int late = 0, rc;
    for (long i = 0; i < 20; i++)
        xs[i] = i;
    mp_auto(mp_iter) it = mp_pool_imap(pool, sleep_at_5, MP_ARRAY(xs),
                                       .chunksize = 10, .timeout = 0.3);
    while ((rc = mp_iter_next(it, &y)) != MP_STOP_ITERATION) {
        late += rc == MP_TIMEOUT;
        sum += rc == 0 ? y : 0;
    }
    assert_int_equal(late, 1);
    assert_int_equal(sum, 185);
}

static int stop_when_asked(mp_call *c)
{
    (void)c;
    while (!mp_task_should_stop())
        usleep(1000);
    return mp_return(c, "stopped");
}

static int tell_whether_to_stop(mp_call *c)
{
    (void)mp_call_argc(c);
    return mp_return(c, (long)mp_task_should_stop());
}

static void soft_limit_asks_the_task_to_stop(void **state)
{
    mp_pool *pool = *state;
    char *s;
    assert_false(mp_task_should_stop());
    assert_ok(
        mp_pool_apply(pool, stop_when_asked, MP_NONE, &s, .soft_timeout = 0.1));
    assert_string_equal(s, "stopped");
    free(s);
}

static void later_tasks_are_not_asked_to_stop(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(1);
    assert_ok(mp_pool_apply(pool, stop_when_asked, MP_NONE, (mp_any *)NULL,
                            .soft_timeout = 0.05));
    for (int i = 0; i < 400; i++) {
        long asked;
        assert_ok(mp_pool_apply(pool, tell_whether_to_stop, MP_NONE, &asked));
        assert_int_equal(asked, 0);
    }
}

static void hard_limit_ends_who_does_not_stop(void **state)
{
    mp_pool *pool = *state;
    assert_raises(MP_TIMEOUT,
                  mp_pool_apply(pool, begin_and_sleep, MP_NONE, (long *)NULL,
                                .soft_timeout = 0.05, .timeout = 0.15));
}

/* -- tries ----------------------------------------------------------------- */

static int fail_twice(mp_call *c)
{
    (void)mp_call_argc(c);
    if (++board->begun <= 2)
        return mp_raise(c, MP_KEY_ERROR, "not yet");
    return mp_return(c, "at last");
}

static int die_twice(mp_call *c)
{
    (void)mp_call_argc(c);
    if (++board->begun <= 2)
        _exit(3);
    return mp_return(c, "at last");
}

static void failed_task_is_tried_again(void **state)
{
    mp_pool *pool = *state;
    char *s;
    assert_ok(mp_pool_apply(pool, fail_twice, MP_NONE, &s, .retries = 2));
    assert_string_equal(s, "at last");
    assert_int_equal(board->begun, 3);
    free(s);
}

static void task_of_a_dead_worker_is_tried_again(void **state)
{
    mp_pool *pool = *state;
    char *s;
    assert_ok(mp_pool_apply(pool, die_twice, MP_NONE, &s, .retries = 2));
    assert_string_equal(s, "at last");
    free(s);
}

static void last_failure_is_told(void **state)
{
    mp_pool *pool = *state;
    assert_raises_saying(
        MP_KEY_ERROR, "not yet",
        mp_pool_apply(pool, fail_twice, MP_NONE, (mp_any *)NULL, .retries = 1));
    assert_int_equal(board->begun, 2);
}

static void tries_are_ever_further_apart(void **state)
{
    mp_pool *pool = *state;
    double began = until_now();
    assert_raises(MP_VALUE_ERROR,
                  mp_pool_apply(pool, refuse_negative, MP_ARGS(-1),
                                (long *)NULL, .retries = 3));
    assert_true(until_now() - began >= 0.05 + 0.1 + 0.2);
}

/* An overflow of the wait would have it tried thousands of times a second. */
static void wait_grows_no_further_after_many_tries(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(1);
    mp_auto(mp_result) r = mp_pool_apply_async(pool, refuse_negative,
                                               MP_ARGS(-1), .retries = 1000000);
    assert_raises(MP_TIMEOUT, mp_result_wait(r, 1.0));
    assert_int_equal(mp_result_cancel(r), 1);
    assert_works(pool);
}

static void each_item_of_a_map_has_its_own_tries(void **state)
{
    mp_pool *pool = *state;
    long xs[10] = {0};
    mp_any v;
    assert_ok(mp_pool_map(pool, fail_twice, MP_ARRAY(xs), &v, .chunksize = 5,
                          .retries = 2));
    assert_int_equal(mp_any_len(v), 10);
    assert_int_equal(board->begun, 12);
    mp_any_clear(&v);
}

static void others_are_done_while_one_waits_for_its_next_try(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(1);
    mp_auto(mp_result) r =
        mp_pool_apply_async(pool, refuse_negative, MP_ARGS(-1), .retries = 4);
    for (int i = 0; i < 100; i++)
        assert_works(pool);
    assert_int_equal(mp_result_ready(r), 0);
}

/* -- tasks that wait ------------------------------------------------------- */

static void nowait_says_that_there_is_no_room(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(1, .max_pending = 3);
    mp_result *rs[3];
    for (int i = 0; i < 3; i++)
        rs[i] = mp_pool_apply_async(pool, await_flag, MP_NONE, .nowait = true);
    assert_null(mp_pool_apply_async(pool, await_flag, MP_NONE, .nowait = true));
    assert_int_equal(mp_error_last()->code, -EAGAIN);
    board->flag = 1;
    for (int i = 0; i < 3; i++) {
        assert_ok(mp_result_wait(rs[i], PATIENCE));
        mp_result_free(rs[i]);
    }
    mp_auto(mp_result) r =
        mp_pool_apply_async(pool, square, MP_ARGS(1), .nowait = true);
    assert_made(r);
}

static void *raise_flag_soon(void *unused)
{
    (void)unused;
    usleep(100000);
    board->flag = 1;
    return NULL;
}

static void submitter_waits_for_room(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(1, .max_pending = 2);
    pthread_t thread;
    mp_result_free(mp_pool_apply_async(pool, await_flag, MP_NONE));
    mp_result_free(mp_pool_apply_async(pool, await_flag, MP_NONE));
    pthread_create(&thread, NULL, raise_flag_soon, NULL);
    assert_works(pool);
    assert_int_equal(board->ended, 2);
    pthread_join(thread, NULL);
}

static void *submit_many(void *pool)
{
    for (int i = 0; i < 500; i++)
        mp_result_free(mp_pool_apply_async(pool, count_in, MP_NONE));
    return NULL;
}

static void several_submitters_wait_for_room(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(2, .max_pending = 4);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, submit_many, pool);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_ok(mp_pool_close(pool));
    assert_ok(mp_pool_join(pool, PATIENCE));
    assert_int_equal(board->begun, 2000);
}

static void *terminate_soon(void *pool)
{
    usleep(100000);
    (void)mp_pool_terminate(pool);
    return NULL;
}

static void submitter_that_waits_is_told_of_the_end(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(1, .max_pending = 1);
    pthread_t thread;
    mp_result_free(mp_pool_apply_async(pool, begin_and_sleep, MP_NONE));
    pthread_create(&thread, NULL, terminate_soon, pool);
    assert_raises_saying(MP_VALUE_ERROR, "Pool not running",
                         mp_pool_apply(pool, square, MP_ARGS(1)));
    pthread_join(thread, NULL);
}

/* -- memory ---------------------------------------------------------------- */

enum { TOO_MUCH = 200 << 20, LIMIT = 100 << 20 };

static int grow(mp_call *c)
{
    (void)mp_call_argc(c);
    char *data = malloc(TOO_MUCH);
    for (size_t i = 0; i < TOO_MUCH; i += 4096)
        data[i] = 1;
    board->begun++;
    return sleep_for_ever(c);
}

static int keep_much(mp_call *c)
{
    (void)mp_call_argc(c);
    char *data = malloc(TOO_MUCH);
    for (size_t i = 0; i < TOO_MUCH; i += 4096)
        data[i] = 1;
    return mp_return(c, (long)getpid());
}

static void task_that_grows_too_large_is_ended(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(1, .memory_limit = LIMIT);
    assert_raises_saying(-ENOMEM, "grown beyond its memory limit",
                         mp_pool_apply(pool, grow));
    assert_works(pool);
}

static void worker_that_has_grown_too_large_is_replaced(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(1, .memory_limit = LIMIT);
    for (int i = 0; i < 3; i++) {
        long pid = 0;
        int rc = mp_pool_apply(pool, keep_much, MP_NONE, &pid);
        assert_true(rc == 0 || rc == -ENOMEM);
        assert_true(pid_of_a_worker(pool) != pid);
    }
}

/* -- tasks of one worker --------------------------------------------------- */

static void p16_worker_is_replaced_after_its_tasks(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(1, .maxtasksperchild = 3);
    long pids[12];
    for (int i = 0; i < 12; i++)
        assert_ok(mp_pool_apply(pool, tell_pid, MP_NONE, &pids[i]));
    for (int i = 0; i < 12; i += 3) {
        assert_int_equal(pids[i], pids[i + 1]);
        assert_int_equal(pids[i], pids[i + 2]);
        assert_true(i == 0 || pids[i] != pids[i - 1]);
    }
}

static void p16_pool_of_short_lived_workers_does_not_hang(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(2, .maxtasksperchild = 1);
    static long xs[300], ys[300];
    for (long i = 0; i < 300; i++)
        xs[i] = i;
    assert_ok(mp_pool_map(pool, square, MP_ARRAY(xs), MP_INTO_ARRAY(ys),
                          .chunksize = 1));
    for (long i = 0; i < 300; i++)
        assert_int_equal(ys[i], i * i);
}

static void threads_are_replaced_after_their_tasks(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_thread_pool_new(2, .maxtasksperchild = 1);
    for (int i = 0; i < 50; i++)
        assert_works(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(p38_task_is_ended_when_its_time_is_up),
        with_pool(p38_limit_holds_in_a_pool_that_was_idle),
        with_pool(task_within_its_time_is_left_alone),
        with_pool(time_of_a_task_begins_with_the_task),
        with_pool(time_is_that_of_an_item),
        with_pool(soft_limit_asks_the_task_to_stop),
        with_pool(later_tasks_are_not_asked_to_stop),
        with_pool(hard_limit_ends_who_does_not_stop),
        with_pool(failed_task_is_tried_again),
        with_pool(task_of_a_dead_worker_is_tried_again),
        with_pool(last_failure_is_told),
        with_pool(tries_are_ever_further_apart),
        with_pool(wait_grows_no_further_after_many_tries),
        with_pool(each_item_of_a_map_has_its_own_tries),
        with_pool(others_are_done_while_one_waits_for_its_next_try),
        with_pool(nowait_says_that_there_is_no_room),
        with_pool(submitter_waits_for_room),
        with_pool(several_submitters_wait_for_room),
        with_pool(submitter_that_waits_is_told_of_the_end),
        with_pool(task_that_grows_too_large_is_ended),
        with_pool(worker_that_has_grown_too_large_is_replaced),
        with_pool(p16_worker_is_replaced_after_its_tasks),
        with_pool(p16_pool_of_short_lived_workers_does_not_hang),
        with_pool(threads_are_replaced_after_their_tasks),
    };

    return cmocka_run_group_tests(tests, make_pool, free_pool);
}
