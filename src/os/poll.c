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

/*
 * Spinning is vain where the other side cannot answer meanwhile: it shares our
 * CPU, or has slept itself and must be woken. After so many vain spins in a
 * row only waits that begin within a short window of each period spin. All
 * processes see the same clock, so both sides try again at the same time.
 */
enum { VAIN_SPINS = 4 };
#define PERIOD (MP__SECOND / 200)  /* 5 ms */
#define WINDOW (MP__SECOND / 4000) /* 250 us */

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

static bool spinning_may_pay(const mp__vain *vain, int64_t now)
{
    unsigned n = atomic_load_explicit(vain, memory_order_relaxed);

    return mp__spins() > 0 && (n < VAIN_SPINS || now % PERIOD < WINDOW);
}

/* It has spun in vain, and will now sleep. */
static void stop_spinning(struct mp__patience *p)
{
    unsigned n = atomic_load_explicit(p->vain, memory_order_relaxed);

    p->spinning = false;
    if (n < VAIN_SPINS)
        atomic_store_explicit(p->vain, n + 1, memory_order_relaxed);
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
        p->spinning = spinning_may_pay(p->vain, now);
    }
    if (now >= p->deadline)
        return -ETIMEDOUT;
    if (p->spinning && now - p->began < SPIN_TIME) {
        mp__pause();
        return 0;
    }
    if (p->spinning)
        stop_spinning(p);
    rc = mp__poll(&one, 1, p->deadline);
    return rc > 0 ? 0 : rc == 0 ? -ETIMEDOUT : rc;
}

bool mp__patience_is_boundless(const struct mp__patience *p)
{
    return p->deadline == MP__NEVER && mp__spins() == 0;
}

void mp__patience_end(const struct mp__patience *p)
{
    if (p->spinning)
        atomic_store_explicit(p->vain, 0, memory_order_relaxed);
}
