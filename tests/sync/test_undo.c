/*
 * Semaphores with undo: the units of a process that dies are there again.
 */
#include "child.h"
#include "expect.h"
#include "says.h"
#include "until.h"

#include "sync/undo_state.h"

#include <mproc.h>

#include <signal.h>
#include <unistd.h>

#define TOO_MANY "semaphore or lock released too many times"

static void unit_with_undo_is_counted(void **state)
{
    (void)state;
    mp_auto(mp_semaphore) s = mp_semaphore_new(2, .undo = true);
    assert_int_equal(mp_semaphore_get_value(s), 2);
    assert_int_equal(mp_semaphore_acquire(s), 0);
    assert_int_equal(mp_semaphore_acquire(s), 0);
    assert_int_equal(mp_semaphore_locked(s), 1);
    assert_raises(MP_TIMEOUT, mp_semaphore_acquire(s, 0));
    assert_raises(MP_TIMEOUT, mp_semaphore_acquire(s, 0.05));
    assert_int_equal(mp_semaphore_release(s), 0);
    assert_int_equal(mp_semaphore_get_value(s), 1);
}

static void who_holds_none_cannot_release(void **state)
{
    (void)state;
    mp_auto(mp_semaphore) s = mp_semaphore_new(2, .undo = true);
    assert_raises_saying(MP_VALUE_ERROR, TOO_MANY, mp_semaphore_release(s));
    assert_int_equal(mp_semaphore_acquire(s), 0);
    assert_int_equal(mp_semaphore_release(s), 0);
    assert_raises_saying(MP_VALUE_ERROR, TOO_MANY, mp_semaphore_release(s));
    assert_int_equal(mp_semaphore_get_value(s), 2);
}

static void semaphore_of_none_with_undo_stays_so(void **state)
{
    (void)state;
    mp_auto(mp_semaphore) s = mp_semaphore_new(0, .undo = true);
    assert_raises(MP_TIMEOUT, mp_semaphore_acquire(s, 0));
    assert_raises(MP_VALUE_ERROR, mp_semaphore_release(s));
}

static int releases_its_parents(void *s)
{
    return mp_semaphore_release((mp_semaphore *)s) != MP_VALUE_ERROR;
}

static void child_does_not_hold_what_its_parent_does(void **state)
{
    (void)state;
    mp_auto(mp_semaphore) s = mp_semaphore_new(1, .undo = true);
    assert_int_equal(mp_semaphore_acquire(s), 0);
    assert_int_equal(child_run(releases_its_parents, s, 10.0), 0);
    assert_int_equal(mp_semaphore_get_value(s), 0);
}

static int take_all_and_die(void *s)
{
    while (mp_semaphore_acquire((mp_semaphore *)s, 0) == 0)
        continue;
    raise(SIGKILL);
    return 1;
}

/* Nobody tells of it: the one who waits finds out. */
static void units_of_a_killed_process_come_back(void **state)
{
    (void)state;
    mp_auto(mp_semaphore) s = mp_semaphore_new(3, .undo = true);
    assert_int_equal(child_run(take_all_and_die, s, 10.0), -SIGKILL);
    for (int i = 0; i < 3; i++)
        assert_int_equal(mp_semaphore_acquire(s, 10.0), 0);
    assert_raises(MP_TIMEOUT, mp_semaphore_acquire(s, 0));
}

static int take_one_and_die(void *s)
{
    if (mp_semaphore_acquire((mp_semaphore *)s, 10.0) == 0)
        raise(SIGKILL);
    return 1;
}

/* Each takes the place of another who is dead. */
static void any_number_may_die_with_a_unit(void **state)
{
    (void)state;
    mp_auto(mp_semaphore) s = mp_bounded_semaphore_new(2, .undo = true);
    for (int i = 0; i < 10; i++)
        assert_int_equal(child_run(take_one_and_die, s, 20.0), -SIGKILL);
    assert_int_equal(mp_semaphore_acquire(s, 10.0), 0);
    assert_int_equal(mp_semaphore_acquire(s, 10.0), 0);
}

static int wait_for_one(void *s)
{
    return mp_semaphore_acquire((mp_semaphore *)s, 20.0) != 0;
}

static void several_who_wait_get_what_a_dead_one_had(void **state)
{
    (void)state;
    mp_auto(mp_semaphore) s = mp_semaphore_new(2, .undo = true);
    pid_t waiters[2];
    pid_t holder = child_start(take_all_and_die, s);
    for (int i = 0; i < 2; i++)
        waiters[i] = child_start(wait_for_one, s);
    assert_int_equal(child_wait(holder, 10.0), -SIGKILL);
    for (int i = 0; i < 2; i++)
        assert_int_equal(child_wait(waiters[i], 20.0), 0);
}

static int take_one_and_exec(void *s)
{
    if (mp_semaphore_acquire((mp_semaphore *)s, 10.0) == 0)
        execlp("sleep", "sleep", "30", (char *)NULL);
    return 1;
}

static void unit_of_one_who_runs_another_program_comes_back(void **state)
{
    (void)state;
    mp_auto(mp_semaphore) s = mp_semaphore_new(1, .undo = true);
    pid_t pid = child_start(take_one_and_exec, s);
    assert_until(mp_semaphore_get_value(s) == 0, 10.0);
    assert_int_equal(mp_semaphore_acquire(s, 10.0), 0);
    kill(pid, SIGKILL);
    assert_int_equal(child_wait(pid, 10.0), -SIGKILL);
}

static void semaphores_with_undo_tell_their_values(void **state)
{
    (void)state;
    mp_auto(mp_semaphore) s = mp_semaphore_new(2, .undo = true);
    mp_auto(mp_semaphore) b = mp_bounded_semaphore_new(2, .undo = true);
    assert_int_equal(mp_semaphore_acquire(s), 0);
    assert_says(s, "<Semaphore(value=1)>");
    assert_says(b, "<BoundedSemaphore(value=2, maxvalue=2)>");
}

/* There cannot be more holders than processes. */
static void large_semaphore_with_undo_is_not_large(void **state)
{
    (void)state;
    mp_auto(mp_semaphore) s = mp_semaphore_new(INT32_MAX, .undo = true);
    assert_made(s);
    assert_true(mp__undo_size(INT32_MAX) <= 40000);
    assert_int_equal(mp_semaphore_acquire(s), 0);
    assert_int_equal(mp_semaphore_get_value(s), INT32_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unit_with_undo_is_counted),
        cmocka_unit_test(who_holds_none_cannot_release),
        cmocka_unit_test(semaphore_of_none_with_undo_stays_so),
        cmocka_unit_test(child_does_not_hold_what_its_parent_does),
        cmocka_unit_test(units_of_a_killed_process_come_back),
        cmocka_unit_test(any_number_may_die_with_a_unit),
        cmocka_unit_test(several_who_wait_get_what_a_dead_one_had),
        cmocka_unit_test(unit_of_one_who_runs_another_program_comes_back),
        cmocka_unit_test(semaphores_with_undo_tell_their_values),
        cmocka_unit_test(large_semaphore_with_undo_is_not_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
