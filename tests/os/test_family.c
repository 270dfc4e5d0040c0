/*
 * The family's number: one for a program and all that it forks.
 */
#include "os/family.h"
#include "child.h"
#include "expect.h"

static void family_is_drawn_before_main(void **state)
{
    (void)state;
    assert_true(mp__family() != 0);
    assert_true(mp__family() == mp__family());
}

static int differs(void *arg)
{
    return mp__family() != *(uint64_t *)arg;
}

static void child_is_of_the_family(void **state)
{
    (void)state;
    uint64_t family = mp__family();
    assert_int_equal(child_run(differs, &family, 5.0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(family_is_drawn_before_main),
        cmocka_unit_test(child_is_of_the_family),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
