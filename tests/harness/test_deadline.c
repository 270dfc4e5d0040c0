/*
 * The watch over test programs, proven on this program: it starts itself anew
 * without MP_TEST_ALONE, so with a watch of its own, in a role that misbehaves,
 * and looks at the exit code the watch gives. The output tells of processes
 * that were killed; that is what is being tested.
 */
#include "child.h"
#include "deadline.h"
#include "expect.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void hang(void)
{
    signal(SIGTERM, SIG_IGN);
    for (;;)
        pause();
}

static void role_hang(void)
{
    mp_test_deadline(0.2);
    if (fork() == 0)
        setsid();
    hang();
}

static void role_leave_child(void)
{
    if (fork() == 0) {
        setsid();
        hang();
    }
}

static void role_crash(void)
{
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
}

static void role_fail(void)
{
    exit(3);
}

static void role_pass(void)
{
}

static const struct {
    const char *name;
    void (*play)(void);
} roles[] = {
    {"hang", role_hang}, {"leave", role_leave_child}, {"crash", role_crash},
    {"fail", role_fail}, {"pass", role_pass},
};

static int exec_self(void *role)
{
    unsetenv("MP_TEST_ALONE");
    unsetenv("MP_TEST_DEADLINE");
    execl("/proc/self/exe", "test_deadline", role, (char *)NULL);
    return 99;
}

static int code_of_role(const char *role)
{
    char name[16];
    strcpy(name, role);
    return child_run(exec_self, name, 20.0);
}

static void test_that_passes_passes(void **state)
{
    (void)state;
    assert_int_equal(code_of_role("pass"), 0);
}

static void failure_is_handed_on(void **state)
{
    (void)state;
    assert_int_equal(code_of_role("fail"), 3);
}

static void crash_is_a_failure(void **state)
{
    (void)state;
    assert_int_equal(code_of_role("crash"), 128 + SIGSEGV);
}

static void hanging_test_is_killed_with_all_its_processes(void **state)
{
    (void)state;
    assert_int_equal(code_of_role("hang"), 124);
}

static void test_that_leaves_a_process_fails(void **state)
{
    (void)state;
    assert_int_equal(code_of_role("leave"), 125);
}

static int play(const char *role)
{
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        if (strcmp(roles[i].name, role) == 0)
            roles[i].play();
    }
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_that_passes_passes),
        cmocka_unit_test(failure_is_handed_on),
        cmocka_unit_test(crash_is_a_failure),
        cmocka_unit_test(hanging_test_is_killed_with_all_its_processes),
        cmocka_unit_test(test_that_leaves_a_process_fails),
    };
    if (argc == 2)
        return play(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
