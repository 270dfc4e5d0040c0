/* ctest-label: thread */
/*
 * Locks, events, conditions, semaphores and barriers between threads of one
 * process: who owns, who waits, and for how long.
 */
#include "crew.h"
#include "until.h"

#include <stdatomic.h>
#include <string.h>

enum { ROUNDS = 500 };

/* Guarded by what the test is about. */
static long count_of_all;

/* -- Lock ------------------------------------------------------------------ */

static int count_with_lock(mp_call *c)
{
    mp_lock *lock;
    int i;
    MP_TRY(mp_call_args(c, &lock, &i));
    for (int n = 0; n < ROUNDS; n++)
        MP_WITH(lock) {
            count_of_all++;
        }
    return 0;
}

static void lock_lets_one_thread_in(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    count_of_all = 0;
    start_all(count_with_lock, MP(lock));
    join_all();
    assert_int_equal(count_of_all, THREADS * ROUNDS);
}

static int try_lock(mp_call *c)
{
    mp_lock *lock;
    MP_TRY(mp_call_args(c, &lock));
    return mp_lock_acquire(lock, 0.05);
}

static int release_lock(mp_call *c)
{
    mp_lock *lock;
    MP_TRY(mp_call_args(c, &lock));
    return mp_lock_release(lock);
}

static void lock_can_be_released_by_another_thread(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    assert_ok(mp_lock_acquire(lock));
    assert_int_equal(of_another_thread(try_lock, MP(lock)), MP_TIMEOUT);
    assert_int_equal(of_another_thread(release_lock, MP(lock)), 0);
    assert_int_equal(mp_lock_locked(lock), 0);
}

/* -- RLock ----------------------------------------------------------------- */

static int try_rlock(mp_call *c)
{
    mp_rlock *lock;
    MP_TRY(mp_call_args(c, &lock));
    return mp_rlock_acquire(lock, 0.05);
}

static int release_rlock(mp_call *c)
{
    mp_rlock *lock;
    MP_TRY(mp_call_args(c, &lock));
    return mp_rlock_release(lock);
}

static void rlock_is_its_threads_own(void **state)
{
    (void)state;
    mp_auto(mp_rlock) lock = mp_rlock_new();
    assert_ok(mp_rlock_acquire(lock));
    assert_ok(mp_rlock_acquire(lock));
    assert_int_equal(of_another_thread(try_rlock, MP(lock)), MP_TIMEOUT);
    assert_int_equal(of_another_thread(release_rlock, MP(lock)),
                     MP_ASSERTION_ERROR);
    assert_ok(mp_rlock_release(lock));
    assert_int_equal(of_another_thread(release_rlock, MP(lock)),
                     MP_ASSERTION_ERROR);
    assert_ok(mp_rlock_release(lock));
    assert_int_equal(of_another_thread(try_rlock, MP(lock)), 0);
}

static int take_and_end(mp_call *c)
{
    mp_rlock *lock;
    MP_TRY(mp_call_args(c, &lock));
    return mp_rlock_acquire(lock);
}

static void rlock_of_a_thread_that_ended_is_handed_on(void **state)
{
    (void)state;
    mp_auto(mp_rlock) lock = mp_rlock_new();
    assert_int_equal(of_another_thread(take_and_end, MP(lock)), 0);
    assert_int_equal(mp_rlock_locked(lock), 1);
    assert_int_equal(mp_rlock_acquire(lock, 20.0), MP_OWNER_DEAD);
    assert_ok(mp_rlock_release(lock));
    assert_int_equal(mp_rlock_acquire(lock, 0), 0);
}

static int wait_for_rlock(mp_call *c)
{
    mp_rlock *lock;
    int i;
    MP_TRY(mp_call_args(c, &lock, &i));
    int rc = mp_rlock_acquire(lock, 20.0);
    if (rc < 0)
        return rc;
    if (rc == MP_OWNER_DEAD)
        count_of_all++;
    return mp_rlock_release(lock);
}

/* They want it when it ends: one of them is told, and none is forgotten. */
static int end_while_all_wait(mp_call *c)
{
    mp_rlock *lock;
    MP_TRY(mp_call_args(c, &lock));
    MP_TRY(mp_rlock_acquire(lock));
    for (int i = 0; i < THREADS; i++) {
        crew[i] = mp_thread_new(wait_for_rlock, .args = MP_ARGS(lock, i),
                                .daemon = MP_DAEMON_NO);
        MP_TRY(mp_thread_start(crew[i]));
    }
    return mp_rlock_acquire(lock);
}

static void rlock_of_a_thread_that_ended_goes_to_one_who_waits(void **state)
{
    (void)state;
    mp_auto(mp_rlock) lock = mp_rlock_new();
    count_of_all = 0;
    assert_int_equal(of_another_thread(end_while_all_wait, MP(lock)), 0);
    join_all();
    assert_int_equal(count_of_all, 1);
    assert_int_equal(mp_rlock_locked(lock), 0);
}

static int name_owner(mp_call *c)
{
    char text[128];
    mp_rlock *lock;
    MP_TRY(mp_call_args(c, &lock));
    MP_TRY(mp_rlock_acquire(lock));
    mp_repr(lock, text, sizeof text);
    count_of_all = strcmp(text, "<RLock(MainProcess|Ada, 1)>") == 0;
    return mp_rlock_release(lock);
}

static void rlock_says_which_thread_has_it(void **state)
{
    (void)state;
    mp_auto(mp_rlock) lock = mp_rlock_new();
    mp_auto(mp_thread) t =
        mp_thread_new(name_owner, .args = MP_ARGS(lock), .name = "Ada");
    count_of_all = 0;
    assert_ok(mp_thread_start(t));
    assert_ok(mp_thread_join(t));
    assert_int_equal(count_of_all, 1);
}

/* -- Condition ------------------------------------------------------------- */

static int use_condition_of_another(mp_call *c)
{
    mp_condition *cond;
    MP_TRY(mp_call_args(c, &cond));
    int rc = mp_condition_release(cond);
    if (rc != MP_ASSERTION_ERROR)
        return 10;
    if (mp_condition_notify(cond) != MP_ASSERTION_ERROR)
        return 11;
    if (mp_condition_wait(cond, 0) != MP_ASSERTION_ERROR)
        return 12;
    return mp_condition_acquire(cond, 0.05) == MP_TIMEOUT ? 0 : 13;
}

static void condition_is_its_threads_own(void **state)
{
    (void)state;
    mp_auto(mp_condition) cond = mp_condition_new();
    assert_ok(mp_condition_acquire(cond));
    assert_int_equal(of_another_thread(use_condition_of_another, MP(cond)), 0);
    assert_raises(MP_TIMEOUT, mp_condition_wait(cond, 0.05));
    assert_ok(mp_condition_release(cond));
}

static int turn;

static int count_by_turns(mp_call *c)
{
    mp_condition *cond;
    int i;
    MP_TRY(mp_call_args(c, &cond, &i));
    for (int n = 0; n < ROUNDS / 5; n++) {
        MP_TRY(mp_condition_acquire(cond, 20.0));
        while (turn != i)
            MP_TRY(mp_condition_wait(cond, 20.0));
        count_of_all++;
        turn = (i + 1) % THREADS;
        MP_TRY(mp_condition_notify_all(cond));
        MP_TRY(mp_condition_release(cond));
    }
    return 0;
}

static void condition_passes_the_turn_on(void **state)
{
    (void)state;
    mp_auto(mp_condition) cond = mp_condition_new();
    turn = 0;
    count_of_all = 0;
    start_all(count_by_turns, MP(cond));
    join_all();
    assert_int_equal(count_of_all, THREADS * (ROUNDS / 5));
}

/* -- Event ----------------------------------------------------------------- */

static atomic_int late, woken;

static int wait_for_event(mp_call *c)
{
    mp_event *event;
    int i;
    MP_TRY(mp_call_args(c, &event, &i));
    if (mp_event_wait(event, 0.05) == MP_TIMEOUT)
        late++;
    MP_TRY(mp_event_wait(event, 20.0));
    woken++;
    return 0;
}

static void event_wakes_all_threads(void **state)
{
    (void)state;
    mp_auto(mp_event) event = mp_event_new();
    late = woken = 0;
    start_all(wait_for_event, MP(event));
    assert_until(late == THREADS, 20.0);
    assert_int_equal(woken, 0);
    assert_ok(mp_event_set(event));
    join_all();
    assert_int_equal(woken, THREADS);
}

/* -- Semaphore ------------------------------------------------------------- */

static atomic_int inside, highest;

static int be_inside(mp_call *c)
{
    mp_semaphore *s;
    int i;
    MP_TRY(mp_call_args(c, &s, &i));
    for (int n = 0; n < ROUNDS; n++) {
        MP_TRY(mp_semaphore_acquire(s, 20.0));
        int now = ++inside;
        int seen = highest;
        while (now > seen &&
               !atomic_compare_exchange_weak(&highest, &seen, now))
            continue;
        inside--;
        MP_TRY(mp_semaphore_release(s));
    }
    return 0;
}

static int try_semaphore(mp_call *c)
{
    mp_semaphore *s;
    MP_TRY(mp_call_args(c, &s));
    return mp_semaphore_acquire(s, 0.05);
}

static void semaphore_lets_two_threads_in(void **state)
{
    (void)state;
    mp_auto(mp_semaphore) s = mp_semaphore_new(2);
    highest = 0;
    start_all(be_inside, MP(s));
    join_all();
    assert_true(highest >= 1 && highest <= 2);
    assert_int_equal(mp_semaphore_get_value(s), 2);
    assert_ok(mp_semaphore_acquire(s));
    assert_ok(mp_semaphore_acquire(s));
    assert_int_equal(of_another_thread(try_semaphore, MP(s)), MP_TIMEOUT);
}

/* -- Barrier --------------------------------------------------------------- */

static int round_of[THREADS];

static int meet(mp_call *c)
{
    mp_barrier *b;
    int i;
    MP_TRY(mp_call_args(c, &b, &i));
    for (int n = 1; n <= ROUNDS / 5; n++) {
        round_of[i] = n;
        MP_TRY(mp_barrier_wait(b, 20.0));
        for (int k = 0; k < THREADS; k++)
            if (round_of[k] != n)
                return mp_raise(c, MP_VALUE_ERROR, "thread %d is late", k);
        MP_TRY(mp_barrier_wait(b, 20.0));
    }
    if (i == 0)
        count_of_all++;
    return 0;
}

static int wait_alone(mp_call *c)
{
    mp_barrier *b;
    MP_TRY(mp_call_args(c, &b));
    return mp_barrier_wait(b, 0.05);
}

static void barrier_parts_the_rounds_of_threads(void **state)
{
    (void)state;
    mp_auto(mp_barrier) b = mp_barrier_new(THREADS);
    count_of_all = 0;
    start_all(meet, MP(b));
    join_all();
    assert_int_equal(count_of_all, 1);
    assert_int_equal(of_another_thread(wait_alone, MP(b)), MP_BROKEN_BARRIER);
    assert_int_equal(mp_barrier_broken(b), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lock_lets_one_thread_in),
        cmocka_unit_test(lock_can_be_released_by_another_thread),
        cmocka_unit_test(rlock_is_its_threads_own),
        cmocka_unit_test(rlock_of_a_thread_that_ended_is_handed_on),
        cmocka_unit_test(rlock_of_a_thread_that_ended_goes_to_one_who_waits),
        cmocka_unit_test(rlock_says_which_thread_has_it),
        cmocka_unit_test(condition_is_its_threads_own),
        cmocka_unit_test(condition_passes_the_turn_on),
        cmocka_unit_test(event_wakes_all_threads),
        cmocka_unit_test(semaphore_lets_two_threads_in),
        cmocka_unit_test(barrier_parts_the_rounds_of_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
