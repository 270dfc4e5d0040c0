/*
 * libmproc's start and join of a process. Each child counts itself, as proof
 * that it ran.
 */
#include "bench.h"
#include "limit.h"
#include "mproc_channel.h"
#include "stats.h"

#include <stdio.h>

static int count_itself(mp_call *call)
{
    _Atomic long *ran = mp_call_self(call);

    atomic_fetch_add(ran, 1);
    return 0;
}

int mproc_start(const struct job *job, struct figures *out)
{
    _Atomic long *ran = limit_memory(sizeof *ran);
    double from = seconds_now();

    if (ran == NULL)
        return -1;
    for (long i = 0; i < job->count; i++) {
        mp_process *p = channel_child(count_itself, ran);

        if (p == NULL || channel_join(p) < 0)
            return -1;
    }
    out->of[0] = (double)job->count / (seconds_now() - from);
    if (*ran != job->count) {
        fprintf(stderr, "libmproc: a child did not run\n");
        return -1;
    }
    return 0;
}
