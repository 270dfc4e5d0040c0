/*
 * Receiving: the message in the inbox is handed out, or stays there if it does
 * not fit; and asking whether there is one.
 */
#include "ipc/connection.h"

#include "any/record.h"
#include "base/clock.h"
#include "base/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What to do with a message. */
struct reception {
    int (*deliver)(struct mp__inbox *inbox, const struct reception *r);
    size_t limit; /* in bytes; a longer one ends all receiving */
    mp_out out;   /* a value's */
    mp_bytes *bytes;
    void *buf;
    size_t size;
    size_t *length;
};

static int have_message(mp_connection *c, size_t limit, int64_t deadline)
{
    if (mp__connection_has_message(c))
        return 0;
    return c->kind == MP__FD_PACKETS ? mp__packet_receive(c, deadline)
                                     : mp__stream_receive(c, limit, deadline);
}

/* What cannot be had now can be had later: want of memory or room, or another
   kind of receiver. What is no value will never be one. */
static bool is_done_with(int rc)
{
    return rc >= 0 || rc == MP_VALUE_ERROR;
}

/* With the inbox locked. */
static int receive_and_deliver(mp_connection *c, const struct reception *r,
                               int64_t deadline)
{
    int rc = have_message(c, r->limit, deadline);

    if (rc == MP_EOF)
        return mp__fail(MP_EOF, "the other end is closed");
    if (rc == 0) {
        rc = r->deliver(&c->inbox, r);
        if (is_done_with(rc))
            mp__inbox_clear(&c->inbox);
    }
    if (rc != -EMSGSIZE)
        return rc;
    mp__inbox_clear(&c->inbox);
    mp__connection_stop_receiving(c);
    return mp__fail(-EMSGSIZE, "bad message length");
}

static int receive(mp_connection *c, const struct reception *r, double timeout)
{
    int64_t deadline = mp__deadline(timeout);
    int rc = mp__connection_enter(c, MP__TO_RECEIVE);

    if (rc < 0)
        return rc;
    rc = mp__thread_lock(&c->receiving, deadline);
    if (rc < 0) {
        rc = mp__fail(MP_TIMEOUT, "nothing came in time");
        goto leave;
    }
    mp__inbox_own(&c->inbox, rc == MP__HELD_AT_FORK);
    /* Another thread may have met a torn frame meanwhile. */
    if (atomic_load(&c->readable))
        rc = receive_and_deliver(c, r, deadline);
    else
        rc = mp__fail(MP_VALUE_ERROR, "connection is write-only");
    mp__thread_unlock(&c->receiving);
leave:
    mp__connection_leave(c);
    return rc;
}

/* -- values ---------------------------------------------------------------- */

static int deliver_value(struct mp__inbox *inbox, const struct reception *r)
{
    struct mp__record record = {.head = inbox->head,
                                .payload = inbox->payload,
                                .size = inbox->size,
                                .fds = inbox->fds.fd,
                                .nfds = inbox->fds.n};
    int rc;

    if (inbox->bare) {
        if (inbox->size < sizeof record.head)
            return mp__fail(MP_VALUE_ERROR, "what came is no value");
        memcpy(&record.head, inbox->payload, sizeof record.head);
        record.payload = inbox->payload + sizeof record.head;
        record.size -= sizeof record.head;
    }
    rc = mp__decode(&record, r->out);
    if (rc == 0)
        inbox->fds.n = 0; /* taken over */
    return rc;
}

int(mp_connection_recv)(mp_connection *c, mp_out out, double timeout)
{
    return receive(c,
                   &(const struct reception){
                       .deliver = deliver_value, .limit = SIZE_MAX, .out = out},
                   timeout);
}

/* -- bytes ----------------------------------------------------------------- */

static int check_bytes(const struct mp__inbox *inbox, size_t limit)
{
    mp_any v = {.head = inbox->head};

    if (!inbox->bare) {
        if (mp_any_kind(v) != MP_KIND_BYTES)
            return mp__fail(MP_TYPE_ERROR,
                            "expected bytes, got another kind of value");
        if (mp_any_len(v) != inbox->size)
            return mp__fail(MP_VALUE_ERROR, "what came is no value");
    }
    return inbox->size > limit ? -EMSGSIZE : 0;
}

/* The buffer itself if it has just the right size, otherwise a copy. */
static void *take_payload(struct mp__inbox *inbox)
{
    void *data;

    if (inbox->payload == inbox->buf && inbox->size > 0 &&
        inbox->capacity == inbox->size) {
        data = inbox->buf;
        inbox->buf = NULL;
        inbox->capacity = 0;
        return data;
    }
    data = malloc(inbox->size > 0 ? inbox->size : 1);
    if (data != NULL && inbox->size > 0)
        memcpy(data, inbox->payload, inbox->size);
    return data;
}

static int deliver_bytes(struct mp__inbox *inbox, const struct reception *r)
{
    int rc = check_bytes(inbox, r->limit);
    void *data;

    if (rc < 0)
        return rc;
    data = take_payload(inbox);
    if (data == NULL)
        return mp__fail(-ENOMEM, "no memory for %zu bytes", inbox->size);
    *r->bytes = (mp_bytes){.data = data, .size = inbox->size};
    return 0;
}

int(mp_connection_recv_bytes)(mp_connection *c, mp_bytes *out, size_t maxlength,
                              double timeout)
{
    if (out == NULL)
        return mp__fail(MP_VALUE_ERROR, "recv_bytes: out is NULL");
    return receive(c,
                   &(const struct reception){.deliver = deliver_bytes,
                                             .limit = maxlength,
                                             .bytes = out},
                   timeout);
}

static int deliver_into(struct mp__inbox *inbox, const struct reception *r)
{
    int rc = check_bytes(inbox, r->limit);

    if (rc < 0)
        return rc;
    if (inbox->size > r->size)
        return mp__fail(MP_BUFFER_TOO_SHORT,
                        "a message of %zu bytes does not fit into %zu",
                        inbox->size, r->size);
    if (inbox->size > 0)
        memcpy(r->buf, inbox->payload, inbox->size);
    *r->length = inbox->size;
    return 0;
}

int(mp_connection_recv_bytes_into)(mp_connection *c, void *buf, size_t size,
                                   size_t *out, double timeout)
{
    if ((buf == NULL && size > 0) || out == NULL)
        return mp__fail(MP_VALUE_ERROR, "recv_bytes_into: %s is NULL",
                        out == NULL ? "out" : "buf");
    return receive(c,
                   &(const struct reception){.deliver = deliver_into,
                                             .limit = SIZE_MAX,
                                             .buf = buf,
                                             .size = size,
                                             .length = out},
                   timeout);
}

/* -- asking ---------------------------------------------------------------- */

/* 1 · 0 · -errno. */
static int poll_fd(mp_connection *c, int64_t deadline)
{
    struct mp__patience patience = mp__patience_until(deadline, &c->vain);
    struct pollfd one = {.fd = c->fd, .events = POLLIN};

    for (;;) {
        int rc = mp__poll(&one, 1, 0);

        if (rc == 0)
            rc = mp__patience_wait(&patience, c->fd, POLLIN);
        if (rc == -ETIMEDOUT)
            return 0;
        if (rc != 0) {
            mp__patience_end(&patience);
            return rc;
        }
    }
}

/* A child of ours may take the message between the poll and the answer; so
   would it after the answer. */
int(mp_connection_poll)(mp_connection *c, double timeout)
{
    int64_t deadline = mp__deadline(timeout);
    int rc = mp__connection_enter(c, MP__TO_RECEIVE);

    if (rc < 0)
        return rc;
    rc = mp__connection_has_message(c) ? 1 : poll_fd(c, deadline);
    if (rc < 0)
        rc = mp__fail_os(rc, "cannot poll a connection");
    mp__connection_leave(c);
    return rc;
}
