/*
 * The limit of starting and joining a thread: pthread_create and pthread_join.
 * Each thread counts itself, as proof that it ran.
 */
#include "bench.h"
#include "stats.h"

#include <pthread.h>
#include <stdio.h>

static void *count_itself(void *ran)
{
    ++*(long *)ran;
    return NULL;
}

int limit_thread(const struct job *job, struct figures *out)
{
    double from = seconds_now();
    pthread_t thread;
    long ran = 0;

    for (long i = 0; i < job->count; i++)
        if (pthread_create(&thread, NULL, count_itself, &ran) != 0 ||
            pthread_join(thread, NULL) != 0)
            return -1;
    out->of[0] = (double)job->count / (seconds_now() - from);
    if (ran != job->count) {
        fprintf(stderr, "limit: a thread did not run\n");
        return -1;
    }
    return 0;
}
