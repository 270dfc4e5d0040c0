/* ctest-label: thread */
/*
 * Threads of one process at each of the objects: what they guard are plain
 * variables, so a way past them is a lost count, and something for
 * ThreadSanitizer to find.
 */
#include "expect.h"

#include <mproc.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 4, ROUNDS = 3000 };

struct crew {
    pthread_t thread[THREADS];
    struct member {
        struct crew *crew;
        int i;
        int rc; /* what its work answered */
    } member[THREADS];
    int (*work)(struct crew *crew, int i);

    mp_lock *lock;
    mp_rlock *rlock;
    mp_semaphore *semaphore;
    mp_event *event[2];
    mp_condition *condition;
    mp_barrier *barrier;
    long count;           /* guarded */
    long per[THREADS];    /* each one's own, shown to others by a barrier */
    int turn;             /* guarded */
    _Atomic long inside;  /* of a semaphore */
    _Atomic long highest; /* that `inside` ever was */
};

static void *run(void *arg)
{
    struct member *m = arg;

    m->rc = m->crew->work(m->crew, m->i);
    return NULL;
}

static void work_together(struct crew *crew,
                          int (*work)(struct crew *crew, int i), int threads)
{
    crew->work = work;
    for (int i = 0; i < threads; i++) {
        crew->member[i] = (struct member){crew, i, 0};
        assert_int_equal(
            pthread_create(&crew->thread[i], NULL, run, &crew->member[i]), 0);
    }
    for (int i = 0; i < threads; i++)
        assert_int_equal(pthread_join(crew->thread[i], NULL), 0);
    for (int i = 0; i < threads; i++)
        assert_ok(crew->member[i].rc);
}

/* -- locks ----------------------------------------------------------------- */

static int count_under_lock(struct crew *crew, int i)
{
    (void)i;
    for (int n = 0; n < ROUNDS; n++) {
        MP_TRY(mp_lock_acquire(crew->lock, 20));
        crew->count++;
        MP_TRY(mp_lock_release(crew->lock));
    }
    return 0;
}

static void lock_lets_one_in(void **state)
{
    struct crew crew = {.lock = mp_lock_new()};
    (void)state;
    assert_made(crew.lock);
    work_together(&crew, count_under_lock, THREADS);
    assert_int_equal(crew.count, THREADS * ROUNDS);
    mp_lock_free(crew.lock);
}

static int count_under_two_levels(struct crew *crew, int i)
{
    (void)i;
    for (int n = 0; n < ROUNDS; n++) {
        MP_TRY(mp_rlock_acquire(crew->rlock, 20));
        MP_TRY(mp_rlock_acquire(crew->rlock, 20));
        crew->count++;
        MP_TRY(mp_rlock_release(crew->rlock));
        crew->count++;
        MP_TRY(mp_rlock_release(crew->rlock));
    }
    return 0;
}

static void rlock_lets_one_thread_in(void **state)
{
    struct crew crew = {.rlock = mp_rlock_new()};
    (void)state;
    assert_made(crew.rlock);
    work_together(&crew, count_under_two_levels, THREADS);
    assert_int_equal(crew.count, 2 * THREADS * ROUNDS);
    mp_rlock_free(crew.rlock);
}

static int be_inside(struct crew *crew, int i)
{
    (void)i;
    for (int n = 0; n < ROUNDS; n++) {
        long now, highest;

        MP_TRY(mp_semaphore_acquire(crew->semaphore, 20));
        now = ++crew->inside;
        highest = crew->highest;
        while (now > highest &&
               !atomic_compare_exchange_weak(&crew->highest, &highest, now))
            ;
        crew->inside--;
        MP_TRY(mp_semaphore_release(crew->semaphore));
    }
    return 0;
}

static void semaphore_lets_as_many_in_as_it_has(void **state)
{
    struct crew crew = {.semaphore = mp_semaphore_new(2)};
    (void)state;
    assert_made(crew.semaphore);
    work_together(&crew, be_inside, THREADS);
    assert_true(crew.highest <= 2);
    assert_int_equal(mp_semaphore_get_value(crew.semaphore), 2);
    mp_semaphore_free(crew.semaphore);
}

static int count_as_only_one(struct crew *crew, int i)
{
    (void)i;
    for (int n = 0; n < ROUNDS; n++) {
        MP_TRY(mp_semaphore_acquire(crew->semaphore, 20));
        crew->count++;
        MP_TRY(mp_semaphore_release(crew->semaphore));
    }
    return 0;
}

static void bounded_semaphore_of_one_is_a_lock(void **state)
{
    struct crew crew = {.semaphore = mp_bounded_semaphore_new(1)};
    (void)state;
    assert_made(crew.semaphore);
    work_together(&crew, count_as_only_one, THREADS);
    assert_int_equal(crew.count, THREADS * ROUNDS);
    mp_semaphore_free(crew.semaphore);
}

/* -- waiting for one another ----------------------------------------------- */

/* Two by turns: each clears its own event and sets the other's. */
static int count_by_turns(struct crew *crew, int i)
{
    for (int n = 0; n < ROUNDS; n++) {
        MP_TRY(mp_event_wait(crew->event[i], 20));
        MP_TRY(mp_event_clear(crew->event[i]));
        crew->count++;
        MP_TRY(mp_event_set(crew->event[1 - i]));
    }
    return 0;
}

static void events_hand_the_turn_over(void **state)
{
    struct crew crew = {.event = {mp_event_new(), mp_event_new()}};
    (void)state;
    assert_made(crew.event[0]);
    assert_made(crew.event[1]);
    assert_ok(mp_event_set(crew.event[0]));
    work_together(&crew, count_by_turns, 2);
    assert_int_equal(crew.count, 2 * ROUNDS);
    mp_event_free(crew.event[0]);
    mp_event_free(crew.event[1]);
}

static int count_in_order(struct crew *crew, int i)
{
    for (int n = 0; n < ROUNDS / 10; n++) {
        MP_TRY(mp_condition_acquire(crew->condition, 20));
        while (crew->turn != i)
            MP_TRY(mp_condition_wait(crew->condition, 20));
        crew->count++;
        crew->turn = (i + 1) % THREADS;
        MP_TRY(mp_condition_notify_all(crew->condition));
        MP_TRY(mp_condition_release(crew->condition));
    }
    return 0;
}

static void condition_keeps_an_order(void **state)
{
    struct crew crew = {.condition = mp_condition_new()};
    (void)state;
    assert_made(crew.condition);
    work_together(&crew, count_in_order, THREADS);
    assert_int_equal(crew.count, THREADS * (ROUNDS / 10));
    mp_condition_free(crew.condition);
}

/* In each round all write, and then all read what the others have written. */
static int write_and_read(struct crew *crew, int i)
{
    for (int n = 0; n < ROUNDS / 10; n++) {
        crew->per[i] = n;
        MP_TRY(mp_barrier_wait(crew->barrier, 20));
        for (int k = 0; k < THREADS; k++)
            if (crew->per[k] != n)
                return mp_raise(NULL, MP_VALUE_ERROR, "thread %d is late", k);
        MP_TRY(mp_barrier_wait(crew->barrier, 20));
    }
    return 0;
}

static void barrier_parts_the_rounds(void **state)
{
    struct crew crew = {.barrier = mp_barrier_new(THREADS)};
    (void)state;
    assert_made(crew.barrier);
    work_together(&crew, write_and_read, THREADS);
    mp_barrier_free(crew.barrier);
}

/* -- making and freeing ---------------------------------------------------- */

static int make_and_free(struct crew *crew, int i)
{
    (void)crew;
    (void)i;
    for (int n = 0; n < ROUNDS / 10; n++) {
        mp_auto(mp_lock) lock = mp_lock_new();
        mp_auto(mp_event) event = mp_event_new();

        MP_TRY(mp_lock_acquire(lock, 20));
        MP_TRY(mp_event_set(event));
    }
    return 0;
}

static void all_can_make_and_free_at_once(void **state)
{
    struct crew crew = {.count = 0};
    (void)state;
    work_together(&crew, make_and_free, THREADS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lock_lets_one_in),
        cmocka_unit_test(rlock_lets_one_thread_in),
        cmocka_unit_test(semaphore_lets_as_many_in_as_it_has),
        cmocka_unit_test(bounded_semaphore_of_one_is_a_lock),
        cmocka_unit_test(events_hand_the_turn_over),
        cmocka_unit_test(condition_keeps_an_order),
        cmocka_unit_test(barrier_parts_the_rounds),
        cmocka_unit_test(all_can_make_and_free_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
