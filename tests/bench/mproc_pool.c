/*
 * libmproc's start and stop of a Pool: made, used once by each worker's share
 * of a map, and freed.
 */
#include "bench.h"
#include "mproc_square.h"
#include "squares.h"
#include "stats.h"

#include <stdlib.h>
#include <string.h>

/* As many items as workers. */
static int make_and_use(int workers, const int64_t *numbers, int64_t *squared)
{
    mp_auto(mp_pool) pool = mp_pool_new(workers);
    size_t n = (size_t)workers;

    return mp_pool_map(pool, mproc_square, MP_ARRAY_N(numbers, n),
                       MP_INTO_ARRAY_N(squared, n));
}

static int run(int workers, const int64_t *numbers, int64_t *squared,
               double *ms)
{
    size_t n = (size_t)workers;
    double from;

    memset(squared, 0, n * sizeof *squared);
    from = seconds_now();
    MP_TRY(make_and_use(workers, numbers, squared));
    *ms = (seconds_now() - from) * 1e3;
    return numbers_sum(squared, n) == squares_sum(workers)
               ? 0
               : mp_raise(NULL, MP_VALUE_ERROR, "a result was wrong");
}

int mproc_pool(const struct job *job, struct figures *out)
{
    size_t n = (size_t)job->pairs;
    int64_t *numbers = calloc(n, sizeof *numbers);
    int64_t *squared = calloc(n, sizeof *squared);
    double *ms = calloc((size_t)job->count, sizeof *ms);
    int rc = -1;

    if (numbers == NULL || squared == NULL || ms == NULL)
        goto out;
    numbers_fill(numbers, n, 0);
    rc = 0;
    for (long i = 0; rc == 0 && i < job->count; i++) {
        rc = run(job->pairs, numbers, squared, &ms[i]);
        if (rc < 0)
            mp_perror("pool");
    }
    if (rc == 0)
        out->of[0] = summarize(ms, (size_t)job->count).median;
out:
    free(numbers);
    free(squared);
    free(ms);
    return rc;
}
