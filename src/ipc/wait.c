/*
 * wait(): which of many objects are ready, by one poll(2) over them all.
 */
#include "ipc/connection.h"

#include "base/clock.h"
#include "base/error.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* The objects' descriptors, and how many are ready without asking. */
struct waiting {
    struct pollfd *fds;
    size_t n;
    size_t ready;
};

static int handle_fd(mp_any v)
{
    struct mp__handle *h = (struct mp__handle *)(size_t)v.u.p;

    if (h->type->waitable_fd == NULL)
        return mp__fail(MP_TYPE_ERROR, "a %s cannot be waited for",
                        h->type->name);
    return h->type->waitable_fd(h);
}

static int fd_of(mp_any v)
{
    switch (mp_any_kind(v)) {
    case MP_KIND_HANDLE:
        return handle_fd(v);
    case MP_KIND_INT:
        if (v.u.i >= 0 && v.u.i <= INT_MAX)
            return (int)v.u.i;
        return mp__fail(MP_VALUE_ERROR, "wait: %lld is no descriptor",
                        (long long)v.u.i);
    case MP_KIND_BAD:
        return mp__fail_null("an object to wait for");
    default:
        return mp__fail(MP_TYPE_ERROR,
                        "wait: objects are connections, processes and ints");
    }
}

/* A message that lies in the connection does not show on its fd. */
static bool is_ready_already(mp_any v)
{
    mp_connection *c = mp__connection_of(v);

    return c != NULL && mp__connection_has_message(c);
}

static int look_up(struct waiting *w, mp_any objects)
{
    for (size_t i = 0; i < w->n; i++) {
        mp_any v = mp_any_item(objects, (ptrdiff_t)i);
        int fd = fd_of(v);

        if (fd < 0)
            return fd;
        w->fds[i] = (struct pollfd){.fd = fd, .events = POLLIN};
        if (is_ready_already(v)) {
            w->fds[i].fd = -1;
            w->ready++;
        }
    }
    return 0;
}

static int ask(struct waiting *w, int64_t deadline)
{
    int rc = mp__poll(w->fds, w->n, w->ready > 0 ? 0 : deadline);

    if (rc < 0)
        return mp__fail_os(rc, "cannot wait for %zu objects", w->n);
    for (size_t i = 0; i < w->n; i++) {
        if ((w->fds[i].revents & POLLNVAL) != 0)
            return mp__fail(-EBADF, "wait: descriptor %d is not open",
                            w->fds[i].fd);
    }
    return (int)w->ready + rc;
}

int(mp_connection_wait)(mp_any objects, bool *ready, double timeout)
{
    int64_t deadline = mp__deadline(timeout);
    int kind = mp_any_kind(objects);
    struct waiting w = {.n = mp_any_len(objects)};
    int rc;

    if (kind == MP_KIND_BAD)
        return mp__fail_null("list of objects to wait for");
    if (kind != MP_KIND_LIST && kind != MP_KIND_TUPLE && kind != MP_KIND_ARRAY)
        return mp__fail(MP_TYPE_ERROR, "wait: expected a list of objects");
    w.fds = calloc(w.n > 0 ? w.n : 1, sizeof *w.fds);
    if (w.fds == NULL)
        return mp__fail(-ENOMEM, "no memory to wait for %zu objects", w.n);
    rc = look_up(&w, objects);
    if (rc == 0)
        rc = ask(&w, deadline);
    for (size_t i = 0; rc >= 0 && ready != NULL && i < w.n; i++)
        ready[i] = w.fds[i].fd < 0 || w.fds[i].revents != 0;
    free(w.fds);
    return rc;
}
