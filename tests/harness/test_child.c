/*
 * Forked children of tests: every way to end comes back as its own number, and
 * nothing is left, not even of a child that would never have ended.
 */
#include "child.h"
#include "expect.h"
#include "leak.h"
#include "until.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static int return_code(void *arg)
{
    return *(int *)arg;
}

static int die_of_signal(void *arg)
{
    raise(*(int *)arg);
    return 0;
}

static int never_end(void *arg)
{
    (void)arg;
    signal(SIGTERM, SIG_IGN);
    while (pause() < 0)
        continue;
    return 0;
}

static void exit_code_is_exact(void **state)
{
    (void)state;
    for (int code = 0; code < 256; code += 51)
        assert_int_equal(child_run(return_code, &code, 5.0), code);
}

static void signal_is_negative_number(void **state)
{
    (void)state;
    int signo = SIGKILL;
    assert_int_equal(child_run(die_of_signal, &signo, 5.0), -SIGKILL);
}

static void overrun_is_killed_in_time(void **state)
{
    (void)state;
    double start = until_now();
    assert_int_equal(child_run(never_end, NULL, 0.1), CHILD_OVERRUN);
    assert_true(until_now() - start < 5.0);
}

static void no_such_child_is_lost(void **state)
{
    (void)state;
    assert_int_equal(child_wait(-1, 1.0), CHILD_LOST);
}

static pid_t test_pid;

static void spoil_code_of_child(void)
{
    if (getpid() != test_pid)
        _exit(99);
}

static void exit_functions_do_not_run_in_the_child(void **state)
{
    (void)state;
    int code = 7;
    test_pid = getpid();
    atexit(spoil_code_of_child);
    assert_int_equal(child_run(return_code, &code, 5.0), 7);
}

static void nothing_is_left(void **state)
{
    (void)state;
    int code = 0;
    struct leak_snapshot *before = leak_take();
    child_run(return_code, &code, 5.0);
    child_run(never_end, NULL, 0.01);
    assert_no_leak(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exit_code_is_exact),
        cmocka_unit_test(signal_is_negative_number),
        cmocka_unit_test(overrun_is_killed_in_time),
        cmocka_unit_test(no_such_child_is_lost),
        cmocka_unit_test(nothing_is_left),
        cmocka_unit_test(exit_functions_do_not_run_in_the_child),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
