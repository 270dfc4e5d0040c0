/*
 * Buffers: what they hold, and that they have one owner at a time.
 */
#include "buffers.h"

#include <errno.h>

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

int main(void)
{
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
    };

    return cmocka_run_group_tests(tests, start_all_that_stays, NULL);
}
