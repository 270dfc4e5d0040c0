/*
 * Processes are killed while they use shared data: the lock goes on to the
 * next, who is told so, and no number of 8 bytes or less is ever half written.
 */
#include "child.h"
#include "expect.h"
#include "until.h"

#include <mproc.h>

#include <signal.h>
#include <unistd.h>

enum { PATIENCE = 20, ROUNDS = 60 };

static int hold_and_die(void *shared)
{
    int *n = shared;
    if (mp_shared_acquire(n) != 0)
        return 1;
    *n = 5;
    raise(SIGKILL);
    return 2;
}

static void lock_of_a_killed_holder_is_handed_on(void **state)
{
    (void)state;
    mp_auto_shared int *n = mp_value_new(int, 0);
    assert_int_equal(child_run(hold_and_die, n, PATIENCE), -SIGKILL);
    assert_int_equal(mp_shared_acquire(n, PATIENCE), MP_OWNER_DEAD);
    assert_int_equal(*n, 5);
    assert_ok(mp_shared_release(n));
    assert_int_equal(mp_shared_acquire(n, PATIENCE), 0);
    assert_ok(mp_shared_release(n));
}

static void lock_of_ones_own_is_handed_on(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    mp_auto_shared int *n = mp_value_new_with(lock, int, 0);
    assert_int_equal(child_run(hold_and_die, n, PATIENCE), -SIGKILL);
    assert_int_equal(mp_lock_acquire(lock, PATIENCE), MP_OWNER_DEAD);
    assert_ok(mp_shared_release(n));
}

static void method_of_an_array_says_that_the_holder_died(void **state)
{
    (void)state;
    mp_auto_shared int *xs = mp_array_new(int, 2);
    int x = 0;
    assert_int_equal(child_run(hold_and_die, xs, PATIENCE), -SIGKILL);
    assert_int_equal(mp_array_get_item(xs, 0, &x), MP_OWNER_DEAD);
    assert_int_equal(x, 5);
    assert_int_equal(child_run(hold_and_die, xs, PATIENCE), -SIGKILL);
    assert_int_equal(mp_array_set_item(xs, 1, 6), MP_OWNER_DEAD);
    assert_int_equal(xs[1], 6);
    assert_int_equal(mp_array_set(xs, 0, 2, MP_LIST(1, 2)), 0);
}

static int wait_for_lock(void *shared)
{
    int rc = mp_shared_acquire(shared, PATIENCE);
    return rc < 0 || mp_shared_release(shared) < 0 ? 1 : rc == MP_OWNER_DEAD;
}

static void killed_waiter_blocks_nobody(void **state)
{
    (void)state;
    mp_auto_shared int *n = mp_value_new(int, 0);
    assert_ok(mp_shared_acquire(n));
    pid_t killed = child_start(wait_for_lock, n);
    pid_t left = child_start(wait_for_lock, n);
    usleep(20000); /* to let them sleep: right also if they do not yet */
    kill(killed, SIGKILL);
    assert_int_equal(child_wait(killed, PATIENCE), -SIGKILL);
    assert_ok(mp_shared_release(n));
    assert_int_equal(child_wait(left, PATIENCE), 0);
}

/* -- never torn --------------------------------------------------------------- */

static const double here = 1e300, there = -1.0 / 3;

static int write_for_ever(void *shared)
{
    volatile double *d = shared;
    for (unsigned i = 0; *d == *d; i++)
        *d = i % 2 == 0 ? here : there;
    return 1;
}

static int set_for_ever(void *shared)
{
    double *ds = shared;
    for (int i = 0;; i++)
        if (mp_array_set(ds, 0, 1, MP_LIST(i % 2 == 0 ? here : there)) < 0)
            return 1;
}

/* Killed at many different moments, by chance. */
static void assert_never_torn(child_fn writer, double *d)
{
    for (int round = 0; round < ROUNDS; round++) {
        pid_t pid = child_start(writer, d);
        assert_until(mp_value_load(d) != 0, PATIENCE);
        usleep((useconds_t)(round * 37));
        kill(pid, SIGKILL);
        assert_int_equal(child_wait(pid, PATIENCE), -SIGKILL);
        assert_true(*d == here || *d == there);
        assert_in_range(mp_shared_acquire(d, PATIENCE), 0, MP_OWNER_DEAD);
        assert_ok(mp_shared_release(d));
        *d = 0;
    }
}

static void number_of_a_killed_writer_is_whole(void **state)
{
    (void)state;
    mp_auto_shared double *d = mp_value_new(double, 0);
    assert_never_torn(write_for_ever, d);
}

static void array_of_a_killed_writer_is_free_and_whole(void **state)
{
    (void)state;
    mp_auto_shared double *ds = mp_array_new(double, 1);
    assert_never_torn(set_for_ever, ds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lock_of_a_killed_holder_is_handed_on),
        cmocka_unit_test(lock_of_ones_own_is_handed_on),
        cmocka_unit_test(method_of_an_array_says_that_the_holder_died),
        cmocka_unit_test(killed_waiter_blocks_nobody),
        cmocka_unit_test(number_of_a_killed_writer_is_whole),
        cmocka_unit_test(array_of_a_killed_writer_is_free_and_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
