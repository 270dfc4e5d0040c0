/*
 * libmproc's map of many ints: an array in, an array out, call after call.
 */
#include "bench.h"
#include "mproc_square.h"
#include "squares.h"
#include "stats.h"

#include <stdlib.h>

struct map {
    mp_pool *pool;
    size_t batch; /* ints of a call */
    int64_t *numbers;
    int64_t *squared;
};

/* The squares of the numbers 0 to count - 1; *seconds is the time in calls. */
static int run(const struct map *m, long count, double *seconds)
{
    uint64_t sum = 0;

    *seconds = 0;
    for (int64_t first = 0; first < count; first += (int64_t)m->batch) {
        double from;

        numbers_fill(m->numbers, m->batch, first);
        from = seconds_now();
        MP_TRY(mp_pool_map(m->pool, mproc_square,
                           MP_ARRAY_N(m->numbers, m->batch),
                           MP_INTO_ARRAY_N(m->squared, m->batch)));
        *seconds += seconds_now() - from;
        sum += numbers_sum(m->squared, m->batch);
    }
    return sum == squares_sum(count)
               ? 0
               : mp_raise(NULL, MP_VALUE_ERROR, "a result was wrong");
}

/* Once to warm up, and then all. */
static int run_twice(const struct map *m, long count, struct figures *out)
{
    double seconds;

    MP_TRY(run(m, (long)m->batch, &seconds));
    MP_TRY(run(m, count, &seconds));
    out->of[0] = (double)count / seconds;
    return 0;
}

int mproc_map(const struct job *job, struct figures *out)
{
    mp_auto(mp_pool) pool = mp_pool_new(job->pairs);
    struct map m = {.pool = pool, .batch = numbers_batch(job->count)};
    long count = job->count / (long)m.batch * (long)m.batch;
    int rc = -1;

    m.numbers = malloc(m.batch * sizeof *m.numbers);
    m.squared = calloc(m.batch, sizeof *m.squared);
    if (m.numbers != NULL && m.squared != NULL) {
        rc = run_twice(&m, count, out);
        if (rc < 0)
            mp_perror("map");
    }
    free(m.numbers);
    free(m.squared);
    return rc;
}
