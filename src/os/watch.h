/*
 * Watching many file descriptors at once, added and removed by one thread
 * while another one sleeps on them.
 */
#ifndef MP_OS_WATCH_H
#define MP_OS_WATCH_H

#include <stddef.h>

/* The watch, or -errno. Closed with close(2). */
int mp__watch_new(void);

/* 0 or -errno. What comes back is `what`, as long as fd is readable. */
int mp__watch_add(int watch, int fd, void *what);
void mp__watch_remove(int watch, int fd);

/* Sleep until one is readable. */
void mp__watch_wait(int watch);

/* Those that are readable now, at most n; says how many. */
size_t mp__watch_take(int watch, void **out, size_t n);

#endif
