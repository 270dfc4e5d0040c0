/*
 * Buffers between processes: they go to and fro, are gone with their owner, and
 * stay where they are if something fails.
 */
#include "buffers.h"

#include "child.h"
#include "fault.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

/* -- between processes ----------------------------------------------------- */

static int add_one_and_send_back(mp_call *c)
{
    mp_connection *pipe;
    long rounds;

    MP_TRY(mp_call_args(c, &pipe, &rounds));
    for (long i = 0; i < rounds; i++) {
        mp_auto(mp_buffer) b = NULL;
        unsigned char *data;

        MP_TRY(mp_connection_recv(pipe, &b, 20));
        data = mp_buffer_data(b);
        for (size_t k = 0; k < mp_buffer_size(b); k++)
            data[k]++;
        MP_TRY(mp_connection_send(pipe, b, 20));
    }
    return 0;
}

static void goes_to_a_child_and_back_many_times(void **state)
{
    struct fixture *f = *state;
    enum { ROUNDS = 50 };
    mp_auto(mp_process) p = mp_process_new(
        add_one_and_send_back, .args = MP_ARGS(f->there, (long)ROUNDS));
    mp_buffer *b = mp_buffer_new(MIB + 3);
    assert_ok(mp_process_start(p));
    fill(b, 0);
    for (int i = 0; i < ROUNDS; i++) {
        assert_ok(mp_connection_send(f->here, b, 20));
        mp_buffer_free(b);
        b = NULL;
        assert_ok(mp_connection_recv(f->here, &b, 20));
    }
    assert_true(is_filled(b, ROUNDS));
    mp_buffer_free(b);
    assert_ok(mp_process_join(p, 20));
    assert_int_equal(mp_process_exitcode(p), 0);
}

static int send_argument_back(mp_call *c)
{
    mp_buffer *b;
    mp_connection *pipe;

    MP_TRY(mp_call_args(c, &b, &pipe));
    if (!is_filled(b, 5))
        return mp_raise(c, MP_VALUE_ERROR, "it is not what was given");
    fill(b, 6);
    return mp_connection_send(pipe, b, 20);
}

static void argument_is_the_childs(void **state)
{
    struct fixture *f = *state;
    mp_auto(mp_buffer) b = mp_buffer_new(MIB);
    mp_auto(mp_buffer) back = NULL;
    fill(b, 5);
    mp_auto(mp_process) p =
        mp_process_new(send_argument_back, .args = MP_ARGS(b, f->there));
    assert_true(is_filled(b, 5)); /* until the start */
    assert_ok(mp_process_start(p));
    assert_null(mp_buffer_data(b));
    assert_ok(mp_connection_recv(f->here, &back, 20));
    assert_true(is_filled(back, 6));
    assert_ok(mp_process_join(p, 20));
}

static int finds_nothing(void *arg)
{
    mp_buffer *b = arg;

    if (mp_buffer_data(b) != NULL)
        return 1;
    mp_buffer_free(b);
    return 0;
}

static void child_of_fork_has_not_what_its_parent_has(void **state)
{
    (void)state;
    mp_auto(mp_buffer) b = mp_buffer_new(MIB);
    fill(b, 8);
    assert_int_equal(child_run(finds_nothing, b, 10), 0);
    assert_true(is_filled(b, 8));
}

static int receive_and_wait(mp_call *c)
{
    mp_connection *pipe;
    mp_auto(mp_buffer) b = NULL;

    MP_TRY(mp_call_args(c, &pipe));
    MP_TRY(mp_connection_recv(pipe, &b, 20));
    MP_TRY(mp_connection_send(pipe, 1, 20));
    return mp_connection_recv(pipe, MP_UNPACK(&(int){0}));
}

/* The fixture sees that nothing is left: it lives in the parent's view, too. */
static void is_gone_when_its_owner_is_killed(void **state)
{
    struct fixture *f = *state;
    mp_auto(mp_buffer) b = mp_buffer_new(64 * MIB);
    mp_auto(mp_process) p =
        mp_process_new(receive_and_wait, .args = MP_ARGS(f->there));
    int n;
    assert_ok(mp_process_start(p));
    assert_ok(mp_connection_send(f->here, b, 20));
    assert_ok(mp_connection_recv(f->here, &n, 20));
    assert_ok(mp_process_kill(p));
    assert_ok(mp_process_join(p, 20));
    assert_int_equal(mp_process_exitcode(p), -SIGKILL);
}

static int put_and_be_killed(mp_call *c)
{
    mp_connection *pipe;
    mp_auto(mp_buffer) b = mp_buffer_new(MIB);

    MP_TRY(mp_call_args(c, &pipe));
    fill(b, 11);
    MP_TRY(mp_connection_send(pipe, b));
    return kill(getpid(), SIGKILL);
}

static void message_outlives_its_sender(void **state)
{
    struct fixture *f = *state;
    mp_auto(mp_process) p =
        mp_process_new(put_and_be_killed, .args = MP_ARGS(f->there));
    mp_auto(mp_buffer) got = NULL;
    assert_ok(mp_process_start(p));
    assert_ok(mp_process_join(p, 20));
    assert_int_equal(mp_process_exitcode(p), -SIGKILL);
    assert_ok(mp_connection_recv(f->here, &got));
    assert_true(is_filled(got, 11));
}

/* -- faults ---------------------------------------------------------------- */

static bool is_named(int code)
{
    return code == -ENOMEM || code == -EMFILE;
}

static void fault_at_each_step_of_making(enum fault kind, int error)
{
    for (int n = 1;; n++) {
        mp_buffer *b;

        fault_arm(kind, n, error);
        b = mp_buffer_new(100);
        if (!fault_disarm()) {
            mp_buffer_free(b);
            return;
        }
        if (b == NULL)
            assert_true(is_named(mp_error_last()->code));
        mp_buffer_free(b);
    }
}

static void want_of_anything_is_a_named_error(void **state)
{
    (void)state;
    fault_at_each_step_of_making(FAULT_ALLOCATION, ENOMEM);
    fault_at_each_step_of_making(FAULT_CALL, EMFILE);
}

static void receive_that_fails_leaves_it_in_the_message(void **state)
{
    struct fixture *f = *state;
    mp_auto(mp_buffer) b = mp_buffer_new(100);
    fill(b, 2);
    assert_ok(mp_connection_send(f->here, b));
    for (int n = 1;; n++) {
        mp_auto(mp_buffer) got = NULL;
        int rc;

        fault_arm(FAULT_ALLOCATION, n, ENOMEM);
        rc = mp_connection_recv(f->there, &got);
        if (!fault_disarm()) {
            assert_ok(rc);
            assert_true(is_filled(got, 2));
            return;
        }
        if (rc == 0) { /* what failed could be done without */
            assert_true(is_filled(got, 2));
            return;
        }
        assert_int_equal(rc, -ENOMEM);
    }
}

static int make_too_large_a_file(void *arg)
{
    const struct rlimit limit = {MIB, MIB};

    (void)arg;
    if (setrlimit(RLIMIT_FSIZE, &limit) < 0)
        return 1;
    if (mp_buffer_new(2 * MIB) != NULL)
        return 2;
    return mp_error_last()->code == -EFBIG ? 0 : 3;
}

static void limit_on_files_is_an_error_and_no_signal(void **state)
{
    (void)state;
    assert_int_equal(child_run(make_too_large_a_file, NULL, 10), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pipe(goes_to_a_child_and_back_many_times),
        with_pipe(argument_is_the_childs),
        with_pipe(child_of_fork_has_not_what_its_parent_has),
        with_pipe(is_gone_when_its_owner_is_killed),
        with_pipe(message_outlives_its_sender),
        with_pipe(want_of_anything_is_a_named_error),
        with_pipe(receive_that_fails_leaves_it_in_the_message),
        with_pipe(limit_on_files_is_an_error_and_no_signal),
    };

    return cmocka_run_group_tests(tests, start_all_that_stays, NULL);
}
