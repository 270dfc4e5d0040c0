/*
 * The monotonic clock; see clock.h.
 */
#include "base/clock.h"

#include <time.h>

int64_t mp__now(void)
{
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
}

bool mp__is_past(int64_t deadline)
{
    return deadline != MP__NEVER && (deadline == 0 || mp__now() >= deadline);
}
