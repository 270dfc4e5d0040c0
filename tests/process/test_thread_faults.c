/*
 * What making and starting a thread need is wanting: a named error, nothing
 * left behind, and the next attempt succeeds.
 */
#include "child.h"
#include "expect.h"
#include "fault.h"
#include "leak.h"

#include <mproc.h>

#include <errno.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

static int do_nothing(mp_call *c)
{
    int n;
    MP_TRY(mp_call_args(c, &n));
    MP_TRY(mp_call_kwarg(c, "n", &n));
    return 0;
}

static mp_thread *make(void)
{
    return mp_thread_new(do_nothing, .args = MP_ARGS(1),
                         .kwargs = MP_DICT("n", 2), .type = "Worker");
}

static void making_survives_want_of_memory(void **state)
{
    (void)state;
    int n = 0;
    bool failed = true;
    while (failed) {
        fault_arm(FAULT_ALLOCATION, ++n, ENOMEM);
        mp_auto(mp_thread) t = make();
        failed = fault_disarm();
        assert_true((t == NULL) == failed);
        if (failed)
            assert_int_equal(mp_error_last()->code, -ENOMEM);
    }
    assert_true(n > 4);
}

static void naming_survives_want_of_memory(void **state)
{
    (void)state;
    mp_auto(mp_thread) t = make();
    fault_arm(FAULT_ALLOCATION, 1, ENOMEM);
    assert_raises(-ENOMEM, mp_thread_set_name(t, "other"));
    assert_true(fault_disarm());
    assert_string_not_equal(mp_thread_name(t), "other");
}

static void start_that_fails_can_be_tried_again(void **state)
{
    (void)state;
    mp_auto(mp_thread) t = make();
    struct leak_snapshot *before = leak_take();
    fault_arm(FAULT_CALL, 1, EAGAIN);
    assert_raises_saying(-EAGAIN, "cannot start thread", mp_thread_start(t));
    assert_true(fault_disarm());
    assert_int_equal(mp_thread_is_alive(t), 0);
    assert_int_equal(mp_thread_ident(t), 0);
    assert_int_equal(mp_thread_count(), 1);
    assert_raises(MP_RUNTIME_ERROR, mp_thread_join(t, 0));
    assert_ok(mp_thread_set_daemon(t, true));
    assert_ok(mp_thread_start(t));
    assert_ok(mp_thread_join(t));
    assert_no_leak(before);
}

/* Of all users but root the system makes no thread more. */
static int start_without_room(void *unused)
{
    mp_auto(mp_thread) t = make();
    struct rlimit none = {0, 0}, before;

    (void)unused;
    if (getrlimit(RLIMIT_NPROC, &before) < 0)
        return 1;
    none.rlim_max = before.rlim_max;
    if (geteuid() == 0 && setresuid(65534, 65534, 0) < 0)
        return 2;
    if (setrlimit(RLIMIT_NPROC, &none) < 0)
        return 3;
    if (mp_thread_start(t) != -EAGAIN)
        return 4;
    if (setrlimit(RLIMIT_NPROC, &before) < 0)
        return 5;
    return mp_thread_start(t) < 0 || mp_thread_join(t) < 0 ? 6 : 0;
}

static void limit_of_the_system_is_told(void **state)
{
    (void)state;
    assert_int_equal(child_run(start_without_room, NULL, 20.0), 0);
}

static int fine, bad;

static void *adopt_without_memory(void *unused)
{
    mp_thread *t;

    (void)unused;
    for (int n = 1; n <= 2; n++) {
        fault_arm(FAULT_ALLOCATION, n, ENOMEM);
        t = mp_current_thread();
        if (!fault_disarm() || t != NULL || mp_error_last()->code != -ENOMEM ||
            mp_thread_count() != 1)
            return &bad;
    }
    t = mp_current_thread();
    return t != NULL && mp_thread_count() == 2 ? &fine : &bad;
}

static void thread_of_the_hosts_survives_want_of_memory(void **state)
{
    (void)state;
    pthread_t thread;
    void *verdict = NULL;
    assert_int_equal(pthread_create(&thread, NULL, adopt_without_memory, NULL),
                     0);
    assert_int_equal(pthread_join(thread, &verdict), 0);
    assert_ptr_equal(verdict, &fine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(making_survives_want_of_memory),
        cmocka_unit_test(naming_survives_want_of_memory),
        cmocka_unit_test(start_that_fails_can_be_tried_again),
        cmocka_unit_test(limit_of_the_system_is_told),
        cmocka_unit_test(thread_of_the_hosts_survives_want_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
