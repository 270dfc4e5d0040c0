/*
 * Connections over a stream of bytes: Python's frames, whole and torn.
 */
#include "ends.h"

#include <errno.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

/* Connection a over a stream, and the raw other end of it; b is made of that
   by those who want it. */
struct stream {
    struct ends ends;
    int raw;
};

static int open_stream(void **state)
{
    struct stream *s = calloc(1, sizeof *s);
    int fds[2];

    s->ends.before = leak_take();
    *state = s;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
        return -1;
    s->raw = fds[1];
    s->ends.a = mp_connection_new(fds[0], true, true);
    return s->ends.a == NULL ? -1 : 0;
}

static int close_stream(void **state)
{
    struct stream *s = *state;

    if (s->raw >= 0 && s->ends.b == NULL)
        close(s->raw);
    return close_ends(state);
}

static int open_both(void **state)
{
    struct stream *s;
    int rc = open_stream(state);

    s = *state;
    s->ends.b = mp_connection_new(s->raw, true, true);
    return s->ends.b == NULL ? -1 : rc;
}

static void hang_up(struct stream *s)
{
    close(s->raw);
    s->raw = -1;
}

static void feed(struct stream *s, const void *bytes, size_t n)
{
    assert_int_equal(write(s->raw, bytes, n), (ssize_t)n);
}

/* -- sending --------------------------------------------------------------- */

static void send_bytes_is_pythons_frame(void **state)
{
    struct stream *s = *state;
    char got[16];
    assert_ok(mp_connection_send_bytes(s->ends.a, "hello", 5));
    assert_ok(mp_connection_send_bytes(s->ends.a, NULL, 0));
    assert_int_equal(read(s->raw, got, sizeof got), 13);
    assert_memory_equal(got, "\0\0\0\5hello\0\0\0\0", 13);
}

static void *sends_frames(void *arg)
{
    mp_connection *c = arg;

    for (unsigned i = 0; i < 300; i++) {
        char *data = pattern(i * 997, i);
        int rc = mp_connection_send_bytes(c, data, i * 997, 20);

        free(data);
        if (rc < 0)
            return (void *)1;
    }
    return NULL;
}

static void frames_of_every_size_arrive(void **state)
{
    struct stream *s = *state;
    pthread_t thread;
    void *failed;
    assert_int_equal(pthread_create(&thread, NULL, sends_frames, s->ends.a), 0);
    for (unsigned i = 0; i < 300; i++) {
        char *data = pattern(i * 997, i);
        mp_bytes got;
        assert_ok(mp_connection_recv_bytes(s->ends.b, &got, SIZE_MAX, 20));
        assert_int_equal(got.size, i * 997);
        assert_memory_equal(got.data, data, got.size);
        free(got.data);
        free(data);
    }
    pthread_join(thread, &failed);
    assert_null(failed);
}

static void values_travel_over_streams(void **state)
{
    struct stream *s = *state;
    mp_any v = MP_LIST(1, "two", MP_TUPLE(3.0, MP_NONE));
    mp_auto_any got = MP_NONE;
    char *text;
    assert_ok(mp_connection_send(s->ends.a, v));
    assert_ok(mp_connection_send(s->ends.a, "text"));
    assert_ok(mp_connection_recv(s->ends.b, &got));
    assert_true(mp_any_equal(got, v));
    int n = 5;
    assert_raises(MP_TYPE_ERROR, mp_connection_recv(s->ends.b, &n));
    assert_ok(mp_connection_recv(s->ends.b, &text));
    assert_string_equal(text, "text");
    free(text);
}

static void threads_do_not_mix_their_frames(void **state)
{
    struct stream *s = *state;
    pthread_t threads[3];
    mp_bytes got;
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, sends_frames, s->ends.a);
    for (int i = 0; i < 900; i++) {
        assert_ok(mp_connection_recv_bytes(s->ends.b, &got, SIZE_MAX, 20));
        assert_int_equal(got.size % 997, 0);
        char *data = pattern(got.size, (unsigned)(got.size / 997));
        assert_memory_equal(got.data, data, got.size);
        free(data);
        free(got.data);
    }
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
}

static void timeout_before_the_first_byte_sends_nothing(void **state)
{
    struct stream *s = *state;
    char one[1000] = {0};
    size_t n;
    int sent = 0;
    /* Fill it by the byte, so that not even a frame's head has room. */
    while (send(mp_connection_fileno(s->ends.a), one, 1, MSG_DONTWAIT) == 1)
        sent++;
    assert_raises(MP_TIMEOUT,
                  mp_connection_send_bytes(s->ends.a, one, sizeof one, 0.05));
    assert_int_equal(mp_connection_writable(s->ends.a), 1);
    for (; sent > 0; sent -= (int)n) {
        ssize_t got = read(s->raw, one, sizeof one);
        assert_true(got > 0);
        n = (size_t)got;
    }
    assert_int_equal(recv(s->raw, one, 1, MSG_DONTWAIT), -1);
}

static void timeout_inside_a_frame_ends_sending(void **state)
{
    struct stream *s = *state;
    size_t size = 8 << 20;
    char *data = pattern(size, 0);
    assert_raises(-EIO, mp_connection_send_bytes(s->ends.a, data, size, 0.05));
    assert_int_equal(mp_connection_writable(s->ends.a), 0);
    assert_raises(MP_VALUE_ERROR, mp_connection_send(s->ends.a, 1));
    /* The other end is told, by the end of file. */
    while (read(s->raw, data, size) > 0)
        ;
    free(data);
}

static void closed_peer_is_epipe(void **state)
{
    struct stream *s = *state;
    hang_up(s);
    assert_raises(-EPIPE, mp_connection_send_bytes(s->ends.a, "x", 1));
}

/* -- receiving ------------------------------------------------------------- */

static void end_between_frames_is_the_end(void **state)
{
    struct stream *s = *state;
    size_t n;
    char buf[8];
    feed(s, "\0\0\0\2hi", 6);
    hang_up(s);
    assert_ok(mp_connection_recv_bytes_into(s->ends.a, buf, 8, &n));
    assert_raises(MP_EOF, mp_connection_recv_bytes_into(s->ends.a, buf, 8, &n));
}

static void end_inside_a_frame_is_an_error(void **state)
{
    struct stream *s = *state;
    mp_bytes got;
    feed(s, "\0\0\0\5he", 6);
    hang_up(s);
    assert_raises_saying(-EIO, "got end of file during message",
                         mp_connection_recv_bytes(s->ends.a, &got));
    assert_int_equal(mp_connection_readable(s->ends.a), 0);
    assert_raises(MP_VALUE_ERROR, mp_connection_recv_bytes(s->ends.a, &got));
}

static void end_inside_a_head_is_an_error(void **state)
{
    struct stream *s = *state;
    mp_bytes got;
    feed(s, "\0\0\0", 3);
    hang_up(s);
    assert_raises_saying(-EIO, "got end of file during message",
                         mp_connection_recv_bytes(s->ends.a, &got));
}

static void frame_in_pieces_is_kept_between_calls(void **state)
{
    struct stream *s = *state;
    const char frame[] = "\0\0\0\5hello";
    mp_bytes got;
    for (size_t i = 0; i < 8; i++) {
        feed(s, frame + i, 1);
        assert_raises(MP_TIMEOUT,
                      mp_connection_recv_bytes(s->ends.a, &got, 9, 0));
    }
    feed(s, frame + 8, 1);
    assert_ok(mp_connection_recv_bytes(s->ends.a, &got, 9, 5));
    assert_memory_equal(got.data, "hello", 5);
    free(got.data);
}

static void frame_with_a_long_head_arrives(void **state)
{
    struct stream *s = *state;
    mp_bytes got;
    feed(s, "\xff\xff\xff\xff\0\0\0\0\0\0\0\2ab", 14);
    assert_ok(mp_connection_recv_bytes(s->ends.a, &got));
    assert_int_equal(got.size, 2);
    free(got.data);
}

static void negative_length_is_refused(void **state)
{
    struct stream *s = *state;
    mp_bytes got;
    feed(s, "\xff\xff\xff\xfe____________", 16);
    assert_raises(-EIO, mp_connection_recv_bytes(s->ends.a, &got));
    assert_int_equal(mp_connection_readable(s->ends.a), 0);
}

static void impossible_length_is_refused(void **state)
{
    struct stream *s = *state;
    mp_bytes got;
    feed(s, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12);
    assert_raises(-EIO, mp_connection_recv_bytes(s->ends.a, &got));
}

/* A length costs nothing: memory is taken as the bytes come. */
static void claimed_length_takes_no_memory(void **state)
{
    struct stream *s = *state;
    mp_bytes got;
    feed(s, "\xff\xff\xff\xff\0\0\x40\0\0\0\0\0abc", 15);
    assert_raises(MP_TIMEOUT,
                  mp_connection_recv_bytes(s->ends.a, &got, SIZE_MAX, 0));
    hang_up(s);
    assert_raises(-EIO, mp_connection_recv_bytes(s->ends.a, &got));
}

static void frame_over_maxlength_ends_reading(void **state)
{
    struct stream *s = *state;
    mp_bytes got;
    feed(s, "\0\0\0\5hello", 9);
    assert_raises_saying(-EMSGSIZE, "bad message length",
                         mp_connection_recv_bytes(s->ends.a, &got, 4));
    assert_int_equal(mp_connection_readable(s->ends.a), 0);
}

static void bytes_are_no_value_over_a_stream(void **state)
{
    struct stream *s = *state;
    int n = 6;
    assert_ok(mp_connection_send_bytes(s->ends.b, "xyz", 3));
    assert_ok(mp_connection_send_bytes(s->ends.b, "garbage garbage", 15));
    assert_ok(mp_connection_send(s->ends.b, 7));
    assert_raises(MP_VALUE_ERROR, mp_connection_recv(s->ends.a, &n));
    assert_raises(MP_VALUE_ERROR, mp_connection_recv(s->ends.a, &n));
    assert_ok(mp_connection_recv(s->ends.a, &n));
    assert_int_equal(n, 7);
}

static void connection_travels_over_a_unix_stream(void **state)
{
    struct stream *s = *state;
    mp_connection *x, *y, *got;
    int n;
    assert_ok(mp_pipe(&x, &y));
    assert_ok(mp_connection_send(s->ends.a, x));
    assert_ok(mp_connection_send(s->ends.a, 3));
    assert_ok(mp_connection_recv(s->ends.b, &got));
    assert_ok(mp_connection_send(got, 8));
    assert_ok(mp_connection_recv(y, &n));
    assert_int_equal(n, 8);
    assert_ok(mp_connection_recv(s->ends.b, &n));
    mp_connection_free(x);
    mp_connection_free(y);
    mp_connection_free(got);
}

#define test_raw(fn_) \
    cmocka_unit_test_setup_teardown(fn_, open_stream, close_stream)
#define test_both(fn_) \
    cmocka_unit_test_setup_teardown(fn_, open_both, close_stream)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_raw(send_bytes_is_pythons_frame),
        test_both(frames_of_every_size_arrive),
        test_both(values_travel_over_streams),
        test_both(threads_do_not_mix_their_frames),
        test_raw(timeout_before_the_first_byte_sends_nothing),
        test_raw(timeout_inside_a_frame_ends_sending),
        test_raw(closed_peer_is_epipe),
        test_raw(end_between_frames_is_the_end),
        test_raw(end_inside_a_frame_is_an_error),
        test_raw(end_inside_a_head_is_an_error),
        test_raw(frame_in_pieces_is_kept_between_calls),
        test_raw(frame_with_a_long_head_arrives),
        test_raw(negative_length_is_refused),
        test_raw(impossible_length_is_refused),
        test_raw(claimed_length_takes_no_memory),
        test_raw(frame_over_maxlength_ends_reading),
        test_both(bytes_are_no_value_over_a_stream),
        test_both(connection_travels_over_a_unix_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
