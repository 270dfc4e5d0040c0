/*
 * Want of memory and descriptors while events, conditions and barriers are
 * made, received and used: a named error, and nothing is left behind.
 */
#include "took.h"

#include "fault.h"
#include "leak.h"

#include <mproc.h>

#include <errno.h>
#include <pthread.h>
#include <sys/resource.h>

/* One of each in turn: an Event, a Barrier, a Condition with a lock of its own,
   and one with a lock that is there. */
enum { SORTS = 4 };

static mp_lock *lock;

struct made {
    mp_event *event;
    mp_condition *condition;
    mp_barrier *barrier;
};

static bool make(int sort, struct made *out)
{
    *out = (struct made){NULL, NULL, NULL};
    if (sort == 0)
        return (out->event = mp_event_new()) != NULL;
    if (sort == 1)
        return (out->barrier = mp_barrier_new(5000)) != NULL;
    if (sort == 2)
        return (out->condition = mp_condition_new()) != NULL;
    return (out->condition = mp_condition_new(.lock = lock)) != NULL;
}

static void unmake(struct made *m)
{
    mp_event_free(m->event);
    mp_condition_free(m->condition);
    mp_barrier_free(m->barrier);
}

/* -- making ---------------------------------------------------------------- */

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

static void each_fails_cleanly_at_every_fault(void **state)
{
    (void)state;
    const int allocations[SORTS] = {2, 2, 4, 1};
    for (int sort = 0; sort < SORTS; sort++) {
        lock = sort == 3 ? mp_lock_new() : NULL;
        struct leak_snapshot *before = leak_take();
        int n = make_at_every_fault(sort, FAULT_ALLOCATION);
        int calls = make_at_every_fault(sort, FAULT_CALL);
        assert_no_leak(before);
        mp_lock_free(lock);
        assert_in_range(n, 1, allocations[sort]);
        assert_in_range(calls, sort == 3 ? 0 : 4, 50);
    }
}

static void condition_that_fails_lets_go_of_the_lock(void **state)
{
    (void)state;
    lock = mp_lock_new();
    fault_arm(FAULT_ALLOCATION, 1, ENOMEM);
    assert_null(mp_condition_new(.lock = lock));
    assert_true(fault_disarm());
    struct leak_snapshot *before = leak_take();
    mp_lock_free(lock);
    assert_int_equal(leak_count(before) != 0, 1); /* it was the last one */
    leak_free(before);
}

static int make_without_descriptors(void *arg)
{
    struct made m;
    (void)arg;
    setrlimit(RLIMIT_NOFILE, &(struct rlimit){0, 0});
    for (int sort = 0; sort < 3; sort++)
        if (make(sort, &m) || mp_error_last()->code != -EMFILE)
            return 1 + sort;
    return 0;
}

static void want_of_descriptors_is_named(void **state)
{
    (void)state;
    assert_int_equal(child_run(make_without_descriptors, NULL, PATIENCE), 0);
}

static int make_a_large_barrier(void *arg)
{
    (void)arg;
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){1 << 20, 1 << 20});
    mp_barrier *small = mp_barrier_new(1000);
    if (small == NULL)
        return 1;
    mp_barrier_free(small);
    return mp_barrier_new(1000000) != NULL || mp_error_last()->code != -EFBIG;
}

static void barrier_too_large_for_a_file_is_refused(void **state)
{
    (void)state;
    assert_int_equal(child_run(make_a_large_barrier, NULL, PATIENCE), 0);
}

/* -- receiving ------------------------------------------------------------- */

/* Send it once, then receive it with every fault there can be. */
static int receive_at_every_fault(mp_connection *from, mp_connection *to,
                                  mp_any sent, enum fault kind)
{
    mp_condition *c;
    for (int n = 1; n < 200; n++) {
        if (mp_connection_send(from, sent) < 0)
            return 255;
        fault_arm(kind, n, ENOMEM);
        int rc = mp_connection_recv(to, &c, PATIENCE);
        bool struck = fault_disarm();
        if (rc == -ENOMEM)
            rc = mp_connection_recv(to, &c, PATIENCE);
        if (rc < 0)
            return 254;
        mp_condition_free(c);
        if (!struck)
            return n - 1;
    }
    return 253;
}

static void condition_is_received_at_the_second_attempt(void **state)
{
    (void)state;
    mp_auto(mp_connection) a = NULL;
    mp_auto(mp_connection) b = NULL;
    assert_ok(mp_pipe(&a, &b));
    mp_condition *c = mp_condition_new();
    struct leak_snapshot *before = leak_take();
    assert_in_range(receive_at_every_fault(a, b, MP(c), FAULT_ALLOCATION), 2,
                    20);
    assert_no_leak(before);
    mp_condition_free(c);
}

/* -- use ------------------------------------------------------------------- */

static void interrupted_sleep_does_not_shorten_a_timeout(void **state)
{
    (void)state;
    mp_auto(mp_event) e = mp_event_new();
    mp_auto(mp_condition) c = mp_condition_new();
    assert_ok(mp_condition_acquire(c));
    for (int n = 1; n <= 2; n++) {
        double start = until_now();
        fault_arm(FAULT_CALL, n, EINTR);
        assert_raises(MP_TIMEOUT, mp_event_wait(e, 0.05));
        (void)fault_disarm();
        assert_took(0.05, start);
        start = until_now();
        fault_arm(FAULT_CALL, n, EINTR);
        assert_raises(MP_TIMEOUT, mp_condition_wait(c, 0.05));
        (void)fault_disarm();
        assert_took(0.05, start);
    }
    assert_ok(mp_condition_release(c));
}

/* Nobody sleeps: no system call, so none that could fail. */
static void nobody_asleep_means_no_system_call(void **state)
{
    (void)state;
    mp_auto(mp_event) e = mp_event_new();
    mp_auto(mp_condition) c = mp_condition_new();
    mp_auto(mp_barrier) b = mp_barrier_new(1);
    assert_ok(mp_condition_acquire(c)); /* the thread's number is known now */
    fault_arm(FAULT_CALL, 1, EIO);
    assert_ok(mp_event_set(e));
    assert_ok(mp_event_wait(e));
    assert_ok(mp_event_clear(e));
    assert_ok(mp_condition_notify(c));
    assert_ok(mp_condition_notify_all(c));
    assert_ok(mp_condition_release(c));
    assert_ok(mp_condition_acquire(c));
    assert_int_equal(mp_barrier_wait(b), 0);
    assert_ok(mp_barrier_abort(b));
    assert_ok(mp_barrier_reset(b));
    assert_false(fault_disarm());
    assert_ok(mp_condition_release(c));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(want_of_descriptors_is_named),
        cmocka_unit_test(each_fails_cleanly_at_every_fault),
        cmocka_unit_test(condition_that_fails_lets_go_of_the_lock),
        cmocka_unit_test(barrier_too_large_for_a_file_is_refused),
        cmocka_unit_test(condition_is_received_at_the_second_attempt),
        cmocka_unit_test(interrupted_sleep_does_not_shorten_a_timeout),
        cmocka_unit_test(nobody_asleep_means_no_system_call),
    };
    mp_event_free(mp_event_new()); /* the context, made once and kept */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
