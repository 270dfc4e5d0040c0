/*
 * Messages as packets: each is sent and received by one system call, whole.
 * The bytes of a large one go through sealed memory; see frame.h.
 */
#include "ipc/connection.h"

#include "base/error.h"
#include "os/sealed.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const unsigned char zeros[MP__BALLAST_MAX];

static int send_failure(ssize_t rc)
{
    switch (rc) {
    case -ETIMEDOUT:
        return mp__fail(MP_TIMEOUT, "the other end did not take it in time");
    case -EPIPE:
        return mp__fail_os(-EPIPE, "the other end is closed");
    case -ETOOMANYREFS:
        return mp__fail(-EMFILE, "too many descriptors are under way");
    default:
        return mp__fail_os((int)rc, "cannot send");
    }
}

/* 0 · -EMSGSIZE without words · a failure. */
static int send_cargo(mp_connection *c, const struct mp__cargo *cargo,
                      int64_t deadline)
{
    struct mp__patience patience = mp__patience_until(deadline, &c->vain);

    for (;;) {
        ssize_t n = mp__socket_send(c->fd, cargo);
        int rc;

        if (n >= 0)
            break;
        if (n == -EMSGSIZE)
            return -EMSGSIZE;
        if (n != -EAGAIN)
            return send_failure(n);
        rc = mp__patience_wait(&patience, c->fd, POLLOUT);
        if (rc < 0)
            return send_failure(rc);
    }
    mp__patience_end(&patience);
    return 0;
}

static int send_whole(mp_connection *c, const struct mp__letter *letter,
                      int64_t deadline)
{
    struct mp__cargo cargo = {
        .part = {{&letter->head, sizeof letter->head},
                 {letter->payload, letter->size}},
        .fds = letter->fds,
        .nfds = letter->nfds,
    };

    return send_cargo(c, &cargo, deadline);
}

static int send_apart(mp_connection *c, const struct mp__letter *letter,
                      int64_t deadline)
{
    struct mp__packet_head head = {letter->head | MP__APART, letter->size};
    int fds[MP__SOCKET_FDS];
    struct mp__cargo cargo = {
        .part = {{&head, sizeof head}, {zeros, mp__ballast(letter->size)}},
        .fds = fds,
        .nfds = letter->nfds + 1,
    };
    int memory;
    int rc;

    if (!c->is_unix || letter->size == 0 || letter->nfds >= MP__SOCKET_FDS)
        return mp__fail(-EMSGSIZE, "this socket takes no message of %zu bytes",
                        letter->size);
    memory = mp__sealed_new(letter->payload, letter->size);
    if (memory < 0)
        return memory;
    if (letter->nfds > 0)
        memcpy(fds, letter->fds, letter->nfds * sizeof *fds);
    fds[letter->nfds] = memory;
    rc = send_cargo(c, &cargo, deadline);
    if (rc == -EMSGSIZE) { /* a socket with very little room */
        cargo.part[1].size = 0;
        rc = send_cargo(c, &cargo, deadline);
    }
    (void)close(memory);
    return rc == -EMSGSIZE ? mp__fail_os(rc, "cannot send") : rc;
}

int mp__packet_send(mp_connection *c, const struct mp__letter *letter,
                    int64_t deadline)
{
    int rc;

    if (letter->nfds > 0 && !c->is_unix)
        return mp__fail(MP_VALUE_ERROR,
                        "handles travel over unix sockets only");
    if (letter->size > MP__PACKET_MAX)
        return send_apart(c, letter, deadline);
    rc = send_whole(c, letter, deadline);
    return rc == -EMSGSIZE ? send_apart(c, letter, deadline) : rc;
}

/* The memory of a message that is apart is the last descriptor. */
static int open_apart(struct mp__inbox *inbox, size_t size)
{
    struct mp__fd_list *fds = &inbox->fds;
    int rc;

    if (fds->n == 0)
        return mp__fail(MP_VALUE_ERROR, "a message came without its memory");
    rc = mp__sealed_map(fds->fd[fds->n - 1], size, &inbox->map);
    if (rc < 0)
        return rc;
    inbox->size = size;
    (void)close(fds->fd[--fds->n]);
    inbox->payload = inbox->map;
    return 0;
}

static int open_packet(struct mp__inbox *inbox, size_t n)
{
    struct mp__packet packet;

    if (!mp__packet_parse(inbox->buf, n, &packet))
        return mp__fail(MP_VALUE_ERROR, "what came is no message");
    inbox->head = packet.head;
    if (packet.apart)
        return open_apart(inbox, packet.size);
    inbox->payload = packet.payload;
    inbox->size = packet.size;
    return 0;
}

static int receive_failure(ssize_t rc)
{
    switch (rc) {
    case -ETIMEDOUT:
        return mp__fail(MP_TIMEOUT, "nothing came in time");
    case -EMSGSIZE:
        return mp__fail(MP_VALUE_ERROR, "what came is no message");
    case -EMFILE:
        return mp__fail(-EMFILE, "no room for the descriptors of a message");
    default:
        return mp__fail_os((int)rc, "cannot receive");
    }
}

int mp__packet_receive(mp_connection *c, int64_t deadline)
{
    struct mp__inbox *inbox = &c->inbox;
    struct mp__patience patience = mp__patience_until(deadline, &c->vain);
    ssize_t n;
    int rc = mp__inbox_reserve(inbox, MP__PACKET_SIZE);

    if (rc < 0)
        return rc;
    while ((n = mp__socket_receive(c->fd, inbox->buf, inbox->capacity,
                                   mp__patience_is_boundless(&patience),
                                   &inbox->fds)) == -EAGAIN) {
        rc = mp__patience_wait(&patience, c->fd, POLLIN);
        if (rc < 0)
            return receive_failure(rc);
    }
    mp__patience_end(&patience);
    if (n < 0)
        return receive_failure(n);
    if (n == 0) {
        mp__inbox_clear(inbox);
        return MP_EOF;
    }
    rc = open_packet(inbox, (size_t)n);
    if (rc < 0)
        mp__inbox_clear(inbox);
    else
        mp__inbox_complete(inbox);
    return rc;
}
