/*
 * Sockets; see socket.h.
 */
#include "os/socket.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PARTS = 3, FEW = 128 };
enum { CONTROL_SIZE = CMSG_SPACE(MP__SOCKET_FDS * sizeof(int)) };

/* Space for control messages, aligned as they must be. */
union control {
    struct cmsghdr align;
    char bytes[CONTROL_SIZE];
};

void mp__fd_list_close(struct mp__fd_list *fds)
{
    for (size_t i = 0; i < fds->n; i++)
        (void)close(fds->fd[i]);
    fds->n = 0;
}

static int option(int fd, int name, int *out)
{
    socklen_t size = sizeof *out;

    return getsockopt(fd, SOL_SOCKET, name, out, &size) < 0 ? -errno : 0;
}

int mp__fd_kind(int fd, enum mp__fd_kind *kind, bool *is_unix)
{
    int type, domain;
    int rc = option(fd, SO_TYPE, &type);

    if (rc == 0)
        rc = option(fd, SO_DOMAIN, &domain);
    *is_unix = false;
    if (rc == -ENOTSOCK) {
        *kind = MP__FD_FILE;
        return 0;
    }
    if (rc < 0)
        return mp__fail_os(rc, "cannot use file descriptor %d", fd);
    *is_unix = domain == AF_UNIX;
    *kind = type == SOCK_SEQPACKET ? MP__FD_PACKETS
            : type == SOCK_STREAM  ? MP__FD_STREAM
                                   : MP__FD_OTHER;
    return 0;
}

int mp__socket_pair(int out[2])
{
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, out) < 0)
        return mp__fail_os(-errno, "cannot make a pair of sockets");
    return 0;
}

/* More than the limit is asked for, and the limit is what is given. */
void mp__socket_widen(int fd)
{
    int most = INT_MAX / 2;

    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &most, sizeof most);
}

void mp__socket_stop_sending(int fd)
{
    (void)shutdown(fd, SHUT_WR);
}

size_t mp__cargo_size(const struct mp__cargo *cargo)
{
    size_t size = 0;

    for (int i = 0; i < PARTS; i++)
        size += cargo->part[i].size;
    return size;
}

void mp__cargo_advance(struct mp__cargo *cargo, size_t n)
{
    for (int i = 0; i < PARTS && n > 0; i++) {
        size_t k = cargo->part[i].size < n ? cargo->part[i].size : n;

        if (k == 0)
            continue;
        cargo->part[i].data = (const char *)cargo->part[i].data + k;
        cargo->part[i].size -= k;
        n -= k;
    }
    cargo->nfds = 0;
}

static void attach(struct msghdr *m, union control *control, const int *fds,
                   size_t n)
{
    struct cmsghdr *c;

    memset(control, 0, CMSG_SPACE(n * sizeof *fds));
    m->msg_control = control->bytes;
    m->msg_controllen = CMSG_SPACE(n * sizeof *fds);
    c = CMSG_FIRSTHDR(m);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(n * sizeof *fds);
    memcpy(CMSG_DATA(c), fds, n * sizeof *fds);
}

/* The other end being closed has two names: with and without messages of
   ours that it never read. */
static ssize_t send_answer(int error)
{
    return error == ECONNRESET ? -EPIPE : -error;
}

/* A few bytes are copied sooner than the kernel learns of parts. */
static ssize_t send_few(int fd, const struct mp__cargo *cargo)
{
    char bytes[FEW];
    size_t n = 0;

    for (int i = 0; i < PARTS; i++) {
        if (cargo->part[i].size > 0)
            memcpy(bytes + n, cargo->part[i].data, cargo->part[i].size);
        n += cargo->part[i].size;
    }
    return send(fd, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static ssize_t send_parts(int fd, const struct mp__cargo *cargo)
{
    struct iovec parts[PARTS];
    struct msghdr m = {.msg_iov = parts};
    union control control;

    for (int i = 0; i < PARTS; i++) {
        if (cargo->part[i].size == 0)
            continue;
        parts[m.msg_iovlen++] =
            (struct iovec){.iov_base = (void *)(size_t)cargo->part[i].data,
                           .iov_len = cargo->part[i].size};
    }
    if (cargo->nfds > 0)
        attach(&m, &control, cargo->fds, cargo->nfds);
    return sendmsg(fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
}

ssize_t mp__socket_send(int fd, const struct mp__cargo *cargo)
{
    bool few = cargo->nfds == 0 && mp__cargo_size(cargo) <= FEW;

    for (;;) {
        ssize_t n = few ? send_few(fd, cargo) : send_parts(fd, cargo);

        if (n >= 0)
            return n;
        if (errno != EINTR)
            return send_answer(errno);
    }
}

/* Take over what the kernel has put into our table; false: not all fitted. */
static bool collect(struct msghdr *m, struct mp__fd_list *fds)
{
    bool all = (m->msg_flags & MSG_CTRUNC) == 0;

    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
        size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t i = 0; i < n; i++) {
            int fd;

            memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
            if (fds->n < MP__SOCKET_FDS) {
                fds->fd[fds->n++] = fd;
            } else {
                (void)close(fd);
                all = false;
            }
        }
    }
    return all;
}

/* A reset is reported once, before the messages that are still there. */
static ssize_t receive(int fd, struct msghdr *m, int flags)
{
    bool was_reset = false;

    for (;;) {
        ssize_t n = recvmsg(fd, m, flags | MSG_CMSG_CLOEXEC);

        if (n >= 0)
            return n;
        if (errno == ECONNRESET && !was_reset)
            was_reset = true;
        else if (errno != EINTR)
            return -errno;
    }
}

static ssize_t receive_all(int fd, struct iovec part, struct mp__fd_list *fds,
                           int flags)
{
    union control control;
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = control.bytes,
                       .msg_controllen = sizeof control.bytes};
    ssize_t n = receive(fd, &m, flags);

    if (n < 0)
        return n;
    if (!collect(&m, fds)) {
        mp__fd_list_close(fds);
        return -EMFILE;
    }
    if ((m.msg_flags & MSG_TRUNC) != 0) {
        mp__fd_list_close(fds);
        return -EMSGSIZE;
    }
    return n;
}

ssize_t mp__socket_receive(int fd, void *buf, size_t size, bool wait,
                           struct mp__fd_list *fds)
{
    return receive_all(fd, (struct iovec){buf, size}, fds,
                       wait ? 0 : MSG_DONTWAIT);
}

/* Without space for control messages the kernel keeps the descriptors, or
   closes them. */
static ssize_t receive_bytes(int fd, struct iovec part, int flags)
{
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};

    return receive(fd, &m, flags);
}

ssize_t mp__socket_peek(int fd, void *buf, size_t size, struct mp__fd_list *fds)
{
    struct iovec part = {buf, size};

    return fds == NULL ? receive_bytes(fd, part, MSG_PEEK | MSG_DONTWAIT)
                       : receive_all(fd, part, fds, MSG_PEEK | MSG_DONTWAIT);
}

int mp__socket_drop(int fd)
{
    ssize_t n = receive_bytes(fd, (struct iovec){NULL, 0}, MSG_DONTWAIT);

    return n < 0 ? (int)n : 0;
}
