/*
 * libmproc's start and join of a thread. Each thread counts itself, as proof
 * that it ran.
 */
#include "bench.h"
#include "stats.h"

#include <mproc.h>

#include <stdio.h>

static int count_itself(mp_call *call)
{
    long *ran = mp_call_self(call);

    ++*ran;
    return 0;
}

int mproc_thread(const struct job *job, struct figures *out)
{
    double from = seconds_now();
    long ran = 0;

    for (long i = 0; i < job->count; i++) {
        mp_thread *t = mp_thread_new(count_itself, .self = &ran);

        if (mp_thread_start(t) < 0 || mp_thread_join(t) < 0)
            return mp_perror("libmproc");
        mp_thread_free(t);
    }
    out->of[0] = (double)job->count / (seconds_now() - from);
    if (ran != job->count) {
        fprintf(stderr, "libmproc: a thread did not run\n");
        return -1;
    }
    return 0;
}
