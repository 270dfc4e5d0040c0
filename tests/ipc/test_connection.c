/*
 * The connection as an object: making, closing, what it can do, what it looks
 * like, and what a forked child has of it.
 */
#include "ends.h"

#include "ipc/connection.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static void simplex_ends_go_one_way(void **state)
{
    struct ends *e = *state;
    assert_int_equal(mp_connection_readable(e->a), 1);
    assert_int_equal(mp_connection_writable(e->a), 0);
    assert_int_equal(mp_connection_readable(e->b), 0);
    assert_int_equal(mp_connection_writable(e->b), 1);
}

static void wrong_direction_is_refused(void **state)
{
    struct ends *e = *state;
    int n;
    mp_bytes bytes;
    size_t size;
    assert_raises_saying(MP_VALUE_ERROR, "connection is read-only",
                         mp_connection_send(e->a, 1));
    assert_raises(MP_VALUE_ERROR, mp_connection_send_bytes(e->a, "x", 1));
    assert_raises_saying(MP_VALUE_ERROR, "connection is write-only",
                         mp_connection_recv(e->b, &n));
    assert_raises(MP_VALUE_ERROR, mp_connection_recv_bytes(e->b, &bytes));
    assert_raises(MP_VALUE_ERROR,
                  mp_connection_recv_bytes_into(e->b, &n, sizeof n, &size));
    assert_raises_saying(MP_VALUE_ERROR, "connection is write-only",
                         mp_connection_poll(e->b));
    assert_raises(MP_VALUE_ERROR, mp_connection_wait(MP_LIST(e->b), NULL, 0));
}

static void close_is_idempotent(void **state)
{
    struct ends *e = *state;
    assert_int_equal(mp_connection_closed(e->a), 0);
    assert_ok(mp_connection_close(e->a));
    assert_ok(mp_connection_close(e->a));
    assert_int_equal(mp_connection_closed(e->a), 1);
}

static void closed_connection_refuses_everything(void **state)
{
    struct ends *e = *state;
    int n = 7;
    mp_bytes bytes;
    size_t size;
    assert_ok(mp_connection_close(e->a));
    assert_raises_saying(MP_VALUE_ERROR, "connection is closed",
                         mp_connection_send(e->a, 1));
    assert_raises(MP_VALUE_ERROR, mp_connection_send_bytes(e->a, "x", 1));
    assert_raises(MP_VALUE_ERROR, mp_connection_recv(e->a, &n));
    assert_raises(MP_VALUE_ERROR, mp_connection_recv_bytes(e->a, &bytes));
    assert_raises(MP_VALUE_ERROR,
                  mp_connection_recv_bytes_into(e->a, &n, sizeof n, &size));
    assert_raises(MP_VALUE_ERROR, mp_connection_poll(e->a));
    assert_raises(MP_VALUE_ERROR, mp_connection_fileno(e->a));
    assert_raises(MP_VALUE_ERROR, mp_connection_wait(MP_LIST(e->a), NULL, 0));
    assert_raises(MP_VALUE_ERROR, mp_connection_send(e->b, e->a));
    assert_int_equal(n, 7);
}

static void null_connection_is_refused(void **state)
{
    (void)state;
    int n;
    mp_bytes bytes;
    size_t size;
    mp_connection_free(NULL);
    assert_null(mp_connection_new(-1, true, true));
    assert_raises(MP_VALUE_ERROR, mp_connection_send(NULL, 1));
    assert_raises(MP_VALUE_ERROR, mp_connection_send_bytes(NULL, "x", 1));
    assert_raises(MP_VALUE_ERROR, mp_connection_recv(NULL, &n));
    assert_raises(MP_VALUE_ERROR, mp_connection_recv_bytes(NULL, &bytes));
    assert_raises(MP_VALUE_ERROR,
                  mp_connection_recv_bytes_into(NULL, &n, sizeof n, &size));
    assert_raises(MP_VALUE_ERROR, mp_connection_poll(NULL));
    assert_raises(MP_VALUE_ERROR, mp_connection_close(NULL));
    assert_raises(MP_VALUE_ERROR, mp_connection_fileno(NULL));
    assert_raises(MP_VALUE_ERROR, mp_connection_closed(NULL));
    assert_raises(MP_VALUE_ERROR, mp_connection_readable(NULL));
    assert_raises(MP_VALUE_ERROR, mp_connection_writable(NULL));
}

static void null_memory_is_refused(void **state)
{
    struct ends *e = *state;
    size_t size;
    char c;
    assert_raises(MP_VALUE_ERROR, mp_pipe(NULL, &e->b));
    assert_raises(MP_VALUE_ERROR, mp_pipe(&e->a, NULL));
    assert_raises(MP_VALUE_ERROR, mp_connection_send_bytes(e->a, NULL, 1));
    assert_raises(MP_VALUE_ERROR, mp_connection_recv_bytes(e->a, NULL));
    assert_raises(MP_VALUE_ERROR,
                  mp_connection_recv_bytes_into(e->a, NULL, 1, &size));
    assert_raises(MP_VALUE_ERROR,
                  mp_connection_recv_bytes_into(e->a, &c, 1, NULL));
}

static void new_refuses_what_is_no_connection(void **state)
{
    (void)state;
    int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_null(mp_connection_new(-1, true, true));
    assert_int_equal(mp_error_last()->code, MP_VALUE_ERROR);
    assert_null(mp_connection_new(udp, false, false));
    assert_int_equal(mp_error_last()->code, MP_VALUE_ERROR);
    assert_null(mp_connection_new(udp, true, true));
    assert_int_equal(mp_error_last()->code, MP_VALUE_ERROR);
    assert_int_equal(close(udp), 0);
    assert_null(mp_connection_new(udp, true, true));
    assert_int_equal(mp_error_last()->code, -EBADF);
}

static void new_takes_over_one_end_of_another(void **state)
{
    struct ends *e = *state;
    int fd = fcntl(mp_connection_fileno(e->b), F_DUPFD_CLOEXEC, 0);
    mp_connection *c = mp_connection_new(fd, true, true);
    int n;
    assert_made(c);
    assert_int_equal(mp_connection_fileno(c), fd);
    assert_ok(mp_connection_send(c, 5));
    assert_ok(mp_connection_recv(e->a, &n, 5));
    assert_int_equal(n, 5);
    mp_connection_free(c);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static void descriptors_are_close_on_exec(void **state)
{
    struct ends *e = *state;
    assert_int_equal(fcntl(mp_connection_fileno(e->a), F_GETFD), FD_CLOEXEC);
    assert_int_equal(fcntl(mp_connection_fileno(e->b), F_GETFD), FD_CLOEXEC);
}

static void repr_is_pythons(void **state)
{
    struct ends *e = *state;
    char text[100], expected[100];
    assert_true(mp_repr(e->a, text, sizeof text) > 0);
    snprintf(expected, sizeof expected,
             "<multiprocessing.connection.Connection object at %p>",
             (void *)e->a);
    assert_string_equal(text, expected);
}

static void simplex_cannot_be_turned_around(void **state)
{
    struct ends *e = *state;
    int fd = fcntl(mp_connection_fileno(e->a), F_DUPFD_CLOEXEC, 0);
    mp_connection *c = mp_connection_new(fd, true, true);
    assert_raises(-EPIPE, mp_connection_send(c, 5));
    mp_connection_free(c);
}

/* -- fork ------------------------------------------------------------------ */

static int receives_two(void *arg)
{
    struct ends *e = arg;
    int n = 0;

    if (mp_connection_poll(e->a) != 1)
        return 1;
    if (mp_connection_recv(e->a, &n, 5) < 0 || n != 2)
        return 2;
    return mp_connection_poll(e->a) == 0 ? 0 : 3;
}

static void pending_message_stays_with_its_process(void **state)
{
    struct ends *e = *state;
    mp_bytes bytes;
    int n;
    assert_ok(mp_connection_send(e->b, 1));
    assert_ok(mp_connection_send(e->b, 2));
    assert_raises(MP_TYPE_ERROR, mp_connection_recv_bytes(e->a, &bytes));
    assert_int_equal(child_run(receives_two, e, 10), 0);
    assert_ok(mp_connection_recv(e->a, &n, 0));
    assert_int_equal(n, 1);
}

static int frees_both(void *arg)
{
    struct ends *e = arg;

    mp_connection_free(e->a);
    mp_connection_free(e->b);
    return 0;
}

static void child_that_closes_closes_its_own(void **state)
{
    struct ends *e = *state;
    size_t size = 300000, n;
    char *data = pattern(size, 1), small[1];
    assert_ok(mp_connection_send_bytes(e->b, data, size));
    assert_raises(MP_BUFFER_TOO_SHORT,
                  mp_connection_recv_bytes_into(e->a, small, 1, &n));
    assert_int_equal(child_run(frees_both, e, 10), 0);
    assert_ok(mp_connection_recv_bytes_into(e->a, data, size, &n));
    assert_int_equal(n, size);
    free(data);
}

/* A thread is inside of recv: it holds the lock. */
static bool is_being_received(mp_connection *c)
{
    return (atomic_load(&c->receiving.word) & 3) != 0;
}

static void *receives_one(void *arg)
{
    struct ends *e = arg;
    int n = -1;

    if (mp_connection_recv(e->a, &n, 20) < 0)
        n = -2;
    return (void *)(intptr_t)n;
}

static int receives_nine(void *arg)
{
    struct ends *e = arg;
    int n;

    if (mp_connection_recv(e->a, &n, 10) < 0 || n != 9)
        return 1;
    return mp_connection_close(e->a) < 0 ? 2 : 0;
}

/* A thread of the parent waits inside recv, so holds the lock, at the fork. */
static void child_does_not_wait_for_a_thread_of_its_parent(void **state)
{
    struct ends *e = *state;
    pthread_t thread;
    void *got;
    assert_int_equal(pthread_create(&thread, NULL, receives_one, e), 0);
    assert_until(is_being_received(e->a), 10);
    pid_t pid = child_start(receives_nine, e);
    assert_ok(mp_connection_send(e->b, 9));
    assert_ok(mp_connection_send(e->b, 9));
    assert_int_equal(child_wait(pid, 15), 0);
    pthread_join(thread, &got);
    assert_int_equal((intptr_t)got, 9);
}

/* -- threads --------------------------------------------------------------- */

enum { THREADS = 4, EACH = 20000 };

static void *receives_many(void *arg)
{
    struct ends *e = arg;
    intptr_t sum = 0;
    int n;

    while (mp_connection_recv(e->a, &n, 20) == 0 && n >= 0)
        sum += n;
    return (void *)sum;
}

static void *sends_many(void *arg)
{
    struct ends *e = arg;

    for (int i = 1; i <= EACH; i++) {
        if (mp_connection_send(e->b, i) < 0)
            return (void *)1;
    }
    return NULL;
}

static void threads_share_both_ends(void **state)
{
    struct ends *e = *state;
    pthread_t in[THREADS], out[THREADS];
    intptr_t sum = 0;
    void *got;
    for (int i = 0; i < THREADS; i++) {
        pthread_create(&in[i], NULL, receives_many, e);
        pthread_create(&out[i], NULL, sends_many, e);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(out[i], &got);
        assert_null(got);
    }
    for (int i = 0; i < THREADS; i++)
        assert_ok(mp_connection_send(e->b, -1));
    for (int i = 0; i < THREADS; i++) {
        pthread_join(in[i], &got);
        sum += (intptr_t)got;
    }
    assert_int_equal(sum, (intptr_t)THREADS * EACH * (EACH + 1) / 2);
}

static void *receives_while_closed(void *arg)
{
    struct ends *e = arg;
    int n;

    return (void *)(intptr_t)mp_connection_recv(e->a, &n, 20);
}

/* The fd must not be given back, and born again as another, under a call. */
static void close_under_a_receiver_leaves_its_fd(void **state)
{
    struct ends *e = *state;
    int fd = mp_connection_fileno(e->a);
    pthread_t thread;
    void *got;
    pthread_create(&thread, NULL, receives_while_closed, e);
    assert_until(is_being_received(e->a), 10);
    assert_ok(mp_connection_close(e->a));
    assert_int_equal(mp_connection_closed(e->a), 1);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    assert_ok(mp_connection_send(e->b, 1));
    pthread_join(thread, &got);
    assert_int_equal((intptr_t)got, 0);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_simplex(simplex_ends_go_one_way),
        test_simplex(wrong_direction_is_refused),
        test_duplex(close_is_idempotent),
        test_duplex(closed_connection_refuses_everything),
        cmocka_unit_test(null_connection_is_refused),
        test_duplex(null_memory_is_refused),
        cmocka_unit_test(new_refuses_what_is_no_connection),
        test_duplex(new_takes_over_one_end_of_another),
        test_duplex(descriptors_are_close_on_exec),
        test_duplex(repr_is_pythons),
        test_simplex(simplex_cannot_be_turned_around),
        test_duplex(pending_message_stays_with_its_process),
        test_simplex(child_that_closes_closes_its_own),
        test_duplex(child_does_not_wait_for_a_thread_of_its_parent),
        test_duplex(threads_share_both_ends),
        test_duplex(close_under_a_receiver_leaves_its_fd),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
