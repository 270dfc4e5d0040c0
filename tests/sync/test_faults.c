/*
 * Want of memory, descriptors and file size while locks and semaphores are
 * made: a named error, nothing left behind, and the next one can be made. What
 * was made before goes on.
 */
#include "child.h"
#include "expect.h"
#include "fault.h"
#include "leak.h"
#include "until.h"

#include <mproc.h>

#include <errno.h>
#include <sys/resource.h>

enum { SORTS = 5, MANY = 3000 };

/* One of each in turn: a Lock, an RLock, and three sorts of semaphores. */
struct made {
    mp_lock *lock;
    mp_rlock *rlock;
    mp_semaphore *semaphore;
};

static bool make(int sort, struct made *out)
{
    *out = (struct made){NULL, NULL, NULL};
    if (sort == 0)
        return (out->lock = mp_lock_new()) != NULL;
    if (sort == 1)
        return (out->rlock = mp_rlock_new()) != NULL;
    if (sort == 2)
        out->semaphore = mp_semaphore_new(1);
    else if (sort == 3)
        out->semaphore = mp_bounded_semaphore_new(1);
    else
        out->semaphore = mp_semaphore_new(10000, .undo = true);
    return out->semaphore != NULL;
}

static void unmake(struct made *m)
{
    mp_lock_free(m->lock);
    mp_rlock_free(m->rlock);
    mp_semaphore_free(m->semaphore);
}

/* -- every fault ----------------------------------------------------------- */

/* How many faults it took until one could be made; 255 if one of them was not
   answered as it should be. */
static int make_at_every_fault(int sort, enum fault kind)
{
    struct made m;
    for (int n = 1; n < 200; n++) {
        fault_arm(kind, n, ENOMEM);
        bool was_made = make(sort, &m), struck = fault_disarm();
        if (!was_made && mp_error_last()->code != -ENOMEM)
            return 255;
        unmake(&m);
        if (!struck)
            return n - 1;
    }
    return 255;
}

static int make_the_first_at_every_call(void *sort)
{
    return make_at_every_fault(*(int *)sort, FAULT_CALL);
}

/* In a child, for the first object of a process takes more than the others. */
static void first_of_each_fails_cleanly_at_every_call(void **state)
{
    (void)state;
    for (int sort = 0; sort < SORTS; sort++) {
        int faults = child_run(make_the_first_at_every_call, &sort, 20.0);
        assert_in_range(faults, 6, 50);
    }
}

static void each_fails_cleanly_at_every_fault(void **state)
{
    (void)state;
    mp_lock_free(mp_lock_new());
    for (int sort = 0; sort < SORTS; sort++) {
        struct leak_snapshot *before = leak_take();
        assert_int_equal(make_at_every_fault(sort, FAULT_ALLOCATION), 2);
        assert_in_range(make_at_every_fault(sort, FAULT_CALL), 4, 50);
        assert_no_leak(before);
    }
}

/* -- limits ---------------------------------------------------------------- */

static void set_limit(int what, rlim_t limit)
{
    (void)setrlimit((__rlimit_resource_t)what, &(struct rlimit){limit, limit});
}

static int make_all_under(int limited, rlim_t limit, int expected)
{
    struct made m;
    set_limit(limited, limit);
    for (int sort = 0; sort < SORTS; sort++)
        if (make(sort, &m) || mp_error_last()->code != expected)
            return 1 + sort;
    return 0;
}

static int without_descriptors(void *arg)
{
    (void)arg;
    return make_all_under(RLIMIT_NOFILE, 0, -EMFILE);
}

static void want_of_descriptors_is_named(void **state)
{
    (void)state;
    assert_int_equal(child_run(without_descriptors, NULL, 20.0), 0);
}

static int without_file_size(void *arg)
{
    (void)arg;
    return make_all_under(RLIMIT_FSIZE, 0, -EFBIG);
}

static void limit_on_files_is_named(void **state)
{
    (void)state;
    assert_int_equal(child_run(without_file_size, NULL, 20.0), 0);
}

/* An arena is full at last, and there is no other. */
static int fill_up_without_descriptors(void *arg)
{
    static mp_lock *locks[MANY];
    int n = 0;
    (void)arg;
    locks[n++] = mp_lock_new();
    set_limit(RLIMIT_NOFILE, 0);
    while (n < MANY && (locks[n] = mp_lock_new()) != NULL)
        n++;
    if (n == MANY || n < 100 || mp_error_last()->code != -EMFILE)
        return 1;
    for (int i = 0; i < n; i++)
        if (mp_lock_acquire(locks[i], 0) != 0 || mp_lock_release(locks[i]) != 0)
            return 2;
    for (int i = 0; i < n; i++)
        mp_lock_free(locks[i]);
    return 0;
}

static void full_arena_without_descriptors_is_named(void **state)
{
    (void)state;
    assert_int_equal(child_run(fill_up_without_descriptors, NULL, 20.0), 0);
}

/* -- use ------------------------------------------------------------------- */

static void interrupted_sleep_does_not_shorten_a_timeout(void **state)
{
    (void)state;
    mp_auto(mp_semaphore) s = mp_semaphore_new(0);
    for (int n = 1; n <= 2; n++) {
        double start = until_now();
        fault_arm(FAULT_CALL, n, EINTR);
        assert_raises(MP_TIMEOUT, mp_semaphore_acquire(s, 0.05));
        (void)fault_disarm();
        assert_true(until_now() - start >= 0.05);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_of_each_fails_cleanly_at_every_call),
        cmocka_unit_test(each_fails_cleanly_at_every_fault),
        cmocka_unit_test(want_of_descriptors_is_named),
        cmocka_unit_test(limit_on_files_is_named),
        cmocka_unit_test(full_arena_without_descriptors_is_named),
        cmocka_unit_test(interrupted_sleep_does_not_shorten_a_timeout),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
