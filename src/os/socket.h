/*
 * Sockets: sending and receiving bytes and descriptors.
 *
 * Nothing here waits unless told to, raises SIGPIPE, or lets a descriptor be born without
 * close-on-exec. -EAGAIN says that it would have blocked.
 */
#ifndef MP_OS_SOCKET_H
#define MP_OS_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The kernel's limit on the descriptors of one message. */
#define MP__SOCKET_FDS 253

struct mp__fd_list {
    size_t n;
    int fd[MP__SOCKET_FDS];
};

void mp__fd_list_close(struct mp__fd_list *fds);

enum mp__fd_kind {
    MP__FD_PACKETS, /* a socket that keeps messages apart, in order         */
    MP__FD_STREAM,  /* a socket that carries a stream of bytes              */
    MP__FD_FILE,    /* no socket: a pipe, most likely                       */
    MP__FD_OTHER    /* a socket of another type                             */
};

/* What an fd is, and whether it is a unix socket, which descriptors can be
   sent over. -EBADF (record set) if it is not open. */
int mp__fd_kind(int fd, enum mp__fd_kind *kind, bool *is_unix);

/* Two connected unix sockets of kind MP__FD_PACKETS. */
int mp__socket_pair(int out[2]);

/* Let as much lie under way as the system allows, of what this end sends. */
void mp__socket_widen(int fd);

/* Say that nothing more will be sent. */
void mp__socket_stop_sending(int fd);

/* What to send, in up to three parts; a part of size 0 may be NULL. */
struct mp__cargo {
    struct {
        const void *data;
        size_t size;
    } part[3];
    const int *fds;
    size_t nfds;
};

size_t mp__cargo_size(const struct mp__cargo *cargo);

/* Take the first n bytes off, and the descriptors that went with them. */
void mp__cargo_advance(struct mp__cargo *cargo, size_t n);

/* How many bytes went · -EAGAIN · -EPIPE · -EMSGSIZE, too large a packet
   · -errno. */
ssize_t mp__socket_send(int fd, const struct mp__cargo *cargo);

/* How many bytes came, 0 at the end. Descriptors are added to *fds. If `wait`
   is set it sleeps for them, unless the socket is one that never waits. -EAGAIN
   · -EMSGSIZE the packet is larger than buf, and lost · -EMFILE there was no
   room for its descriptors, and it is lost · -errno. */
ssize_t mp__socket_receive(int fd, void *buf, size_t size, bool wait,
                           struct mp__fd_list *fds);

/* As mp__socket_receive, and the packet stays where it is: the descriptors are
   duplicates. Without fds none are made. */
ssize_t mp__socket_peek(int fd, void *buf, size_t size,
                        struct mp__fd_list *fds);

/* Take a packet out and let go of it and its descriptors, which takes no free
   one. 0 · -EAGAIN · -errno. */
int mp__socket_drop(int fd);

#endif
