/*
 * The limit of a large message to a child and back: a ring each way, copied
 * into and out of piece by piece, into memory that is there already.
 */
#include "bench.h"
#include "limit_ring.h"
#include "message.h"
#include "stats.h"

#include <stdio.h>
#include <stdlib.h>

enum { PIECE = 32 * 1024, PIECES = 16 };

struct haul {
    struct limit_end there;
    struct limit_end back;
    const struct job *job;
};

static bool carry_back(void *arg, int i)
{
    struct haul *h = arg;
    char *buffer = calloc(1, h->job->size);

    (void)i;
    if (buffer == NULL)
        return false;
    for (long n = 0; n < h->job->count; n++) {
        limit_receive(&h->there, buffer, h->job->size);
        limit_send(&h->back, buffer, h->job->size);
    }
    free(buffer);
    return true;
}

static double trip(struct haul *h, const char *load, char *returned)
{
    double from = seconds_now();

    limit_send(&h->there, load, h->job->size);
    limit_receive(&h->back, returned, h->job->size);
    return (seconds_now() - from) * 1e3;
}

static int all_trips(struct haul *h, char *load, char *returned, double *ms)
{
    size_t size = h->job->size;

    memset(load, 'm', size);
    memset(returned, 0, size);
    for (long n = 0; n < h->job->count; n++) {
        message_stamp(load, size, (uint64_t)n);
        ms[n] = trip(h, load, returned);
        if (memcmp(load, returned, size) != 0) {
            fprintf(stderr, "limit: what came back is not what was sent\n");
            return -1;
        }
    }
    return limit_join(1);
}

static struct limit_end new_ring(void)
{
    return (struct limit_end){
        .ring = limit_memory(limit_ring_size(PIECE, PIECES)),
        .slot = PIECE,
        .nslots = PIECES,
    };
}

int limit_volume(const struct job *job, struct figures *out)
{
    struct haul h = {new_ring(), new_ring(), job};
    char *load = malloc(job->size), *returned = malloc(job->size);
    double *ms = calloc((size_t)job->count, sizeof *ms);
    int rc = -1;

    if (h.there.ring == NULL || h.back.ring == NULL || load == NULL ||
        returned == NULL || ms == NULL)
        goto out;
    if (limit_fork(carry_back, &h, 1) < 0)
        goto out;
    rc = all_trips(&h, load, returned, ms);
    if (rc == 0)
        out->of[0] = summarize(ms, (size_t)job->count).median;
out:
    free(load);
    free(returned);
    free(ms);
    return rc;
}
