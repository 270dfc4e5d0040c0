/* ctest-label: thread */
/*
 * The lock among threads: one at a time, deadlines, and what fork makes of it.
 */
#include "child.h"
#include "expect.h"
#include "until.h"

#include "base/clock.h"
#include "os/generation.h"
#include "os/thread_lock.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

enum { THREADS = 4, EACH = 100000 };

static struct mp__thread_lock lock;
static long counter; /* guarded by lock */

static void *count_up(void *arg)
{
    for (int i = 0; i < EACH; i++) {
        if (mp__thread_lock(&lock, MP__NEVER) != 0)
            return (void *)1;
        counter++;
        mp__thread_unlock(&lock);
    }
    return arg;
}

static void one_thread_at_a_time_is_in(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    void *failed;
    counter = 0;
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, count_up, NULL);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    assert_int_equal(counter, (long)THREADS * EACH);
}

static void held_lock_keeps_the_deadline(void **state)
{
    (void)state;
    struct mp__thread_lock held = {0};
    assert_int_equal(mp__thread_lock(&held, 0), 0);
    assert_int_equal(mp__thread_lock(&held, 0), -ETIMEDOUT);
    double start = until_now();
    assert_int_equal(mp__thread_lock(&held, mp__deadline(0.1)), -ETIMEDOUT);
    assert_true(until_now() - start >= 0.1);
    mp__thread_unlock(&held);
    assert_int_equal(mp__thread_lock(&held, 0), 0);
}

static void *locks(void *arg)
{
    return (void *)(intptr_t)mp__thread_lock(arg, mp__deadline(20));
}

static bool somebody_sleeps(struct mp__thread_lock *l)
{
    return (atomic_load(&l->word) & 3) == 2;
}

static void unlock_wakes_a_sleeper(void **state)
{
    (void)state;
    struct mp__thread_lock held = {0};
    pthread_t thread;
    void *rc;
    assert_int_equal(mp__thread_lock(&held, 0), 0);
    pthread_create(&thread, NULL, locks, &held);
    assert_until(somebody_sleeps(&held), 10);
    mp__thread_unlock(&held);
    pthread_join(thread, &rc);
    assert_int_equal((intptr_t)rc, 0);
}

static int takes_inherited(void *arg)
{
    struct mp__thread_lock *l = arg;

    if (mp__thread_lock(l, 0) != MP__HELD_AT_FORK)
        return 1;
    if (mp__thread_lock(l, 0) != -ETIMEDOUT)
        return 2;
    mp__thread_unlock(l);
    return mp__thread_lock(l, 0) == 0 ? 0 : 3;
}

static void child_takes_over_what_its_parent_held(void **state)
{
    (void)state;
    struct mp__thread_lock held = {0};
    assert_int_equal(mp__thread_lock(&held, 0), 0);
    assert_int_equal(child_run(takes_inherited, &held, 10), 0);
    assert_int_equal(mp__thread_lock(&held, 0), -ETIMEDOUT);
}

static int takes_free(void *arg)
{
    return mp__thread_lock(arg, 0);
}

static void child_is_not_told_of_a_free_lock(void **state)
{
    (void)state;
    struct mp__thread_lock used = {0};
    assert_int_equal(mp__thread_lock(&used, 0), 0);
    mp__thread_unlock(&used);
    assert_int_equal(child_run(takes_free, &used, 10), 0);
}

static int is_next_generation(void *arg)
{
    uint32_t *parents = arg;
    uint32_t mine = mp__generation();

    if (mine != *parents + 1)
        return 1;
    *parents = mine;
    return mine < 4 ? child_run(is_next_generation, parents, 10) : 0;
}

static void each_fork_is_a_generation(void **state)
{
    (void)state;
    uint32_t mine = mp__generation();
    assert_true(mine >= 1);
    assert_int_equal(child_run(is_next_generation, &mine, 10), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_thread_at_a_time_is_in),
        cmocka_unit_test(held_lock_keeps_the_deadline),
        cmocka_unit_test(unlock_wakes_a_sleeper),
        cmocka_unit_test(child_takes_over_what_its_parent_held),
        cmocka_unit_test(child_is_not_told_of_a_free_lock),
        cmocka_unit_test(each_fork_is_a_generation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
