/*
 * Connections over streams of bytes: Python's frames, whole and torn, over
 * sockets, pipes and TCP.
 */
#include "ends.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
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

/* -- other streams --------------------------------------------------------- */

static void plain_pipe_carries_messages(void **state)
{
    (void)state;
    struct leak_snapshot *before = leak_take();
    int fds[2], n;
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    mp_connection *r = mp_connection_new(fds[0], true, false);
    mp_connection *w = mp_connection_new(fds[1], false, true);
    assert_ok(mp_connection_send(w, MP_LIST(1, 2)));
    assert_raises(MP_TYPE_ERROR, mp_connection_recv(r, &n, 1));
    mp_auto_any got = MP_NONE;
    assert_ok(mp_connection_recv(r, &got, 1));
    assert_raises(MP_TIMEOUT, mp_connection_recv(r, &n, 0));
    assert_raises(MP_TIMEOUT, mp_connection_recv(r, &n, 0.01));
    assert_raises(MP_VALUE_ERROR, mp_connection_send(w, r));
    mp_connection_free(w);
    assert_raises(MP_EOF, mp_connection_recv(r, &n));
    mp_connection_free(r);
    assert_no_leak(before);
}

static void full_plain_pipe_keeps_the_deadline(void **state)
{
    (void)state;
    int fds[2], sent = 0;
    size_t n;
    char kib[1020] = {0};
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    mp_connection *r = mp_connection_new(fds[0], true, false);
    mp_connection *w = mp_connection_new(fds[1], false, true);
    while (mp_connection_send_bytes(w, kib, sizeof kib, 0) == 0)
        sent++;
    assert_int_equal(sent, 64);
    for (; sent > 0; sent--)
        assert_ok(mp_connection_recv_bytes_into(r, kib, sizeof kib, &n));
    mp_connection_free(r);
    mp_connection_free(w);
}

/* SIGPIPE has its default action here: it would kill the test. */
static void plain_pipe_without_reader_is_epipe(void **state)
{
    (void)state;
    int fds[2];
    sigset_t pending;
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    mp_connection *w = mp_connection_new(fds[1], false, true);
    close(fds[0]);
    assert_raises(-EPIPE, mp_connection_send(w, 1));
    sigpending(&pending);
    assert_false(sigismember(&pending, SIGPIPE));
    mp_connection_free(w);
}

static void regular_file_keeps_messages(void **state)
{
    (void)state;
    FILE *f = tmpfile();
    assert_non_null(f);
    mp_connection *c =
        mp_connection_new(fcntl(fileno(f), F_DUPFD_CLOEXEC, 0), true, true);
    int n;
    assert_ok(mp_connection_send(c, 41));
    assert_int_equal(lseek(fileno(f), 0, SEEK_SET), 0);
    assert_ok(mp_connection_recv(c, &n));
    assert_int_equal(n, 41);
    assert_raises(MP_EOF, mp_connection_recv(c, &n));
    mp_connection_free(c);
    fclose(f);
}

static int connected_tcp(int out[2])
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    out[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&at, size) < 0 ||
        listen(listener, 1) < 0 ||
        getsockname(listener, (struct sockaddr *)&at, &size) < 0 ||
        connect(out[0], (struct sockaddr *)&at, size) < 0)
        return -1;
    out[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    return close(listener);
}

static void tcp_carries_values_but_no_handles(void **state)
{
    (void)state;
    struct leak_snapshot *before = leak_take();
    int fds[2] = {-1, -1}, n;
    assert_int_equal(connected_tcp(fds), 0);
    mp_connection *a = mp_connection_new(fds[0], true, true);
    mp_connection *b = mp_connection_new(fds[1], true, true);
    assert_ok(mp_connection_send(a, 6));
    assert_ok(mp_connection_recv(b, &n, 5));
    assert_int_equal(n, 6);
    assert_raises_saying(MP_VALUE_ERROR, "unix sockets",
                         mp_connection_send(a, b));
    mp_connection_free(a);
    assert_raises(MP_EOF, mp_connection_recv(b, &n, 5));
    mp_connection_free(b);
    assert_no_leak(before);
}

/* -- Python ---------------------------------------------------------------- */

static const char ECHO[] = "import sys\n"
                           "from multiprocessing.connection import Connection\n"
                           "c = Connection(int(sys.argv[1]))\n"
                           "try:\n"
                           "    while True:\n"
                           "        m = c.recv_bytes()\n"
                           "        c.send_bytes(m[::-1])\n"
                           "except EOFError:\n"
                           "    sys.exit(7)\n";

static pid_t start_python(int fd)
{
    char number[16];
    pid_t pid = fork();

    if (pid != 0)
        return pid;
    snprintf(number, sizeof number, "%d", fcntl(fd, F_DUPFD, 0));
    execlp("python3", "python3", "-c", ECHO, number, (char *)NULL);
    _exit(127);
}

static void echo_backwards(mp_connection *c, size_t size)
{
    unsigned char *data = pattern(size, 5), *got;
    mp_bytes m;
    assert_ok(mp_connection_send_bytes(c, data, size, 60));
    assert_ok(mp_connection_recv_bytes(c, &m, SIZE_MAX, 60));
    assert_int_equal(m.size, size);
    got = m.data;
    for (size_t i = 0; i < size; i++) {
        if (got[i] != data[size - 1 - i])
            fail_msg("byte %zu of %zu differs", i, size);
    }
    free(m.data);
    free(data);
}

static void python_understands_us_and_we_it(void **state)
{
    struct stream *s = *state;
    const size_t sizes[] = {0, 1, 5, 16380, 16384, 16385, 65536, 16 << 20};
    pid_t pid = start_python(s->raw);
    hang_up(s);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        echo_backwards(s->ends.a, sizes[i]);
    assert_ok(mp_connection_close(s->ends.a));
    int rc = child_wait(pid, 30);
    if (rc == 127)
        skip();
    assert_int_equal(rc, 7);
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
        cmocka_unit_test(plain_pipe_carries_messages),
        cmocka_unit_test(full_plain_pipe_keeps_the_deadline),
        cmocka_unit_test(plain_pipe_without_reader_is_epipe),
        cmocka_unit_test(regular_file_keeps_messages),
        cmocka_unit_test(tcp_carries_values_but_no_handles),
        test_raw(python_understands_us_and_we_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
