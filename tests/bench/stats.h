/*
 * Time, and what many figures come to.
 */
#ifndef BENCH_STATS_H
#define BENCH_STATS_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct summary {
    double median;
    double min;
    double max;
};

/* Sorts the values; there must be one at least. */
struct summary summarize(double *values, size_t n);

/* The value that so large a share (0 to 1) of sorted values stays below. */
double percentile(const double *sorted, size_t n, double share);

static inline double seconds_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

#endif
