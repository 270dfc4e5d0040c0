/*
 * What many figures come to; see stats.h.
 */
#include "stats.h"

#include <stdlib.h>

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double percentile(const double *sorted, size_t n, double share)
{
    size_t i = (size_t)((double)n * share);

    return sorted[i < n ? i : n - 1];
}

struct summary summarize(double *values, size_t n)
{
    qsort(values, n, sizeof *values, by_value);
    return (struct summary){
        .median = n % 2 == 1 ? values[n / 2]
                             : (values[n / 2 - 1] + values[n / 2]) / 2,
        .min = values[0],
        .max = values[n - 1],
    };
}
