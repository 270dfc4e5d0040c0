/*
 * Processes are killed, stopped or replaced while they hold a lock or wait for
 * one: the next one has it, and is told.
 */
#include "child.h"
#include "expect.h"
#include "output.h"
#include "until.h"

#include <mproc.h>

#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_process_mrelease
#define SYS_process_mrelease 448
#endif

enum { PATIENCE = 20, ROUNDS = 5, LOCKS = 10000 };

static void kill_and_reap(pid_t pid)
{
    kill(pid, SIGKILL);
    assert_int_equal(child_wait(pid, PATIENCE), -SIGKILL);
}

static int hold_until_killed(void *lock)
{
    if (mp_lock_acquire((mp_lock *)lock) < 0)
        return 1;
    for (;;)
        pause();
}

static pid_t start_holder(mp_lock *lock)
{
    pid_t pid = child_start(hold_until_killed, lock);
    assert_until(mp_lock_locked(lock) == 1, PATIENCE);
    return pid;
}

/* -- the holder is killed -------------------------------------------------- */

static void next_one_is_told_that_the_holder_died(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    kill_and_reap(start_holder(lock));
    assert_int_equal(mp_lock_acquire(lock, PATIENCE), MP_OWNER_DEAD);
    assert_int_equal(mp_lock_release(lock), 0);
    assert_int_equal(mp_lock_acquire(lock, 0), 0);
}

static int take_twice_and_die(void *lock)
{
    if (mp_rlock_acquire((mp_rlock *)lock) == 0 &&
        mp_rlock_acquire((mp_rlock *)lock) == 0)
        raise(SIGKILL);
    return 1;
}

static void next_one_has_a_dead_ones_rlock_once(void **state)
{
    (void)state;
    mp_auto(mp_rlock) lock = mp_rlock_new();
    assert_int_equal(child_run(take_twice_and_die, lock, PATIENCE), -SIGKILL);
    assert_int_equal(mp_rlock_acquire(lock, PATIENCE), MP_OWNER_DEAD);
    assert_int_equal(mp_rlock_release(lock), 0);
    assert_int_equal(mp_rlock_locked(lock), 0);
}

static void block_is_told_that_the_holder_died(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    int rc = -1;
    kill_and_reap(start_holder(lock));
    MP_WITH(lock, &rc)
    assert_int_equal(mp_lock_locked(lock), 1);
    assert_int_equal(rc, MP_OWNER_DEAD);
    assert_int_equal(mp_lock_locked(lock), 0);
}

static int hold(mp_call *c)
{
    mp_lock *lock;
    MP_TRY(mp_call_args(c, &lock));
    MP_TRY(mp_lock_acquire(lock));
    for (;;)
        pause();
}

/* Seconds from a kill to the next one's success. */
static double hand_on_of_a_watched_child(void)
{
    mp_auto(mp_lock) lock = mp_lock_new();
    mp_auto(mp_process) p = mp_process_new(hold, .args = MP_ARGS(lock));
    assert_ok(mp_process_start(p));
    assert_until(mp_lock_locked(lock) == 1, PATIENCE);
    double start = until_now();
    assert_ok(mp_process_kill(p));
    assert_int_equal(mp_lock_acquire(lock, PATIENCE), MP_OWNER_DEAD);
    double took = until_now() - start;
    assert_ok(mp_process_join(p, PATIENCE));
    return took;
}

/* The least of several: other programs may be in the way. */
static void watched_holders_death_is_known_at_once(void **state)
{
    (void)state;
    double least = PATIENCE;
    for (int i = 0; i < ROUNDS; i++) {
        double took = hand_on_of_a_watched_child();
        least = took < least ? took : least;
    }
    assert_true(least < 0.010);
}

static double hand_on_of_an_unwatched_child(void)
{
    mp_auto(mp_lock) lock = mp_lock_new();
    kill_and_reap(start_holder(lock));
    double start = until_now();
    assert_int_equal(mp_lock_acquire(lock, PATIENCE), MP_OWNER_DEAD);
    return until_now() - start;
}

static void unwatched_holders_death_is_known_after_a_slice(void **state)
{
    (void)state;
    double least = PATIENCE;
    for (int i = 0; i < ROUNDS; i++) {
        double took = hand_on_of_an_unwatched_child();
        least = took < least ? took : least;
    }
    assert_true(least < 0.15);
}

/* -- more locks than a robust list has room for ---------------------------- */

static int take_all_and_die(void *arg)
{
    mp_lock **locks = arg;
    for (int i = 0; i < LOCKS; i++)
        if (mp_lock_acquire(locks[i], 0) != 0)
            return 1;
    raise(SIGKILL);
    return 2;
}

static void all_locks_of_a_dead_one_are_handed_on(void **state)
{
    (void)state;
    static mp_lock *locks[LOCKS];
    for (int i = 0; i < LOCKS; i++)
        locks[i] = mp_lock_new();
    assert_made(locks[LOCKS - 1]);
    assert_int_equal(child_run(take_all_and_die, locks, PATIENCE), -SIGKILL);
    for (int i = 0; i < LOCKS; i++)
        assert_int_equal(mp_lock_acquire(locks[i], PATIENCE), MP_OWNER_DEAD);
    for (int i = 0; i < LOCKS; i++)
        mp_lock_free(locks[i]);
}

/* -- its memory is reaped before it ends ----------------------------------- */

static void memory_reaped_early_takes_no_lock_with_it(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    pid_t pid = start_holder(lock);
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    kill(pid, SIGKILL);
    (void)syscall(SYS_process_mrelease, pidfd, 0);
    close(pidfd);
    assert_int_equal(child_wait(pid, PATIENCE), -SIGKILL);
    assert_int_equal(mp_lock_acquire(lock, PATIENCE), MP_OWNER_DEAD);
}

/* -- the holder runs another program --------------------------------------- */

static int hold_and_exec(void *lock)
{
    if (mp_lock_acquire((mp_lock *)lock) == 0)
        execlp("sleep", "sleep", "60", (char *)NULL);
    return 1;
}

static void lock_is_lost_by_running_another_program(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    pid_t pid = child_start(hold_and_exec, lock);
    assert_until(mp_lock_locked(lock) == 1, PATIENCE);
    assert_int_equal(mp_lock_acquire(lock, PATIENCE), MP_OWNER_DEAD);
    kill_and_reap(pid);
}

/* -- the holder is stopped ------------------------------------------------- */

static void stopped_holder_is_not_dead(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    pid_t pid = start_holder(lock);
    kill(pid, SIGSTOP);
    assert_raises(MP_TIMEOUT, mp_lock_acquire(lock, 0.5));
    kill_and_reap(pid);
    assert_int_equal(mp_lock_acquire(lock, PATIENCE), MP_OWNER_DEAD);
}

/* -- fork while it is held ------------------------------------------------- */

static int do_nothing(void *arg)
{
    (void)arg;
    return 0;
}

static void end_of_a_child_leaves_its_parents_locks_alone(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    mp_auto(mp_rlock) rlock = mp_rlock_new();
    assert_int_equal(mp_lock_acquire(lock), 0);
    assert_int_equal(mp_rlock_acquire(rlock), 0);
    assert_int_equal(child_run(do_nothing, NULL, PATIENCE), 0);
    assert_int_equal(mp_lock_locked(lock), 1);
    assert_int_equal(mp_rlock_acquire(rlock, 0), 0);
    assert_int_equal(mp_lock_release(lock), 0);
}

/* -- who waits is killed --------------------------------------------------- */

struct waiters {
    mp_lock *lock;
    atomic_int *had;
};

static int wait_for_it(void *arg)
{
    struct waiters *w = arg;
    if (mp_lock_acquire(w->lock, PATIENCE) < 0)
        return 1;
    atomic_fetch_add(w->had, 1);
    return mp_lock_release(w->lock) < 0;
}

static void killed_waiter_is_in_nobodys_way(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    struct waiters w = {lock, shared_memory(sizeof *w.had)};
    assert_int_equal(mp_lock_acquire(lock), 0);
    pid_t first = child_start(wait_for_it, &w);
    pid_t second = child_start(wait_for_it, &w);
    assert_raises(MP_TIMEOUT, mp_lock_acquire(lock, 0.05));
    kill_and_reap(first);
    assert_int_equal(mp_lock_release(lock), 0);
    assert_int_equal(child_wait(second, PATIENCE), 0);
    assert_int_equal(*w.had, 1);
    assert_int_equal(mp_lock_acquire(lock, 0), 0);
    shared_memory_free(w.had, sizeof *w.had);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(next_one_is_told_that_the_holder_died),
        cmocka_unit_test(next_one_has_a_dead_ones_rlock_once),
        cmocka_unit_test(block_is_told_that_the_holder_died),
        cmocka_unit_test(watched_holders_death_is_known_at_once),
        cmocka_unit_test(unwatched_holders_death_is_known_after_a_slice),
        cmocka_unit_test(all_locks_of_a_dead_one_are_handed_on),
        cmocka_unit_test(memory_reaped_early_takes_no_lock_with_it),
        cmocka_unit_test(lock_is_lost_by_running_another_program),
        cmocka_unit_test(stopped_holder_is_not_dead),
        cmocka_unit_test(end_of_a_child_leaves_its_parents_locks_alone),
        cmocka_unit_test(killed_waiter_is_in_nobodys_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
