/* ctest-timeout: 300 */
/*
 * A hostile peer: random packets, broken records, memory that is not what it
 * should be, descriptors nobody asked for. Each is an error or a value; none
 * is a crash, a hang or a leak.
 */
#include "ends.h"

#include "any/record.h"
#include "ipc/frame.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PACKETS = 100000, SEED = 4711, ALL_SEALS = 15 };

/* Send bytes past the library, with up to two descriptors. */
static ssize_t send_raw(mp_connection *c, const void *p, size_t n,
                        const int *fds, size_t nfds)
{
    struct iovec part = {(void *)(size_t)p, n};
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(2 * sizeof(int))];
    } control = {.bytes = {0}};
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};

    if (nfds > 0) {
        m.msg_control = control.bytes;
        m.msg_controllen = CMSG_SPACE(nfds * sizeof *fds);
        struct cmsghdr *h = CMSG_FIRSTHDR(&m);
        h->cmsg_level = SOL_SOCKET;
        h->cmsg_type = SCM_RIGHTS;
        h->cmsg_len = CMSG_LEN(nfds * sizeof *fds);
        memcpy(CMSG_DATA(h), fds, nfds * sizeof *fds);
    }
    return sendmsg(mp_connection_fileno(c), &m, MSG_NOSIGNAL);
}

static void random_bytes(unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (unsigned char)(random() >> 7);
}

/* Half of them have a head that might be one, so that decoding gets far. */
static size_t random_packet(unsigned char *p, size_t room)
{
    size_t n = (size_t)random() % room;

    random_bytes(p, n);
    if (n < 16 || random() % 2 == 0)
        return n;
    p[0] = (unsigned char)(random() % 40);
    p[1] &= 0x0f;
    uint64_t size = n - 8 + (size_t)(random() % 4 == 0);
    memcpy(p + 2, &size, 6);
    if (p[0] == MP__RECORD_CBOR)
        p[8] = (unsigned char)(0x80 | (p[8] & 0x5f));
    return n;
}

static bool is_expected(int rc)
{
    return rc == 0 || rc == MP_VALUE_ERROR || rc == MP_EOF;
}

static void random_packets_are_values_or_errors(void **state)
{
    struct ends *e = *state;
    unsigned char p[300];
    int good = 0;
    srandom(SEED);
    for (int i = 0; i < PACKETS; i++) {
        size_t n = random_packet(p, sizeof p);
        mp_auto_any v = MP_NONE;
        assert_int_equal(send_raw(e->a, p, n, NULL, 0), (ssize_t)n);
        int rc = mp_connection_recv(e->b, &v, 5);
        if (!is_expected(rc))
            fail_msg("packet %d of %zu bytes: %d", i, n, rc);
        good += rc == 0;
    }
    print_message("%d of %d random packets were values\n", good, PACKETS);
    assert_true(good > 100);
}

/* A real packet, cut off everywhere and with each bit turned. */
static void broken_values_are_values_or_errors(void **state)
{
    struct ends *e = *state;
    unsigned char real[512], p[512];
    mp_any v = MP_LIST(1, -2.5, "text", MP_TUPLE(MP_BYTES("b", 1), MP_NONE),
                       MP_DICT("k", MP_LIST(true, UINT64_MAX)));
    assert_ok(mp_connection_send(e->a, v));
    ssize_t n = recv(mp_connection_fileno(e->b), real, sizeof real, 0);
    assert_true(n > 30);
    for (ssize_t bit = -n; bit < n * 8; bit++) {
        mp_auto_any got = MP_NONE;
        memcpy(p, real, sizeof p);
        if (bit >= 0)
            p[bit / 8] ^= (unsigned char)(1 << bit % 8);
        size_t length = bit < 0 ? (size_t)-bit - 1 : (size_t)n;
        assert_int_equal(send_raw(e->a, p, length, NULL, 0), (ssize_t)length);
        int rc = mp_connection_recv(e->b, &got, 5);
        if (!is_expected(rc))
            fail_msg("bit or length %zd: %d", bit, rc);
        if (bit < 0)
            assert_true(rc < 0);
    }
}

static void packet_larger_than_any_of_ours_is_refused(void **state)
{
    struct ends *e = *state;
    void *data = pattern(MP__PACKET_SIZE + 1, 1);
    int n;
    assert_true(send_raw(e->a, data, MP__PACKET_SIZE + 1, NULL, 0) > 0);
    assert_ok(mp_connection_send(e->a, 1));
    assert_raises(MP_VALUE_ERROR, mp_connection_recv(e->b, &n));
    assert_ok(mp_connection_recv(e->b, &n));
    free(data);
}

static void unwanted_descriptors_are_closed(void **state)
{
    struct ends *e = *state;
    struct mp__packet_head none = {.head = mp_any_int(1).head};
    int fds[2] = {0, 1};
    mp_bytes bytes;
    mp_any v = MP_NONE;
    assert_true(send_raw(e->a, "x", 1, fds, 2) > 0);
    assert_raises(MP_VALUE_ERROR, mp_connection_recv(e->b, &v));
    assert_true(send_raw(e->a, "", 0, fds, 2) == 0);
    assert_raises(MP_EOF, mp_connection_recv(e->b, &v));
    assert_true(send_raw(e->a, &none, sizeof none, fds, 2) > 0);
    int rc = mp_connection_recv(e->b, &v);
    assert_true(rc == 0 || rc == MP_VALUE_ERROR);
    mp_any empty = mp_any_bytes(NULL, 0);
    assert_true(send_raw(e->a, &empty.head, 8, fds, 2) > 0);
    assert_ok(mp_connection_recv_bytes(e->b, &bytes));
    free(bytes.data);
}

/* -- memory of large messages ------------------------------------------------ */

static int memory(size_t size, int seals)
{
    int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fallocate(fd, 0, 0, (off_t)size) < 0 ||
        fcntl(fd, F_ADD_SEALS, seals) < 0)
        return -1;
    return fd;
}

static int memory_with_holes(size_t size)
{
    int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (pwrite(fd, "begin", 5, 0) != 5 || ftruncate(fd, (off_t)size) < 0 ||
        fcntl(fd, F_ADD_SEALS, ALL_SEALS) < 0)
        return -1;
    return fd;
}

/* Offer a descriptor as the memory of `claimed` bytes. */
static int receive_apart(struct ends *e, int fd, uint64_t claimed,
                         mp_bytes *out)
{
    struct mp__packet_head head = {mp_any_bytes("", 1).head & 0xffff, claimed};
    int rc;

    head.head |= claimed << 16 | MP__APART;
    if (send_raw(e->a, &head, sizeof head, &fd, fd >= 0) < 0)
        return 1;
    rc = mp_connection_recv_bytes(e->b, out, SIZE_MAX, 5);
    if (fd >= 0)
        close(fd);
    return rc;
}

static void sealed_memory_of_the_right_size_is_taken(void **state)
{
    struct ends *e = *state;
    mp_bytes got;
    assert_ok(receive_apart(e, memory(5000, ALL_SEALS), 5000, &got));
    assert_int_equal(got.size, 5000);
    free(got.data);
}

static void memory_that_could_change_is_refused(void **state)
{
    struct ends *e = *state;
    mp_bytes got;
    for (int seals = 0; seals < ALL_SEALS; seals++)
        assert_raises(MP_VALUE_ERROR,
                      receive_apart(e, memory(5000, seals), 5000, &got));
}

static void memory_of_another_size_is_refused(void **state)
{
    struct ends *e = *state;
    const uint64_t sizes[] = {0, 4999, 5001, 1 << 20, UINT64_C(1) << 47};
    mp_bytes got;
    for (int i = 0; i < 5; i++)
        assert_raises(MP_VALUE_ERROR, receive_apart(e, memory(5000, ALL_SEALS),
                                                    sizes[i], &got));
}

/* Reading it would take memory that the sender never had. */
static void memory_with_holes_is_refused(void **state)
{
    struct ends *e = *state;
    const uint64_t sizes[] = {8192, UINT64_C(1) << 40};
    mp_bytes got;
    for (int i = 0; i < 2; i++)
        assert_raises(
            MP_VALUE_ERROR,
            receive_apart(e, memory_with_holes(sizes[i]), sizes[i], &got));
}

static void descriptor_that_is_no_memory_is_refused(void **state)
{
    struct ends *e = *state;
    mp_bytes got;
    assert_raises(MP_VALUE_ERROR, receive_apart(e, -1, 5000, &got));
    assert_raises(
        MP_VALUE_ERROR,
        receive_apart(e, open("/dev/zero", O_RDONLY | O_CLOEXEC), 5000, &got));
    assert_raises(
        MP_VALUE_ERROR,
        receive_apart(e, socket(AF_UNIX, SOCK_STREAM, 0), 5000, &got));
}

static void apart_without_a_size_is_refused(void **state)
{
    struct ends *e = *state;
    uint64_t head = mp_any_bytes("", 1).head | MP__APART;
    mp_bytes got;
    assert_true(send_raw(e->a, &head, sizeof head, NULL, 0) > 0);
    assert_raises(MP_VALUE_ERROR, mp_connection_recv_bytes(e->b, &got));
}

/* A random stream ends as a torn one or in garbage, but it ends. */
static void random_streams_end(void **state)
{
    (void)state;
    struct leak_snapshot *before = leak_take();
    srandom(SEED);
    for (int i = 0; i < PACKETS / 20; i++) {
        unsigned char p[64];
        int fds[2], rc;
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
        mp_connection *c = mp_connection_new(fds[0], true, false);
        random_bytes(p, sizeof p);
        if (i % 2 == 0)
            memset(p, 0, 3);
        assert_int_equal(write(fds[1], p, sizeof p), sizeof p);
        close(fds[1]);
        do {
            mp_auto_any v = MP_NONE;
            rc = mp_connection_recv(c, &v, 5);
        } while (rc == 0 || (rc == MP_VALUE_ERROR && !mp_connection_closed(c)));
        assert_true(rc == MP_EOF || rc == -EIO || rc == MP_VALUE_ERROR);
        mp_connection_free(c);
    }
    assert_no_leak(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_duplex(random_packets_are_values_or_errors),
        test_duplex(broken_values_are_values_or_errors),
        test_duplex(packet_larger_than_any_of_ours_is_refused),
        test_duplex(unwanted_descriptors_are_closed),
        test_duplex(sealed_memory_of_the_right_size_is_taken),
        test_duplex(memory_that_could_change_is_refused),
        test_duplex(memory_of_another_size_is_refused),
        test_duplex(memory_with_holes_is_refused),
        test_duplex(descriptor_that_is_no_memory_is_refused),
        test_duplex(apart_without_a_size_is_refused),
        cmocka_unit_test(random_streams_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
