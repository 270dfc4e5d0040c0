/*
 * The limit of starting and stopping a pool: fork, a word that the workers
 * count down when each has done its one task, a word that they leave by, and
 * waitpid.
 */
#include "bench.h"
#include "limit.h"
#include "squares.h"
#include "stats.h"

#include <limits.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

struct hall {
    _Alignas(64) _Atomic uint32_t missing; /* workers that have not answered */
    _Alignas(64) _Atomic uint32_t over;    /* they are to leave              */
    _Alignas(64) int64_t numbers[];
};

static void sleep_while(_Atomic uint32_t *word, uint32_t seen)
{
    syscall(SYS_futex, word, FUTEX_WAIT, seen, NULL, NULL, 0);
}

static void wake_all(_Atomic uint32_t *word)
{
    syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static bool work(void *arg, int i)
{
    struct hall *h = arg;

    h->numbers[i] *= h->numbers[i];
    if (atomic_fetch_sub(&h->missing, 1) == 1)
        wake_all(&h->missing);
    while (atomic_load(&h->over) == 0)
        sleep_while(&h->over, 0);
    return true;
}

static int start_and_stop(struct hall *h, int workers)
{
    uint32_t missing;

    atomic_store(&h->missing, (uint32_t)workers);
    atomic_store(&h->over, 0);
    if (limit_fork(work, h, workers) < 0)
        return -1;
    while ((missing = atomic_load(&h->missing)) > 0)
        sleep_while(&h->missing, missing);
    atomic_store(&h->over, 1);
    wake_all(&h->over);
    return limit_join(workers);
}

static int run(struct hall *h, int workers, double *ms)
{
    size_t n = (size_t)workers;
    double from;

    numbers_fill(h->numbers, n, 0);
    from = seconds_now();
    if (start_and_stop(h, workers) < 0)
        return -1;
    *ms = (seconds_now() - from) * 1e3;
    return numbers_sum(h->numbers, n) == squares_sum(workers) ? 0 : -1;
}

int limit_pool(const struct job *job, struct figures *out)
{
    size_t workers = (size_t)job->pairs;
    struct hall *h = limit_memory(sizeof *h + workers * sizeof *h->numbers);
    double *ms = calloc((size_t)job->count, sizeof *ms);
    int rc = h == NULL || ms == NULL ? -1 : 0;

    for (long i = 0; rc == 0 && i < job->count; i++) {
        rc = run(h, job->pairs, &ms[i]);
        if (rc < 0)
            fprintf(stderr, "limit: a worker failed\n");
    }
    if (rc == 0)
        out->of[0] = summarize(ms, (size_t)job->count).median;
    free(ms);
    return rc;
}
