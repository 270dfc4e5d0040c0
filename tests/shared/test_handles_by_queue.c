/*
 * Whatever can be shared is an item of a queue: made after the child was there,
 * put into the queue, and used by both.
 */
#include "child.h"
#include "expect.h"
#include "leak.h"

#include <mproc.h>

#include <string.h>
#include <unistd.h>

static mp_queue *to_child;
static struct leak_snapshot *before;

static int set_up(void **state)
{
    (void)state;
    mp_lock_free(mp_lock_new()); /* the context, made once and kept */
    before = leak_take();
    to_child = mp_queue_new();
    return to_child == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    mp_queue_free(to_child);
    int leaks = leak_count(before);
    leak_free(before);
    return leaks;
}

#define assert_child_done(pid_) assert_int_equal(child_wait((pid_), 20.0), 0)

/* -- locks ----------------------------------------------------------------- */

static int release_lock(void *unused)
{
    mp_auto(mp_lock) lock = NULL;
    (void)unused;
    return mp_queue_get(to_child, &lock, 10.0) < 0 || mp_lock_release(lock) < 0;
}

static void lock_goes_through_a_queue(void **state)
{
    (void)state;
    pid_t pid = child_start(release_lock, NULL);
    mp_auto(mp_lock) lock = mp_lock_new();
    assert_int_equal(mp_lock_acquire(lock), 0);
    assert_ok(mp_queue_put(to_child, lock));
    assert_int_equal(mp_lock_acquire(lock, 10.0), 0);
    assert_child_done(pid);
}

static int take_rlock(void *unused)
{
    mp_auto(mp_rlock) lock = NULL;
    (void)unused;
    if (mp_queue_get(to_child, &lock, 10.0) < 0)
        return 1;
    if (mp_rlock_acquire(lock, 0) != MP_TIMEOUT)
        return 2;
    return mp_rlock_release(lock) == MP_ASSERTION_ERROR ? 0 : 3;
}

static void rlock_is_its_owners_on_the_other_side(void **state)
{
    (void)state;
    pid_t pid = child_start(take_rlock, NULL);
    mp_auto(mp_rlock) lock = mp_rlock_new();
    assert_int_equal(mp_rlock_acquire(lock), 0);
    assert_ok(mp_queue_put(to_child, lock));
    assert_child_done(pid);
    assert_ok(mp_rlock_release(lock));
}

static int give_unit(void *unused)
{
    mp_auto(mp_semaphore) s = NULL;
    (void)unused;
    return mp_queue_get(to_child, &s, 10.0) < 0 || mp_semaphore_release(s) < 0;
}

static void semaphore_goes_through_a_queue(void **state)
{
    (void)state;
    pid_t pid = child_start(give_unit, NULL);
    mp_auto(mp_semaphore) s = mp_semaphore_new(0);
    assert_ok(mp_queue_put(to_child, s));
    assert_int_equal(mp_semaphore_acquire(s, 10.0), 0);
    assert_child_done(pid);
}

/* -- waiting for one another ----------------------------------------------- */

static int set_event(void *unused)
{
    mp_auto(mp_event) e = NULL;
    (void)unused;
    return mp_queue_get(to_child, &e, 10.0) < 0 || mp_event_set(e) < 0;
}

static void event_goes_through_a_queue(void **state)
{
    (void)state;
    pid_t pid = child_start(set_event, NULL);
    mp_auto(mp_event) e = mp_event_new();
    assert_ok(mp_queue_put(to_child, e));
    assert_ok(mp_event_wait(e, 10.0));
    assert_child_done(pid);
}

static int notify(void *unused)
{
    mp_auto(mp_condition) cond = NULL;
    (void)unused;
    if (mp_queue_get(to_child, &cond, 10.0) < 0 ||
        mp_condition_acquire(cond, 10.0) < 0)
        return 1;
    return mp_condition_notify(cond) < 0 || mp_condition_release(cond) < 0;
}

/* The child cannot notify before we wait: until then we have the lock. */
static void condition_goes_with_its_lock(void **state)
{
    (void)state;
    pid_t pid = child_start(notify, NULL);
    mp_auto(mp_condition) cond = mp_condition_new();
    assert_int_equal(mp_condition_acquire(cond), 0);
    assert_ok(mp_queue_put(to_child, cond));
    assert_int_equal(mp_condition_wait(cond, 10.0), 0);
    assert_ok(mp_condition_release(cond));
    assert_child_done(pid);
}

static int come(void *unused)
{
    mp_auto(mp_barrier) b = NULL;
    (void)unused;
    return mp_queue_get(to_child, &b, 10.0) < 0 || mp_barrier_wait(b, 10.0) < 0;
}

static void barrier_goes_through_a_queue(void **state)
{
    (void)state;
    pid_t pid = child_start(come, NULL);
    mp_auto(mp_barrier) b = mp_barrier_new(2);
    assert_ok(mp_queue_put(to_child, b));
    assert_ok(mp_barrier_wait(b, 10.0));
    assert_child_done(pid);
}

/* -- data ------------------------------------------------------------------ */

static int change_data(void *unused)
{
    mp_auto_shared int *value = NULL;
    mp_auto_shared double *xs = NULL;
    (void)unused;
    if (mp_queue_get(to_child,
                     MP_UNPACK(MP_INTO_SHARED(&value), MP_INTO_SHARED(&xs)),
                     10.0) < 0)
        return 1;
    *value += 1;
    xs[2] = 0.5;
    return 0;
}

static void value_and_array_go_through_a_queue(void **state)
{
    (void)state;
    pid_t pid = child_start(change_data, NULL);
    mp_auto_shared int *value = mp_value_new(int, 41);
    mp_auto_shared double *xs = mp_array_new(double, 3);
    assert_ok(
        mp_queue_put(to_child, MP_TUPLE(MP_SHARED(value), MP_SHARED(xs))));
    assert_child_done(pid);
    assert_int_equal(*value, 42);
    assert_true(xs[2] == 0.5);
}

static int refuse_data(void *unused)
{
    mp_auto_shared double *wrong = NULL;
    mp_auto_shared int *value = NULL;
    (void)unused;
    if (mp_queue_get(to_child, MP_INTO_SHARED(&wrong), 10.0) != MP_TYPE_ERROR)
        return 1;
    if (mp_queue_get(to_child, MP_INTO_SHARED(&value), 0) < 0)
        return 2;
    return *value == 7 ? 0 : 3;
}

static void value_of_another_type_stays_in_the_queue(void **state)
{
    (void)state;
    pid_t pid = child_start(refuse_data, NULL);
    mp_auto_shared int *value = mp_value_new(int, 7);
    assert_ok(mp_queue_put(to_child, MP_SHARED(value)));
    assert_child_done(pid);
}

static int send_buffer_back(void *unused)
{
    mp_auto(mp_buffer) b = NULL;
    mp_auto(mp_connection) back = NULL;
    (void)unused;
    if (mp_queue_get(to_child, MP_UNPACK(&b, &back), 10.0) < 0)
        return 1;
    memcpy(mp_buffer_data(b), "back", 4);
    return mp_connection_send(back, b) < 0;
}

static void buffer_and_connection_go_together(void **state)
{
    (void)state;
    pid_t pid = child_start(send_buffer_back, NULL);
    mp_auto(mp_buffer) b = mp_buffer_from("here");
    mp_auto(mp_buffer) got = NULL;
    mp_connection *ours, *theirs;
    assert_ok(mp_pipe(&ours, &theirs));
    assert_ok(mp_queue_put(to_child, MP_TUPLE(b, theirs)));
    mp_connection_free(theirs);
    assert_ok(mp_connection_recv(ours, &got, 10.0));
    assert_memory_equal(mp_buffer_data(got), "back", 4);
    mp_connection_free(ours);
    assert_child_done(pid);
}

int main(void)
{
#define shared(fn_) cmocka_unit_test_setup_teardown(fn_, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        shared(lock_goes_through_a_queue),
        shared(rlock_is_its_owners_on_the_other_side),
        shared(semaphore_goes_through_a_queue),
        shared(event_goes_through_a_queue),
        shared(condition_goes_with_its_lock),
        shared(barrier_goes_through_a_queue),
        shared(value_and_array_go_through_a_queue),
        shared(value_of_another_type_stays_in_the_queue),
        shared(buffer_and_connection_go_together),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
