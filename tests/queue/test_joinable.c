/*
 * JoinableQueue: join ends when all that was put has been dealt with, by
 * whichever process, and not before.
 */
#include "child.h"
#include "expect.h"
#include "until.h"

#include <mproc.h>

static int work_until_none(void *q)
{
    int n;
    while (mp_queue_get(q, &n) == 0 && n >= 0)
        if (mp_queue_task_done(q) < 0)
            return 1;
    return mp_queue_task_done(q) < 0;
}

static void join_returns_when_four_workers_have_done_ten_items(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_joinable_queue_new();
    pid_t pids[4];
    for (int i = 0; i < 4; i++)
        pids[i] = child_start(work_until_none, q);
    for (int i = 0; i < 10; i++)
        assert_ok(mp_queue_put(q, i));
    assert_ok(mp_queue_join(q, 20.0));
    assert_int_equal(mp_queue_qsize(q), 0);
    for (int i = 0; i < 4; i++)
        assert_ok(mp_queue_put(q, -1));
    for (int i = 0; i < 4; i++)
        assert_int_equal(child_wait(pids[i], 20.0), 0);
}

static void join_of_an_unused_queue_returns_at_once(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_joinable_queue_new();
    assert_ok(mp_queue_join(q, 0));
}

static void join_times_out_while_one_task_is_not_done(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_joinable_queue_new();
    int n;
    assert_int_equal(mp_queue_put_many(q, MP_LIST(1, 2)), 2);
    assert_ok(mp_queue_get(q, &n));
    assert_ok(mp_queue_get(q, &n));
    assert_ok(mp_queue_task_done(q));
    double start = until_now();
    assert_raises(MP_TIMEOUT, mp_queue_join(q, 0.12));
    assert_true(until_now() - start >= 0.119);
    assert_raises(MP_TIMEOUT, mp_queue_join(q, 0));
    assert_ok(mp_queue_task_done(q));
    assert_ok(mp_queue_join(q, 0));
}

static void one_task_done_too_many_is_a_value_error(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_joinable_queue_new();
    int n;
    assert_ok(mp_queue_put(q, 1));
    assert_ok(mp_queue_get(q, &n));
    assert_ok(mp_queue_task_done(q));
    assert_raises_saying(MP_VALUE_ERROR, "called too many times",
                         mp_queue_task_done(q));
}

static int join_one(void *q)
{
    return mp_queue_join(q, 20.0) < 0;
}

static void last_task_done_wakes_all_who_join(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_joinable_queue_new();
    pid_t pids[3];
    assert_ok(mp_queue_put(q, 1));
    for (int i = 0; i < 3; i++)
        pids[i] = child_start(join_one, q);
    assert_raises(MP_TIMEOUT, mp_queue_join(q, 0.05));
    assert_ok(mp_queue_task_done(q));
    for (int i = 0; i < 3; i++)
        assert_int_equal(child_wait(pids[i], 20.0), 0);
}

static void immediate_shutdown_releases_joins(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_joinable_queue_new();
    assert_ok(mp_queue_put(q, 1));
    pid_t pid = child_start(join_one, q);
    assert_ok(mp_queue_shutdown(q, true));
    assert_int_equal(child_wait(pid, 20.0), 0);
}

static void shutdown_alone_leaves_joins_to_the_tasks(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_joinable_queue_new();
    int n;
    assert_ok(mp_queue_put(q, 1));
    assert_ok(mp_queue_shutdown(q));
    assert_raises(MP_TIMEOUT, mp_queue_join(q, 0.01));
    assert_ok(mp_queue_get(q, &n));
    assert_ok(mp_queue_task_done(q));
    assert_ok(mp_queue_join(q, 0));
}

static void plain_queue_has_no_tasks(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    assert_raises_saying(MP_VALUE_ERROR, "joinable", mp_queue_task_done(q));
    assert_raises_saying(MP_VALUE_ERROR, "joinable", mp_queue_join(q, 0));
}

static void closed_joinable_queue_answers_value_error(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_joinable_queue_new(2);
    assert_ok(mp_queue_close(q));
    assert_raises_saying(MP_VALUE_ERROR, "closed", mp_queue_task_done(q));
    assert_raises_saying(MP_VALUE_ERROR, "closed", mp_queue_join(q, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(join_returns_when_four_workers_have_done_ten_items),
        cmocka_unit_test(join_of_an_unused_queue_returns_at_once),
        cmocka_unit_test(join_times_out_while_one_task_is_not_done),
        cmocka_unit_test(one_task_done_too_many_is_a_value_error),
        cmocka_unit_test(last_task_done_wakes_all_who_join),
        cmocka_unit_test(immediate_shutdown_releases_joins),
        cmocka_unit_test(shutdown_alone_leaves_joins_to_the_tasks),
        cmocka_unit_test(plain_queue_has_no_tasks),
        cmocka_unit_test(closed_joinable_queue_answers_value_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
