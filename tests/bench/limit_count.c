/*
 * The limit of counting together: a lock that is one word beside the number,
 * or the processor's own addition.
 */
#include "bench.h"
#include "limit.h"
#include "stats.h"

#include <stdio.h>
#include <string.h>

struct field {
    struct limit_line line;
    _Alignas(64) _Atomic int locked;
    long value;
    _Alignas(64) _Atomic long atomic;
};

struct count {
    struct field *field;
    long each; /* additions of a child */
};

static bool add_under_lock(void *arg, int i)
{
    const struct count *c = arg;
    struct field *f = c->field;
    int looks = 0;

    (void)i;
    limit_meet(&f->line);
    for (long k = 0; k < c->each; k++) {
        while (atomic_exchange_explicit(&f->locked, 1, memory_order_acquire))
            while (atomic_load_explicit(&f->locked, memory_order_relaxed))
                limit_look(&looks);
        f->value++;
        atomic_store_explicit(&f->locked, 0, memory_order_release);
    }
    return true;
}

static bool add_atomically(void *arg, int i)
{
    const struct count *c = arg;

    (void)i;
    limit_meet(&c->field->line);
    for (long k = 0; k < c->each; k++)
        atomic_fetch_add(&c->field->atomic, 1);
    return true;
}

int limit_count(const struct job *job, struct figures *out)
{
    struct count c = {.each = job->count / job->pairs};
    bool locks = strcmp(job->over, "lock") == 0;
    long count = c.each * job->pairs;
    double from, until;

    c.field = limit_memory(sizeof *c.field);
    if (c.field == NULL)
        return -1;
    c.field->line.missing = job->pairs + 1;
    if (limit_fork(locks ? add_under_lock : add_atomically, &c, job->pairs) < 0)
        return -1;
    limit_meet(&c.field->line);
    from = seconds_now();
    if (limit_join(job->pairs) < 0 ||
        c.field->value + c.field->atomic != count) {
        fprintf(stderr, "limit: additions were lost\n");
        return -1;
    }
    until = seconds_now();
    out->of[0] = (double)count / (until - from);
    return 0;
}
