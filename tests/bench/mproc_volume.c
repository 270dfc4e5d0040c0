/*
 * libmproc's large message to a child and back: an array of bytes, received
 * into memory that the program has already, as C programs do.
 */
#include "bench.h"
#include "message.h"
#include "mproc_channel.h"
#include "stats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct haul {
    struct channel_end ours;
    struct channel_end theirs;
    unsigned char *room; /* size bytes; the child has its own copy */
    size_t size;
    long count;
};

static int carry_back(mp_call *call)
{
    const struct haul *h = mp_call_self(call);

    for (long n = 0; n < h->count; n++) {
        MP_TRY(channel_get(&h->theirs, MP_INTO_ARRAY_N(h->room, h->size)));
        MP_TRY(channel_put(&h->theirs, MP_ARRAY_N(h->room, h->size)));
    }
    return 0;
}

static int trip(const struct haul *h, const unsigned char *load, double *ms)
{
    double from = seconds_now();

    MP_TRY(channel_put(&h->ours, MP_ARRAY_N(load, h->size)));
    MP_TRY(channel_get(&h->ours, MP_INTO_ARRAY_N(h->room, h->size)));
    *ms = (seconds_now() - from) * 1e3;
    return memcmp(load, h->room, h->size) == 0
               ? 0
               : mp_raise(NULL, MP_VALUE_ERROR,
                          "what came back is not what was sent");
}

static int all_trips(const struct haul *h, unsigned char *load, double *ms)
{
    mp_process *child = channel_child(carry_back, (void *)h);
    int rc = 0;

    if (child == NULL)
        return -1;
    memset(load, 'm', h->size);
    for (long n = 0; rc == 0 && n < h->count; n++) {
        message_stamp((char *)load, h->size, (uint64_t)n);
        rc = trip(h, load, &ms[n]);
    }
    if (rc < 0)
        mp_perror("volume");
    return channel_join(child) < 0 ? -1 : rc;
}

int mproc_volume(const struct job *job, struct figures *out)
{
    struct haul h = {.size = job->size, .count = job->count};
    unsigned char *load = malloc(job->size);
    double *ms = calloc((size_t)job->count, sizeof *ms);
    int rc = -1;

    h.room = malloc(job->size);
    if (load == NULL || h.room == NULL || ms == NULL ||
        channel_both_ways(job->over, &h.ours, &h.theirs) < 0)
        goto out;
    rc = all_trips(&h, load, ms);
    if (rc == 0)
        out->of[0] = summarize(ms, (size_t)job->count).median;
out:
    channel_free(&h.ours, &h.theirs);
    free(load);
    free(h.room);
    free(ms);
    return rc;
}
