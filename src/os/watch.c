/*
 * Watching by epoll; see watch.h.
 */
#include "os/watch.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>

enum { BATCH = 16 };

int mp__watch_new(void)
{
    int watch = epoll_create1(EPOLL_CLOEXEC);

    return watch < 0 ? -errno : watch;
}

int mp__watch_add(int watch, int fd, void *what)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = what};

    return epoll_ctl(watch, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

void mp__watch_remove(int watch, int fd)
{
    struct epoll_event unused = {.events = 0};

    (void)epoll_ctl(watch, EPOLL_CTL_DEL, fd, &unused);
}

void mp__watch_wait(int watch)
{
    struct pollfd ready = {.fd = watch, .events = POLLIN};

    (void)poll(&ready, 1, -1);
}

size_t mp__watch_take(int watch, void **out, size_t n)
{
    struct epoll_event events[BATCH];
    int ready = epoll_wait(watch, events, n < BATCH ? (int)n : BATCH, 0);

    for (int i = 0; i < ready; i++)
        out[i] = events[i].data.ptr;
    return ready > 0 ? (size_t)ready : 0;
}
