/*
 * Sending: a value or bytes become a letter, and a packet or a frame.
 */
#include "ipc/connection.h"

#include "any/record.h"
#include "base/clock.h"
#include "base/error.h"

#include <errno.h>
#include <stdlib.h>

/* Payloads up to this size are encoded on the stack. */
enum { SMALL = 512 };

static int post(mp_connection *c, const struct mp__letter *letter,
                double timeout)
{
    int64_t deadline = mp__deadline(timeout);
    int rc = mp__connection_enter(c, MP__TO_SEND);

    if (rc < 0)
        return rc;
    rc = c->kind == MP__FD_PACKETS ? mp__packet_send(c, letter, deadline)
                                   : mp__stream_send(c, letter, deadline);
    mp__connection_leave(c);
    return rc;
}

/* The payload of these is their memory as it is: no need to copy it. */
static bool is_its_own_payload(mp_any v)
{
    int kind = mp_any_kind(v);

    return kind == MP_KIND_STR || kind == MP_KIND_BYTES ||
           kind == MP_KIND_ARRAY;
}

static int post_encoded(mp_connection *c, mp_any v, const struct mp__measure *m,
                        double timeout)
{
    uint64_t small[SMALL / sizeof(uint64_t)];
    int fds[MP__FDS_MAX];
    void *payload = m->size <= SMALL ? small : malloc(m->size);
    struct mp__letter letter = {.head = m->head,
                                .payload = payload,
                                .size = m->size,
                                .fds = fds,
                                .nfds = m->nfds};
    int rc;

    if (payload == NULL)
        return mp__fail(-ENOMEM, "no memory to send %zu bytes", m->size);
    mp__encode(v, m, payload, fds);
    rc = post(c, &letter, timeout);
    if (rc == 0 && m->nfds > 0)
        mp__move(v, MP__MOVE_GONE);
    if (payload != small)
        free(payload);
    return rc;
}

int(mp_connection_send)(mp_connection *c, mp_any v, double timeout)
{
    struct mp__measure m;
    int rc;

    if (c == NULL)
        return mp__fail_null("connection");
    rc = mp__measure(v, &m);
    if (rc < 0)
        return rc;
    if (!is_its_own_payload(v))
        return post_encoded(c, v, &m, timeout);

    struct mp__letter letter = {
        .head = m.head, .payload = mp_any_data(v), .size = m.size};

    return post(c, &letter, timeout);
}

int(mp_connection_send_bytes)(mp_connection *c, const void *data, size_t size,
                              double timeout)
{
    mp_any v = mp_any_bytes(data, size);
    struct mp__letter letter = {
        .head = v.head, .payload = data, .size = size, .bare = true};

    if (mp_any_kind(v) != MP_KIND_BYTES)
        return mp__fail(MP_VALUE_ERROR, data == NULL
                                            ? "send_bytes: data is NULL"
                                            : "send_bytes: size is too large");
    return post(c, &letter, timeout);
}
