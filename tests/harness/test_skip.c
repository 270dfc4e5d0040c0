/*
 * What ctest hears of a program with skipped cases, proven on this program: it
 * starts itself anew with a list of cases to run. Their output, failures and
 * all, is what is being tested.
 */
#include "child.h"
#include "expect.h"
#include "skip.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void good(void **state)
{
    (void)state;
}

static void bad(void **state)
{
    (void)state;
    fail();
}

static void skipped(void **state)
{
    (void)state;
    skip_for("a case to be skipped");
}

static const struct CMUnitTest all_good[] = {cmocka_unit_test(good)};
static const struct CMUnitTest one_skipped[] = {cmocka_unit_test(good),
                                                cmocka_unit_test(skipped)};
static const struct CMUnitTest failed_before[] = {cmocka_unit_test(bad),
                                                  cmocka_unit_test(skipped)};
static const struct CMUnitTest failed_behind[] = {cmocka_unit_test(skipped),
                                                  cmocka_unit_test(bad)};

static int play(const char *role)
{
    int failed = -1;

    if (strcmp(role, "good") == 0)
        failed = cmocka_run_group_tests(all_good, NULL, NULL);
    if (strcmp(role, "skipped") == 0)
        failed = cmocka_run_group_tests(one_skipped, NULL, NULL);
    if (strcmp(role, "before") == 0)
        failed = cmocka_run_group_tests(failed_before, NULL, NULL);
    if (strcmp(role, "behind") == 0)
        failed = cmocka_run_group_tests(failed_behind, NULL, NULL);
    return skip_or_failures(failed);
}

static int start(void *role)
{
    execl("/proc/self/exe", "test_skip", (char *)role, (char *)NULL);
    return 127;
}

static int exit_code_of(const char *role)
{
    return child_run(start, (void *)(uintptr_t)role, 10.0);
}

static void success_is_a_success(void **state)
{
    (void)state;
    assert_int_equal(exit_code_of("good"), EXIT_SUCCESS);
}

static void skipped_case_makes_it_skipped(void **state)
{
    (void)state;
    assert_int_equal(exit_code_of("skipped"), EXIT_SKIPPED);
}

static void failure_before_a_skipped_case_is_a_failure(void **state)
{
    (void)state;
    assert_int_equal(exit_code_of("before"), EXIT_FAILURE);
}

static void failure_behind_a_skipped_case_is_a_failure(void **state)
{
    (void)state;
    assert_int_equal(exit_code_of("behind"), EXIT_FAILURE);
}

/* As many failures as the code for skipped are failures. */
static void no_count_of_failures_is_skipped(void **state)
{
    (void)state;
    assert_int_equal(skip_or_failures(EXIT_SKIPPED), EXIT_FAILURE);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(success_is_a_success),
        cmocka_unit_test(skipped_case_makes_it_skipped),
        cmocka_unit_test(failure_before_a_skipped_case_is_a_failure),
        cmocka_unit_test(failure_behind_a_skipped_case_is_a_failure),
        cmocka_unit_test(no_count_of_failures_is_skipped),
    };
    if (argc == 2)
        return play(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
