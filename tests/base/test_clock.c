/*
 * Timeouts in seconds become deadlines in nanoseconds.
 */
#include "base/clock.h"
#include "expect.h"

#include <math.h>

static void now_never_goes_back(void **state)
{
    (void)state;
    int64_t first = mp__now();
    assert_true(first > 0);
    assert_true(mp__now() >= first);
}

static void zero_and_less_are_long_past(void **state)
{
    (void)state;
    const double timeouts[] = {0, -0.0, -1, -INFINITY, NAN};
    for (size_t i = 0; i < sizeof timeouts / sizeof *timeouts; i++) {
        assert_int_equal(mp__deadline(timeouts[i]), 0);
        assert_true(mp__is_past(mp__deadline(timeouts[i])));
    }
}

static void for_ever_is_never(void **state)
{
    (void)state;
    assert_int_equal(mp__deadline(INFINITY), MP__NEVER);
    assert_false(mp__is_past(MP__NEVER));
}

static void beyond_counting_is_never(void **state)
{
    (void)state;
    assert_int_equal(mp__deadline(1e10), MP__NEVER);
    assert_int_equal(mp__deadline(1e300), MP__NEVER);
}

static void deadline_is_so_many_seconds_ahead(void **state)
{
    (void)state;
    int64_t before = mp__now();
    int64_t deadline = mp__deadline(2.5);
    int64_t after = mp__now();
    assert_true(deadline >= before + 5 * MP__SECOND / 2);
    assert_true(deadline <= after + 5 * MP__SECOND / 2);
    assert_false(mp__is_past(deadline));
}

static void deadline_passes(void **state)
{
    (void)state;
    int64_t deadline = mp__deadline(1e-9);
    while (mp__now() <= deadline)
        ;
    assert_true(mp__is_past(deadline));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(now_never_goes_back),
        cmocka_unit_test(zero_and_less_are_long_past),
        cmocka_unit_test(for_ever_is_never),
        cmocka_unit_test(beyond_counting_is_never),
        cmocka_unit_test(deadline_is_so_many_seconds_ahead),
        cmocka_unit_test(deadline_passes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
