/*
 * MP_WITH: however its block is left, the lock is let go of.
 */
#include "expect.h"

#include <mproc.h>

static mp_lock *lock;
static mp_rlock *rlock;
static mp_semaphore *semaphore;

static int set_up(void **state)
{
    (void)state;
    lock = mp_lock_new();
    rlock = mp_rlock_new();
    semaphore = mp_semaphore_new(1);
    return lock == NULL || rlock == NULL || semaphore == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    mp_lock_free(lock);
    mp_rlock_free(rlock);
    mp_semaphore_free(semaphore);
    return 0;
}

static void block_runs_once_and_holds_the_lock(void **state)
{
    (void)state;
    int runs = 0;
    MP_WITH(lock)
    {
        assert_int_equal(mp_lock_locked(lock), 1);
        runs++;
    }
    assert_int_equal(runs, 1);
    assert_int_equal(mp_lock_locked(lock), 0);
}

static void one_statement_is_a_block_too(void **state)
{
    (void)state;
    int runs = 0;
    MP_WITH(rlock)
    runs += mp_rlock_locked(rlock);
    assert_int_equal(runs, 1);
    assert_int_equal(mp_rlock_locked(rlock), 0);
}

static void break_lets_go(void **state)
{
    (void)state;
    int runs = 0;
    MP_WITH(lock)
    {
        if (mp_lock_locked(lock) == 1)
            break;
        runs++;
    }
    assert_int_equal(runs, 0);
    assert_int_equal(mp_lock_locked(lock), 0);
}

static void continue_lets_go_and_does_not_repeat(void **state)
{
    (void)state;
    int runs = 0;
    MP_WITH(semaphore)
    {
        runs++;
        if (mp_semaphore_locked(semaphore) == 1)
            continue;
        runs += 10;
    }
    assert_int_equal(runs, 1);
    assert_int_equal(mp_semaphore_get_value(semaphore), 1);
}

static int returns_from_within(void)
{
    MP_WITH(lock)
    {
        return 10 + mp_lock_locked(lock);
    }
    return 0;
}

static void return_lets_go(void **state)
{
    (void)state;
    assert_int_equal(returns_from_within(), 11);
    assert_int_equal(mp_lock_locked(lock), 0);
}

static int goes_out(void)
{
    int locked = 0;
    MP_WITH(lock)
    {
        locked = mp_lock_locked(lock);
        if (locked)
            goto out;
        locked = -1;
    }
    locked = -2;
out:
    return locked;
}

static void goto_out_lets_go(void **state)
{
    (void)state;
    assert_int_equal(goes_out(), 1);
    assert_int_equal(mp_lock_locked(lock), 0);
}

static void blocks_nest(void **state)
{
    (void)state;
    int runs = 0;
    MP_WITH(lock)
    {
        MP_WITH(rlock) MP_WITH(rlock)
        {
            MP_WITH(semaphore)
            runs += mp_lock_locked(lock) && mp_rlock_locked(rlock) &&
                    mp_semaphore_locked(semaphore);
        }
        assert_int_equal(mp_rlock_locked(rlock), 0);
    }
    assert_int_equal(runs, 1);
    assert_int_equal(mp_lock_locked(lock), 0);
}

static void loop_may_hold_it_each_time(void **state)
{
    (void)state;
    int runs = 0;
    for (int i = 0; i < 3; i++)
        MP_WITH(lock)
    runs += mp_lock_locked(lock);
    assert_int_equal(runs, 3);
}

static void answer_can_be_had(void **state)
{
    (void)state;
    int rc = -1;
    MP_WITH(lock, &rc)
    {
        assert_int_equal(rc, 0);
        rc = 5;
    }
    assert_int_equal(rc, 5);
}

static void block_without_a_lock_is_not_run(void **state)
{
    (void)state;
    mp_semaphore *none = mp_semaphore_new(-1);
    int runs = 0, rc = 0;
    MP_WITH(none, &rc)
    runs++;
    assert_int_equal(runs, 0);
    assert_int_equal(rc, MP_VALUE_ERROR);
    assert_int_equal(mp_error_last()->code, MP_VALUE_ERROR);
}

static int which(int *calls)
{
    return (*calls)++;
}

static void lock_is_named_once(void **state)
{
    (void)state;
    mp_lock *locks[] = {lock};
    int calls = 0;
    MP_WITH(locks[which(&calls)])
    assert_int_equal(mp_lock_locked(lock), 1);
    assert_int_equal(calls, 1);
    assert_int_equal(mp_lock_locked(lock), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(block_runs_once_and_holds_the_lock),
        cmocka_unit_test(one_statement_is_a_block_too),
        cmocka_unit_test(break_lets_go),
        cmocka_unit_test(continue_lets_go_and_does_not_repeat),
        cmocka_unit_test(return_lets_go),
        cmocka_unit_test(goto_out_lets_go),
        cmocka_unit_test(blocks_nest),
        cmocka_unit_test(loop_may_hold_it_each_time),
        cmocka_unit_test(answer_can_be_had),
        cmocka_unit_test(block_without_a_lock_is_not_run),
        cmocka_unit_test(lock_is_named_once),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
