/*
 * libmproc's barrier: one round after the other.
 */
#include "bench.h"
#include "mproc_channel.h"
#include "stats.h"

#include <stdio.h>
#include <stdlib.h>

struct meeting {
    mp_barrier *barrier;
    long count;
};

static int meet_all(mp_call *call)
{
    const struct meeting *m = mp_call_self(call);

    for (long i = 0; i < m->count; i++)
        MP_TRY(mp_barrier_wait(m->barrier));
    return 0;
}

static int meet(const struct meeting *m, double *us)
{
    double from = seconds_now();

    for (long i = 0; i < m->count; i++) {
        double until;

        MP_TRY(mp_barrier_wait(m->barrier));
        until = seconds_now();
        us[i] = (until - from) * 1e6;
        from = until;
    }
    return 0;
}

/* Two parties: more have no place on a machine of two CPUs. */
int mproc_meet(const struct job *job, struct figures *out)
{
    double *us = calloc((size_t)job->count, sizeof *us);
    struct meeting m = {mp_barrier_new(2), job->count};
    mp_process *child = NULL;
    int rc = -1;

    if (us != NULL && m.barrier != NULL)
        child = channel_child(meet_all, &m);
    if (child == NULL)
        goto out;
    rc = meet(&m, us);
    if (rc < 0)
        mp_perror("meet");
    if (channel_join(child) < 0)
        rc = -1;
    if (rc == 0) {
        out->of[0] = summarize(us, (size_t)job->count).median;
        out->of[1] = percentile(us, (size_t)job->count, 0.99);
    }
out:
    mp_barrier_free(m.barrier);
    free(us);
    return rc;
}
