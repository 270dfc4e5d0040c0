/*
 * What the files of this room share about a connection.
 *
 * An end over packets sends without a lock, since the kernel keeps packets
 * whole; all else is guarded: `sending` by whoever writes frames to a stream,
 * `receiving` by whoever touches the inbox. Both locks, the inbox and the
 * count of users belong to one process: a child made by fork begins afresh.
 */
#ifndef MP_IPC_CONNECTION_H
#define MP_IPC_CONNECTION_H

#include "any/handle.h"
#include "ipc/inbox.h"
#include "os/poll.h"
#include "os/socket.h"
#include "os/thread_lock.h"

#include <mproc/connection.h>

struct mp_connection {
    struct mp__handle handle;

    /* {closed:1, generation:31, users:32}: the fd is closed by the last thread
       to leave, never under one that is about to use it. Each call changes it
       by compare-and-swap. */
    _Atomic uint64_t use;

    int fd; /* until `use` says closed and nobody is left */
    enum mp__fd_kind kind;
    bool is_unix;

    /* Only ever turned off: by a torn frame or an overlong message. */
    atomic_bool readable;
    atomic_bool writable;

    mp__vain vain;
    struct mp__thread_lock sending;
    struct mp__thread_lock receiving;
    struct mp__inbox inbox;
};

/* Begin to use the fd, in one direction or either; MP_VALUE_ERROR it is
   closed or of the other direction, or c is NULL. Each is to be left. */
enum mp__use { MP__TO_SEND, MP__TO_RECEIVE, MP__TO_ASK };
int mp__connection_enter(mp_connection *c, enum mp__use use);
void mp__connection_leave(mp_connection *c);

/* The stream is torn, or the peer does not keep to what was agreed: nothing
   more goes this way. Without another way the connection is closed. */
void mp__connection_stop_receiving(mp_connection *c);
void mp__connection_stop_sending(mp_connection *c);

/* Whether a whole message was received and not yet handed out. */
bool mp__connection_has_message(mp_connection *c);

/* The fd to wait for; borrowed. */
int mp__connection_waitable_fd(struct mp__handle *h);

/* NULL if the value is not a connection. */
mp_connection *mp__connection_of(mp_any v);

/* -- packet.c, stream.c ---------------------------------------------------- */

/* A message on its way out: a record, and whether a stream carries it bare,
   as Python's send_bytes does. */
struct mp__letter {
    uint64_t head;
    const void *payload;
    size_t size;
    const int *fds;
    size_t nfds;
    bool bare;
};

int mp__packet_send(mp_connection *c, const struct mp__letter *letter,
                    int64_t deadline);
int mp__stream_send(mp_connection *c, const struct mp__letter *letter,
                    int64_t deadline);

/* Have a whole message in the inbox. One longer than limit is -EMSGSIZE; over
   a stream it is not read. MP_EOF is without words yet. */
int mp__packet_receive(mp_connection *c, int64_t deadline);
int mp__stream_receive(mp_connection *c, size_t limit, int64_t deadline);

#endif
