/*
 * Waiting for several objects at once.
 */
#include "ends.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { PIPES = 4, MESSAGES = 10 };

static int sends_ten(void *arg)
{
    mp_connection *c = arg;

    for (int i = 0; i < MESSAGES; i++) {
        if (mp_connection_send(c, i, 10) < 0)
            return 1;
    }
    return 0;
}

static int make_senders(mp_connection **from, pid_t *pids)
{
    for (int i = 0; i < PIPES; i++) {
        mp_connection *to;

        if (mp_pipe(&from[i], &to, false) < 0)
            return -1;
        pids[i] = child_start(sends_ten, to);
        mp_connection_free(to);
    }
    return 0;
}

/* Takes one message of each that is ready; those at their end are freed. */
static int take_ready(mp_connection **from, int left)
{
    mp_any objects[PIPES];
    bool ready[PIPES];
    int n = 0, got = 0;

    for (int i = 0; i < left; i++)
        objects[i] = MP(from[i]);
    assert_ok(
        mp_connection_wait(mp_any_list(objects, (size_t)left), ready, 20));
    for (int i = 0; i < left; i++) {
        int v, rc = ready[i] ? mp_connection_recv(from[i], &v, 0) : MP_TIMEOUT;

        got += rc == 0;
        if (rc == MP_EOF)
            mp_connection_free(from[i]);
        else
            from[n++] = from[i];
    }
    return got * PIPES * 2 + n;
}

static void all_messages_of_four_pipes_arrive_and_then_the_ends(void **state)
{
    (void)state;
    mp_connection *from[PIPES];
    pid_t pids[PIPES];
    int left = PIPES, got = 0;
    struct leak_snapshot *before = leak_take();
    assert_int_equal(make_senders(from, pids), 0);
    while (left > 0) {
        int rc = take_ready(from, left);
        got += rc / (PIPES * 2);
        left = rc % (PIPES * 2);
    }
    for (int i = 0; i < PIPES; i++)
        assert_int_equal(child_wait(pids[i], 10), 0);
    assert_int_equal(got, PIPES * MESSAGES);
    assert_no_leak(before);
}

static int waits_for_word(void *arg)
{
    struct ends *e = arg;
    int n;

    return mp_connection_recv(e->b, &n, 20);
}

static void end_of_a_process_shows_on_its_pidfd(void **state)
{
    struct ends *e = *state;
    pid_t pid = child_start(waits_for_word, e);
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    bool ready[2];
    assert_int_equal(mp_connection_wait(MP_LIST(fd, e->a), ready, 0.05), 0);
    assert_ok(mp_connection_send(e->a, 1));
    assert_int_equal(mp_connection_wait(MP_LIST(fd, e->a), ready, 10), 1);
    assert_true(ready[0]);
    assert_false(ready[1]);
    assert_int_equal(child_wait(pid, 10), 0);
    close(fd);
}

static void nothing_ready_takes_the_whole_time(void **state)
{
    struct ends *e = *state;
    bool ready[2] = {true, true};
    double start = until_now();
    assert_int_equal(mp_connection_wait(MP_LIST(e->a, e->b), ready, 0.3), 0);
    assert_true(until_now() - start >= 0.3);
    assert_false(ready[0] || ready[1]);
    start = until_now();
    assert_int_equal(mp_connection_wait(MP_LIST(e->a, e->b), NULL, -1), 0);
    assert_int_equal(mp_connection_wait(MP_LIST(e->a, e->b), NULL, 0), 0);
    assert_true(until_now() - start < 0.1);
}

static void empty_list_takes_the_whole_time(void **state)
{
    (void)state;
    double start = until_now();
    assert_int_equal(mp_connection_wait(MP_EMPTY_LIST, NULL, 0.5), 0);
    assert_true(until_now() - start >= 0.4);
}

static void all_that_are_ready_are_told(void **state)
{
    struct ends *e = *state;
    int fds[2];
    bool ready[4];
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    assert_int_equal(write(fds[1], "x", 1), 1);
    assert_ok(mp_connection_send(e->a, 1));
    assert_int_equal(
        mp_connection_wait(MP_LIST(e->b, e->a, fds[0], e->b), ready), 3);
    assert_true(ready[0] && !ready[1] && ready[2] && ready[3]);
    close(fds[0]);
    close(fds[1]);
}

static void array_of_descriptors_is_a_list_too(void **state)
{
    struct ends *e = *state;
    int fds[] = {mp_connection_fileno(e->a), mp_connection_fileno(e->b)};
    bool ready[2];
    assert_ok(mp_connection_send(e->a, 1));
    assert_int_equal(mp_connection_wait(MP_ARRAY(fds), ready), 1);
    assert_true(ready[1]);
}

static void pending_message_is_ready(void **state)
{
    struct ends *e = *state;
    char *text;
    bool ready[2];
    assert_ok(mp_connection_send(e->a, 1));
    assert_raises(MP_TYPE_ERROR, mp_connection_recv(e->b, &text));
    assert_int_equal(mp_connection_wait(MP_TUPLE(e->a, e->b), ready), 1);
    assert_true(ready[1]);
}

static void the_end_is_ready(void **state)
{
    struct ends *e = *state;
    bool ready[1];
    assert_ok(mp_connection_close(e->a));
    assert_int_equal(mp_connection_wait(MP_LIST(e->b), ready), 1);
    assert_true(ready[0]);
}

/* More than the process may have descriptors, most of them twice or more. */
static void thousands_of_objects_are_fine(void **state)
{
    struct ends *e = *state;
    enum { MANY = 5000 };
    struct rlimit limit, few = {.rlim_cur = 1000};
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    few.rlim_max = limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    mp_any *objects = calloc(MANY, sizeof *objects);
    bool *ready = calloc(MANY, sizeof *ready);
    for (int i = 0; i < MANY; i++)
        objects[i] = i % 2 == 0 ? MP(e->a) : MP(mp_connection_fileno(e->b));
    assert_int_equal(mp_connection_wait(mp_any_list(objects, MANY), ready, 0),
                     0);
    assert_ok(mp_connection_send(e->a, 1));
    assert_int_equal(mp_connection_wait(mp_any_list(objects, MANY), ready),
                     MANY / 2);
    assert_true(!ready[0] && ready[1] && ready[MANY - 1]);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    free(objects);
    free(ready);
}

static void what_cannot_be_waited_for_is_refused(void **state)
{
    struct ends *e = *state;
    mp_connection *none = NULL;
    bool ready[2] = {true, false};
    assert_raises(MP_TYPE_ERROR, mp_connection_wait(MP_LIST("x"), ready));
    assert_raises(MP_TYPE_ERROR, mp_connection_wait(MP(1), ready));
    assert_raises(MP_TYPE_ERROR, mp_connection_wait(MP_DICT(1, 2), ready));
    assert_raises(MP_VALUE_ERROR, mp_connection_wait(MP_LIST(-1), ready));
    assert_true(mp_connection_wait(MP_LIST(none), ready) < 0);
    assert_true(mp_connection_wait(MP(none), ready) < 0);
    assert_raises(-EBADF, mp_connection_wait(MP_LIST(e->a, 1000), ready));
    assert_true(ready[0] && !ready[1]);
}

static void on_alarm(int signo)
{
    (void)signo;
}

static void signals_do_not_end_it(void **state)
{
    struct ends *e = *state;
    struct sigaction act = {.sa_handler = on_alarm}, old;
    timer_t timer;
    struct itimerspec often = {{0, 10000000}, {0, 10000000}};
    int n;
    sigaction(SIGALRM, &act, &old);
    assert_int_equal(timer_create(CLOCK_MONOTONIC, NULL, &timer), 0);
    timer_settime(timer, 0, &often, NULL);
    double start = until_now();
    assert_int_equal(mp_connection_wait(MP_LIST(e->a), NULL, 0.2), 0);
    assert_int_equal(mp_connection_poll(e->a, 0.2), 0);
    assert_raises(MP_TIMEOUT, mp_connection_recv(e->a, &n, 0.2));
    assert_true(until_now() - start >= 0.6);
    timer_delete(timer);
    sigaction(SIGALRM, &old, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_messages_of_four_pipes_arrive_and_then_the_ends),
        test_duplex(end_of_a_process_shows_on_its_pidfd),
        test_duplex(nothing_ready_takes_the_whole_time),
        cmocka_unit_test(empty_list_takes_the_whole_time),
        test_duplex(all_that_are_ready_are_told),
        test_duplex(array_of_descriptors_is_a_list_too),
        test_duplex(pending_message_is_ready),
        test_duplex(the_end_is_ready),
        test_duplex(thousands_of_objects_are_fine),
        test_duplex(what_cannot_be_waited_for_is_refused),
        test_duplex(signals_do_not_end_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
