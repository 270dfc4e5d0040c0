/*
 * Connections over what others made: plain pipes, files, TCP, and a Connection
 * of Python's at the other end.
 */
#include "ends.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* -- pipes and files --------------------------------------------------------- */

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
    (void)state;
    const size_t sizes[] = {0, 1, 5, 16380, 16384, 16385, 65536, 16 << 20};
    struct leak_snapshot *before = leak_take();
    int fds[2] = {-1, -1};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds),
                     0);
    mp_connection *c = mp_connection_new(fds[0], true, true);
    pid_t pid = start_python(fds[1]);
    close(fds[1]);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        echo_backwards(c, sizes[i]);
    mp_connection_free(c);
    assert_int_equal(child_wait(pid, 30), 7);
    assert_no_leak(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_pipe_carries_messages),
        cmocka_unit_test(full_plain_pipe_keeps_the_deadline),
        cmocka_unit_test(plain_pipe_without_reader_is_epipe),
        cmocka_unit_test(regular_file_keeps_messages),
        cmocka_unit_test(tcp_carries_values_but_no_handles),
        cmocka_unit_test(python_understands_us_and_we_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
