/* ctest-timeout: 300 */
/*
 * One end is killed with SIGKILL at any moment: the other sees whole messages,
 * and then the end.
 */
#include "ends.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ROUNDS = 1000, SEED = 20260 };

/* Around the limit of a packet, and far above it. */
static const size_t SIZES[] = {1 << 20, 100000, 170000, 12};
#define LARGEST ((size_t)1 << 20)

static unsigned char *data; /* LARGEST bytes of a pattern */

static int make_data(void **state)
{
    (void)state;
    data = pattern(LARGEST, 0);
    return 0;
}

static int free_data(void **state)
{
    (void)state;
    free(data);
    return 0;
}

/* Message i: its size goes by i, and i stands in front. */
static size_t make_message(long i)
{
    memcpy(data, &i, sizeof i);
    return SIZES[i % 4];
}

static bool is_message(const mp_bytes *m, long i)
{
    return m->size == make_message(i) && memcmp(m->data, data, m->size) == 0;
}

static int sends_for_ever(void *arg)
{
    struct ends *e = arg;

    mp_connection_close(e->a);
    for (long i = 0;; i++) {
        size_t size = make_message(i);

        if (mp_connection_send_bytes(e->b, data, size, 20) < 0)
            return 1;
    }
}

/* Receive till the pipe's end; the sender is killed at a random moment. The
   code that ended it, or 1 for a message that is not whole or out of turn. */
static int receive_and_kill(mp_connection *c, pid_t pid)
{
    double until = until_now() + (double)random() / RAND_MAX * 0.003;
    bool killed = false;

    for (long i = 0;; i++) {
        mp_bytes m;
        int rc;

        if (!killed && until_now() >= until)
            killed = kill(pid, SIGKILL) == 0;
        rc = mp_connection_recv_bytes(c, &m, SIZE_MAX, killed ? 20 : 0.001);
        if (rc == MP_TIMEOUT && !killed) {
            i--;
            continue;
        }
        if (rc < 0)
            return rc;
        bool right = is_message(&m, i);
        free(m.data);
        if (!right)
            return 1;
    }
}

static int round_of_packets(void)
{
    struct ends e;
    int rc;

    if (mp_pipe(&e.a, &e.b, false) < 0)
        return 2;
    pid_t pid = child_start(sends_for_ever, &e);
    mp_connection_free(e.b);
    rc = receive_and_kill(e.a, pid);
    mp_connection_free(e.a);
    return child_wait(pid, 10) == -SIGKILL ? rc : 3;
}

static void killed_sender_leaves_whole_messages_and_the_end(void **state)
{
    (void)state;
    struct leak_snapshot *before = leak_take();
    srandom(SEED);
    for (int i = 0; i < ROUNDS; i++) {
        int rc = round_of_packets();
        if (rc != MP_EOF)
            fail_msg("round %d ended with %d", i, rc);
    }
    assert_no_leak(before);
}

static int round_over_stream(void)
{
    struct ends e;
    int fds[2], rc;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
        return 2;
    e.a = mp_connection_new(fds[0], true, true);
    e.b = mp_connection_new(fds[1], true, true);
    pid_t pid = child_start(sends_for_ever, &e);
    mp_connection_free(e.b);
    rc = receive_and_kill(e.a, pid);
    mp_connection_free(e.a);
    return child_wait(pid, 10) == -SIGKILL ? rc : 3;
}

/* Over a stream the last message may be cut off: that is told, and no part of
   it is ever taken for a message. */
static void killed_sender_of_a_stream_tears_at_most_the_last(void **state)
{
    (void)state;
    int torn = 0;
    srandom(SEED);
    for (int i = 0; i < ROUNDS / 4; i++) {
        int rc = round_over_stream();
        if (rc != MP_EOF && rc != -EIO)
            fail_msg("round %d ended with %d", i, rc);
        torn += rc == -EIO;
    }
    assert_true(torn > 0);
}

static int receives_for_ever(void *arg)
{
    struct ends *e = arg;
    mp_bytes m;

    mp_connection_close(e->b);
    while (mp_connection_recv_bytes(e->a, &m, SIZE_MAX, 20) == 0)
        free(m.data);
    return 1;
}

static int round_of_sending(void)
{
    struct ends e;
    double until = until_now() + (double)random() / RAND_MAX * 0.002;
    bool killed = false;
    int rc = 0;

    if (mp_pipe(&e.a, &e.b, false) < 0)
        return 2;
    pid_t pid = child_start(receives_for_ever, &e);
    mp_connection_free(e.a);
    for (long i = 0; rc == 0; i++) {
        size_t size = make_message(i);

        if (!killed && until_now() >= until)
            killed = kill(pid, SIGKILL) == 0;
        rc = mp_connection_send_bytes(e.b, data, size, 20);
    }
    mp_connection_free(e.b);
    return child_wait(pid, 10) == -SIGKILL ? rc : 3;
}

static void killed_receiver_is_epipe(void **state)
{
    (void)state;
    struct leak_snapshot *before = leak_take();
    srandom(SEED);
    for (int i = 0; i < ROUNDS / 4; i++) {
        int rc = round_of_sending();
        if (rc != -EPIPE)
            fail_msg("round %d ended with %d", i, rc);
    }
    assert_no_leak(before);
}

static int receives_a_share(void *arg)
{
    struct ends *e = arg;
    mp_bytes m;
    int rc;

    mp_connection_close(e->b);
    for (;;) {
        rc = mp_connection_recv_bytes(e->a, &m, SIZE_MAX, 20);
        if (rc < 0)
            return rc == MP_EOF ? 0 : 1;
        long i;
        memcpy(&i, m.data, sizeof i);
        bool right = is_message(&m, i);
        free(m.data);
        if (!right)
            return 2;
    }
}

/* Of several receivers one is killed: the others still get whole messages. */
static void killed_receiver_does_not_harm_its_brothers(void **state)
{
    struct ends *e = *state;
    pid_t pids[3];
    for (int i = 0; i < 3; i++)
        pids[i] = child_start(receives_a_share, e);
    assert_ok(mp_connection_close(e->a));
    for (long i = 0; i < 400; i++) {
        size_t size = make_message(i);
        if (i == 200)
            kill(pids[0], SIGKILL);
        assert_ok(mp_connection_send_bytes(e->b, data, size, 20));
    }
    assert_ok(mp_connection_close(e->b));
    assert_int_equal(child_wait(pids[0], 10), -SIGKILL);
    assert_int_equal(child_wait(pids[1], 20), 0);
    assert_int_equal(child_wait(pids[2], 20), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_sender_leaves_whole_messages_and_the_end),
        cmocka_unit_test(killed_sender_of_a_stream_tears_at_most_the_last),
        cmocka_unit_test(killed_receiver_is_epipe),
        test_simplex(killed_receiver_does_not_harm_its_brothers),
    };
    return cmocka_run_group_tests(tests, make_data, free_data);
}
