/*
 * Stands in for os/socket.h: the socket that a queue's descriptors lie in. Each
 * call is one step, as it is to a kill. A descriptor is a number; who has how
 * many is counted.
 */
#include "sched.h"
#include "trace.h"

#include "os/socket.h"

#include <errno.h>
#include <string.h>

enum { MOST = 3 };

struct message {
    uint64_t ticket;
    int64_t fd;
};

static struct socket {
    uint32_t holds;
    uint32_t there;
    struct message message[MOST];
    int32_t held[SIM_PROCESSES + 1]; /* descriptors, by process */
} * at;

/* --- for scenarios --- */

void sim_socket_holds(unsigned most)
{
    at->holds = most < MOST ? most : MOST;
}

bool sim_socket_is_full(void)
{
    return at->there == at->holds;
}

uint64_t sim_socket_first(void)
{
    return at->there > 0 ? at->message[0].ticket : 0;
}

/* The simulator itself is the last one. */
static int32_t *held_here(void)
{
    int me = sim_current();

    return &at->held[me < 0 ? SIM_PROCESSES : me];
}

void sim_let_go(int fd)
{
    SIM_DEMAND(--*held_here() >= 0, "descriptor %d is closed twice", fd);
}

int sim_descriptors(int i)
{
    return at->held[i];
}

/* --- os/socket.h --- */

int mp__socket_pair(int out[2])
{
    at = sim_private(sizeof *at);
    at->holds = MOST;
    out[0] = out[1] = -1;
    return 0;
}

void mp__socket_widen(int fd)
{
    (void)fd;
}

int mp__fd_kind(int fd, enum mp__fd_kind *kind, bool *is_unix)
{
    (void)fd;
    (void)kind;
    (void)is_unix;
    return -EBADF;
}

ssize_t mp__socket_send(int fd, const struct mp__cargo *cargo)
{
    struct message m = {.fd = cargo->fds[0]};

    (void)fd;
    sim_point();
    if (at->there == at->holds)
        return -EAGAIN;
    memcpy(&m.ticket, cargo->part[0].data, sizeof m.ticket);
    at->message[at->there++] = m;
    sim_trace(sim_current(), "sends %d, ticket %d", (int)m.fd, (int)m.ticket);
    return (ssize_t)sizeof m.ticket;
}

ssize_t mp__socket_peek(int fd, void *buf, size_t size, struct mp__fd_list *fds)
{
    const struct message *m = &at->message[0];

    (void)fd;
    sim_point();
    if (at->there == 0)
        return -EAGAIN;
    memcpy(buf, &m->ticket, size);
    if (fds != NULL) {
        fds->fd[fds->n++] = (int)m->fd;
        ++*held_here();
    }
    return (ssize_t)size;
}

int mp__socket_drop(int fd)
{
    (void)fd;
    sim_point();
    if (at->there == 0)
        return -EAGAIN;
    sim_trace(sim_current(), "drops %d, ticket %d", (int)at->message[0].fd,
              (int)at->message[0].ticket);
    memmove(at->message, at->message + 1, sizeof *at->message * (MOST - 1));
    memset(&at->message[MOST - 1], 0, sizeof *at->message);
    at->there--;
    return 0;
}

void mp__fd_list_close(struct mp__fd_list *fds)
{
    while (fds->n > 0)
        sim_let_go(fds->fd[--fds->n]);
}
