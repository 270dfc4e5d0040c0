/*
 * Connections as objects: made of a descriptor, closed, sent to others. What
 * goes through them is send.c's and receive.c's.
 */
#include "ipc/connection.h"

#include "base/error.h"
#include "os/generation.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CLOSED     (UINT64_C(1) << 63)
#define USERS_BITS 32

static const struct mp__handle_type connection_type;

/* -- users of the fd ------------------------------------------------------- */

static bool is_closed(uint64_t use)
{
    return (use & CLOSED) != 0;
}

/* Threads that are using it; those of the parent at the fork are not ours. */
static uint32_t users_of(uint64_t use)
{
    uint64_t generation = (use & ~CLOSED) >> USERS_BITS;

    return generation == mp__generation() ? (uint32_t)use : 0;
}

static uint64_t use_of(bool closed, uint32_t users)
{
    return (closed ? CLOSED : 0) | (uint64_t)mp__generation() << USERS_BITS |
           users;
}

/* Who stored the value that the compare-and-swap replaces has finished with
   the fd before: hence the orders. */
static bool change_use(mp_connection *c, uint64_t *old, uint64_t new)
{
    return atomic_compare_exchange_weak_explicit(
        &c->use, old, new, memory_order_acq_rel, memory_order_acquire);
}

static uint64_t load_use(mp_connection *c)
{
    return atomic_load_explicit(&c->use, memory_order_acquire);
}

/* Closed, and the last one has left: nobody else comes here. */
static void give_back_fd(mp_connection *c)
{
    int rc = mp__thread_lock(&c->receiving, 0);

    mp__inbox_own(&c->inbox, rc == MP__HELD_AT_FORK);
    mp__inbox_free(&c->inbox);
    mp__thread_unlock(&c->receiving);
    (void)close(c->fd);
}

void mp__connection_leave(mp_connection *c)
{
    uint64_t old = load_use(c);

    while (!change_use(c, &old, use_of(is_closed(old), users_of(old) - 1)))
        ;
    if (is_closed(old) && users_of(old) == 1)
        give_back_fd(c);
}

static int check_direction(mp_connection *c, enum mp__use use)
{
    if (use == MP__TO_SEND && !atomic_load(&c->writable))
        return mp__fail(MP_VALUE_ERROR, "connection is read-only");
    if (use == MP__TO_RECEIVE && !atomic_load(&c->readable))
        return mp__fail(MP_VALUE_ERROR, "connection is write-only");
    return 0;
}

int mp__connection_enter(mp_connection *c, enum mp__use use)
{
    uint64_t old;
    int rc;

    if (c == NULL)
        return mp__fail_null("connection");
    old = load_use(c);
    do {
        if (is_closed(old))
            return mp__fail(MP_VALUE_ERROR, "connection is closed");
    } while (!change_use(c, &old, use_of(false, users_of(old) + 1)));
    rc = check_direction(c, use);
    if (rc < 0)
        mp__connection_leave(c);
    return rc;
}

/* -- life ------------------------------------------------------------------ */

static int check_new(int fd, bool readable, bool writable)
{
    if (fd < 0)
        return mp__fail(MP_VALUE_ERROR, "connection: %d is no descriptor", fd);
    if (!readable && !writable)
        return mp__fail(MP_VALUE_ERROR,
                        "connection: neither readable nor writable");
    return 0;
}

mp_connection *mp_connection_new(int fd, bool readable, bool writable)
{
    mp_connection *c;
    enum mp__fd_kind kind;
    bool is_unix;

    if (check_new(fd, readable, writable) < 0 ||
        mp__fd_kind(fd, &kind, &is_unix) < 0)
        return NULL;
    if (kind == MP__FD_OTHER) {
        mp__fail(MP_VALUE_ERROR,
                 "connection: a socket that loses or mixes up messages");
        return NULL;
    }
    c = calloc(1, sizeof *c);
    if (c == NULL) {
        mp__fail(-ENOMEM, "no memory for a connection");
        return NULL;
    }
    mp__handle_init(&c->handle, &connection_type);
    c->fd = fd;
    c->kind = kind;
    c->is_unix = is_unix;
    atomic_init(&c->use, use_of(false, 0));
    atomic_init(&c->readable, readable);
    atomic_init(&c->writable, writable);
    c->inbox.generation = mp__generation();
    return c;
}

int mp_connection_close(mp_connection *c)
{
    uint64_t old;

    if (c == NULL)
        return mp__fail_null("connection");
    old = load_use(c);
    do {
        if (is_closed(old))
            return 0;
    } while (!change_use(c, &old, use_of(true, users_of(old))));
    if (users_of(old) == 0)
        give_back_fd(c);
    return 0;
}

void mp_connection_free(mp_connection *c)
{
    if (c != NULL)
        mp__handle_drop(&c->handle);
}

static void destroy(struct mp__handle *h)
{
    mp_connection *c = (mp_connection *)h;

    (void)mp_connection_close(c);
    free(c);
}

/* -- what it can do -------------------------------------------------------- */

int mp_connection_fileno(mp_connection *c)
{
    int rc = mp__connection_enter(c, MP__TO_ASK);

    if (rc < 0)
        return rc;
    rc = c->fd;
    mp__connection_leave(c);
    return rc;
}

int mp_connection_closed(mp_connection *c)
{
    return c == NULL ? mp__fail_null("connection") : is_closed(load_use(c));
}

int mp_connection_readable(mp_connection *c)
{
    return c == NULL ? mp__fail_null("connection") : atomic_load(&c->readable);
}

int mp_connection_writable(mp_connection *c)
{
    return c == NULL ? mp__fail_null("connection") : atomic_load(&c->writable);
}

void mp__connection_stop_receiving(mp_connection *c)
{
    if (atomic_load(&c->writable))
        atomic_store(&c->readable, false);
    else
        (void)mp_connection_close(c);
}

/* The other end is to see at once that the frame is cut off. */
void mp__connection_stop_sending(mp_connection *c)
{
    if (c->kind != MP__FD_FILE)
        mp__socket_stop_sending(c->fd);
    if (atomic_load(&c->readable))
        atomic_store(&c->writable, false);
    else
        (void)mp_connection_close(c);
}

/* Acquire: the partner is set_whole in inbox.c. */
bool mp__connection_has_message(mp_connection *c)
{
    return atomic_load_explicit(&c->inbox.whole, memory_order_acquire) ==
           mp__generation();
}

/* -- as a value ------------------------------------------------------------ */

int mp__connection_waitable_fd(struct mp__handle *h)
{
    mp_connection *c = (mp_connection *)h;
    int rc = mp__connection_enter(c, MP__TO_RECEIVE);

    if (rc < 0)
        return rc;
    rc = c->fd;
    mp__connection_leave(c);
    return rc;
}

static int repr(const struct mp__handle *h, char *buf, size_t size)
{
    return snprintf(buf, size,
                    "<multiprocessing.connection.Connection object at %p>",
                    (const void *)h);
}

enum { READABLE, WRITABLE, PARCEL_SIZE };

static int reduce(struct mp__handle *h, struct mp__parcel *out)
{
    mp_connection *c = (mp_connection *)h;
    int fd = mp_connection_fileno(c);

    if (fd < 0)
        return fd;
    out->size = PARCEL_SIZE;
    out->bytes[READABLE] = atomic_load(&c->readable);
    out->bytes[WRITABLE] = atomic_load(&c->writable);
    out->nfds = 1;
    out->fds[0] = fd;
    return 0;
}

static int rebuild(const struct mp__parcel *in, struct mp__handle **out)
{
    mp_connection *c;

    if (in->size != PARCEL_SIZE || in->nfds != 1 || in->bytes[READABLE] > 1 ||
        in->bytes[WRITABLE] > 1)
        return mp__fail(MP_VALUE_ERROR, "what came is no connection");
    c = mp_connection_new(in->fds[0], in->bytes[READABLE], in->bytes[WRITABLE]);
    if (c == NULL)
        return mp_error_last()->code;
    *out = &c->handle;
    return 0;
}

static const struct mp__handle_type connection_type = {
    .tag = MP__TAG_CONNECTION,
    .name = "Connection",
    .destroy = destroy,
    .repr = repr,
    .reduce = reduce,
    .rebuild = rebuild,
    .waitable_fd = mp__connection_waitable_fd,
};

__attribute__((constructor)) static void register_type(void)
{
    mp__handle_register(&connection_type);
}

mp_any mp_any_connection(mp_connection *c)
{
    return mp__any_handle(c == NULL ? NULL : &c->handle, "connection");
}

mp_out mp_out_connection(mp_connection **p)
{
    return mp__out_handle(&connection_type, p, false);
}

mp_out mp_out_connection_view(mp_connection **p)
{
    return mp__out_handle(&connection_type, p, true);
}

mp_connection *mp__connection_of(mp_any v)
{
    const struct mp__handle *h = v.u.p;

    if (mp_any_kind(v) != MP_KIND_HANDLE || h->type != &connection_type)
        return NULL;
    return (mp_connection *)(size_t)v.u.p;
}
