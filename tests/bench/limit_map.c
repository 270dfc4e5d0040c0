/*
 * The limit of a map of many ints: memory that all share, into which they are
 * copied chunk by chunk, squared in place by the workers in turn, and copied
 * out again.
 */
#include "bench.h"
#include "limit.h"
#include "squares.h"
#include "stats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A worker's share of a call is cut as a Pool cuts it. */
enum { CHUNKS_EACH = 4, WORKERS_MAX = 8 };

struct tally {
    _Alignas(64) _Atomic uint64_t done; /* chunks, by its worker */
};

struct field {
    _Alignas(64) _Atomic uint64_t ready; /* chunks copied in, by the parent */
    struct tally of[WORKERS_MAX];
    _Alignas(64) int64_t numbers[];
};

struct map {
    struct field *field;
    int workers;
    size_t batch;     /* ints of a call   */
    uint64_t calls;   /* and the warm-up  */
    int64_t *numbers; /* of the parent    */
    int64_t *squared;
};

static uint64_t chunks_of(const struct map *m)
{
    return (uint64_t)m->workers * CHUNKS_EACH;
}

/* Where a chunk of any call lies, and how many ints it has. */
static size_t chunk_first(const struct map *m, uint64_t chunk)
{
    return m->batch * (chunk % chunks_of(m)) / chunks_of(m);
}

static size_t chunk_size(const struct map *m, uint64_t chunk)
{
    uint64_t of_call = chunk % chunks_of(m);

    return m->batch * (of_call + 1) / chunks_of(m) - chunk_first(m, chunk);
}

static void await_more(_Atomic uint64_t *word, uint64_t than)
{
    int looks = 0;

    while (atomic_load_explicit(word, memory_order_acquire) <= than)
        limit_look(&looks);
}

static bool work(void *arg, int i)
{
    const struct map *m = arg;
    struct field *f = m->field;
    uint64_t n = (uint64_t)m->workers, c = (uint64_t)i;

    for (; c < m->calls * chunks_of(m); c += n) {
        int64_t *numbers = f->numbers + chunk_first(m, c);
        size_t size = chunk_size(m, c);

        await_more(&f->ready, c);
        for (size_t k = 0; k < size; k++)
            numbers[k] *= numbers[k];
        atomic_store_explicit(&f->of[i].done, c / n + 1, memory_order_release);
    }
    return true;
}

static void call(const struct map *m, uint64_t number)
{
    struct field *f = m->field;
    uint64_t from = number * chunks_of(m), until = from + chunks_of(m);
    uint64_t n = (uint64_t)m->workers;

    for (uint64_t c = from; c < until; c++) {
        memcpy(f->numbers + chunk_first(m, c), m->numbers + chunk_first(m, c),
               chunk_size(m, c) * sizeof(int64_t));
        atomic_store_explicit(&f->ready, c + 1, memory_order_release);
    }
    for (uint64_t c = from; c < until; c++) {
        await_more(&f->of[c % n].done, c / n);
        memcpy(m->squared + chunk_first(m, c), f->numbers + chunk_first(m, c),
               chunk_size(m, c) * sizeof(int64_t));
    }
}

/* Seconds in the calls but the first; *sum is that of their results. */
static double run(const struct map *m, uint64_t *sum)
{
    double seconds = 0;

    numbers_fill(m->numbers, m->batch, 0);
    call(m, 0);
    for (uint64_t i = 1; i < m->calls; i++) {
        double from;

        numbers_fill(m->numbers, m->batch, (int64_t)((i - 1) * m->batch));
        from = seconds_now();
        call(m, i);
        seconds += seconds_now() - from;
        *sum += numbers_sum(m->squared, m->batch);
    }
    return seconds;
}

static int run_workers(const struct map *m, struct figures *out)
{
    long count = (long)((m->calls - 1) * m->batch);
    uint64_t sum = 0;
    double seconds;

    if (limit_fork(work, (void *)m, m->workers) < 0)
        return -1;
    seconds = run(m, &sum);
    if (limit_join(m->workers) < 0 || sum != squares_sum(count)) {
        fprintf(stderr, "limit: a result was wrong\n");
        return -1;
    }
    out->of[0] = (double)count / seconds;
    return 0;
}

int limit_map(const struct job *job, struct figures *out)
{
    struct map m = {
        .workers = job->pairs,
        .batch = numbers_batch(job->count),
    };
    size_t bytes = m.batch * sizeof(int64_t);
    int rc = -1;

    m.calls = 1 + (uint64_t)job->count / m.batch;
    m.field = limit_memory(sizeof *m.field + bytes);
    m.numbers = malloc(bytes);
    m.squared = malloc(bytes);
    if (m.workers <= WORKERS_MAX && m.field != NULL && m.numbers != NULL &&
        m.squared != NULL)
        rc = run_workers(&m, out);
    free(m.numbers);
    free(m.squared);
    return rc;
}
