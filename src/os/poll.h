/*
 * Waiting for descriptors: poll(2) with a deadline, and the patience of one
 * wait: spin shortly, then sleep.
 *
 *     struct mp__patience p = mp__patience_until(deadline, &misses);
 *     while ((n = try_it(fd)) == -EAGAIN) {
 *         rc = mp__patience_wait(&p, fd, POLLIN);
 *         if (rc < 0)
 *             return rc;
 *     }
 *     mp__patience_end(&p);
 */
#ifndef MP_OS_POLL_H
#define MP_OS_POLL_H

#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many are ready; 0 the deadline has passed · -errno. */
int mp__poll(struct pollfd *fds, size_t n, int64_t deadline);

/* How often in a row what was waited for on an object did not come in a spin.
   A hint: each thread that uses the object reads and writes it. */
typedef atomic_uint mp__misses;

struct mp__patience {
    int64_t deadline;
    int64_t began; /* 0: nothing was waited for yet */
    mp__misses *misses;
    bool spinning;
};

static inline struct mp__patience mp__patience_until(int64_t deadline,
                                                     mp__misses *misses)
{
    return (struct mp__patience){.deadline = deadline, .misses = misses};
}

/* 0: try again · -ETIMEDOUT · -errno. */
int mp__patience_wait(struct mp__patience *p, int fd, short events);

/* What was waited for has come: learn whether spinning was worth it. */
void mp__patience_end(const struct mp__patience *p);

#endif
