/*
 * Memory, descriptors and threads run out anywhere in the making, use and end
 * of an executor: the call says so or does without, and nothing is left.
 */
#include "futures.h"
#include "fault.h"

#include <errno.h>

/* What may be done with two futures. */
static int use(mp_future *fs[2])
{
    mp_iter *it;
    int rc = mp_future_add_done_callback(fs[0], tell_pid);

    MP_TRY(rc);
    it = mp_as_completed(fs, 2);
    if (it == NULL)
        return mp_error_last()->code;
    rc = mp_wait(fs, 2);
    mp_iter_free(it);
    return rc < 0 ? rc : mp_future_exception(fs[0], 30);
}

/* One life of an executor. The code of what failed, or 0. */
static int live(void)
{
    mp_executor *x = mp_executor_new(1);
    mp_future *fs[2] = {NULL, NULL};
    int rc = x == NULL ? mp_error_last()->code : 0;

    for (int i = 0; i < 2 && rc == 0; i++) {
        fs[i] = mp_executor_submit(x, square, MP_ARGS(3));
        if (fs[i] == NULL)
            rc = mp_error_last()->code;
    }
    if (rc == 0)
        rc = use(fs);
    mp_executor_free(x);
    mp_future_free(fs[0]);
    mp_future_free(fs[1]);
    return rc;
}

static void sweep(enum fault kind, int error)
{
    struct leak_snapshot *before = leak_take();

    for (int n = 1;; n++) {
        fault_arm(kind, n, error);
        int rc = live();
        if (!fault_disarm())
            break;
        if (rc > 0)
            fail_msg("fault %d: %d", n, rc);
    }
    assert_int_equal(live(), 0);
    assert_no_leak(before);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    sweep(FAULT_ALLOCATION, ENOMEM);
}

static void every_call_may_fail(void **state)
{
    (void)state;
    sweep(FAULT_CALL, ENOMEM);
}

static void own_future_may_have_no_memory(void **state)
{
    (void)state;
    fault_arm(FAULT_ALLOCATION, 1, ENOMEM);
    assert_null(mp_future_new());
    assert_true(fault_disarm());
    assert_int_equal(mp_error_last()->code, -ENOMEM);
    mp_auto(mp_future) f = mp_future_new();
    for (int n = 1;; n++) {
        fault_arm(FAULT_ALLOCATION, n, ENOMEM);
        int rc = mp_future_set_result(f, "text");
        if (!fault_disarm())
            break;
        assert_int_equal(rc, -ENOMEM);
        assert_int_equal(mp_future_done(f), 0);
    }
    assert_ok(mp_future_exception(f));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(every_call_may_fail),
        cmocka_unit_test(own_future_may_have_no_memory),
    };

    return cmocka_run_group_tests(tests, warm_up, NULL);
}
