/*
 * Every allocation and every system call of making and starting a process
 * fails in turn: a named error, nothing left behind, and the next attempt
 * succeeds. Each time in a program of its own, in which nothing has been made.
 */
#include "child.h"
#include "expect.h"
#include "fault.h"
#include "leak.h"

#include "os/context.h"

#include <mproc.h>

#include <errno.h>
#include <stdlib.h>

static int do_nothing(mp_call *c)
{
    int n;
    MP_TRY(mp_call_args(c, &n));
    MP_TRY(mp_call_kwarg(c, "n", &n));
    return 0;
}

static mp_process *make(void)
{
    return mp_process_new(do_nothing, .args = MP_ARGS(1),
                          .kwargs = MP_DICT("n", 2));
}

static void making_survives_want_of_memory(void **state)
{
    (void)state;
    int n = 0;
    bool failed = true;
    while (failed) {
        fault_arm(FAULT_ALLOCATION, ++n, ENOMEM);
        mp_auto(mp_process) p = make();
        failed = fault_disarm();
        assert_true((p == NULL) == failed);
        if (failed)
            assert_int_equal(mp_error_last()->code, -ENOMEM);
    }
    assert_true(n > 5);
}

static void changing_survives_want_of_memory(void **state)
{
    (void)state;
    mp_auto(mp_process) p = make();
    fault_arm(FAULT_ALLOCATION, 1, ENOMEM);
    assert_raises(-ENOMEM, mp_process_set_name(p, "other"));
    fault_arm(FAULT_ALLOCATION, 1, ENOMEM);
    assert_raises(-ENOMEM, mp_process_set_authkey(p, "other"));
    assert_true(fault_disarm());
    assert_string_not_equal(mp_process_name(p), "other");
    assert_int_equal(mp_any_len(mp_process_authkey(p)), 32);
}

enum { ALL_HAD_THEIR_TURN = 50, STARTED = 51 };

struct fault_at {
    enum fault kind;
    int n;
    int error;
};

static int is_ended_well(mp_process *p)
{
    return mp_process_join(p, 20.0) == 0 && mp_process_exitcode(p) == 0;
}

/* What is not vital (watching) may fail without an error. */
static int start_with_fault(void *arg)
{
    const struct fault_at *f = arg;
    mp_auto(mp_process) p = make();
    struct leak_snapshot *before = leak_take();
    bool failed;
    int rc;

    fault_arm(f->kind, f->n, f->error);
    rc = mp_process_start(p);
    failed = fault_disarm();
    if (rc == 0)
        return !is_ended_well(p) ? 1 : failed ? STARTED : ALL_HAD_THEIR_TURN;
    if (rc != -f->error || mp_error_last()->code != rc)
        return 2;
    if (mp_process_is_alive(p) != 0 || mp_process_pid(p) != 0)
        return 3;
    /* The context is made once, and stays. */
    if (leak_count(before) != (mp__context != NULL))
        return 4;
    if (mp_process_start(p) < 0 || !is_ended_well(p))
        return 5;
    leak_free(before);
    return 0;
}

static void each_fault_in_turn(enum fault kind, int error, int at_least)
{
    struct fault_at f = {.kind = kind, .error = error};
    int rc;
    do {
        f.n++;
        rc = child_run(start_with_fault, &f, 30.0);
        if (rc != 0 && rc != STARTED && rc != ALL_HAD_THEIR_TURN)
            fail_msg("fault %d: %d", f.n, rc);
    } while (rc != ALL_HAD_THEIR_TURN);
    assert_true(f.n > at_least);
}

static void starting_survives_want_of_memory(void **state)
{
    (void)state;
    each_fault_in_turn(FAULT_ALLOCATION, ENOMEM, 0);
    each_fault_in_turn(FAULT_CALL, ENOMEM, 7);
}

static void starting_survives_want_of_descriptors(void **state)
{
    (void)state;
    each_fault_in_turn(FAULT_CALL, EMFILE, 7);
}

static void starting_survives_want_of_processes(void **state)
{
    (void)state;
    each_fault_in_turn(FAULT_CALL, EAGAIN, 7);
}

static int register_with_fault(void *unused)
{
    (void)unused;
    fault_arm(FAULT_ALLOCATION, 1, ENOMEM);
    int rc = mp_atexit(abort);
    return !fault_disarm() ? 1 : rc != -ENOMEM;
}

static int register_in_child(mp_call *c)
{
    return register_with_fault(NULL) == 0
               ? 0
               : mp_raise(c, MP_VALUE_ERROR, "registered without memory");
}

static int have_child_register(void *unused)
{
    mp_auto(mp_process) p = mp_process_new(register_in_child);
    (void)unused;
    return mp_process_start(p) < 0 || !is_ended_well(p);
}

static void registering_survives_want_of_memory(void **state)
{
    (void)state;
    assert_int_equal(child_run(have_child_register, NULL, 20.0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(making_survives_want_of_memory),
        cmocka_unit_test(changing_survives_want_of_memory),
        cmocka_unit_test(starting_survives_want_of_memory),
        cmocka_unit_test(starting_survives_want_of_descriptors),
        cmocka_unit_test(starting_survives_want_of_processes),
        cmocka_unit_test(registering_survives_want_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
