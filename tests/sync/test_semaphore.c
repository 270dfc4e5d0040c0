/*
 * Semaphore and BoundedSemaphore: how many there are, and who waits for one.
 */
#include "child.h"
#include "expect.h"
#include "output.h"
#include "says.h"
#include "until.h"

#include <mproc.h>

#include <limits.h>
#include <stdatomic.h>

#define TOO_MANY "semaphore or lock released too many times"

/* -- counting -------------------------------------------------------------- */

static void semaphore_of_two_is_had_twice(void **state)
{
    (void)state;
    mp_auto(mp_semaphore) s = mp_semaphore_new(2);
    assert_int_equal(mp_semaphore_get_value(s), 2);
    assert_int_equal(mp_semaphore_acquire(s), 0);
    assert_int_equal(mp_semaphore_get_value(s), 1);
    assert_int_equal(mp_semaphore_locked(s), 0);
    assert_int_equal(mp_semaphore_acquire(s), 0);
    assert_int_equal(mp_semaphore_get_value(s), 0);
    assert_int_equal(mp_semaphore_locked(s), 1);
    assert_raises_saying(MP_TIMEOUT, "semaphore", mp_semaphore_acquire(s, 0));
}

static void semaphore_may_be_released_beyond_its_beginning(void **state)
{
    (void)state;
    mp_auto(mp_semaphore) s = mp_semaphore_new(2);
    assert_int_equal(mp_semaphore_release(s), 0);
    assert_int_equal(mp_semaphore_release(s), 0);
    assert_int_equal(mp_semaphore_get_value(s), 4);
}

static void bounded_semaphore_may_not(void **state)
{
    (void)state;
    mp_auto(mp_semaphore) s = mp_bounded_semaphore_new(2);
    assert_raises_saying(MP_VALUE_ERROR, TOO_MANY, mp_semaphore_release(s));
    assert_int_equal(mp_semaphore_acquire(s), 0);
    assert_int_equal(mp_semaphore_acquire(s), 0);
    assert_int_equal(mp_semaphore_release(s), 0);
    assert_int_equal(mp_semaphore_release(s), 0);
    assert_raises_saying(MP_VALUE_ERROR, TOO_MANY, mp_semaphore_release(s));
    assert_int_equal(mp_semaphore_get_value(s), 2);
}

static void largest_semaphore_cannot_grow(void **state)
{
    (void)state;
    mp_auto(mp_semaphore) s = mp_semaphore_new(INT_MAX);
    assert_made(s);
    assert_raises_saying(MP_VALUE_ERROR, TOO_MANY, mp_semaphore_release(s));
    assert_int_equal(mp_semaphore_acquire(s), 0);
    assert_int_equal(mp_semaphore_release(s), 0);
    assert_int_equal(mp_semaphore_get_value(s), INT_MAX);
}

static void value_out_of_range_makes_none(void **state)
{
    (void)state;
    assert_null(mp_semaphore_new(-1));
    assert_int_equal(mp_error_last()->code, MP_VALUE_ERROR);
    assert_null(mp_semaphore_new((int64_t)INT_MAX + 1));
    assert_int_equal(mp_error_last()->code, MP_VALUE_ERROR);
    assert_null(mp_bounded_semaphore_new(INT64_MIN));
    assert_int_equal(mp_error_last()->code, MP_VALUE_ERROR);
}

static void option_of_a_newer_library_makes_none(void **state)
{
    (void)state;
    struct {
        mp_semaphore_opts known;
        int unknown;
    } newer = {{.size_ = sizeof newer}, 1};
    assert_null((mp_semaphore_new)(1, &newer.known));
    assert_int_equal(mp_error_last()->code, MP_VALUE_ERROR);
    assert_null((mp_semaphore_new)(1, NULL));
    assert_int_equal(mp_error_last()->code, MP_VALUE_ERROR);
}

static void null_semaphore_is_a_failure_of_its_making(void **state)
{
    (void)state;
    mp_semaphore *none = mp_semaphore_new(-1);
    assert_int_equal(mp_semaphore_acquire(none), MP_VALUE_ERROR);
    assert_int_equal(mp_semaphore_release(none), MP_VALUE_ERROR);
    assert_int_equal(mp_semaphore_get_value(none), MP_VALUE_ERROR);
    assert_int_equal(mp_semaphore_locked(none), MP_VALUE_ERROR);
    mp_semaphore_free(none);
}

static void semaphores_tell_their_values(void **state)
{
    (void)state;
    mp_auto(mp_semaphore) s = mp_semaphore_new(2);
    mp_auto(mp_semaphore) b = mp_bounded_semaphore_new(2);
    assert_int_equal(mp_semaphore_acquire(b), 0);
    assert_says(s, "<Semaphore(value=2)>");
    assert_says(b, "<BoundedSemaphore(value=1, maxvalue=2)>");
}

/* -- waiting --------------------------------------------------------------- */

static void acquire_waits_as_long_as_it_is_told(void **state)
{
    (void)state;
    mp_auto(mp_semaphore) s = mp_semaphore_new(0);
    double start = until_now();
    assert_raises(MP_TIMEOUT, mp_semaphore_acquire(s, 0.1));
    assert_true(until_now() - start >= 0.1);
    assert_raises(MP_TIMEOUT, mp_semaphore_acquire(s, -1.0));
}

static int take_one(void *s)
{
    return mp_semaphore_acquire((mp_semaphore *)s, 20.0) != 0;
}

static void each_release_wakes_one_of_those_asleep(mp_semaphore *s)
{
    pid_t pids[3];
    for (int i = 0; i < 3; i++)
        pids[i] = child_start(take_one, s);
    assert_raises(MP_TIMEOUT, mp_semaphore_acquire(s, 0.1));
    for (int i = 0; i < 3; i++)
        assert_int_equal(mp_semaphore_release(s), 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(child_wait(pids[i], 20.0), 0);
    assert_int_equal(mp_semaphore_get_value(s), 0);
}

static void releases_wake_who_waits_for_a_semaphore(void **state)
{
    (void)state;
    mp_auto(mp_semaphore) s = mp_semaphore_new(0);
    each_release_wakes_one_of_those_asleep(s);
}

static void releases_wake_who_waits_for_a_bounded_one(void **state)
{
    (void)state;
    mp_auto(mp_semaphore) s = mp_bounded_semaphore_new(3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(mp_semaphore_acquire(s), 0);
    each_release_wakes_one_of_those_asleep(s);
}

/* -- what it is for -------------------------------------------------------- */

enum { WORKERS = 5, ROUNDS = 5000, UNITS = 2 };

struct crowd {
    mp_semaphore *s;
    atomic_int *inside;
};

static int go_in_and_out(void *arg)
{
    struct crowd *c = arg;
    for (int i = 0; i < ROUNDS; i++) {
        if (mp_semaphore_acquire(c->s) != 0)
            return 1;
        if (atomic_fetch_add(c->inside, 1) >= UNITS)
            return 2;
        atomic_fetch_sub(c->inside, 1);
        if (mp_semaphore_release(c->s) != 0)
            return 3;
    }
    return 0;
}

static void never_more_are_inside(mp_semaphore *s)
{
    struct crowd c = {s, shared_memory(sizeof *c.inside)};
    pid_t pids[WORKERS];
    for (int i = 0; i < WORKERS; i++)
        pids[i] = child_start(go_in_and_out, &c);
    for (int i = 0; i < WORKERS; i++)
        assert_int_equal(child_wait(pids[i], 60.0), 0);
    assert_int_equal(mp_semaphore_get_value(s), UNITS);
    shared_memory_free(c.inside, sizeof *c.inside);
}

static void never_more_are_inside_than_there_are_units(void **state)
{
    (void)state;
    mp_auto(mp_semaphore) s = mp_semaphore_new(UNITS);
    mp_auto(mp_semaphore) b = mp_bounded_semaphore_new(UNITS);
    mp_auto(mp_semaphore) u = mp_semaphore_new(UNITS, .undo = true);
    never_more_are_inside(s);
    never_more_are_inside(b);
    never_more_are_inside(u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(semaphore_of_two_is_had_twice),
        cmocka_unit_test(semaphore_may_be_released_beyond_its_beginning),
        cmocka_unit_test(bounded_semaphore_may_not),
        cmocka_unit_test(largest_semaphore_cannot_grow),
        cmocka_unit_test(value_out_of_range_makes_none),
        cmocka_unit_test(option_of_a_newer_library_makes_none),
        cmocka_unit_test(null_semaphore_is_a_failure_of_its_making),
        cmocka_unit_test(semaphores_tell_their_values),
        cmocka_unit_test(acquire_waits_as_long_as_it_is_told),
        cmocka_unit_test(releases_wake_who_waits_for_a_semaphore),
        cmocka_unit_test(releases_wake_who_waits_for_a_bounded_one),
        cmocka_unit_test(never_more_are_inside_than_there_are_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
