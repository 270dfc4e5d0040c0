/*
 * The inbox of a connection: the message being received, and the one that was
 * received but did not fit where it was to go, which stays for the next call.
 * Guarded by the connection's lock `receiving`, save where it is said.
 */
#ifndef MP_IPC_INBOX_H
#define MP_IPC_INBOX_H

#include "ipc/frame.h"
#include "os/socket.h"

#include <stdatomic.h>
#include <stdint.h>

struct mp__inbox {
    uint32_t generation; /* whose it is; of another one it is void */

    /* `generation` if a whole message is here, else 0. Written under the lock,
       read by poll without it. */
    _Atomic uint32_t whole;

    unsigned char *buf; /* NULL or `capacity` bytes */
    size_t capacity;

    /* The message: in buf, or in memory mapped from its descriptor. */
    uint64_t head; /* not of a bare one */
    const unsigned char *payload;
    size_t size;
    const void *map; /* NULL or `size` bytes */
    struct mp__fd_list fds;
    bool bare; /* a stream's frame as it came */

    /* How far the frame of a stream has come. */
    unsigned char frame[MP__FRAME_HEAD];
    size_t frame_got;
    size_t got;
};

/* Make it this process's own: what a parent received is the parent's. If it
   was in use at the fork nothing in it can be trusted, nor given back. */
void mp__inbox_own(struct mp__inbox *inbox, bool held_at_fork);

/* At least so many bytes of buf. */
int mp__inbox_reserve(struct mp__inbox *inbox, size_t capacity);

/* A whole message is there. */
void mp__inbox_complete(struct mp__inbox *inbox);

/* Give back the message, whole or in part; keep buf. */
void mp__inbox_clear(struct mp__inbox *inbox);

/* Give back everything. */
void mp__inbox_free(struct mp__inbox *inbox);

#endif
