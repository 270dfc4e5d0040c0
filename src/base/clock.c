/*
<<<<<<< HEAD
 * The monotonic clock; see clock.h.
=======
 * Time: CLOCK_MONOTONIC in nanoseconds, and deadlines on it.
>>>>>>> any
 */
#include "base/clock.h"

#include <time.h>

int64_t mp__now(void)
{
<<<<<<< HEAD
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * MP__SECOND + ts.tv_nsec;
}

/* Beyond a hundred years is for ever; what is not above zero is the past. */
int64_t mp__deadline(double timeout)
{
    if (timeout >= 3.2e9)
        return MP__NEVER;
    if (!(timeout > 0))
        return 0;
    return mp__now() + (int64_t)(timeout * (double)MP__SECOND);
=======
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * MP__SECOND + t.tv_nsec;
}

int64_t mp__deadline(double timeout)
{
    if (!(timeout > 0))
        return 0;

    int64_t now = mp__now();
    double wait = timeout * (double)MP__SECOND;
    if (wait >= (double)(MP__NEVER - now))
        return MP__NEVER;
    return now + (int64_t)wait;
>>>>>>> any
}

bool mp__is_past(int64_t deadline)
{
<<<<<<< HEAD
    return deadline != MP__NEVER && (deadline == 0 || mp__now() >= deadline);
=======
    return deadline != MP__NEVER && mp__now() >= deadline;
>>>>>>> any
}
