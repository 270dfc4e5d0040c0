/*
 * The limit of a barrier of two: a count, and a word that moves with each
 * round; looked at for some 20 us and then slept on.
 */
#include "bench.h"
#include "limit.h"
#include "stats.h"

#include <limits.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PARTIES = 2, LOOKS = 400 };

struct barrier {
    _Alignas(64) _Atomic uint32_t arrived;
    _Alignas(64) _Atomic uint32_t round;
    _Atomic uint32_t asleep;
    long count;
};

static void sleep_until_over(struct barrier *b, uint32_t round)
{
    for (int i = 0; i < LOOKS; i++) {
        if (atomic_load_explicit(&b->round, memory_order_acquire) != round)
            return;
        limit_pause();
    }
    atomic_fetch_add(&b->asleep, 1);
    while (atomic_load(&b->round) == round)
        syscall(SYS_futex, &b->round, FUTEX_WAIT, round, NULL, NULL, 0);
    atomic_fetch_sub(&b->asleep, 1);
}

static void meet(struct barrier *b)
{
    uint32_t round = atomic_load(&b->round);

    if (atomic_fetch_add(&b->arrived, 1) + 1 < PARTIES) {
        sleep_until_over(b, round);
        return;
    }
    atomic_store(&b->arrived, 0);
    atomic_store(&b->round, round + 1);
    if (atomic_load(&b->asleep) != 0)
        syscall(SYS_futex, &b->round, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static bool meet_all(void *arg, int i)
{
    struct barrier *b = arg;

    (void)i;
    for (long n = 0; n < b->count; n++)
        meet(b);
    return true;
}

int limit_meet_again(const struct job *job, struct figures *out)
{
    struct barrier *b = limit_memory(sizeof *b);
    double *us = calloc((size_t)job->count, sizeof *us);
    double from;
    int rc = -1;

    if (b == NULL || us == NULL)
        goto out;
    b->count = job->count;
    if (limit_fork(meet_all, b, 1) < 0)
        goto out;
    from = seconds_now();
    for (long n = 0; n < job->count; n++) {
        double until;

        meet(b);
        until = seconds_now();
        us[n] = (until - from) * 1e6;
        from = until;
    }
    if (limit_join(1) < 0)
        goto out;
    out->of[0] = summarize(us, (size_t)job->count).median;
    out->of[1] = percentile(us, (size_t)job->count, 0.99);
    rc = 0;
out:
    free(us);
    return rc;
}
