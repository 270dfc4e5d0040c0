/*
 * The limit of large memory handed to a child and back: memory that both have
 * mapped, and a word each way that says whose it is.
 */
#include "bench.h"
#include "limit_ring.h"
#include "pages.h"
#include "stats.h"

#include <stdio.h>
#include <stdlib.h>

struct errand {
    struct limit_end there;
    struct limit_end back;
    unsigned char *data;
    const struct job *job;
};

static void say(struct limit_end *e)
{
    (void)limit_claim(e);
    limit_publish(e);
}

static void hear(struct limit_end *e)
{
    (void)limit_peek(e);
    limit_release(e);
}

static bool change_and_give_back(void *arg, int i)
{
    struct errand *e = arg;

    (void)i;
    for (long n = 0; n < e->job->count; n++) {
        hear(&e->there);
        pages_count_up(e->data, e->job->size);
        say(&e->back);
    }
    return true;
}

static double trip(struct errand *e)
{
    double from = seconds_now();

    say(&e->there);
    hear(&e->back);
    return (seconds_now() - from) * 1e3;
}

static int all_trips(struct errand *e, double *ms)
{
    for (long n = 0; n < e->job->count; n++) {
        ms[n] = trip(e);
        if (!pages_are_at(e->data, e->job->size, n + 1)) {
            fprintf(stderr,
                    "limit: what came back is not what was handed over\n");
            return -1;
        }
    }
    return limit_join(1);
}

static struct limit_end new_ring(void)
{
    return (struct limit_end){
        .ring = limit_memory(limit_ring_size(8, 2)), .slot = 8, .nslots = 2};
}

int limit_hand_over(const struct job *job, struct figures *out)
{
    struct errand e = {new_ring(), new_ring(), limit_memory(job->size), job};
    double *ms = calloc((size_t)job->count, sizeof *ms);
    int rc = -1;

    if (e.there.ring == NULL || e.back.ring == NULL || e.data == NULL ||
        ms == NULL || limit_fork(change_and_give_back, &e, 1) < 0)
        goto out;
    rc = all_trips(&e, ms);
    if (rc == 0)
        out->of[0] = summarize(ms, (size_t)job->count).median;
out:
    free(ms);
    return rc;
}
