/*
 * The limit of a lock: one word, 0 free, 1 held, 2 held and slept on; looked
 * at for some 20 us and then slept on. A semaphore of one unit is the same.
 */
#include "bench.h"
#include "limit.h"
#include "stats.h"

#include <linux/futex.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FREE, HELD, SLEPT_ON, LOOKS = 400 };

struct court {
    _Alignas(64) _Atomic uint32_t word;
    _Alignas(64) uint64_t counter;
    struct limit_line line;
    long each;
};

static void take_slowly(struct court *c)
{
    for (int i = 0; i < LOOKS; i++) {
        uint32_t free = FREE;

        if (atomic_load_explicit(&c->word, memory_order_relaxed) == FREE &&
            atomic_compare_exchange_strong(&c->word, &free, HELD))
            return;
        limit_pause();
    }
    while (atomic_exchange(&c->word, SLEPT_ON) != FREE)
        syscall(SYS_futex, &c->word, FUTEX_WAIT, SLEPT_ON, NULL, NULL, 0);
}

static void go_round(struct court *c)
{
    for (long i = 0; i < c->each; i++) {
        uint32_t free = FREE;

        if (!atomic_compare_exchange_strong(&c->word, &free, HELD))
            take_slowly(c);
        c->counter++;
        if (atomic_exchange(&c->word, FREE) == SLEPT_ON)
            syscall(SYS_futex, &c->word, FUTEX_WAKE, 1, NULL, NULL, 0);
    }
}

static bool work(void *arg, int i)
{
    struct court *c = arg;

    (void)i;
    limit_meet(&c->line);
    go_round(c);
    return true;
}

int limit_lock(const struct job *job, struct figures *out)
{
    struct court *c = limit_memory(sizeof *c);
    int workers = job->pairs;
    double from;

    if (c == NULL)
        return -1;
    c->each = job->count / workers;
    atomic_store(&c->line.missing, workers + 1);
    if (workers > 1 && limit_fork(work, c, workers) < 0)
        return -1;
    if (workers > 1)
        limit_meet(&c->line);
    from = seconds_now();
    if (workers == 1)
        go_round(c);
    else if (limit_join(workers) < 0)
        return -1;
    out->of[0] = (double)(c->each * workers) / (seconds_now() - from);
    if (c->counter != (uint64_t)(c->each * workers)) {
        fprintf(stderr, "limit: a round was lost\n");
        return -1;
    }
    return 0;
}
