/*
 * Lock: what it answers, to whom, and what it says of itself.
 */
#include "child.h"
#include "expect.h"
#include "output.h"
#include "says.h"
#include "until.h"

#include <mproc.h>

#include <math.h>
#include <pthread.h>

/* -- one process ----------------------------------------------------------- */

static void lock_is_had_once(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    assert_made(lock);
    assert_int_equal(mp_lock_locked(lock), 0);
    assert_int_equal(mp_lock_acquire(lock), 0);
    assert_int_equal(mp_lock_locked(lock), 1);
    assert_raises_saying(MP_TIMEOUT, "lock", mp_lock_acquire(lock, 0));
    assert_int_equal(mp_lock_release(lock), 0);
    assert_int_equal(mp_lock_acquire(lock, 0), 0);
}

static void free_lock_cannot_be_released(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    assert_raises_saying(MP_VALUE_ERROR,
                         "semaphore or lock released too many times",
                         mp_lock_release(lock));
    assert_int_equal(mp_lock_acquire(lock), 0);
    assert_int_equal(mp_lock_release(lock), 0);
    assert_raises(MP_VALUE_ERROR, mp_lock_release(lock));
}

static void acquire_waits_as_long_as_it_is_told(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    double start = until_now();
    assert_int_equal(mp_lock_acquire(lock), 0);
    assert_raises(MP_TIMEOUT, mp_lock_acquire(lock, 0.1));
    assert_true(until_now() - start >= 0.1);
}

static void negative_timeout_and_nan_are_no_wait(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    assert_int_equal(mp_lock_acquire(lock, -1.0), 0);
    assert_raises(MP_TIMEOUT, mp_lock_acquire(lock, -5.0));
    assert_raises(MP_TIMEOUT, mp_lock_acquire(lock, (double)NAN));
}

static void null_lock_is_a_failure_of_its_making(void **state)
{
    (void)state;
    mp_lock *none = NULL;
    assert_true(mp_lock_acquire(none) < 0);
    assert_true(mp_lock_release(none) < 0);
    assert_true(mp_lock_locked(none) < 0);
    mp_lock_free(none);
}

/* -- repr ------------------------------------------------------------------ */

static void lock_tells_that_it_is_free_or_ours(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    assert_says(lock, "<Lock(owner=None)>");
    assert_int_equal(mp_lock_acquire(lock), 0);
    assert_says(lock, "<Lock(owner=MainProcess)>");
    assert_int_equal(mp_lock_release(lock), 0);
    assert_says(lock, "<Lock(owner=None)>");
}

static void *take(void *lock)
{
    return mp_lock_acquire((mp_lock *)lock) < 0 ? lock : NULL;
}

static void lock_of_another_thread_says_so(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    pthread_t thread;
    void *failed;
    assert_int_equal(pthread_create(&thread, NULL, take, lock), 0);
    assert_int_equal(pthread_join(thread, &failed), 0);
    assert_null(failed);
    assert_says(lock, "<Lock(owner=SomeOtherThread)>");
}

static void *take_and_tell(void *lock)
{
    pthread_setname_np(pthread_self(), "worker");
    return mp_lock_acquire((mp_lock *)lock) == 0 &&
                   says(MP((mp_lock *)lock), "<Lock(owner=MainProcess|worker)>")
               ? NULL
               : lock;
}

static void named_thread_is_told_beside_its_process(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    pthread_t thread;
    void *failed;
    assert_int_equal(pthread_create(&thread, NULL, take_and_tell, lock), 0);
    assert_int_equal(pthread_join(thread, &failed), 0);
    assert_null(failed);
}

/* -- two processes --------------------------------------------------------- */

static int says_it_is_another_process(void *lock)
{
    return !says(MP((mp_lock *)lock), "<Lock(owner=SomeOtherProcess)>");
}

static void lock_of_another_process_says_so(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    assert_int_equal(mp_lock_acquire(lock), 0);
    assert_int_equal(child_run(says_it_is_another_process, lock, 10.0), 0);
}

static int finds_it_locked(void *lock)
{
    return mp_lock_locked((mp_lock *)lock) != 1 ||
           mp_lock_acquire((mp_lock *)lock, 0) != MP_TIMEOUT;
}

static void child_finds_its_parents_lock_held(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    assert_int_equal(mp_lock_acquire(lock), 0);
    assert_int_equal(child_run(finds_it_locked, lock, 10.0), 0);
}

static int release_it(void *lock)
{
    return mp_lock_release((mp_lock *)lock) < 0;
}

static void any_process_may_release_it(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    assert_int_equal(mp_lock_acquire(lock), 0);
    assert_int_equal(child_run(release_it, lock, 10.0), 0);
    assert_int_equal(mp_lock_locked(lock), 0);
    assert_raises(MP_VALUE_ERROR, mp_lock_release(lock));
}

static int wait_for_it(void *lock)
{
    return mp_lock_acquire((mp_lock *)lock, 10.0) != 0 ||
           mp_lock_release((mp_lock *)lock) != 0;
}

static void release_wakes_one_who_waits(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    assert_int_equal(mp_lock_acquire(lock), 0);
    pid_t first = child_start(wait_for_it, lock);
    pid_t second = child_start(wait_for_it, lock);
    assert_raises(MP_TIMEOUT, mp_lock_acquire(lock, 0.05));
    assert_int_equal(mp_lock_release(lock), 0);
    assert_int_equal(child_wait(first, 10.0), 0);
    assert_int_equal(child_wait(second, 10.0), 0);
    assert_int_equal(mp_lock_locked(lock), 0);
}

/* -- what it is for -------------------------------------------------------- */

enum { WORKERS = 4, ROUNDS = 20000 };

struct counted {
    mp_lock *lock;
    int *count; /* in shared memory, and not atomic */
};

static int count_up(void *arg)
{
    struct counted *c = arg;
    for (int i = 0; i < ROUNDS; i++) {
        if (mp_lock_acquire(c->lock) != 0)
            return 1;
        ++*c->count;
        if (mp_lock_release(c->lock) != 0)
            return 2;
    }
    return 0;
}

static void no_count_is_lost_under_the_lock(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    struct counted c = {lock, shared_memory(sizeof *c.count)};
    pid_t pids[WORKERS];
    for (int i = 0; i < WORKERS; i++)
        pids[i] = child_start(count_up, &c);
    for (int i = 0; i < WORKERS; i++)
        assert_int_equal(child_wait(pids[i], 60.0), 0);
    assert_int_equal(*c.count, WORKERS * ROUNDS);
    shared_memory_free(c.count, sizeof *c.count);
}

static void *count_up_in_thread(void *arg)
{
    return count_up(arg) == 0 ? NULL : arg;
}

static void threads_of_a_process_exclude_one_another(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    int count = 0;
    struct counted c = {lock, &count};
    pthread_t threads[WORKERS];
    void *failed;
    for (int i = 0; i < WORKERS; i++)
        assert_int_equal(
            pthread_create(&threads[i], NULL, count_up_in_thread, &c), 0);
    for (int i = 0; i < WORKERS; i++) {
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    assert_int_equal(count, WORKERS * ROUNDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lock_is_had_once),
        cmocka_unit_test(free_lock_cannot_be_released),
        cmocka_unit_test(acquire_waits_as_long_as_it_is_told),
        cmocka_unit_test(negative_timeout_and_nan_are_no_wait),
        cmocka_unit_test(null_lock_is_a_failure_of_its_making),
        cmocka_unit_test(lock_tells_that_it_is_free_or_ours),
        cmocka_unit_test(lock_of_another_thread_says_so),
        cmocka_unit_test(named_thread_is_told_beside_its_process),
        cmocka_unit_test(lock_of_another_process_says_so),
        cmocka_unit_test(child_finds_its_parents_lock_held),
        cmocka_unit_test(any_process_may_release_it),
        cmocka_unit_test(release_wakes_one_who_waits),
        cmocka_unit_test(no_count_is_lost_under_the_lock),
        cmocka_unit_test(threads_of_a_process_exclude_one_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
