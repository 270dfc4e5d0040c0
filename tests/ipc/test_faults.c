/*
 * Every allocation and every system call fails once, at every place: the call
 * says so, leaves its outputs alone, leaks nothing, and works afterwards.
 */
#include "ends.h"
#include "fault.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MANY = 200, LARGE = 400000 };

typedef int (*step_fn)(struct ends *e);

static char large[LARGE];

/* The whole life of a pipe. What fails is returned; the ends are freed. */
static int live(struct ends *e, step_fn step)
{
    int rc = mp_pipe(&e->a, &e->b);

    if (rc < 0)
        return rc;
    rc = step(e);
    mp_connection_free(e->a);
    mp_connection_free(e->b);
    return rc;
}

static int step_value(struct ends *e)
{
    mp_auto_any got = MP_NONE;
    mp_any v = MP_LIST(1, "text", MP_DICT("k", MP_TUPLE(2.5, MP_NONE)));

    MP_TRY(mp_connection_send(e->a, v, 1));
    MP_TRY(mp_connection_recv(e->b, &got, 1));
    return mp_any_equal(v, got) ? 0 : 1;
}

static int step_bytes(struct ends *e)
{
    mp_bytes got;

    MP_TRY(mp_connection_send_bytes(e->a, large, LARGE, 1));
    MP_TRY(mp_connection_recv_bytes(e->b, &got, SIZE_MAX, 1));
    int rc = got.size == LARGE && memcmp(got.data, large, LARGE) == 0 ? 0 : 1;
    free(got.data);
    return rc;
}

static int step_large_list(struct ends *e)
{
    mp_auto_any got = MP_NONE;

    MP_TRY(mp_connection_send(e->a, MP_LIST(MP_BYTES(large, LARGE), 1), 1));
    return mp_connection_recv(e->b, &got, 1);
}

static int step_travel(struct ends *e)
{
    mp_auto(mp_connection) got = NULL;
    int n = 0;

    MP_TRY(mp_connection_send(e->a, MP_LIST(e->b), 1));
    MP_TRY(mp_connection_recv(e->b, MP_UNPACK(&got), 1));
    MP_TRY(mp_connection_send(e->a, 8, 1));
    MP_TRY(mp_connection_recv(got, &n, 1));
    return n == 8 ? 0 : 1;
}

static int step_wait(struct ends *e)
{
    bool ready[2];

    MP_TRY(mp_connection_send(e->a, 1, 1));
    MP_TRY(mp_connection_poll(e->b, 1));
    MP_TRY(mp_connection_wait(MP_LIST(e->a, e->b), ready, 1));
    return ready[1] ? 0 : 1;
}

/* A pair of stream connections in place of the pipe. */
static int step_stream(struct ends *e)
{
    int fds[2], rc = -1;
    mp_bytes got;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
        return -errno;
    mp_connection_free(e->a);
    mp_connection_free(e->b);
    e->a = mp_connection_new(fds[0], true, true);
    e->b = e->a == NULL ? NULL : mp_connection_new(fds[1], true, true);
    if (e->b == NULL) {
        rc = mp_error_last()->code;
        close(e->a == NULL ? fds[0] : fds[1]);
        return e->a == NULL ? (close(fds[1]), rc) : rc;
    }
    MP_TRY(mp_connection_send_bytes(e->a, large, LARGE / 8, 1));
    MP_TRY(mp_connection_recv_bytes(e->b, &got, SIZE_MAX, 1));
    free(got.data);
    MP_TRY(mp_connection_send(e->a, MP_LIST(e->a, "text"), 1));
    mp_auto_any v = MP_NONE;
    return mp_connection_recv(e->b, &v, 1);
}

static const step_fn STEPS[] = {step_value,  step_bytes, step_large_list,
                                step_travel, step_wait,  step_stream};

/* How many faults there were in it. */
static int sweep(step_fn step, enum fault kind, int error)
{
    for (int n = 1; n < MANY; n++) {
        struct ends e = {0};
        fault_arm(kind, n, error);
        int rc = live(&e, step);
        if (!fault_disarm()) {
            assert_int_equal(rc, 0);
            return n - 1;
        }
        if (rc > 0)
            fail_msg("fault %d: the outcome is wrong", n);
        if (kind == FAULT_ALLOCATION)
            assert_raises(-ENOMEM, rc);
    }
    return MANY;
}

static int sweep_all(enum fault kind, int error)
{
    struct leak_snapshot *before = leak_take();
    int faults = 0;
    for (size_t i = 0; i < sizeof STEPS / sizeof *STEPS; i++)
        faults += sweep(STEPS[i], kind, error);
    assert_no_leak(before);
    return faults;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    int faults = sweep_all(FAULT_ALLOCATION, ENOMEM);
    print_message("%d allocations failed\n", faults);
    assert_true(faults > 20);
}

static void every_call_may_fail(void **state)
{
    (void)state;
    const int errors[] = {ENOMEM, EMFILE, ENFILE, ENOSPC, EPERM};
    int faults = 0;
    for (int i = 0; i < 5; i++)
        faults += sweep_all(FAULT_CALL, errors[i]);
    print_message("%d calls failed\n", faults);
    assert_true(faults > 100);
}

/* -- named ones ------------------------------------------------------------- */

static void no_memory_for_a_large_message_is_told(void **state)
{
    struct ends *e = *state;
    const int errors[] = {ENOMEM, EMFILE, ENFILE, ENOSPC};
    for (int i = 0; i < 4; i++) {
        for (int n = 1; n <= 3; n++) { /* memfd_create, write, seal */
            fault_arm(FAULT_CALL, n, errors[i]);
            int rc = mp_connection_send_bytes(e->a, large, LARGE);
            assert_true(fault_disarm());
            assert_raises(-errors[i], rc);
            assert_int_equal(mp_connection_poll(e->b), 0);
        }
    }
}

/* SIGXFSZ has its default action here: it would kill the test. */
static void limit_on_files_is_an_error_of_a_large_message(void **state)
{
    struct ends *e = *state;
    struct rlimit before, few;
    getrlimit(RLIMIT_FSIZE, &before);
    few = before;
    few.rlim_cur = LARGE - 1;
    setrlimit(RLIMIT_FSIZE, &few);
    int rc = mp_connection_send_bytes(e->a, large, LARGE);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_raises(-EFBIG, rc);
}

static void message_survives_want_of_memory_to_take_it(void **state)
{
    struct ends *e = *state;
    mp_bytes got = {.size = 3};
    mp_auto_any v = MP_NONE;
    assert_ok(mp_connection_send_bytes(e->a, large, LARGE));
    assert_ok(mp_connection_send(e->a, MP_LIST(1, "text")));
    fault_arm(FAULT_ALLOCATION, 2, ENOMEM); /* the first is the inbox's own */
    int rc = mp_connection_recv_bytes(e->b, &got);
    assert_true(fault_disarm());
    assert_raises(-ENOMEM, rc);
    assert_int_equal(got.size, 3);
    assert_ok(mp_connection_recv_bytes(e->b, &got, SIZE_MAX, 0));
    assert_memory_equal(got.data, large, LARGE);
    free(got.data);
    fault_arm(FAULT_ALLOCATION, 1, ENOMEM);
    rc = mp_connection_recv(e->b, &v);
    assert_true(fault_disarm());
    assert_raises(-ENOMEM, rc);
    assert_ok(mp_connection_recv(e->b, &v, 0));
}

static int interrupted(struct ends *e, step_fn step, int n)
{
    fault_arm(FAULT_CALL, n, EINTR);
    int rc = step(e);
    return fault_disarm() ? rc : rc < 0 ? rc : 1;
}

static void interrupted_calls_are_repeated(void **state)
{
    struct ends *e = *state;
    assert_int_equal(interrupted(e, step_value, 1), 0); /* sendmsg */
    assert_int_equal(interrupted(e, step_value, 2), 0); /* recvmsg */
    assert_int_equal(interrupted(e, step_value, 3), 1); /* there is no more */
    assert_int_equal(interrupted(e, step_wait, 2), 0);  /* ppoll */
    assert_int_equal(interrupted(e, step_wait, 3), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(every_call_may_fail),
        test_duplex(no_memory_for_a_large_message_is_told),
        test_duplex(limit_on_files_is_an_error_of_a_large_message),
        test_duplex(message_survives_want_of_memory_to_take_it),
        test_duplex(interrupted_calls_are_repeated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
