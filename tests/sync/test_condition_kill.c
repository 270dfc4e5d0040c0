/*
 * Processes are killed while they use events, conditions and barriers. Nobody
 * is told of it: the children are plain forks, which nobody watches, so those
 * left have to find out by themselves.
 */
/* ctest-timeout: 180 */
#include "says.h"
#include "took.h"

#include <mproc.h>

#include <stdatomic.h>

static struct board {
    atomic_int went_on;
    atomic_int enough;
} * board;

static int set_up(void **state)
{
    (void)state;
    memset(board, 0, sizeof *board);
    return 0;
}

/* Numbers that look random, the same ones in every run. */
static unsigned chance(unsigned *seed, unsigned below)
{
    *seed = *seed * 1103515245u + 12345u;
    return (*seed >> 16) % below;
}

/* -- conditions ------------------------------------------------------------ */

static int wait_once(void *arg)
{
    mp_condition *c = arg;
    int rc;
    if (mp_condition_acquire(c, PATIENCE) < 0)
        return 1;
    rc = mp_condition_wait(c, PATIENCE);
    if (rc < 0)
        return 2;
    atomic_fetch_add(&board->went_on, 1);
    (void)mp_condition_release(c);
    return rc;
}

static void notify(mp_condition *c)
{
    assert_ok(mp_condition_acquire(c, PATIENCE));
    assert_ok(mp_condition_notify(c));
    assert_ok(mp_condition_release(c));
}

/* CPython's notify waits for the killed one's answer, for ever. */
static void notify_does_not_wait_for_a_killed_waiter(void **state)
{
    (void)state;
    mp_auto(mp_condition) c = mp_condition_new();
    pid_t killed = start_asleep(wait_once, c);
    pid_t left = start_asleep(wait_once, c);
    kill_and_reap(killed);
    double start = until_now();
    notify(c);
    assert_took(0., start);
    assert_int_equal(child_wait(left, PATIENCE), 0);
    assert_ok(mp_condition_acquire(c, PATIENCE));
    assert_ok(mp_condition_notify_all(c));
    assert_ok(mp_condition_release(c));
}

/* The first to sleep is woken, and cannot have the lock. */
static void notify_of_a_killed_waiter_is_another_ones(void **state)
{
    (void)state;
    mp_auto(mp_condition) c = mp_condition_new();
    pid_t killed = start_asleep(wait_once, c);
    pid_t left = start_asleep(wait_once, c);
    assert_ok(mp_condition_acquire(c, PATIENCE));
    assert_ok(mp_condition_notify(c));
    kill_and_reap(killed);
    assert_ok(mp_condition_release(c));
    assert_int_equal(child_wait(left, PATIENCE), 0);
}

static int die_with_the_lock(void *c)
{
    if (mp_condition_acquire((mp_condition *)c, PATIENCE) == 0)
        raise(SIGKILL);
    return 1;
}

/* The one who comes next is told; who waits, and is notified, need not be. */
static void death_of_a_holder_disturbs_no_waiter(void **state)
{
    (void)state;
    mp_auto(mp_condition) c = mp_condition_new();
    pid_t waiter = start_asleep(wait_once, c);
    assert_int_equal(child_run(die_with_the_lock, c, PATIENCE), -SIGKILL);
    pid_t second = child_start(wait_once, c);
    assert_until(says(MP(c), "<Condition(<RLock(None, 0)>, 2)>"), PATIENCE);
    assert_ok(mp_condition_acquire(c, PATIENCE));
    assert_ok(mp_condition_notify_all(c));
    assert_ok(mp_condition_release(c));
    assert_int_equal(child_wait(waiter, PATIENCE), 0);
    assert_int_equal(child_wait(second, PATIENCE), 0);
}

static int die_with_the_lock_a_little_later(void *c)
{
    if (mp_condition_acquire((mp_condition *)c, PATIENCE) < 0)
        return 1;
    usleep(300000);
    raise(SIGKILL);
    return 1;
}

/* The deadline falls while another has the lock, and that one dies. */
static void timed_waiter_inherits_the_lock_of_a_dead_holder(void **state)
{
    (void)state;
    mp_auto(mp_condition) c = mp_condition_new();
    assert_ok(mp_condition_acquire(c));
    pid_t holder = start_asleep(die_with_the_lock_a_little_later, c);
    assert_int_equal(mp_condition_wait(c, 0.1), MP_OWNER_DEAD);
    assert_int_equal(child_wait(holder, PATIENCE), -SIGKILL);
    assert_ok(mp_condition_release(c));
}

static int work(void *arg)
{
    mp_condition *c = arg;
    while (atomic_load(&board->enough) == 0) {
        if (mp_condition_acquire(c, PATIENCE) < 0)
            return 1;
        int rc = mp_condition_wait(c, 0.001);
        if (rc < 0 && rc != MP_TIMEOUT)
            return 2;
        if (mp_condition_notify(c) != 0 || mp_condition_notify_all(c) != 0 ||
            mp_condition_release(c) != 0)
            return 3;
        atomic_fetch_add(&board->went_on, 1);
    }
    return 0;
}

/* Then it is as good as new. */
static void condition_survives_many_killed_workers(void **state)
{
    enum { WORKERS = 3, KILLS = 60 };
    (void)state;
    mp_auto(mp_condition) c = mp_condition_new();
    pid_t pids[WORKERS];
    unsigned seed = 7;
    for (int i = 0; i < WORKERS; i++)
        pids[i] = child_start(work, c);
    for (int i = 0; i < KILLS; i++) {
        usleep(1000 + chance(&seed, 3000));
        kill_and_reap(pids[i % WORKERS]);
        pids[i % WORKERS] = child_start(work, c);
    }
    int before = atomic_load(&board->went_on);
    assert_until(atomic_load(&board->went_on) > before + 10, PATIENCE);
    atomic_store(&board->enough, 1);
    for (int i = 0; i < WORKERS; i++)
        assert_int_equal(child_wait(pids[i], PATIENCE), 0);
    pid_t pid = start_asleep(wait_once, c);
    notify(c);
    assert_int_equal(child_wait(pid, PATIENCE), 0);
}

/* -- barriers -------------------------------------------------------------- */

enum { WAS_BROKEN = 100, OTHER_ERROR };

static int meet(void *b)
{
    int rc = mp_barrier_wait((mp_barrier *)b);
    return rc == MP_BROKEN_BARRIER ? WAS_BROKEN : rc < 0 ? OTHER_ERROR : rc;
}

/* CPython's hang, beyond their timeout. */
static void killed_party_breaks_the_barrier(void **state)
{
    (void)state;
    mp_auto(mp_barrier) b = mp_barrier_new(3);
    pid_t killed = start_asleep(meet, b);
    pid_t left = start_asleep(meet, b);
    kill_and_reap(killed);
    assert_int_equal(child_wait(left, PATIENCE), WAS_BROKEN);
    assert_raises(MP_BROKEN_BARRIER, mp_barrier_wait(b));
    assert_ok(mp_barrier_reset(b));
    assert_raises(MP_BROKEN_BARRIER, mp_barrier_wait(b, 0));
}

static void who_comes_after_a_death_finds_it_out(void **state)
{
    (void)state;
    mp_auto(mp_barrier) b = mp_barrier_new(3);
    kill_and_reap(start_asleep(meet, b));
    double start = until_now();
    assert_raises(MP_BROKEN_BARRIER, mp_barrier_wait(b));
    assert_took(0., start);
}

static int die(mp_call *call)
{
    (void)call;
    raise(SIGKILL);
    return 0;
}

static void party_that_dies_in_the_action_breaks_the_barrier(void **state)
{
    (void)state;
    mp_auto(mp_barrier) b = mp_barrier_new(2, .action = die);
    pid_t left = start_asleep(meet, b);
    assert_int_equal(child_run(meet, b, PATIENCE), -SIGKILL);
    assert_int_equal(child_wait(left, PATIENCE), WAS_BROKEN);
}

static int meet_and_die(void *b)
{
    if (mp_barrier_wait((mp_barrier *)b) >= 0)
        raise(SIGKILL);
    return 1;
}

static void death_after_the_round_changes_nothing(void **state)
{
    (void)state;
    mp_auto(mp_barrier) b = mp_barrier_new(2);
    for (int i = 0; i < 10; i++) {
        pid_t pid = start_asleep(meet_and_die, b);
        assert_int_equal(mp_barrier_wait(b, PATIENCE), 1);
        assert_int_equal(child_wait(pid, PATIENCE), -SIGKILL);
        assert_int_equal(mp_barrier_broken(b), 0);
    }
}

static int meet_for_ever(void *arg)
{
    mp_barrier *b = arg;
    while (atomic_load(&board->enough) == 0) {
        int rc = mp_barrier_wait(b, 0.05);
        if (rc == MP_BROKEN_BARRIER)
            rc = mp_barrier_reset(b);
        if (rc < 0)
            return 1;
        atomic_fetch_add(&board->went_on, 1);
    }
    return mp_barrier_abort(b);
}

static void barrier_survives_many_killed_parties(void **state)
{
    enum { PARTIES = 3, KILLS = 60 };
    (void)state;
    mp_auto(mp_barrier) b = mp_barrier_new(PARTIES);
    pid_t pids[PARTIES];
    unsigned seed = 5;
    for (int i = 0; i < PARTIES; i++)
        pids[i] = child_start(meet_for_ever, b);
    for (int i = 0; i < KILLS; i++) {
        usleep(1000 + chance(&seed, 3000));
        kill_and_reap(pids[i % PARTIES]);
        pids[i % PARTIES] = child_start(meet_for_ever, b);
    }
    int before = atomic_load(&board->went_on);
    assert_until(atomic_load(&board->went_on) > before + 10, PATIENCE);
    atomic_store(&board->enough, 1);
    for (int i = 0; i < PARTIES; i++)
        assert_int_equal(child_wait(pids[i], PATIENCE), 0);
    assert_ok(mp_barrier_reset(b));
    pid_t first = start_asleep(meet, b), second = start_asleep(meet, b);
    assert_int_equal(mp_barrier_wait(b, PATIENCE), 2);
    assert_int_equal(child_wait(first, PATIENCE), 0);
    assert_int_equal(child_wait(second, PATIENCE), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(notify_does_not_wait_for_a_killed_waiter,
                               set_up),
        cmocka_unit_test_setup(notify_of_a_killed_waiter_is_another_ones,
                               set_up),
        cmocka_unit_test_setup(death_of_a_holder_disturbs_no_waiter, set_up),
        cmocka_unit_test(timed_waiter_inherits_the_lock_of_a_dead_holder),
        cmocka_unit_test_setup(condition_survives_many_killed_workers, set_up),
        cmocka_unit_test(killed_party_breaks_the_barrier),
        cmocka_unit_test(who_comes_after_a_death_finds_it_out),
        cmocka_unit_test(party_that_dies_in_the_action_breaks_the_barrier),
        cmocka_unit_test(death_after_the_round_changes_nothing),
        cmocka_unit_test_setup(barrier_survives_many_killed_parties, set_up),
    };
    board = shared_memory(sizeof *board);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
