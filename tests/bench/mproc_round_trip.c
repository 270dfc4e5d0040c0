/*
 * libmproc's round trip: an int goes to a child, comes back one larger.
 */
#include "bench.h"
#include "mproc_channel.h"
#include "stats.h"

#include <stdio.h>
#include <stdlib.h>

struct match {
    struct channel_end ours;
    struct channel_end theirs;
    long count;
};

static int echo(mp_call *call)
{
    const struct match *m = mp_call_self(call);

    for (long i = 0; i < m->count; i++) {
        long v;

        MP_TRY(channel_get(&m->theirs, MP_TO(&v)));
        MP_TRY(channel_put(&m->theirs, MP(v + 1)));
    }
    return 0;
}

static int play(const struct match *m, double *us)
{
    double from = seconds_now();

    for (long i = 0; i < m->count; i++) {
        double until;
        long v;

        MP_TRY(channel_put(&m->ours, MP(i)));
        MP_TRY(channel_get(&m->ours, MP_TO(&v)));
        if (v != i + 1)
            return mp_raise(NULL, MP_VALUE_ERROR, "%ld came back for %ld", v,
                            i);
        until = seconds_now();
        us[i] = (until - from) * 1e6;
        from = until;
    }
    return 0;
}

int mproc_round_trip(const struct job *job, struct figures *out)
{
    double *us = calloc((size_t)job->count, sizeof *us);
    struct match m = {.count = job->count};
    mp_process *child;
    int rc = -1;

    if (us == NULL || channel_both_ways(job->over, &m.ours, &m.theirs) < 0)
        goto out;
    child = channel_child(echo, &m);
    if (child == NULL)
        goto out;
    rc = play(&m, us);
    if (rc < 0)
        mp_perror("round trip");
    if (channel_join(child) < 0)
        rc = -1;
    if (rc == 0) {
        out->of[0] = summarize(us, (size_t)job->count).median;
        out->of[1] = percentile(us, (size_t)job->count, 0.99);
    }
out:
    channel_free(&m.ours, &m.theirs);
    free(us);
    return rc;
}
