/*
 * Connections where there is one CPU: a receive without a deadline sleeps in
 * the system call itself.
 */
#include "ends.h"
#include "one_cpu.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

enum { MANY = 2000, PATIENCE = 60 };

static int answers(void *arg)
{
    struct ends *e = arg;

    mp_connection_close(e->a);
    for (int i = 0; i < MANY; i++) {
        int v;

        if (mp_connection_recv(e->b, &v) < 0)
            return 1;
        if (mp_connection_send(e->b, v + 1) < 0)
            return 2;
    }
    return 0;
}

static void play(struct ends *e)
{
    pid_t pid = child_start(answers, e);

    for (int i = 0; i < MANY; i++) {
        int v;

        assert_ok(mp_connection_send(e->a, i));
        assert_ok(mp_connection_recv(e->a, &v));
        assert_int_equal(v, i + 1);
    }
    assert_int_equal(child_wait(pid, PATIENCE), 0);
}

static void messages_go_to_and_fro(void **state)
{
    play(*state);
}

static void end_that_never_blocks_is_waited_for(void **state)
{
    struct ends *e = *state;
    int a = mp_connection_fileno(e->a), b = mp_connection_fileno(e->b);

    assert_int_equal(fcntl(a, F_SETFL, fcntl(a, F_GETFL) | O_NONBLOCK), 0);
    assert_int_equal(fcntl(b, F_SETFL, fcntl(b, F_GETFL) | O_NONBLOCK), 0);
    play(e);
}

static volatile sig_atomic_t alarms;

static void on_alarm(int signal)
{
    (void)signal;
    alarms++;
}

static void signals_do_not_end_a_receive(void **state)
{
    const struct itimerval often = {{0, 300}, {0, 300}}, never = {{0}, {0}};
    struct sigaction act = {.sa_handler = on_alarm}, old;

    alarms = 0;
    sigaction(SIGALRM, &act, &old);
    setitimer(ITIMER_REAL, &often, NULL);
    for (struct until u = until_start(PATIENCE); alarms < 20;) {
        play(*state);
        if (until_now() > u.deadline)
            break;
    }
    setitimer(ITIMER_REAL, &never, NULL);
    sigaction(SIGALRM, &old, NULL);
    assert_true(alarms >= 20);
}

static int waits_for_ever(void *arg)
{
    struct ends *e = arg;
    int v, rc;

    mp_connection_close(e->b);
    rc = mp_connection_recv(e->a, &v);
    return rc == MP_EOF ? 0 : 1;
}

static void closing_the_other_end_ends_a_receive(void **state)
{
    struct ends *e = *state;
    pid_t waits = child_start(waits_for_ever, e);

    mp_connection_close(e->a);
    mp_connection_close(e->b);
    assert_int_equal(child_wait(waits, PATIENCE), 0);
}

static void receive_with_a_deadline_keeps_it(void **state)
{
    struct ends *e = *state;
    double from = until_now();
    int v;

    assert_raises(MP_TIMEOUT, mp_connection_recv(e->a, &v, 0.1));
    assert_true(until_now() - from >= 0.1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_duplex(messages_go_to_and_fro),
        test_duplex(end_that_never_blocks_is_waited_for),
        test_duplex(signals_do_not_end_a_receive),
        test_duplex(closing_the_other_end_ends_a_receive),
        test_duplex(receive_with_a_deadline_keeps_it),
    };

    if (keep_to_one_cpu() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
