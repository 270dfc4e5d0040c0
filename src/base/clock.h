/*
 * Time: CLOCK_MONOTONIC in nanoseconds, and deadlines on it.
 *
 * A public timeout in seconds becomes one absolute deadline at once; inner
 * code knows deadlines only.
 */
#ifndef MP_BASE_CLOCK_H
#define MP_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define MP__NEVER  INT64_MAX
#define MP__SECOND INT64_C(1000000000)

int64_t mp__now(void);

/* The deadline of a timeout: 0 (long past) for zero and negative ones,
   MP__NEVER for MP_FOREVER and what is beyond counting. NaN counts as 0. */
int64_t mp__deadline(double timeout);

bool mp__is_past(int64_t deadline);

#endif
