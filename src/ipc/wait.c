/*
 * wait(): which of many objects are ready, by one poll(2) over them all.
 */
#include "ipc/connection.h"

#include "base/clock.h"
#include "base/error.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

/* One of the objects, at place i of the list. */
struct object {
    size_t i;
    int fd;
    bool has_message; /* it lies in the connection, and not on the fd */
};

/* The objects in the order of their descriptors, and each of these once: a
   poll(2) takes no more of them than a process may have. */
struct waiting {
    size_t n;
    struct object *objects;
    size_t nfds;
    struct pollfd *fds;
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

static bool has_message(mp_any v)
{
    mp_connection *c = mp__connection_of(v);

    return c != NULL && mp__connection_has_message(c);
}

/* Says whether an object is ready without asking, or fails. */
static int look_up(struct waiting *w, mp_any list)
{
    int ready = 0;

    for (size_t i = 0; i < w->n; i++) {
        mp_any v = mp_any_item(list, (ptrdiff_t)i);
        int fd = fd_of(v);

        if (fd < 0)
            return fd;
        w->objects[i] =
            (struct object){.i = i, .fd = fd, .has_message = has_message(v)};
        ready |= w->objects[i].has_message;
    }
    return ready;
}

static int by_fd(const void *a, const void *b)
{
    int x = ((const struct object *)a)->fd;
    int y = ((const struct object *)b)->fd;

    return (x > y) - (x < y);
}

static void collect_fds(struct waiting *w)
{
    qsort(w->objects, w->n, sizeof *w->objects, by_fd);
    for (size_t i = 0; i < w->n; i++) {
        int fd = w->objects[i].fd;

        if (i == 0 || fd != w->objects[i - 1].fd)
            w->fds[w->nfds++] = (struct pollfd){.fd = fd, .events = POLLIN};
    }
}

static int ask(struct waiting *w, int64_t deadline)
{
    int rc = mp__poll(w->fds, w->nfds, deadline);

    if (rc < 0)
        return mp__fail_os(rc, "cannot wait for %zu objects", w->n);
    for (size_t k = 0; k < w->nfds; k++) {
        if ((w->fds[k].revents & POLLNVAL) != 0)
            return mp__fail(-EBADF, "wait: descriptor %d is not open",
                            w->fds[k].fd);
    }
    return 0;
}

static int tell(const struct waiting *w, bool *ready)
{
    int n = 0;

    for (size_t i = 0, k = 0; i < w->n; i++) {
        const struct object *o = &w->objects[i];
        bool is_ready;

        while (w->fds[k].fd != o->fd)
            k++;
        is_ready = o->has_message || w->fds[k].revents != 0;
        n += is_ready;
        if (ready != NULL)
            ready[o->i] = is_ready;
    }
    return n;
}

static int wait_for(struct waiting *w, mp_any list, bool *ready,
                    int64_t deadline)
{
    int rc = look_up(w, list);

    if (rc < 0)
        return rc;
    collect_fds(w);
    rc = ask(w, rc > 0 ? 0 : deadline);
    return rc < 0 ? rc : tell(w, ready);
}

int(mp_connection_wait)(mp_any objects, bool *ready, double timeout)
{
    int64_t deadline = mp__deadline(timeout);
    int kind = mp_any_kind(objects);
    struct waiting w = {.n = mp_any_len(objects)};
    size_t room = w.n > 0 ? w.n : 1;
    int rc;

    if (kind == MP_KIND_BAD)
        return mp__fail_null("list of objects to wait for");
    if (kind != MP_KIND_LIST && kind != MP_KIND_TUPLE && kind != MP_KIND_ARRAY)
        return mp__fail(MP_TYPE_ERROR, "wait: expected a list of objects");
    w.objects = calloc(room, sizeof *w.objects);
    w.fds = calloc(room, sizeof *w.fds);
    if (w.objects != NULL && w.fds != NULL)
        rc = wait_for(&w, objects, ready, deadline);
    else
        rc = mp__fail(-ENOMEM, "no memory to wait for %zu objects", w.n);
    free(w.objects);
    free(w.fds);
    return rc;
}
