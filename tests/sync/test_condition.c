/*
 * Conditions: wait, notify and wait_for, with an RLock and with a Lock, among
 * threads and processes.
 */
#include "says.h"
#include "took.h"

#include <mproc.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

/* What children say and are asked, in memory that they share. */
static struct board {
    atomic_int went_on;
    atomic_int value;
} * board;

static int set_up(void **state)
{
    (void)state;
    memset(board, 0, sizeof *board);
    return 0;
}

/* -- the lock -------------------------------------------------------------- */

static void own_lock_is_recursive(void **state)
{
    (void)state;
    mp_auto(mp_condition) c = mp_condition_new();
    assert_made(c);
    assert_int_equal(mp_condition_locked(c), 0);
    assert_ok(mp_condition_acquire(c));
    assert_ok(mp_condition_acquire(c, 0));
    assert_ok(mp_condition_release(c));
    assert_int_equal(mp_condition_locked(c), 1);
    assert_ok(mp_condition_release(c));
    assert_int_equal(mp_condition_locked(c), 0);
    assert_raises(MP_ASSERTION_ERROR, mp_condition_release(c));
}

static void given_lock_is_the_one_that_is_taken(void **state)
{
    (void)state;
    mp_lock *lock = mp_lock_new();
    mp_auto(mp_condition) c = mp_condition_new(.lock = lock);
    assert_ok(mp_condition_acquire(c));
    assert_int_equal(mp_lock_locked(lock), 1);
    assert_raises_saying(MP_TIMEOUT, "condition's lock",
                         mp_condition_acquire(c, 0));
    assert_ok(mp_lock_release(lock));
    mp_lock_free(lock); /* the condition keeps it */
    assert_ok(mp_condition_acquire(c, 0));
    assert_ok(mp_condition_release(c));
    assert_raises(MP_VALUE_ERROR, mp_condition_release(c));
}

static void given_rlock_is_the_one_that_is_taken(void **state)
{
    (void)state;
    mp_auto(mp_rlock) lock = mp_rlock_new();
    mp_auto(mp_condition) c = mp_condition_new(.rlock = lock);
    assert_ok(mp_rlock_acquire(lock));
    assert_ok(mp_condition_acquire(c, 0));
    assert_raises(MP_TIMEOUT, mp_condition_wait(c, 0));
    assert_ok(mp_condition_release(c));
    assert_ok(mp_rlock_release(lock));
    assert_int_equal(mp_rlock_locked(lock), 0);
}

static void two_locks_are_one_too_many(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    mp_auto(mp_rlock) rlock = mp_rlock_new();
    assert_null(mp_condition_new(.lock = lock, .rlock = rlock));
    assert_int_equal(mp_error_last()->code, MP_VALUE_ERROR);
}

static void who_does_not_have_the_lock_is_told_so(void **state)
{
    (void)state;
    mp_auto(mp_condition) c = mp_condition_new();
    assert_raises_saying(MP_ASSERTION_ERROR, "cannot wait on un-acquired",
                         mp_condition_wait(c, 0));
    assert_raises_saying(MP_ASSERTION_ERROR, "cannot notify on un-acquired",
                         mp_condition_notify(c));
    assert_raises(MP_ASSERTION_ERROR, mp_condition_notify_all(c));
    assert_raises(MP_ASSERTION_ERROR, mp_condition_wait_for(c, NULL, NULL, 0));
}

static int wait_with_the_lock_of_another(void *c)
{
    return mp_condition_wait((mp_condition *)c, 0) == MP_ASSERTION_ERROR ? 0
                                                                         : 1;
}

static void lock_of_the_parent_is_not_the_childs(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    mp_auto(mp_condition) c = mp_condition_new(.lock = lock);
    assert_ok(mp_condition_acquire(c));
    assert_int_equal(child_run(wait_with_the_lock_of_another, c, PATIENCE), 0);
    assert_ok(mp_condition_release(c));
}

/* -- timeouts -------------------------------------------------------------- */

static void wait_ends_at_its_timeout_with_the_lock(void **state)
{
    (void)state;
    mp_auto(mp_condition) c = mp_condition_new();
    assert_ok(mp_condition_acquire(c));
    double start = until_now();
    assert_raises_saying(MP_TIMEOUT, "notified", mp_condition_wait(c, 0.1));
    assert_took(0.1, start);
    assert_int_equal(mp_condition_locked(c), 1);
    assert_ok(mp_condition_release(c));
}

static int take_it_meanwhile(void *c)
{
    return mp_condition_acquire((mp_condition *)c, PATIENCE) != 0 ||
           mp_condition_release(c) != 0;
}

/* Another gets it while we wait; afterwards we have it as often as before. */
static void wait_lets_go_of_all_levels_and_takes_them_back(void **state)
{
    (void)state;
    mp_auto(mp_condition) c = mp_condition_new();
    for (int i = 0; i < 3; i++)
        assert_ok(mp_condition_acquire(c));
    pid_t pid = start_asleep(take_it_meanwhile, c);
    assert_raises(MP_TIMEOUT, mp_condition_wait(c, 0.2));
    assert_int_equal(child_wait(pid, PATIENCE), 0);
    for (int i = 0; i < 3; i++)
        assert_ok(mp_condition_release(c));
    assert_raises(MP_ASSERTION_ERROR, mp_condition_release(c));
}

/* -- notify ---------------------------------------------------------------- */

static int wait_once(void *arg)
{
    mp_condition *c = arg;
    if (mp_condition_acquire(c, PATIENCE) != 0)
        return 1;
    if (mp_condition_wait(c, PATIENCE) != 0)
        return 2;
    atomic_fetch_add(&board->went_on, 1);
    return mp_condition_release(c) != 0;
}

enum { WAITERS = 6 };

static void start_waiters(mp_condition *c, pid_t pids[WAITERS])
{
    for (int i = 0; i < WAITERS; i++)
        pids[i] = start_asleep(wait_once, c);
}

static void notify_so_many(mp_condition *c, int n)
{
    assert_ok(mp_condition_acquire(c));
    assert_ok(mp_condition_notify(c, n));
    assert_ok(mp_condition_release(c));
}

static void notify_lets_so_many_go_on_and_no_more(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    mp_auto(mp_condition) c = mp_condition_new(.lock = lock);
    pid_t pids[WAITERS];
    start_waiters(c, pids);
    notify_so_many(c, 0);
    notify_so_many(c, -1);
    notify_so_many(c, 1);
    assert_until(atomic_load(&board->went_on) == 1, PATIENCE);
    notify_so_many(c, 3);
    assert_until(atomic_load(&board->went_on) == 4, PATIENCE);
    /* Two slices: who went on without a notify would have by then. */
    usleep(250000);
    assert_int_equal(atomic_load(&board->went_on), 4);
    notify_so_many(c, 1000000);
    for (int i = 0; i < WAITERS; i++)
        assert_int_equal(child_wait(pids[i], PATIENCE), 0);
}

static void notify_all_lets_all_go_on(void **state)
{
    (void)state;
    mp_auto(mp_condition) c = mp_condition_new();
    pid_t pids[WAITERS];
    start_waiters(c, pids);
    assert_ok(mp_condition_acquire(c));
    assert_ok(mp_condition_notify_all(c));
    assert_int_equal(atomic_load(&board->went_on), 0);
    assert_ok(mp_condition_release(c));
    for (int i = 0; i < WAITERS; i++)
        assert_int_equal(child_wait(pids[i], PATIENCE), 0);
}

static void notify_is_only_for_those_who_wait(void **state)
{
    (void)state;
    mp_auto(mp_condition) c = mp_condition_new();
    assert_ok(mp_condition_acquire(c));
    assert_ok(mp_condition_notify(c));
    assert_ok(mp_condition_notify_all(c));
    assert_raises(MP_TIMEOUT, mp_condition_wait(c, 0.05));
    assert_ok(mp_condition_release(c));
}

static void *wait_in_thread(void *c)
{
    return (void *)(intptr_t)wait_once(c);
}

/* One process, whose threads have one place in the condition. */
static void threads_of_a_process_are_notified_one_by_one(void **state)
{
    (void)state;
    mp_auto(mp_condition) c = mp_condition_new();
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, wait_in_thread, c);
    assert_until(says(MP(c), "<Condition(<RLock(None, 0)>, 4)>"), PATIENCE);
    for (int i = 1; i <= 4; i++) {
        notify_so_many(c, 1);
        assert_until(atomic_load(&board->went_on) == i, PATIENCE);
    }
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
}

/* More processes than the condition can tell apart. */
static void crowd_is_notified_one_by_one(void **state)
{
    enum { CROWD = 30 };
    (void)state;
    mp_auto(mp_condition) c = mp_condition_new();
    pid_t pids[CROWD];
    for (int i = 0; i < CROWD; i++)
        pids[i] = start_asleep(wait_once, c);
    for (int i = 1; i <= CROWD; i++) {
        notify_so_many(c, 1);
        assert_until(atomic_load(&board->went_on) >= i, PATIENCE);
        assert_int_equal(atomic_load(&board->went_on), i);
    }
    for (int i = 0; i < CROWD; i++)
        assert_int_equal(child_wait(pids[i], PATIENCE), 0);
}

/* -- wait_for -------------------------------------------------------------- */

static int has_become(mp_call *call)
{
    const int *goal = mp_call_self(call);
    return atomic_load(&board->value) == *goal;
}

static int count_to_three(void *arg)
{
    mp_condition *c = arg;
    for (int i = 0; i < 3; i++) {
        if (mp_condition_acquire(c, PATIENCE) != 0)
            return 1;
        atomic_fetch_add(&board->value, 1);
        if (mp_condition_notify(c) != 0 || mp_condition_release(c) != 0)
            return 2;
    }
    return 0;
}

static int wait_for(mp_condition *c, int goal, double timeout)
{
    int rc;
    assert_ok(mp_condition_acquire(c));
    rc = mp_condition_wait_for(c, has_become, &goal, timeout);
    assert_int_equal(mp_condition_locked(c), 1);
    assert_ok(mp_condition_release(c));
    return rc;
}

static void wait_for_goes_on_when_it_is_true(void **state)
{
    (void)state;
    mp_auto(mp_condition) c = mp_condition_new();
    pid_t pid = child_start(count_to_three, c);
    assert_int_equal(wait_for(c, 3, PATIENCE), 0);
    assert_int_equal(child_wait(pid, PATIENCE), 0);
    assert_int_equal(wait_for(c, 3, 0), 0);
}

static void wait_for_what_does_not_come_ends_at_its_timeout(void **state)
{
    (void)state;
    mp_auto(mp_condition) c = mp_condition_new();
    pid_t pid = child_start(count_to_three, c);
    double start = until_now();
    assert_int_equal(wait_for(c, 4, 0.1), MP_TIMEOUT);
    assert_took(0.1, start);
    assert_int_equal(child_wait(pid, PATIENCE), 0);
}

static int notify_without_end(void *arg)
{
    for (mp_condition *c = arg; atomic_load(&board->value) == 0;)
        if (mp_condition_acquire(c, PATIENCE) < 0 ||
            mp_condition_notify_all(c) != 0 || mp_condition_release(c) != 0)
            return 1;
    return 0;
}

static void rounds_do_not_lengthen_the_timeout_of_wait_for(void **state)
{
    (void)state;
    mp_auto(mp_condition) c = mp_condition_new();
    pid_t pid = child_start(notify_without_end, c);
    double start = until_now();
    assert_int_equal(wait_for(c, -1, 0.3), MP_TIMEOUT);
    assert_took(0.3, start);
    atomic_store(&board->value, 1);
    assert_int_equal(child_wait(pid, PATIENCE), 0);
}

static int raise_an_error(mp_call *call)
{
    return mp_raise(call, MP_KEY_ERROR, "no such key");
}

static void error_of_the_predicate_ends_wait_for(void **state)
{
    (void)state;
    mp_auto(mp_condition) c = mp_condition_new();
    assert_ok(mp_condition_acquire(c));
    assert_raises_saying(MP_KEY_ERROR, "no such key",
                         mp_condition_wait_for(c, raise_an_error, NULL));
    assert_raises_saying(MP_VALUE_ERROR, "predicate",
                         mp_condition_wait_for(c, NULL, NULL));
    assert_ok(mp_condition_release(c));
}

static int count_argument(mp_call *call)
{
    mp_condition *c;
    MP_TRY(mp_call_args(call, &c));
    return count_to_three(c) == 0 ? 0 : MP_RUNTIME_ERROR;
}

static void condition_is_an_argument_of_a_process(void **state)
{
    (void)state;
    mp_auto(mp_condition) c = mp_condition_new();
    mp_auto(mp_process) p = mp_process_new(count_argument, .args = MP_ARGS(c));
    assert_ok(mp_process_start(p));
    assert_int_equal(wait_for(c, 3, PATIENCE), 0);
    assert_ok(mp_process_join(p));
    assert_int_equal(mp_process_exitcode(p), 0);
}

/* -- words ----------------------------------------------------------------- */

static void condition_says_who_has_its_lock_and_how_many_wait(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    mp_auto(mp_condition) plain = mp_condition_new(.lock = lock);
    mp_auto(mp_condition) c = mp_condition_new();
    assert_says(plain, "<Condition(<Lock(owner=None)>, 0)>");
    assert_says(c, "<Condition(<RLock(None, 0)>, 0)>");
    pid_t pid = start_asleep(wait_once, c);
    assert_ok(mp_condition_acquire(c));
    assert_says(c, "<Condition(<RLock(MainProcess, 1)>, 1)>");
    assert_ok(mp_condition_notify(c));
    assert_says(c, "<Condition(<RLock(MainProcess, 1)>, 0)>");
    assert_ok(mp_condition_release(c));
    assert_int_equal(child_wait(pid, PATIENCE), 0);
}

static void null_is_answered_in_words(void **state)
{
    (void)state;
    mp_condition_free(NULL);
    assert_raises_saying(MP_VALUE_ERROR, "condition",
                         mp_condition_acquire(NULL));
    assert_raises(MP_VALUE_ERROR, mp_condition_release(NULL));
    assert_raises(MP_VALUE_ERROR, mp_condition_locked(NULL));
    assert_raises(MP_VALUE_ERROR, mp_condition_wait(NULL));
    assert_raises(MP_VALUE_ERROR,
                  mp_condition_wait_for(NULL, has_become, NULL));
    assert_raises(MP_VALUE_ERROR, mp_condition_notify(NULL));
    assert_raises(MP_VALUE_ERROR, mp_condition_notify_all(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(null_is_answered_in_words),
        cmocka_unit_test(own_lock_is_recursive),
        cmocka_unit_test(given_lock_is_the_one_that_is_taken),
        cmocka_unit_test(given_rlock_is_the_one_that_is_taken),
        cmocka_unit_test(two_locks_are_one_too_many),
        cmocka_unit_test(who_does_not_have_the_lock_is_told_so),
        cmocka_unit_test(lock_of_the_parent_is_not_the_childs),
        cmocka_unit_test(wait_ends_at_its_timeout_with_the_lock),
        cmocka_unit_test(wait_lets_go_of_all_levels_and_takes_them_back),
        cmocka_unit_test_setup(notify_lets_so_many_go_on_and_no_more, set_up),
        cmocka_unit_test_setup(notify_all_lets_all_go_on, set_up),
        cmocka_unit_test(notify_is_only_for_those_who_wait),
        cmocka_unit_test_setup(threads_of_a_process_are_notified_one_by_one,
                               set_up),
        cmocka_unit_test_setup(crowd_is_notified_one_by_one, set_up),
        cmocka_unit_test_setup(wait_for_goes_on_when_it_is_true, set_up),
        cmocka_unit_test_setup(wait_for_what_does_not_come_ends_at_its_timeout,
                               set_up),
        cmocka_unit_test_setup(rounds_do_not_lengthen_the_timeout_of_wait_for,
                               set_up),
        cmocka_unit_test(error_of_the_predicate_ends_wait_for),
        cmocka_unit_test_setup(condition_is_an_argument_of_a_process, set_up),
        cmocka_unit_test_setup(
            condition_says_who_has_its_lock_and_how_many_wait, set_up),
    };
    board = shared_memory(sizeof *board);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
