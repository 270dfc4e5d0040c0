/*
 * RLock: a thread of a process owns it, and may take it again.
 */
#include "child.h"
#include "expect.h"
#include "output.h"
#include "says.h"
#include "until.h"

#include <mproc.h>

#include <pthread.h>

#define NOT_OWNED "attempt to release recursive lock not owned by thread"

/* -- one thread ------------------------------------------------------------ */

static void rlock_is_free_when_released_as_often_as_taken(void **state)
{
    (void)state;
    mp_auto(mp_rlock) lock = mp_rlock_new();
    for (int i = 0; i < 3; i++)
        assert_int_equal(mp_rlock_acquire(lock, 0), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(mp_rlock_locked(lock), 1);
        assert_int_equal(mp_rlock_release(lock), 0);
    }
    assert_int_equal(mp_rlock_locked(lock), 0);
}

static void free_rlock_cannot_be_released(void **state)
{
    (void)state;
    mp_auto(mp_rlock) lock = mp_rlock_new();
    assert_raises_saying(MP_ASSERTION_ERROR, NOT_OWNED, mp_rlock_release(lock));
    assert_int_equal(mp_rlock_acquire(lock), 0);
    assert_int_equal(mp_rlock_release(lock), 0);
    assert_raises_saying(MP_ASSERTION_ERROR, NOT_OWNED, mp_rlock_release(lock));
}

static void null_rlock_is_a_failure_of_its_making(void **state)
{
    (void)state;
    mp_rlock *none = NULL;
    assert_true(mp_rlock_acquire(none) < 0);
    assert_true(mp_rlock_release(none) < 0);
    assert_true(mp_rlock_locked(none) < 0);
    mp_rlock_free(none);
}

static void rlock_tells_how_often_it_is_ours(void **state)
{
    (void)state;
    mp_auto(mp_rlock) lock = mp_rlock_new();
    assert_says(lock, "<RLock(None, 0)>");
    assert_int_equal(mp_rlock_acquire(lock), 0);
    assert_says(lock, "<RLock(MainProcess, 1)>");
    assert_int_equal(mp_rlock_acquire(lock), 0);
    assert_says(lock, "<RLock(MainProcess, 2)>");
}

/* -- other threads --------------------------------------------------------- */

enum { FINE, WAS_HAD, WAS_RELEASED, ODD_TEXT };

static int look_from_aside(mp_rlock *lock, const char *expected)
{
    if (!says(MP(lock), expected))
        return ODD_TEXT;
    if (mp_rlock_acquire(lock, 0) != MP_TIMEOUT)
        return WAS_HAD;
    return mp_rlock_release(lock) == MP_ASSERTION_ERROR ? FINE : WAS_RELEASED;
}

static void *look_from_another_thread(void *lock)
{
    return (void *)(intptr_t)look_from_aside(
        lock, "<RLock(SomeOtherThread, nonzero)>");
}

static void another_thread_neither_has_nor_releases_it(void **state)
{
    (void)state;
    mp_auto(mp_rlock) lock = mp_rlock_new();
    pthread_t thread;
    void *verdict;
    assert_int_equal(mp_rlock_acquire(lock), 0);
    assert_int_equal(
        pthread_create(&thread, NULL, look_from_another_thread, lock), 0);
    assert_int_equal(pthread_join(thread, &verdict), 0);
    assert_int_equal((intptr_t)verdict, FINE);
    assert_int_equal(mp_rlock_release(lock), 0);
}

static void *take_twice(void *lock)
{
    return mp_rlock_acquire((mp_rlock *)lock) != 0 ||
                   mp_rlock_acquire((mp_rlock *)lock) != 0
               ? lock
               : NULL;
}

static void end_a_thread_that_has(mp_rlock *lock)
{
    pthread_t thread;
    void *failed;
    assert_int_equal(pthread_create(&thread, NULL, take_twice, lock), 0);
    assert_int_equal(pthread_join(thread, &failed), 0);
    assert_null(failed);
}

/* It says so, for what the lock guards may be half done. */
static void rlock_of_an_ended_thread_is_handed_on(void **state)
{
    (void)state;
    mp_auto(mp_rlock) lock = mp_rlock_new();
    end_a_thread_that_has(lock);
    assert_int_equal(mp_rlock_acquire(lock, 10.0), MP_OWNER_DEAD);
    assert_says(lock, "<RLock(MainProcess, 1)>");
    assert_int_equal(mp_rlock_release(lock), 0);
    assert_int_equal(mp_rlock_acquire(lock, 0), 0);
}

static int take_over(void *lock)
{
    return mp_rlock_acquire((mp_rlock *)lock, 10.0) != MP_OWNER_DEAD ||
           mp_rlock_release((mp_rlock *)lock) != 0;
}

static void rlock_of_an_ended_thread_is_handed_to_another_process(void **state)
{
    (void)state;
    mp_auto(mp_rlock) lock = mp_rlock_new();
    end_a_thread_that_has(lock);
    assert_int_equal(child_run(take_over, lock, 20.0), 0);
    assert_int_equal(mp_rlock_locked(lock), 0);
}

/* Anybody may release a Lock, so its holder's end says nothing. */
static void *take_plain(void *lock)
{
    return mp_lock_acquire((mp_lock *)lock) != 0 ? lock : NULL;
}

static void lock_of_an_ended_thread_stays_held(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    pthread_t thread;
    void *failed;
    assert_int_equal(pthread_create(&thread, NULL, take_plain, lock), 0);
    assert_int_equal(pthread_join(thread, &failed), 0);
    assert_null(failed);
    assert_raises(MP_TIMEOUT, mp_lock_acquire(lock, 0.3));
    assert_int_equal(mp_lock_release(lock), 0);
}

/* -- other processes ------------------------------------------------------- */

static int look_from_a_child(void *lock)
{
    return look_from_aside(lock, "<RLock(SomeOtherProcess, nonzero)>");
}

static void child_does_not_own_what_its_parent_holds(void **state)
{
    (void)state;
    mp_auto(mp_rlock) lock = mp_rlock_new();
    assert_int_equal(mp_rlock_acquire(lock), 0);
    assert_int_equal(child_run(look_from_a_child, lock, 10.0), FINE);
    assert_says(lock, "<RLock(MainProcess, 1)>");
    assert_int_equal(mp_rlock_release(lock), 0);
}

enum { WORKERS = 3, ROUNDS = 20000 };

struct counted {
    mp_rlock *lock;
    int *count;
};

static int count_up(void *arg)
{
    struct counted *c = arg;
    for (int i = 0; i < ROUNDS; i++) {
        if (mp_rlock_acquire(c->lock) != 0 || mp_rlock_acquire(c->lock) != 0)
            return 1;
        ++*c->count;
        if (mp_rlock_release(c->lock) != 0 || mp_rlock_release(c->lock) != 0)
            return 2;
    }
    return 0;
}

static void no_count_is_lost_under_a_nested_rlock(void **state)
{
    (void)state;
    mp_auto(mp_rlock) lock = mp_rlock_new();
    struct counted c = {lock, shared_memory(sizeof *c.count)};
    pid_t pids[WORKERS];
    for (int i = 0; i < WORKERS; i++)
        pids[i] = child_start(count_up, &c);
    for (int i = 0; i < WORKERS; i++)
        assert_int_equal(child_wait(pids[i], 60.0), 0);
    assert_int_equal(*c.count, WORKERS * ROUNDS);
    shared_memory_free(c.count, sizeof *c.count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rlock_is_free_when_released_as_often_as_taken),
        cmocka_unit_test(free_rlock_cannot_be_released),
        cmocka_unit_test(null_rlock_is_a_failure_of_its_making),
        cmocka_unit_test(rlock_tells_how_often_it_is_ours),
        cmocka_unit_test(another_thread_neither_has_nor_releases_it),
        cmocka_unit_test(rlock_of_an_ended_thread_is_handed_on),
        cmocka_unit_test(rlock_of_an_ended_thread_is_handed_to_another_process),
        cmocka_unit_test(lock_of_an_ended_thread_stays_held),
        cmocka_unit_test(child_does_not_own_what_its_parent_holds),
        cmocka_unit_test(no_count_is_lost_under_a_nested_rlock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
