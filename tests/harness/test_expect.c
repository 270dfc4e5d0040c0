/*
 * The assertions of expect.h hold where they should and fail where they
 * should. A failing one is run in a program of its own, this one with a role.
 */
#include "child.h"
#include "expect.h"

#include <mproc.h>
#include <string.h>
#include <unistd.h>

static void wrong_success(void **state)
{
    (void)state;
    assert_ok(MP_FULL);
}

static void wrong_code(void **state)
{
    (void)state;
    assert_raises(MP_EMPTY, MP_FULL);
}

static void wrong_no_error(void **state)
{
    (void)state;
    assert_raises(MP_EMPTY, 0);
}

static void wrong_words(void **state)
{
    (void)state;
    assert_raises_saying(MP_EMPTY, "words nobody has said", MP_EMPTY);
}

static void wrong_object(void **state)
{
    (void)state;
    assert_made(NULL);
}

static const struct CMUnitTest wrong[] = {
    cmocka_unit_test(wrong_success),  cmocka_unit_test(wrong_code),
    cmocka_unit_test(wrong_no_error), cmocka_unit_test(wrong_words),
    cmocka_unit_test(wrong_object),
};
enum { N_WRONG = sizeof wrong / sizeof *wrong };

static int exec_wrong_ones(void *arg)
{
    (void)arg;
    execl("/proc/self/exe", "test_expect", "wrong", (char *)NULL);
    return 99;
}

static void right_ones_hold(void **state)
{
    (void)state;
    assert_ok(0);
    assert_ok(3);
    assert_raises(MP_EMPTY, MP_EMPTY);
    assert_made(state);
}

static void argument_is_evaluated_once(void **state)
{
    (void)state;
    int n = 0;
    assert_ok(n++);
    assert_raises(-1, -(n++));
    assert_int_equal(n, 2);
}

static void every_wrong_one_fails(void **state)
{
    (void)state;
    assert_int_equal(child_run(exec_wrong_ones, NULL, 20.0), N_WRONG);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_ones_hold),
        cmocka_unit_test(argument_is_evaluated_once),
        cmocka_unit_test(every_wrong_one_fails),
    };
    if (argc == 2 && strcmp(argv[1], "wrong") == 0)
        return cmocka_run_group_tests(wrong, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
