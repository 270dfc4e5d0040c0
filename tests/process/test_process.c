/*
 * A process from making to closing, as its parent sees it.
 */
#include "expect.h"
#include "leak.h"
#include "until.h"

#include <mproc.h>

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static int do_nothing(mp_call *c)
{
    (void)c;
    return 0;
}

static int sleep_for_ever(mp_call *c)
{
    (void)c;
    while (pause() < 0)
        continue;
    return 0;
}

static int sleep_with_default_signals(mp_call *c)
{
    signal(SIGINT, SIG_DFL);
    return sleep_for_ever(c);
}

static mp_process *started(mp_fn fn)
{
    mp_process *p = mp_process_new(fn);
    assert_made(p);
    assert_ok(mp_process_start(p));
    return p;
}

static void stop(mp_process *p)
{
    assert_ok(mp_process_kill(p));
    assert_ok(mp_process_join(p, 10.0));
    mp_process_free(p);
}

static bool is_active(mp_process *p)
{
    mp_process *all[200];
    int n = mp_active_children(all, 200);
    bool found = false;
    for (int i = 0; i < n; i++) {
        found = found || all[i] == p;
        mp_process_free(all[i]);
    }
    return found;
}

/* -- before and after ------------------------------------------------------ */

static void unstarted_process_is_nothing_yet(void **state)
{
    (void)state;
    mp_auto(mp_process) p = mp_process_new(do_nothing);
    assert_made(p);
    assert_int_equal(mp_process_is_alive(p), 0);
    assert_int_equal(mp_process_exitcode(p), MP_NO_EXITCODE);
    assert_int_equal(mp_process_pid(p), 0);
    assert_raises_saying(MP_VALUE_ERROR, "process not started",
                         mp_process_sentinel(p));
    assert_raises_saying(MP_ASSERTION_ERROR, "can only join a started process",
                         mp_process_join(p));
    assert_false(is_active(p));
}

static void unstarted_process_cannot_be_signalled(void **state)
{
    (void)state;
    mp_auto(mp_process) p = mp_process_new(do_nothing);
    assert_raises_saying(MP_ASSERTION_ERROR, "started process",
                         mp_process_terminate(p));
    assert_raises(MP_ASSERTION_ERROR, mp_process_kill(p));
    assert_raises(MP_ASSERTION_ERROR, mp_process_interrupt(p));
}

static void started_process_runs(void **state)
{
    (void)state;
    mp_process *p = started(sleep_for_ever);
    assert_int_equal(mp_process_is_alive(p), 1);
    assert_int_equal(mp_process_exitcode(p), MP_NO_EXITCODE);
    assert_true(mp_process_pid(p) > 0);
    assert_true(is_active(p));
    stop(p);
}

static void joined_process_has_an_exit_code(void **state)
{
    (void)state;
    mp_auto(mp_process) p = started(do_nothing);
    assert_ok(mp_process_join(p));
    assert_int_equal(mp_process_exitcode(p), 0);
    assert_int_equal(mp_process_is_alive(p), 0);
    assert_false(is_active(p));
    assert_ok(mp_process_join(p));
}

static void end_is_seen_without_a_join(void **state)
{
    (void)state;
    mp_auto(mp_process) p = started(do_nothing);
    assert_until(mp_process_exitcode(p) == 0, 10.0);
    assert_int_equal(mp_process_is_alive(p), 0);
}

static void process_without_a_function_ends_well(void **state)
{
    (void)state;
    mp_auto(mp_process) p = mp_process_new(.name = "idle");
    assert_ok(mp_process_start(p));
    assert_ok(mp_process_join(p));
    assert_int_equal(mp_process_exitcode(p), 0);
}

/* -- signals --------------------------------------------------------------- */

static void signals_end_it_with_their_number(void **state)
{
    (void)state;
    static const struct {
        int (*send)(mp_process *p);
        int exitcode;
    } ways[] = {{mp_process_terminate, -SIGTERM},
                {mp_process_kill, -SIGKILL},
                {mp_process_interrupt, -SIGINT}};
    for (size_t i = 0; i < 3; i++) {
        mp_auto(mp_process) p = started(sleep_with_default_signals);
        assert_ok(ways[i].send(p));
        assert_ok(mp_process_join(p, 10.0));
        assert_int_equal(mp_process_exitcode(p), ways[i].exitcode);
        assert_ok(ways[i].send(p));
    }
}

static void hundred_sleepers_can_be_terminated(void **state)
{
    (void)state;
    mp_process *all[100];
    for (size_t i = 0; i < 100; i++)
        all[i] = started(sleep_for_ever);
    assert_int_equal(mp_active_children(NULL, 0), 100);
    for (size_t i = 0; i < 100; i++)
        assert_ok(mp_process_terminate(all[i]));
    for (size_t i = 0; i < 100; i++) {
        assert_ok(mp_process_join(all[i], 30.0));
        assert_int_equal(mp_process_exitcode(all[i]), -SIGTERM);
        mp_process_free(all[i]);
    }
}

static int nap(mp_call *c)
{
    (void)c;
    usleep(10000);
    return 0;
}

static void hundred_short_ones_end_well(void **state)
{
    (void)state;
    mp_process *all[100];
    for (size_t i = 0; i < 100; i++)
        all[i] = started(nap);
    for (size_t i = 0; i < 100; i++) {
        assert_ok(mp_process_join(all[i], 30.0));
        assert_int_equal(mp_process_exitcode(all[i]), 0);
        mp_process_free(all[i]);
    }
}

/* -- join ------------------------------------------------------------------ */

static void join_gives_up_in_time(void **state)
{
    (void)state;
    mp_process *p = started(sleep_for_ever);
    double before = until_now();
    assert_raises(MP_TIMEOUT, mp_process_join(p, 0.1));
    assert_true(until_now() - before >= 0.1);
    assert_raises(MP_TIMEOUT, mp_process_join(p, 0));
    assert_raises(MP_TIMEOUT, mp_process_join(p, -1));
    assert_true(until_now() - before < 5.0);
    stop(p);
}

struct joiner {
    pthread_t thread;
    mp_process *p;
    int rc;
    int exitcode;
};

static void *join_in_thread(void *arg)
{
    struct joiner *j = arg;
    j->rc = mp_process_join(j->p, 20.0);
    j->exitcode = mp_process_exitcode(j->p);
    return NULL;
}

static void eight_threads_join_one_process(void **state)
{
    (void)state;
    mp_process *p = started(sleep_for_ever);
    struct joiner joiners[8];
    for (size_t i = 0; i < 8; i++) {
        joiners[i] = (struct joiner){.p = p};
        pthread_create(&joiners[i].thread, NULL, join_in_thread, &joiners[i]);
    }
    assert_ok(mp_process_terminate(p));
    for (size_t i = 0; i < 8; i++) {
        pthread_join(joiners[i].thread, NULL);
        assert_int_equal(joiners[i].rc, 0);
        assert_int_equal(joiners[i].exitcode, -SIGTERM);
    }
    mp_process_free(p);
}

static void on_signal(int signal)
{
    (void)signal;
}

static void *shower(void *arg)
{
    struct joiner *j = arg;
    struct until u = until_start(20.0);
    while (mp_process_is_alive(j->p) == 1 && until_pause(&u))
        pthread_kill(j->thread, SIGUSR1);
    return NULL;
}

static void signals_do_not_cut_a_join_short(void **state)
{
    (void)state;
    pthread_t thread;
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGUSR1, &action, NULL);
    mp_auto(mp_process) p = started(nap);
    struct joiner self = {.thread = pthread_self(), .p = p};
    pthread_create(&thread, NULL, shower, &self);
    assert_ok(mp_process_join(p, 10.0));
    pthread_join(thread, NULL);
    signal(SIGUSR1, SIG_DFL);
    assert_int_equal(mp_process_exitcode(p), 0);
}

/* -- sentinel -------------------------------------------------------------- */

static int is_readable(int fd, int timeout_ms)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    return poll(&ready, 1, timeout_ms);
}

static void sentinel_tells_the_end(void **state)
{
    (void)state;
    mp_process *p = started(sleep_for_ever);
    int fd = mp_process_sentinel(p);
    assert_true(fd >= 0);
    assert_int_equal(is_readable(fd, 0), 0);
    assert_ok(mp_process_terminate(p));
    assert_int_equal(is_readable(fd, 10000), 1);
    assert_ok(mp_process_join(p));
    assert_int_equal(is_readable(mp_process_sentinel(p), 0), 1);
    mp_process_free(p);
}

/* -- close and free -------------------------------------------------------- */

static void running_process_cannot_be_closed(void **state)
{
    (void)state;
    mp_process *p = started(sleep_for_ever);
    assert_raises_saying(MP_VALUE_ERROR, "still running", mp_process_close(p));
    assert_int_equal(mp_process_is_alive(p), 1);
    stop(p);
}

static void closed_process_answers_only_its_name(void **state)
{
    (void)state;
    mp_auto(mp_process) p = started(do_nothing);
    assert_ok(mp_process_join(p));
    assert_ok(mp_process_close(p));
    assert_ok(mp_process_close(p));
    assert_true(strncmp(mp_process_name(p), "Process-", 8) == 0);
    assert_raises_saying(MP_VALUE_ERROR, "process object is closed",
                         mp_process_join(p));
    assert_raises(MP_VALUE_ERROR, mp_process_is_alive(p));
    assert_raises(MP_VALUE_ERROR, mp_process_terminate(p));
    assert_raises(MP_VALUE_ERROR, mp_process_exitcode(p));
    assert_raises(MP_VALUE_ERROR, mp_process_pid(p));
    assert_raises(MP_VALUE_ERROR, mp_process_sentinel(p));
    assert_raises(MP_VALUE_ERROR, mp_process_start(p));
    assert_raises(MP_VALUE_ERROR, mp_process_run(p));
    assert_raises(MP_VALUE_ERROR, mp_process_set_daemon(p, true));
}

static void unstarted_process_can_be_closed(void **state)
{
    (void)state;
    mp_auto(mp_process) p = mp_process_new(do_nothing);
    assert_ok(mp_process_close(p));
    assert_raises(MP_VALUE_ERROR, mp_process_start(p));
}

static void freed_handle_leaves_the_process_running(void **state)
{
    (void)state;
    mp_process *p = started(sleep_for_ever);
    pid_t pid = mp_process_pid(p);
    mp_process_free(p);
    mp_process *again;
    assert_int_equal(mp_active_children(&again, 1), 1);
    assert_int_equal(mp_process_pid(again), pid);
    stop(again);
}

static void null_is_refused_by_every_method(void **state)
{
    (void)state;
    mp_process_free(NULL);
    assert_raises(MP_VALUE_ERROR, mp_process_start(NULL));
    assert_raises(MP_VALUE_ERROR, mp_process_run(NULL));
    assert_raises(MP_VALUE_ERROR, mp_process_join(NULL));
    assert_raises(MP_VALUE_ERROR, mp_process_is_alive(NULL));
    assert_raises(MP_VALUE_ERROR, mp_process_terminate(NULL));
    assert_raises(MP_VALUE_ERROR, mp_process_close(NULL));
    assert_raises(MP_VALUE_ERROR, mp_process_pid(NULL));
    assert_raises(MP_VALUE_ERROR, mp_process_exitcode(NULL));
    assert_raises(MP_VALUE_ERROR, mp_process_sentinel(NULL));
    assert_raises(MP_VALUE_ERROR, mp_active_children(NULL, 1));
}

static void life_of_a_process_leaves_nothing(void **state)
{
    (void)state;
    struct leak_snapshot *before = leak_take();
    for (int i = 0; i < 50; i++) {
        mp_auto(mp_process) p = started(do_nothing);
        assert_ok(mp_process_join(p));
    }
    assert_no_leak(before);
}

/* The watcher and the context are made once: before anything is counted. */
static int warm_up(void **state)
{
    (void)state;
    mp_auto(mp_process) p = mp_process_new(do_nothing);
    return mp_process_start(p) < 0 || mp_process_join(p) < 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unstarted_process_is_nothing_yet),
        cmocka_unit_test(unstarted_process_cannot_be_signalled),
        cmocka_unit_test(started_process_runs),
        cmocka_unit_test(joined_process_has_an_exit_code),
        cmocka_unit_test(end_is_seen_without_a_join),
        cmocka_unit_test(process_without_a_function_ends_well),
        cmocka_unit_test(signals_end_it_with_their_number),
        cmocka_unit_test(hundred_sleepers_can_be_terminated),
        cmocka_unit_test(hundred_short_ones_end_well),
        cmocka_unit_test(join_gives_up_in_time),
        cmocka_unit_test(eight_threads_join_one_process),
        cmocka_unit_test(signals_do_not_cut_a_join_short),
        cmocka_unit_test(sentinel_tells_the_end),
        cmocka_unit_test(running_process_cannot_be_closed),
        cmocka_unit_test(closed_process_answers_only_its_name),
        cmocka_unit_test(unstarted_process_can_be_closed),
        cmocka_unit_test(freed_handle_leaves_the_process_running),
        cmocka_unit_test(null_is_refused_by_every_method),
        cmocka_unit_test(life_of_a_process_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, warm_up, NULL);
}
