/*
 * Waiting for descriptors; see poll.h.
 */
#include "os/poll.h"

#include "base/clock.h"
#include "os/sleep.h"

#include <errno.h>
#include <time.h>

/* 60 us. Waking a sleeper on another CPU takes up to some 40: with less, two
   that wait for each other by turns, once asleep, never find out that they
   could spin. */
#define SPIN_TIME (MP__SECOND * 60 / 1000000)

/* After so many spins in vain in a row, spin in one of so many waits only: on
   a CPU that both share, each keeps the other from answering. */
enum { MISSES = 4, RARELY = 256 };

/* The time left as ppoll wants it; NULL for ever. */
static const struct timespec *time_left(int64_t deadline, struct timespec *ts)
{
    int64_t left = 0;

    if (deadline == MP__NEVER)
        return NULL;
    if (!mp__is_past(deadline))
        left = deadline - mp__now();
    if (left < 0)
        left = 0;
    *ts = (struct timespec){.tv_sec = (time_t)(left / MP__SECOND),
                            .tv_nsec = (long)(left % MP__SECOND)};
    return ts;
}

int mp__poll(struct pollfd *fds, size_t n, int64_t deadline)
{
    for (;;) {
        struct timespec ts;
        int rc = ppoll(fds, n, time_left(deadline, &ts), NULL);

        if (rc >= 0)
            return rc;
        if (errno != EINTR)
            return -errno;
    }
}

static bool spinning_pays(const mp__misses *misses)
{
    unsigned n = atomic_load_explicit(misses, memory_order_relaxed);

    return mp__spins() > 0 && (n < MISSES || n % RARELY == 0);
}

int mp__patience_wait(struct mp__patience *p, int fd, short events)
{
    struct pollfd one = {.fd = fd, .events = events};
    int64_t now;
    int rc;

    if (p->deadline == 0)
        return -ETIMEDOUT;
    now = mp__now();
    if (p->began == 0) {
        p->began = now;
        p->spinning = spinning_pays(p->misses);
    }
    if (now >= p->deadline)
        return -ETIMEDOUT;
    if (p->spinning && now - p->began < SPIN_TIME) {
        mp__pause();
        return 0;
    }
    p->spinning = false;
    rc = mp__poll(&one, 1, p->deadline);
    return rc > 0 ? 0 : rc == 0 ? -ETIMEDOUT : rc;
}

void mp__patience_end(const struct mp__patience *p)
{
    unsigned n;

    if (p->began == 0)
        return;
    n = atomic_load_explicit(p->misses, memory_order_relaxed);
    n = p->spinning ? 0 : n + 1;
    atomic_store_explicit(p->misses, n, memory_order_relaxed);
}
