/*
 * libmproc's count: processes add to one Value, under its lock or atomically.
 */
#include "bench.h"
#include "limit.h"
#include "mproc_channel.h"
#include "stats.h"

#include <stdio.h>
#include <string.h>

enum { COUNTERS_MAX = 8 };

struct count {
    struct limit_line *line;
    long *value;
    long each; /* additions of a child */
};

static int add_under_lock(mp_call *call)
{
    const struct count *c = mp_call_self(call);

    limit_meet(c->line);
    for (long i = 0; i < c->each; i++) {
        MP_TRY(mp_shared_acquire(c->value));
        ++*c->value;
        MP_TRY(mp_shared_release(c->value));
    }
    return 0;
}

static int add_atomically(mp_call *call)
{
    const struct count *c = mp_call_self(call);

    limit_meet(c->line);
    for (long i = 0; i < c->each; i++)
        mp_value_add(c->value, 1);
    return 0;
}

/* From the start to the last child's end. */
static int count_together(struct count *c, mp_fn add, int n, double *seconds)
{
    mp_process *children[COUNTERS_MAX] = {0};
    int rc = 0;
    double from;

    c->line->missing = n + 1;
    for (int i = 0; i < n; i++) {
        children[i] = channel_child(add, c);
        if (children[i] == NULL)
            return -1;
    }
    limit_meet(c->line);
    from = seconds_now();
    for (int i = 0; i < n; i++)
        if (channel_join(children[i]) < 0)
            rc = -1;
    *seconds = seconds_now() - from;
    return rc;
}

int mproc_count(const struct job *job, struct figures *out)
{
    mp_auto_shared long *value = mp_value_new(long, 0);
    struct count c = {
        .line = limit_memory(sizeof *c.line),
        .value = value,
        .each = job->count / job->pairs,
    };
    bool locks = strcmp(job->over, "lock") == 0;
    double seconds;

    if (c.line == NULL || value == NULL || job->pairs > COUNTERS_MAX ||
        count_together(&c, locks ? add_under_lock : add_atomically, job->pairs,
                       &seconds) < 0)
        return -1;
    if (*value != c.each * job->pairs) {
        fprintf(stderr, "libmproc: additions were lost\n");
        return -1;
    }
    out->of[0] = (double)*value / seconds;
    return 0;
}
