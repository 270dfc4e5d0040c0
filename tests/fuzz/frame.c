/*
 * Fuzz target: what a hostile peer may write to a connection. The first byte
 * chooses packets or a stream, and whether bytes or values are received; the
 * rest is cut into packets at each 0xff, or written to the stream as it is.
 */
#include <mproc.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LIMIT = 16384 };

static void write_packets(int fd, const uint8_t *p, size_t n)
{
    while (n > 0) {
        const uint8_t *end = memchr(p, 0xff, n);
        size_t length = end == NULL ? n : (size_t)(end - p);

        if (length > 0)
            (void)!send(fd, p, length, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (end == NULL)
            return;
        p += length + 1;
        n -= length + 1;
    }
}

static int receive(mp_connection *c, bool bytes)
{
    mp_any v = MP_NONE;
    mp_bytes b;
    int rc;

    if (bytes) {
        rc = mp_connection_recv_bytes(c, &b, LIMIT, 0);
        if (rc == 0)
            free(b.data);
        if (rc != MP_TYPE_ERROR)
            return rc;
    }
    rc = mp_connection_recv(c, &v, 0);
    mp_any_clear(&v);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fds[2], rc, type;
    mp_connection *c;

    if (size == 0 || size > LIMIT)
        return 0;
    type = data[0] & 1 ? SOCK_SEQPACKET : SOCK_STREAM;
    if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds) < 0)
        abort();
    c = mp_connection_new(fds[0], true, false);
    if (type == SOCK_SEQPACKET)
        write_packets(fds[1], data + 1, size - 1);
    else if (size > 1)
        (void)!send(fds[1], data + 1, size - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    close(fds[1]);
    do
        rc = receive(c, (data[0] & 2) != 0);
    while (rc == 0 || (rc == MP_VALUE_ERROR && !mp_connection_closed(c)));
    assert(rc == MP_EOF || rc == MP_VALUE_ERROR || rc > -10000);
    mp_connection_free(c);
    return 0;
}
