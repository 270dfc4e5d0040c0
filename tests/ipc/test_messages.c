/* ctest-timeout: 240 */
/*
 * Messages over a pipe: every size and kind arrives whole, in order and once,
 * and what does not fit stays for the next call.
 */
#include "ends.h"

#include "ipc/frame.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static void sends_and_receives(struct ends *e, size_t size)
{
    void *data = pattern(size, (unsigned)size);
    mp_bytes got;
    assert_ok(mp_connection_send_bytes(e->a, data, size));
    assert_ok(mp_connection_recv_bytes(e->b, &got));
    assert_int_equal(got.size, size);
    assert_memory_equal(got.data, data, size);
    free(got.data);
    free(data);
}

static void bytes_of_every_size_arrive(void **state)
{
    const size_t sizes[] = {0,
                            1,
                            7,
                            8,
                            9,
                            16,
                            4088,
                            4096,
                            16380,
                            16384,
                            16385,
                            65536,
                            MP__PACKET_MAX - 1,
                            MP__PACKET_MAX,
                            MP__PACKET_MAX + 1,
                            212960,
                            212961,
                            1 << 20,
                            (4 << 20) - 1,
                            (4 << 20) + 1,
                            16 << 20};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        sends_and_receives(*state, sizes[i]);
}

static int echoes(void *arg)
{
    struct ends *e = arg;
    mp_bytes m;

    mp_connection_close(e->a);
    while (mp_connection_recv_bytes(e->b, &m, SIZE_MAX, 20) == 0) {
        int rc = mp_connection_send_bytes(e->b, m.data, m.size, 20);

        free(m.data);
        if (rc < 0)
            return 1;
    }
    return mp_error_last()->code == MP_EOF ? 0 : 2;
}

static void child_echoes(void **state)
{
    struct ends *e = *state;
    const size_t sizes[] = {11, 110, 16 << 20, 0};
    pid_t pid = child_start(echoes, e);
    assert_ok(mp_connection_close(e->b));
    for (size_t i = 0; i < 4; i++) {
        void *data = pattern(sizes[i], 3);
        mp_bytes got;
        assert_ok(mp_connection_send_bytes(e->a, data, sizes[i], 20));
        assert_ok(mp_connection_recv_bytes(e->a, &got, SIZE_MAX, 20));
        assert_int_equal(got.size, sizes[i]);
        assert_memory_equal(got.data, data, sizes[i]);
        free(got.data);
        free(data);
    }
    assert_ok(mp_connection_close(e->a));
    assert_int_equal(child_wait(pid, 20), 0);
}

static void empty_message_is_a_message(void **state)
{
    struct ends *e = *state;
    size_t n = 9;
    assert_ok(mp_connection_send_bytes(e->a, NULL, 0));
    assert_int_equal(mp_connection_poll(e->b), 1);
    assert_int_equal(mp_connection_poll(e->b), 1);
    assert_ok(mp_connection_recv_bytes_into(e->b, NULL, 0, &n));
    assert_int_equal(n, 0);
    assert_int_equal(mp_connection_poll(e->b), 0);
}

static void messages_are_never_merged(void **state)
{
    struct ends *e = *state;
    const char *const texts[] = {"hello", "", "a", "b", "", "bye", "", "lop"};
    char buf[16];
    size_t n;
    for (int i = 0; i < 8; i++)
        assert_ok(mp_connection_send_bytes(e->a, texts[i], strlen(texts[i])));
    for (int i = 0; i < 8; i++) {
        assert_ok(mp_connection_recv_bytes_into(e->b, buf, sizeof buf, &n));
        assert_int_equal(n, strlen(texts[i]));
        assert_memory_equal(buf, texts[i], n);
    }
}

static void values_of_every_kind_arrive(void **state)
{
    struct ends *e = *state;
    int xs[] = {1, 2, 3};
    struct {
        int x, y;
    } point = {4, 5};
    mp_any v = MP_LIST(1, -2.5, true, "text", MP_NONE, MP_BYTES("\0b", 2),
                       MP_TUPLE(1, MP_EMPTY_LIST), MP_DICT("k", 3),
                       MP_ARRAY(xs), UINT64_MAX);
    mp_auto_any got = MP_NONE;
    assert_ok(mp_connection_send(e->a, v));
    assert_ok(mp_connection_recv(e->b, &got));
    assert_true(mp_any_equal(v, got));
    point.x = 6;
    assert_ok(mp_connection_send(e->a, MP_STRUCT(point)));
    point.x = 0;
    assert_ok(mp_connection_recv(e->b, MP_INTO(point)));
    assert_int_equal(point.x, 6);
    int n;
    char *s;
    assert_ok(mp_connection_send(e->a, MP_TUPLE(7, "seven")));
    assert_ok(mp_connection_recv(e->b, MP_UNPACK(&n, &s)));
    assert_string_equal(s, "seven");
    free(s);
}

static void large_values_arrive(void **state)
{
    struct ends *e = *state;
    enum { N = 100000 };
    mp_any *items = calloc(N, sizeof *items);
    double *xs = calloc(N, sizeof *xs);
    mp_auto_any list = MP_NONE;
    mp_auto_any array = MP_NONE;
    for (int i = 0; i < N; i++) {
        items[i] = MP(i * 7);
        xs[i] = i / 3.0;
    }
    assert_ok(mp_connection_send(e->a, mp_any_list(items, N)));
    assert_ok(mp_connection_recv(e->b, &list));
    assert_true(mp_any_equal(list, mp_any_list(items, N)));
    assert_ok(mp_connection_send(e->a, MP_ARRAY_N(xs, N)));
    assert_ok(mp_connection_recv(e->b, &array));
    assert_true(mp_any_equal(array, MP_ARRAY_N(xs, N)));
    free(items);
    free(xs);
}

static void bytes_are_a_value_too(void **state)
{
    struct ends *e = *state;
    mp_auto_any got = MP_NONE;
    mp_bytes bytes;
    assert_ok(mp_connection_send_bytes(e->a, "abc", 3));
    assert_ok(mp_connection_recv(e->b, &got));
    assert_int_equal(mp_any_kind(got), MP_KIND_BYTES);
    assert_ok(mp_connection_send(e->a, MP_BYTES("xyz", 3)));
    assert_ok(mp_connection_recv_bytes(e->b, &bytes));
    assert_memory_equal(bytes.data, "xyz", 3);
    free(bytes.data);
}

static void value_that_cannot_travel_is_refused(void **state)
{
    struct ends *e = *state;
    mp_connection *nothing = NULL;
    const char *no_text = NULL;
    assert_raises(MP_VALUE_ERROR, mp_connection_send(e->a, no_text));
    assert_true(mp_connection_send(e->a, MP_LIST(1, nothing)) < 0);
    assert_raises(MP_VALUE_ERROR, mp_connection_send(e->a, "\xff\xfe"));
    assert_int_equal(mp_connection_poll(e->b), 0);
}

/* -- what does not fit stays ----------------------------------------------- */

static void value_that_does_not_fit_stays(void **state)
{
    struct ends *e = *state;
    char *text = (char *)"untouched";
    mp_bytes bytes = {.size = 5};
    int n;
    assert_ok(mp_connection_send(e->a, 42));
    assert_ok(mp_connection_send(e->a, 43));
    assert_raises(MP_TYPE_ERROR, mp_connection_recv(e->b, &text));
    assert_string_equal(text, "untouched");
    assert_raises(MP_TYPE_ERROR, mp_connection_recv_bytes(e->b, &bytes));
    assert_int_equal(bytes.size, 5);
    assert_int_equal(mp_connection_poll(e->b), 1);
    assert_ok(mp_connection_recv(e->b, &n, 0));
    assert_int_equal(n, 42);
    assert_ok(mp_connection_recv(e->b, &n, 0));
    assert_int_equal(n, 43);
    assert_int_equal(mp_connection_poll(e->b), 0);
}

static void message_too_long_for_its_buffer_stays(void **state)
{
    struct ends *e = *state;
    char small[4] = "abc";
    size_t n = 77;
    mp_bytes whole;
    assert_ok(mp_connection_send_bytes(e->a, "0123456789", 10));
    assert_raises(MP_BUFFER_TOO_SHORT,
                  mp_connection_recv_bytes_into(e->b, small, 4, &n));
    assert_string_equal(small, "abc");
    assert_int_equal(n, 77);
    assert_ok(mp_connection_recv_bytes(e->b, &whole, SIZE_MAX, 0));
    assert_int_equal(whole.size, 10);
    free(whole.data);
}

static void pending_message_outlives_the_other_end(void **state)
{
    struct ends *e = *state;
    mp_bytes bytes;
    int n;
    assert_ok(mp_connection_send(e->a, 42));
    assert_ok(mp_connection_close(e->a));
    assert_raises(MP_TYPE_ERROR, mp_connection_recv_bytes(e->b, &bytes));
    assert_ok(mp_connection_recv(e->b, &n));
    assert_raises(MP_EOF, mp_connection_recv(e->b, &n));
}

static void pending_message_is_given_back_on_close(void **state)
{
    struct ends *e = *state;
    size_t size = 1 << 20, n;
    char *data = pattern(size, 2);
    assert_ok(mp_connection_send_bytes(e->a, data, size));
    assert_raises(MP_BUFFER_TOO_SHORT,
                  mp_connection_recv_bytes_into(e->b, data, 1, &n));
    free(data);
}

static void message_over_maxlength_ends_reading(void **state)
{
    struct ends *e = *state;
    mp_bytes bytes;
    int n;
    assert_ok(mp_connection_send_bytes(e->a, "0123456789", 10));
    assert_raises_saying(-EMSGSIZE, "bad message length",
                         mp_connection_recv_bytes(e->b, &bytes, 9));
    assert_int_equal(mp_connection_readable(e->b), 0);
    assert_raises(MP_VALUE_ERROR, mp_connection_recv(e->b, &n));
    assert_ok(mp_connection_send(e->b, 1));
    assert_ok(mp_connection_recv(e->a, &n));
}

static void message_over_maxlength_closes_a_simplex_end(void **state)
{
    struct ends *e = *state;
    mp_bytes bytes;
    assert_ok(mp_connection_send_bytes(e->b, "0123456789", 10));
    assert_raises(-EMSGSIZE, mp_connection_recv_bytes(e->a, &bytes, 9));
    assert_int_equal(mp_connection_closed(e->a), 1);
    assert_raises(-EPIPE, mp_connection_send(e->b, 1));
}

static void message_of_maxlength_is_fine(void **state)
{
    struct ends *e = *state;
    mp_bytes bytes;
    assert_ok(mp_connection_send_bytes(e->a, "0123456789", 10));
    assert_ok(mp_connection_recv_bytes(e->b, &bytes, 10));
    free(bytes.data);
}

/* -- the end --------------------------------------------------------------- */

static void closed_peer_is_the_end(void **state)
{
    struct ends *e = *state;
    int n = 5;
    assert_ok(mp_connection_send(e->a, 1));
    assert_ok(mp_connection_close(e->a));
    assert_ok(mp_connection_recv(e->b, &n));
    assert_int_equal(mp_connection_poll(e->b), 1);
    assert_raises(MP_EOF, mp_connection_recv(e->b, &n));
    assert_raises(MP_EOF, mp_connection_recv(e->b, &n, 0));
    assert_int_equal(n, 1);
    assert_raises(-EPIPE, mp_connection_send(e->b, 1));
}

/* The kernel reports a reset first if the peer had not read all we sent. */
static void peer_that_closed_with_unread_messages_is_the_end(void **state)
{
    struct ends *e = *state;
    int n;
    assert_ok(mp_connection_send(e->b, 1));
    assert_ok(mp_connection_send(e->a, 2));
    assert_ok(mp_connection_close(e->a));
    assert_ok(mp_connection_recv(e->b, &n));
    assert_int_equal(n, 2);
    assert_raises(MP_EOF, mp_connection_recv(e->b, &n));
}

static void sending_to_a_peer_that_read_nothing_is_epipe(void **state)
{
    struct ends *e = *state;
    assert_ok(mp_connection_send(e->b, 1));
    assert_ok(mp_connection_close(e->a));
    assert_raises(-EPIPE, mp_connection_send(e->b, 1));
    assert_raises(-EPIPE, mp_connection_send(e->b, 1));
}

static void large_message_to_a_closed_peer_leaves_nothing(void **state)
{
    struct ends *e = *state;
    void *data = pattern(1 << 20, 1);
    assert_ok(mp_connection_close(e->a));
    assert_raises(-EPIPE, mp_connection_send_bytes(e->b, data, 1 << 20));
    free(data);
}

/* -- time ------------------------------------------------------------------ */

static void receiving_keeps_its_deadline(void **state)
{
    struct ends *e = *state;
    int n = 3;
    double start = until_now();
    assert_raises(MP_TIMEOUT, mp_connection_recv(e->b, &n, 0));
    assert_raises(MP_TIMEOUT, mp_connection_recv(e->b, &n, -1));
    assert_int_equal(mp_connection_poll(e->b), 0);
    assert_int_equal(mp_connection_poll(e->b, -1), 0);
    assert_true(until_now() - start < 0.1);
    start = until_now();
    assert_raises(MP_TIMEOUT, mp_connection_recv(e->b, &n, 0.1));
    assert_true(until_now() - start >= 0.1);
    start = until_now();
    assert_int_equal(mp_connection_poll(e->b, 0.1), 0);
    assert_true(until_now() - start >= 0.1);
    assert_int_equal(n, 3);
}

static void poll_sees_a_message_at_once(void **state)
{
    struct ends *e = *state;
    int n;
    assert_ok(mp_connection_send(e->a, 1));
    assert_int_equal(mp_connection_poll(e->b, MP_FOREVER), 1);
    assert_int_equal(mp_connection_poll(e->b, -1), 1);
    assert_ok(mp_connection_recv(e->b, &n));
}

static void full_pipe_keeps_the_senders_deadline(void **state)
{
    struct ends *e = *state;
    int sent = 0, n;
    while (mp_connection_send(e->a, sent, 0) == 0)
        sent++;
    assert_int_equal(mp_error_last()->code, MP_TIMEOUT);
    double start = until_now();
    assert_raises(MP_TIMEOUT, mp_connection_send(e->a, sent, 0.1));
    assert_true(until_now() - start >= 0.1);
    for (int i = 0; i < sent; i++) {
        assert_ok(mp_connection_recv(e->b, &n, 0));
        assert_int_equal(n, i);
    }
    assert_raises(MP_TIMEOUT, mp_connection_recv(e->b, &n, 0));
}

static void few_large_messages_are_under_way_at_once(void **state)
{
    struct ends *e = *state;
    size_t size = 8 << 20;
    void *data = pattern(size, 1);
    int sent = 0;
    while (mp_connection_send_bytes(e->a, data, size, 0) == 0)
        sent++;
    assert_int_equal(mp_error_last()->code, MP_TIMEOUT);
    assert_in_range(sent, 1, 4);
    free(data);
}

static int only_polls(void *arg)
{
    struct ends *e = arg;

    return mp_connection_poll(e->b, 10) == 1 ? 0 : 1;
}

static void polling_child_takes_nothing(void **state)
{
    struct ends *e = *state;
    int n;
    assert_ok(mp_connection_send(e->a, 4));
    assert_int_equal(child_run(only_polls, e, 15), 0);
    assert_ok(mp_connection_recv(e->b, &n, 0));
}

/* -- sockets of another's making -------------------------------------------- */

static void socket_with_little_room_takes_large_messages(void **state)
{
    struct ends *e = *state;
    int least = 1;
    assert_int_equal(setsockopt(mp_connection_fileno(e->a), SOL_SOCKET,
                                SO_SNDBUF, &least, sizeof least),
                     0);
    sends_and_receives(e, 4000);
    sends_and_receives(e, 100000);
    sends_and_receives(e, 5 << 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_duplex(bytes_of_every_size_arrive),
        test_duplex(child_echoes),
        test_duplex(empty_message_is_a_message),
        test_duplex(messages_are_never_merged),
        test_duplex(values_of_every_kind_arrive),
        test_duplex(large_values_arrive),
        test_duplex(bytes_are_a_value_too),
        test_duplex(value_that_cannot_travel_is_refused),
        test_duplex(value_that_does_not_fit_stays),
        test_duplex(message_too_long_for_its_buffer_stays),
        test_duplex(pending_message_outlives_the_other_end),
        test_duplex(pending_message_is_given_back_on_close),
        test_duplex(message_over_maxlength_ends_reading),
        test_simplex(message_over_maxlength_closes_a_simplex_end),
        test_duplex(message_of_maxlength_is_fine),
        test_duplex(closed_peer_is_the_end),
        test_duplex(peer_that_closed_with_unread_messages_is_the_end),
        test_duplex(sending_to_a_peer_that_read_nothing_is_epipe),
        test_duplex(large_message_to_a_closed_peer_leaves_nothing),
        test_duplex(receiving_keeps_its_deadline),
        test_duplex(poll_sees_a_message_at_once),
        test_duplex(full_pipe_keeps_the_senders_deadline),
        test_duplex(few_large_messages_are_under_way_at_once),
        test_duplex(polling_child_takes_nothing),
        test_duplex(socket_with_little_room_takes_large_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
