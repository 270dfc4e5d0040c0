/*
 * Time: CLOCK_MONOTONIC in nanoseconds, and deadlines on it.
 */
#include "base/clock.h"

#include <time.h>

int64_t mp__now(void)
{
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
}

bool mp__is_past(int64_t deadline)
{
    return deadline != MP__NEVER && mp__now() >= deadline;
}
