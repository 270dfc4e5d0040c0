/*
 * Messages over a stream of bytes, framed as Python's Connection frames them.
 *
 * A stream that was cut off inside a frame has lost the beginnings of all to
 * come. So a receiver keeps what it has of a frame for the next call, and one
 * that meets the end inside of one gives up the direction; and a sender whose
 * time is up inside of one does.
 */
#include "ipc/connection.h"

#include "base/error.h"
#include "os/stream_file.h"

#include <errno.h>
#include <string.h>

/* What a peer says about a length is believed this far; beyond, memory is
   taken as the bytes come, never more than twice what has come. */
enum { FIRST_BYTES = 65536 };

/* -- sending --------------------------------------------------------------- */

static int send_failure(mp_connection *c, ssize_t rc, bool torn)
{
    if (torn)
        mp__connection_stop_sending(c);
    if (rc == -EPIPE)
        return mp__fail_os(-EPIPE, "the other end is closed");
    if (torn)
        return mp__fail(-EIO, "a message was cut off: the connection is "
                              "closed for sending");
    if (rc == -ETIMEDOUT)
        return mp__fail(MP_TIMEOUT, "the other end did not take it in time");
    return mp__fail_os((int)rc, "cannot send");
}

static int send_all(mp_connection *c, struct mp__cargo *cargo, int64_t deadline)
{
    struct mp__patience patience = mp__patience_until(deadline, &c->vain);
    size_t left = mp__cargo_size(cargo);
    bool begun = false;

    while (left > 0) {
        ssize_t n = c->kind == MP__FD_FILE ? mp__file_write(c->fd, cargo)
                                           : mp__socket_send(c->fd, cargo);

        if (n == -EAGAIN)
            n = mp__patience_wait(&patience, c->fd, POLLOUT);
        if (n < 0)
            return send_failure(c, n, begun);
        if (n > 0) {
            mp__cargo_advance(cargo, (size_t)n);
            left -= (size_t)n;
            begun = true;
        }
    }
    mp__patience_end(&patience);
    return 0;
}

int mp__stream_send(mp_connection *c, const struct mp__letter *letter,
                    int64_t deadline)
{
    unsigned char frame[MP__FRAME_HEAD];
    size_t head_size = letter->bare ? 0 : sizeof letter->head;
    size_t frame_size = mp__frame_head(head_size + letter->size, frame);
    struct mp__cargo cargo = {
        .part = {{frame, frame_size},
                 {&letter->head, head_size},
                 {letter->payload, letter->size}},
        .fds = letter->fds,
        .nfds = letter->nfds,
    };
    int rc;

    if (letter->nfds > 0 && !c->is_unix)
        return mp__fail(MP_VALUE_ERROR,
                        "handles travel over unix sockets only");
    rc = mp__thread_lock(&c->sending, deadline);
    if (rc < 0)
        return send_failure(c, rc, false);
    /* Another thread may have torn it meanwhile. */
    if (atomic_load(&c->writable))
        rc = send_all(c, &cargo, deadline);
    else
        rc = mp__fail(MP_VALUE_ERROR, "connection is read-only");
    mp__thread_unlock(&c->sending);
    return rc;
}

/* -- receiving ------------------------------------------------------------- */

static int end_inside(mp_connection *c)
{
    mp__connection_stop_receiving(c);
    return mp__fail(-EIO, "got end of file during message");
}

static int no_frame(mp_connection *c)
{
    mp__connection_stop_receiving(c);
    return mp__fail(-EIO, "what came is no message");
}

static int receive_failure(mp_connection *c, ssize_t rc)
{
    switch (rc) {
    case -ETIMEDOUT:
        return mp__fail(MP_TIMEOUT, "nothing came in time");
    case -EMFILE: /* some bytes went with the descriptors */
        mp__connection_stop_receiving(c);
        return mp__fail(-EMFILE, "no room for the descriptors of a message");
    default:
        return mp__fail_os((int)rc, "cannot receive");
    }
}

static ssize_t receive_some(mp_connection *c, void *buf, size_t size)
{
    if (c->kind == MP__FD_FILE)
        return mp__file_read(c->fd, buf, size);
    return mp__socket_receive(c->fd, buf, size, false, &c->inbox.fds);
}

/* Receive until *got of buf is want. MP_EOF at the end, without words. */
static int receive_until(mp_connection *c, unsigned char *buf, size_t *got,
                         size_t want, int64_t deadline)
{
    struct mp__patience patience = mp__patience_until(deadline, &c->vain);

    while (*got < want) {
        ssize_t n = receive_some(c, buf + *got, want - *got);

        if (n == 0)
            return MP_EOF;
        if (n > 0)
            *got += (size_t)n;
        if (n == -EAGAIN)
            n = mp__patience_wait(&patience, c->fd, POLLIN);
        if (n < 0)
            return receive_failure(c, n);
    }
    mp__patience_end(&patience);
    return 0;
}

/* The head of a frame; the end before its first byte is the orderly one. */
static int receive_head(mp_connection *c, int64_t deadline)
{
    struct mp__inbox *inbox = &c->inbox;
    size_t want = inbox->frame_got < 4 ? 4 : mp__frame_head_size(inbox->frame);
    int rc;

    do {
        rc = receive_until(c, inbox->frame, &inbox->frame_got, want, deadline);
        if (rc == MP_EOF)
            return inbox->frame_got == 0 ? MP_EOF : end_inside(c);
        if (rc < 0)
            return rc;
        want = mp__frame_head_size(inbox->frame);
        if (want == 0)
            return no_frame(c);
    } while (inbox->frame_got < want);
    return mp__frame_size(inbox->frame, &inbox->size) ? 0 : no_frame(c);
}

static size_t room_for_next(const struct mp__inbox *inbox)
{
    size_t room = inbox->got < FIRST_BYTES ? FIRST_BYTES : 2 * inbox->got;

    return room < inbox->size ? room : inbox->size;
}

static int receive_body(mp_connection *c, int64_t deadline)
{
    struct mp__inbox *inbox = &c->inbox;

    while (inbox->got < inbox->size) {
        size_t room = room_for_next(inbox);
        int rc = mp__inbox_reserve(inbox, room);

        if (rc == 0)
            rc = receive_until(c, inbox->buf, &inbox->got, room, deadline);
        if (rc == MP_EOF)
            return end_inside(c);
        if (rc < 0)
            return rc;
    }
    return 0;
}

int mp__stream_receive(mp_connection *c, size_t limit, int64_t deadline)
{
    struct mp__inbox *inbox = &c->inbox;
    int rc = receive_head(c, deadline);

    if (rc < 0)
        return rc;
    if (inbox->size > limit)
        return -EMSGSIZE;
    rc = receive_body(c, deadline);
    if (rc < 0)
        return rc;
    inbox->bare = true;
    inbox->payload = inbox->buf;
    mp__inbox_complete(inbox);
    return 0;
}
