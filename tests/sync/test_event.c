/*
 * Events: set, clear and wait, among threads, processes and signal handlers;
 * and nobody sleeps through a set.
 */
#include "says.h"
#include "took.h"

#include <mproc.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/time.h>

static void event_waits_only_until_it_is_set(void **state)
{
    (void)state;
    mp_auto(mp_event) e = mp_event_new();
    assert_made(e);
    assert_int_equal(mp_event_is_set(e), 0);
    assert_raises(MP_TIMEOUT, mp_event_wait(e, 0));
    assert_raises(MP_TIMEOUT, mp_event_wait(e, -1));
    assert_ok(mp_event_set(e));
    assert_int_equal(mp_event_is_set(e), 1);
    assert_int_equal(mp_event_wait(e), 0);
    assert_int_equal(mp_event_wait(e, 0), 0);
    assert_int_equal(mp_event_wait(e, 1), 0);
}

static void cleared_event_has_to_be_set_again(void **state)
{
    (void)state;
    mp_auto(mp_event) e = mp_event_new();
    for (int i = 0; i < 3; i++) {
        assert_ok(mp_event_set(e));
        assert_ok(mp_event_set(e));
        assert_ok(mp_event_clear(e));
        assert_ok(mp_event_clear(e));
        assert_int_equal(mp_event_is_set(e), 0);
        assert_raises(MP_TIMEOUT, mp_event_wait(e, 0));
    }
}

static void wait_ends_at_its_timeout(void **state)
{
    (void)state;
    mp_auto(mp_event) e = mp_event_new();
    double start = until_now();
    assert_raises_saying(MP_TIMEOUT, "event", mp_event_wait(e, 0.1));
    assert_took(0.1, start);
}

/* -- processes and threads ------------------------------------------------- */

static int set_it(void *e)
{
    return mp_event_set(e);
}

static void child_wakes_its_parent(void **state)
{
    (void)state;
    mp_auto(mp_event) e = mp_event_new();
    pid_t pid = child_start(set_it, e);
    assert_ok(mp_event_wait(e, PATIENCE));
    assert_int_equal(child_wait(pid, PATIENCE), 0);
}

static int set_argument(mp_call *c)
{
    mp_event *e;
    MP_TRY(mp_call_args(c, &e));
    return mp_event_set(e);
}

static void process_wakes_its_parent(void **state)
{
    (void)state;
    mp_auto(mp_event) e = mp_event_new();
    mp_auto(mp_process) p = mp_process_new(set_argument, .args = MP_ARGS(e));
    assert_ok(mp_process_start(p));
    assert_ok(mp_event_wait(e, PATIENCE));
    assert_ok(mp_process_join(p));
}

static int wait_for_it(void *e)
{
    return mp_event_wait((mp_event *)e, PATIENCE) != 0;
}

/* Python's may miss it. */
static void set_and_clear_at_once_wakes_all_who_wait(void **state)
{
    (void)state;
    mp_auto(mp_event) e = mp_event_new();
    pid_t pids[4];
    for (int i = 0; i < 4; i++)
        pids[i] = start_asleep(wait_for_it, e);
    assert_ok(mp_event_set(e));
    assert_ok(mp_event_clear(e));
    for (int i = 0; i < 4; i++)
        assert_int_equal(child_wait(pids[i], PATIENCE), 0);
}

static void *wait_in_thread(void *e)
{
    return (void *)(intptr_t)mp_event_wait((mp_event *)e, PATIENCE);
}

static void threads_wait_beside_processes(void **state)
{
    (void)state;
    mp_auto(mp_event) e = mp_event_new();
    pid_t pid = start_asleep(wait_for_it, e);
    pthread_t threads[3];
    void *rc = e;
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, wait_in_thread, e),
                         0);
    assert_ok(mp_event_set(e));
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], &rc);
        assert_null(rc);
    }
    assert_int_equal(child_wait(pid, PATIENCE), 0);
}

/* -- signal handlers ------------------------------------------------------- */

static mp_event *for_handler;
static atomic_int handled;

static void set_in_handler(int signo)
{
    (void)signo;
    (void)mp_event_set(for_handler);
    (void)mp_event_clear(for_handler);
    (void)mp_event_set(for_handler);
    atomic_fetch_add(&handled, 1);
}

static void handle_alarms(suseconds_t every)
{
    const struct itimerval often = {{0, every}, {0, every}};
    struct sigaction act = {.sa_handler = set_in_handler};
    sigaction(SIGALRM, &act, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
}

static int wait_for_handler(void *e)
{
    for_handler = e;
    handle_alarms(20000);
    return mp_event_wait((mp_event *)e, PATIENCE) != 0;
}

static void handler_that_interrupts_a_wait_ends_it(void **state)
{
    (void)state;
    mp_auto(mp_event) e = mp_event_new();
    assert_int_equal(child_run(wait_for_handler, e, PATIENCE), 0);
}

/* Wherever it strikes: in set, clear, is_set or wait. */
static int use_among_handlers(void *e)
{
    for_handler = e;
    handle_alarms(50);
    while (atomic_load(&handled) < 2000) {
        (void)mp_event_clear(e);
        (void)mp_event_is_set(e);
        (void)mp_event_set(e);
        (void)mp_event_clear(e);
        if (mp_event_wait((mp_event *)e, PATIENCE) != 0)
            return 1;
    }
    return 0;
}

static void handlers_may_strike_anywhere(void **state)
{
    (void)state;
    mp_auto(mp_event) e = mp_event_new();
    assert_int_equal(child_run(use_among_handlers, e, 60), 0);
}

/* -- kills ----------------------------------------------------------------- */

static void killed_waiters_disturb_nobody(void **state)
{
    (void)state;
    mp_auto(mp_event) e = mp_event_new();
    pid_t first = start_asleep(wait_for_it, e);
    pid_t second = start_asleep(wait_for_it, e);
    kill_and_reap(first);
    assert_ok(mp_event_set(e));
    assert_int_equal(child_wait(second, PATIENCE), 0);
}

static int set_and_clear_for_ever(void *e)
{
    while (mp_event_set(e) == 0 && mp_event_clear(e) == 0)
        ;
    return 1;
}

static void killed_setters_leave_an_event_that_works(void **state)
{
    (void)state;
    mp_auto(mp_event) e = mp_event_new();
    for (int i = 0; i < 30; i++) {
        pid_t pid = child_start(set_and_clear_for_ever, e);
        assert_ok(mp_event_wait(e, PATIENCE));
        kill_and_reap(pid);
        assert_ok(mp_event_clear(e));
        assert_raises(MP_TIMEOUT, mp_event_wait(e, 0));
    }
}

/* -- words ----------------------------------------------------------------- */

static void event_says_whether_it_is_set(void **state)
{
    (void)state;
    mp_auto(mp_event) e = mp_event_new();
    char expected[64];
    (void)snprintf(expected, sizeof expected, "<Event at %p unset>", (void *)e);
    assert_says(e, expected);
    assert_ok(mp_event_set(e));
    (void)snprintf(expected, sizeof expected, "<Event at %p set>", (void *)e);
    assert_says(e, expected);
}

static void null_is_answered_in_words(void **state)
{
    (void)state;
    mp_event_free(NULL);
    assert_raises_saying(MP_VALUE_ERROR, "event", mp_event_set(NULL));
    assert_raises_saying(MP_VALUE_ERROR, "event", mp_event_clear(NULL));
    assert_raises_saying(MP_VALUE_ERROR, "event", mp_event_is_set(NULL));
    assert_raises_saying(MP_VALUE_ERROR, "event", mp_event_wait(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(null_is_answered_in_words),
        cmocka_unit_test(event_waits_only_until_it_is_set),
        cmocka_unit_test(cleared_event_has_to_be_set_again),
        cmocka_unit_test(wait_ends_at_its_timeout),
        cmocka_unit_test(child_wakes_its_parent),
        cmocka_unit_test(process_wakes_its_parent),
        cmocka_unit_test(set_and_clear_at_once_wakes_all_who_wait),
        cmocka_unit_test(threads_wait_beside_processes),
        cmocka_unit_test(handler_that_interrupts_a_wait_ends_it),
        cmocka_unit_test(handlers_may_strike_anywhere),
        cmocka_unit_test(killed_waiters_disturb_nobody),
        cmocka_unit_test(killed_setters_leave_an_event_that_works),
        cmocka_unit_test(event_says_whether_it_is_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
