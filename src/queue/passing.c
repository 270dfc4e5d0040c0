/*
 * Descriptors of records; see passing.h.
 */
#include "queue/passing.h"

#include "base/error.h"
#include "os/socket.h"
#include "queue/side.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

/* -- the socket ------------------------------------------------------------ */

int mp__passing_new(struct ring *r)
{
    int ends[2];

    MP_TRY(mp__socket_pair(ends));
    mp__socket_widen(ends[0]);
    r->in = ends[0];
    r->out = ends[1];
    return 0;
}

static int check_end(int fd)
{
    enum mp__fd_kind kind;
    bool is_unix;

    MP_TRY(mp__fd_kind(fd, &kind, &is_unix));
    if (kind != MP__FD_PACKETS || !is_unix)
        return mp__fail(MP_VALUE_ERROR,
                        "the descriptor received is no socket of a queue");
    return 0;
}

int mp__passing_adopt(struct ring *r, int in, int out)
{
    MP_TRY(check_end(in));
    MP_TRY(check_end(out));
    r->in = in;
    r->out = out;
    return 0;
}

void mp__passing_free(struct ring *r)
{
    (void)close(r->in);
    (void)close(r->out);
}

/* -- putting --------------------------------------------------------------- */

static int send_failure(int rc)
{
    switch (rc) {
    case -EAGAIN:
        return 1;
    case -ETOOMANYREFS:
        return mp__fail(-EMFILE, "too many descriptors are under way");
    case -ENOBUFS:
        return mp__fail(-ENOMEM, "no memory for descriptors under way");
    default:
        return mp__fail_os(rc, "cannot put descriptors");
    }
}

int mp__passing_put(struct ring *r, mp_any v, const struct mp__measure *m,
                    uint64_t *ticket_out, void *payload, uint32_t *seen)
{
    uint64_t ticket = r->shared->passing.ticket + 1;
    int fds[MP__FDS_MAX];
    struct mp__cargo cargo = {
        .part = {{&ticket, sizeof ticket}},
        .fds = fds,
        .nfds = m->nfds,
    };
    ssize_t n;

    r->shared->passing.ticket = ticket;
    *ticket_out = ticket;
    mp__encode(v, m, payload, fds);
    *seen = atomic_load(&r->shared->passing.taken); /* before it is tried */
    n = mp__socket_send(r->in, &cargo);
    return n < 0 ? send_failure((int)n) : 0;
}

/* -- getting --------------------------------------------------------------- */

/* Whoever waits for room in the socket is told; of a death in between they
   hear. Not all may find room, so all are woken. */
void mp__passing_take_out(struct ring *r)
{
    struct ring_passing *p = &r->shared->passing;

    if (mp__socket_drop(r->out) < 0)
        return;
    if (p->wanted == 0) {
        atomic_fetch_add(&p->taken, 1);
        return;
    }
    (void)mp__futex_add_wake(&p->taken, 1, INT_MAX);
    p->wanted = 0;
}

/* Under the get lock: drop the messages in front that have lower tickets. */
static void drop_below(struct ring *r, uint64_t ticket)
{
    uint64_t found;

    while (mp__socket_peek(r->out, &found, sizeof found, NULL) ==
               (ssize_t)sizeof found &&
           found < ticket)
        mp__passing_take_out(r);
}

static int peek_failure(int rc)
{
    switch (rc) {
    case -EAGAIN:
        return mp__fail(MP_RUNTIME_ERROR,
                        "the descriptors of an item are not there");
    case -EMFILE:
        return mp__fail(-EMFILE, "no room for the descriptors of an item");
    default:
        return mp__fail_os(rc, "cannot get the descriptors of an item");
    }
}

int mp__passing_get(struct ring *r, struct mp__record *record, uint64_t ticket,
                    mp_out out)
{
    struct mp__fd_list fds;
    uint64_t found = 0;
    ssize_t n;
    int rc;

    fds.n = 0;
    drop_below(r, ticket);
    n = mp__socket_peek(r->out, &found, sizeof found, &fds);
    if (n < 0)
        return peek_failure((int)n);
    record->fds = fds.fd;
    record->nfds = fds.n;
    rc = found == ticket ? mp__decode(record, out) : peek_failure(-EAGAIN);
    if (rc < 0)
        mp__fd_list_close(&fds);
    return rc;
}

/* -- waiting --------------------------------------------------------------- */

/* Under the get lock. A producer that is long at work may have the put lock:
   then it is for the next time. */
static void drop_strays(struct ring *r)
{
    struct ring_side *put = &r->shared->put;

    if (mp__side_lock(r, put, 0) < 0)
        return;
    drop_below(r, mp__ring_first_ticket(r));
    mp__owner_unlock(&put->lock);
}

/* There is room for a record: whoever waits for that alone may have it. */
int mp__passing_wait(struct ring *r, uint32_t seen, struct mp__sleep *sleep)
{
    struct ring_side *get = &r->shared->get;
    struct ring_passing *p = &r->shared->passing;
    bool moved;

    (void)mp__futex_wake(&get->commit, 1);
    MP_TRY(mp__side_lock(r, get, sleep->deadline));
    drop_strays(r);
    p->wanted = 1;
    moved = atomic_load(&p->taken) != seen;
    mp__owner_unlock(&get->lock);
    return moved ? 0 : mp__sleep_on(sleep, &p->taken, seen, 0);
}
