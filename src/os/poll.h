/*
 * Waiting for descriptors: poll(2) with a deadline, and the patience of one
 * wait: spin shortly, then sleep.
 *
 *     struct mp__patience p = mp__patience_until(deadline, &vain);
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

/* How many spins in a row were in vain, of all who wait on an object. A hint:
   each of its threads reads and writes it. */
typedef atomic_uint mp__vain;

struct mp__patience {
    int64_t deadline;
    int64_t began; /* 0: nothing was waited for yet */
    mp__vain *vain;
    bool spinning;
};

static inline struct mp__patience mp__patience_until(int64_t deadline,
                                                     mp__vain *vain)
{
    return (struct mp__patience){.deadline = deadline, .vain = vain};
}

/* 0: try again · -ETIMEDOUT · -errno. */
int mp__patience_wait(struct mp__patience *p, int fd, short events);

/* Neither to be spun nor ever to be given up: then what is tried may as well
   wait by itself, which spares a system call or two. */
bool mp__patience_is_boundless(const struct mp__patience *p);

/* What was waited for has come: learn whether it came while spinning. */
void mp__patience_end(const struct mp__patience *p);

#endif
