/*
 * Pipes as streams; see stream_file.h. The kernel is asked not to wait by a
 * flag of the call (RWF_NOWAIT); where it does not know that for this file,
 * poll says that some bytes would not wait, and no more are asked for.
 */
#include "os/stream_file.h"

#include "os/poll.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static bool is_ready(int fd, short events)
{
    struct pollfd one = {.fd = fd, .events = events};

    return mp__poll(&one, 1, 0) != 0;
}

ssize_t mp__file_read(int fd, void *buf, size_t size)
{
    struct iovec part = {.iov_base = buf, .iov_len = size};

    for (;;) {
        ssize_t n = preadv2(fd, &part, 1, -1, RWF_NOWAIT);

        if (n < 0 && errno == EOPNOTSUPP)
            n = is_ready(fd, POLLIN) ? read(fd, buf, size)
                                     : (errno = EAGAIN, -1);
        if (n >= 0)
            return n;
        if (errno != EINTR)
            return -errno;
    }
}

/* A pipe that is ready takes PIPE_BUF bytes at once. */
static ssize_t write_some(int fd, const struct iovec *parts)
{
    char bytes[PIPE_BUF];
    size_t n = 0;

    if (!is_ready(fd, POLLOUT)) {
        errno = EAGAIN;
        return -1;
    }
    for (int i = 0; i < 3; i++) {
        size_t k = parts[i].iov_len;

        if (k > sizeof bytes - n)
            k = sizeof bytes - n;
        if (k > 0)
            memcpy(bytes + n, parts[i].iov_base, k);
        n += k;
    }
    return write(fd, bytes, n);
}

static ssize_t write_now(int fd, const struct mp__cargo *cargo)
{
    struct iovec parts[3];

    for (int i = 0; i < 3; i++)
        parts[i] =
            (struct iovec){.iov_base = (void *)(size_t)cargo->part[i].data,
                           .iov_len = cargo->part[i].size};
    for (;;) {
        ssize_t n = pwritev2(fd, parts, 3, -1, RWF_NOWAIT);

        if (n < 0 && errno == EOPNOTSUPP)
            n = write_some(fd, parts);
        if (n >= 0)
            return n;
        if (errno != EINTR)
            return -errno;
    }
}

/* SIGPIPE is blocked in this thread meanwhile; one that the write raised is
   taken, one that was there before stays. */
ssize_t mp__file_write(int fd, const struct mp__cargo *cargo)
{
    sigset_t sigpipe, before, pending;
    ssize_t n;

    sigemptyset(&sigpipe);
    sigaddset(&sigpipe, SIGPIPE);
    sigemptyset(&pending);
    (void)sigpending(&pending);
    (void)pthread_sigmask(SIG_BLOCK, &sigpipe, &before);
    n = write_now(fd, cargo);
    if (n == -EPIPE && !sigismember(&pending, SIGPIPE)) {
        const struct timespec now = {0};

        while (sigtimedwait(&sigpipe, NULL, &now) < 0 && errno == EINTR)
            ;
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return n;
}
