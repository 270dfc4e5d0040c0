/*
 * libmproc's large memory handed to a child and back: a buffer.
 */
#include "bench.h"
#include "mproc_channel.h"
#include "pages.h"
#include "stats.h"

#include <stdio.h>
#include <stdlib.h>

struct errand {
    struct channel_end ours;
    struct channel_end theirs;
    long count;
};

static int change_and_give_back(mp_call *call)
{
    const struct errand *e = mp_call_self(call);

    for (long n = 0; n < e->count; n++) {
        mp_auto(mp_buffer) b = NULL;

        MP_TRY(channel_get(&e->theirs, MP_TO(&b)));
        pages_count_up(mp_buffer_data(b), mp_buffer_size(b));
        MP_TRY(channel_put(&e->theirs, MP(b)));
    }
    return 0;
}

static int trip(const struct errand *e, mp_buffer **b, double *ms)
{
    double from = seconds_now();

    MP_TRY(channel_put(&e->ours, MP(*b)));
    mp_buffer_free(*b);
    *b = NULL;
    MP_TRY(channel_get(&e->ours, MP_TO(b)));
    *ms = (seconds_now() - from) * 1e3;
    return 0;
}

static int all_trips(const struct errand *e, mp_buffer **b, double *ms)
{
    mp_process *child = channel_child(change_and_give_back, (void *)e);
    int rc = 0;

    if (child == NULL)
        return -1;
    for (long n = 0; rc == 0 && n < e->count; n++) {
        rc = trip(e, b, &ms[n]);
        if (rc == 0 &&
            !pages_are_at(mp_buffer_data(*b), mp_buffer_size(*b), n + 1))
            rc = mp_raise(NULL, MP_VALUE_ERROR,
                          "what came back is not what was handed over");
    }
    if (rc < 0)
        mp_perror("hand_over");
    return channel_join(child) < 0 ? -1 : rc;
}

int mproc_hand_over(const struct job *job, struct figures *out)
{
    struct errand e = {.count = job->count};
    mp_buffer *b = mp_buffer_new(job->size);
    double *ms = calloc((size_t)job->count, sizeof *ms);
    int rc = -1;

    if (b == NULL || ms == NULL ||
        channel_both_ways(job->over, &e.ours, &e.theirs) < 0)
        goto out;
    rc = all_trips(&e, &b, ms);
    if (rc == 0)
        out->of[0] = summarize(ms, (size_t)job->count).median;
out:
    channel_free(&e.ours, &e.theirs);
    mp_buffer_free(b);
    free(ms);
    return rc;
}
