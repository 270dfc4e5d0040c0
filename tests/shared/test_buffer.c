/*
 * Buffers: handed over and not copied, one owner at a time, and gone with it.
 */
#include "child.h"
#include "expect.h"
#include "fault.h"
#include "leak.h"
#include "until.h"

#include <mproc.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)

struct fixture {
    mp_connection *here; /* of a duplex pipe */
    mp_connection *there;
    struct leak_snapshot *before;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    f->before = leak_take();
    *state = f;
    return mp_pipe(&f->here, &f->there);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    int leaks;

    mp_connection_free(f->here);
    mp_connection_free(f->there);
    leaks = leak_count(f->before);
    leak_free(f->before);
    free(f);
    return leaks;
}

static void fill(mp_buffer *b, unsigned char seed)
{
    unsigned char *data = mp_buffer_data(b);

    for (size_t i = 0; i < mp_buffer_size(b); i++)
        data[i] = (unsigned char)(i * 7 + seed);
}

static bool is_filled(mp_buffer *b, unsigned char seed)
{
    const unsigned char *data = mp_buffer_data(b);
    size_t i = 0;

    while (data != NULL && i < mp_buffer_size(b) &&
           data[i] == (unsigned char)(i * 7 + seed))
        i++;
    return data != NULL && i == mp_buffer_size(b);
}

/* -- in one process -------------------------------------------------------- */

static void new_buffer_is_zero_and_of_its_size(void **state)
{
    (void)state;
    mp_auto(mp_buffer) b = mp_buffer_new(12345);
    assert_made(b);
    assert_int_equal(mp_buffer_size(b), 12345);
    const unsigned char *data = mp_buffer_data(b);
    for (size_t i = 0; i < 12345; i++)
        assert_int_equal(data[i], 0);
}

static void view_is_bytes_or_the_array_it_was_made_as(void **state)
{
    (void)state;
    int xs[] = {1, -2, 3};
    mp_auto(mp_buffer) raw = mp_buffer_from(MP_BYTES("a\0b", 3));
    mp_auto(mp_buffer) ints = mp_buffer_from(MP_ARRAY(xs));
    mp_auto(mp_buffer) doubles = mp_buffer_new_array(double, 2);
    char text[64];
    assert_ok(mp_repr(mp_buffer_view(raw), text, sizeof text));
    assert_string_equal(text, "b'a\\x00b'");
    assert_ok(mp_repr(mp_buffer_view(ints), text, sizeof text));
    assert_string_equal(text, "[1, -2, 3]");
    assert_int_equal(mp_buffer_size(doubles), 16);
    assert_ok(mp_repr(mp_buffer_view(doubles), text, sizeof text));
    assert_string_equal(text, "[0.0, 0.0]");
}

static void text_is_stored_without_its_end(void **state)
{
    (void)state;
    mp_auto(mp_buffer) b = mp_buffer_from("hello");
    assert_int_equal(mp_buffer_size(b), 5);
    assert_memory_equal(mp_buffer_data(b), "hello", 5);
}

static void assert_refused(int code, mp_buffer *b)
{
    assert_null(b);
    assert_int_equal(mp_error_last()->code, code);
}

static void bad_sizes_and_values_are_refused(void **state)
{
    (void)state;
    assert_refused(MP_VALUE_ERROR, mp_buffer_new(0));
    assert_refused(MP_VALUE_ERROR, mp_buffer_new_array(int, 0));
    assert_refused(MP_VALUE_ERROR, (mp_buffer_new_array)(77, 4));
    assert_refused(-ENOMEM, mp_buffer_new(SIZE_MAX));
    assert_refused(-ENOMEM, mp_buffer_new_array(double, SIZE_MAX / 4));
    assert_refused(MP_TYPE_ERROR, mp_buffer_from(5));
    assert_refused(MP_VALUE_ERROR, mp_buffer_from(MP_BYTES("", 0)));
    assert_refused(MP_VALUE_ERROR, mp_buffer_from((const char *)NULL));
}

static void null_is_refused(void **state)
{
    (void)state;
    assert_null(mp_buffer_data(NULL));
    assert_int_equal(mp_buffer_size(NULL), 0);
    mp_buffer_free(NULL);
    assert_null(mp_buffer_new(0));
    assert_raises(MP_VALUE_ERROR, mp_print(mp_buffer_view(NULL)));
}

static void repr_tells_the_size_and_whether_it_is_there(void **state)
{
    struct fixture *f = *state;
    mp_auto(mp_buffer) b = mp_buffer_new(77);
    char text[64];
    assert_ok(mp_repr(b, text, sizeof text));
    assert_string_equal(text, "<Buffer size=77>");
    assert_ok(mp_connection_send(f->here, b));
    assert_ok(mp_repr(b, text, sizeof text));
    assert_string_equal(text, "<Buffer size=77 handed over>");
}

/* -- one owner at a time --------------------------------------------------- */

static void sender_has_it_no_more(void **state)
{
    struct fixture *f = *state;
    mp_auto(mp_buffer) b = mp_buffer_new(MIB);
    fill(b, 3);
    assert_ok(mp_connection_send(f->here, b));
    assert_null(mp_buffer_data(b));
    assert_raises_saying(MP_VALUE_ERROR, "handed over",
                         mp_connection_send(f->here, b));
}

static void receiver_has_it_unchanged(void **state)
{
    struct fixture *f = *state;
    mp_auto(mp_buffer) b = mp_buffer_new(3 * MIB + 5);
    mp_auto(mp_buffer) got = NULL;
    fill(b, 9);
    assert_ok(mp_connection_send(f->here, b));
    assert_ok(mp_connection_recv(f->there, &got));
    assert_true(is_filled(got, 9));
}

static void elements_are_known_to_the_receiver(void **state)
{
    struct fixture *f = *state;
    double xs[] = {1.5, 2.5};
    mp_auto(mp_buffer) b = mp_buffer_from(MP_ARRAY(xs));
    mp_auto(mp_buffer) got = NULL;
    double ys[2];
    assert_ok(mp_connection_send(f->here, b));
    assert_ok(mp_connection_recv(f->there, &got));
    assert_ok(mp_any_into(mp_buffer_view(got), MP_INTO_ARRAY(ys)));
    assert_memory_equal(xs, ys, sizeof xs);
}

static void send_that_fails_keeps_it(void **state)
{
    struct fixture *f = *state;
    mp_auto(mp_buffer) b = mp_buffer_new(100);
    fill(b, 1);
    assert_ok(mp_connection_close(f->there));
    assert_raises(-EPIPE, mp_connection_send(f->here, b));
    assert_true(is_filled(b, 1));
}

static void receiver_of_another_type_leaves_it_in_the_message(void **state)
{
    struct fixture *f = *state;
    mp_auto(mp_buffer) b = mp_buffer_new(100);
    mp_auto(mp_buffer) got = NULL;
    int n;
    fill(b, 4);
    assert_ok(mp_connection_send(f->here, b));
    assert_raises(MP_TYPE_ERROR, mp_connection_recv(f->there, &n));
    assert_ok(mp_connection_recv(f->there, &got));
    assert_true(is_filled(got, 4));
}

static void buffers_travel_inside_of_lists(void **state)
{
    struct fixture *f = *state;
    mp_auto(mp_buffer) a = mp_buffer_new(10);
    mp_auto(mp_buffer) b = mp_buffer_new(20);
    mp_auto(mp_buffer) got_a = NULL;
    mp_auto(mp_buffer) got_b = NULL;
    fill(a, 1);
    fill(b, 2);
    assert_ok(mp_connection_send(f->here, MP_TUPLE(a, b)));
    assert_null(mp_buffer_data(a));
    assert_null(mp_buffer_data(b));
    assert_ok(mp_connection_recv(f->there, MP_UNPACK(&got_a, &got_b)));
    assert_true(is_filled(got_a, 1) && is_filled(got_b, 2));
}

/* What was kept of it is found to be in vain when the next one is made. */
static void goes_through_a_queue(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new(1);
    mp_auto(mp_buffer) a = mp_buffer_new(MIB);
    mp_auto(mp_buffer) b = mp_buffer_new(MIB);
    mp_auto(mp_buffer) got = NULL;
    fill(a, 1);
    fill(b, 2);
    assert_ok(mp_queue_put(q, a));
    assert_null(mp_buffer_data(a));
    assert_raises(MP_FULL, mp_queue_put(q, b, 0));
    assert_true(is_filled(b, 2));
    assert_ok(mp_queue_get(q, &got));
    assert_true(is_filled(got, 1));
}

static void many_go_at_once(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    mp_auto(mp_buffer) a = mp_buffer_new(10);
    mp_auto(mp_buffer) b = mp_buffer_new(20);
    mp_auto(mp_buffer) got = NULL;
    int n;
    assert_int_equal(mp_queue_put_many(q, MP_LIST(a, 7, MP_LIST(b))), 3);
    assert_null(mp_buffer_data(a));
    assert_null(mp_buffer_data(b));
    assert_ok(mp_queue_get(q, &got));
    assert_ok(mp_queue_get(q, &n));
    assert_int_equal(n, 7);
}

static void message_that_is_never_received_frees_it(void **state)
{
    struct fixture *f = *state;
    mp_auto(mp_buffer) b = mp_buffer_new(64 * MIB);
    assert_ok(mp_connection_send(f->here, b));
    assert_ok(mp_connection_close(f->there));
    mp_buffer_free(mp_buffer_new(1));
}

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

static int do_nothing(mp_call *c)
{
    (void)c;
    return 0;
}

/* What is made once in a process is made. */
static int start_all_that_stays(void **state)
{
    mp_auto(mp_process) p = mp_process_new(do_nothing);

    (void)state;
    MP_TRY(mp_process_start(p));
    return mp_process_join(p);
}

int main(void)
{
#define with_pipe(fn_) cmocka_unit_test_setup_teardown(fn_, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        with_pipe(new_buffer_is_zero_and_of_its_size),
        with_pipe(view_is_bytes_or_the_array_it_was_made_as),
        with_pipe(text_is_stored_without_its_end),
        with_pipe(bad_sizes_and_values_are_refused),
        with_pipe(null_is_refused),
        with_pipe(repr_tells_the_size_and_whether_it_is_there),
        with_pipe(sender_has_it_no_more),
        with_pipe(receiver_has_it_unchanged),
        with_pipe(elements_are_known_to_the_receiver),
        with_pipe(send_that_fails_keeps_it),
        with_pipe(receiver_of_another_type_leaves_it_in_the_message),
        with_pipe(buffers_travel_inside_of_lists),
        with_pipe(goes_through_a_queue),
        with_pipe(many_go_at_once),
        with_pipe(message_that_is_never_received_frees_it),
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
