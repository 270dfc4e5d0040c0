/*
 * The limit of one-way messages: one producer and one consumer over a ring of
 * their own; or several of each, over a ring with tickets (limit_many.c).
 */
#include "bench.h"
#include "limit_many.h"
#include "limit_ring.h"
#include "message.h"
#include "stats.h"

#include <stdio.h>
#include <stdlib.h>

/* Where to measure shows the best: small slots by the thousand, large ones as
   many as stay in a core's own cache. */
enum { SLOTS_MAX = 4096, SLOTS_MIN = 8, RING_BYTES = 512 * 1024 };
enum { PIECE = 32 * 1024 };

struct course {
    struct limit_line *line;
    struct limit_end end;
    const struct job *job;
};

static uint64_t slots_for(size_t slot)
{
    uint64_t n = SLOTS_MAX;

    while (n > SLOTS_MIN && n * slot > RING_BYTES)
        n /= 2;
    return n;
}

/* The sizes that the compiler can copy without a call. */
static void send_numbered(struct limit_end *e, const struct job *job,
                          char *buffer, uint64_t v)
{
    switch (job->size) {
    case sizeof(uint64_t):
        message_stamp(limit_claim(e), sizeof(uint64_t), v);
        limit_publish(e);
        break;
    case sizeof(struct small_message):
        message_stamp(buffer, sizeof(struct small_message), v);
        memcpy(limit_claim(e), buffer, sizeof(struct small_message));
        limit_publish(e);
        break;
    default:
        message_stamp(buffer, job->size, v);
        limit_send(e, buffer, job->size);
    }
}

static bool receive_numbered(struct limit_end *e, const struct job *job,
                             char *buffer, uint64_t *sum)
{
    switch (job->size) {
    case sizeof(uint64_t):
        message_check(limit_peek(e), sizeof(uint64_t), sum);
        limit_release(e);
        return true;
    case sizeof(struct small_message):
        memcpy(buffer, limit_peek(e), sizeof(struct small_message));
        limit_release(e);
        return message_check(buffer, sizeof(struct small_message), sum);
    default:
        limit_receive(e, buffer, job->size);
        return message_check(buffer, job->size, sum);
    }
}

static bool produce(void *arg, int i)
{
    struct course *c = arg;
    char *buffer = calloc(1, c->job->size);

    (void)i;
    if (buffer == NULL)
        return false;
    limit_meet(c->line);
    for (long v = 0; v < c->job->count; v++)
        send_numbered(&c->end, c->job, buffer, (uint64_t)v);
    free(buffer);
    return true;
}

static bool consume(struct course *c)
{
    char *buffer = calloc(1, c->job->size);
    uint64_t sum = 0;
    bool whole = buffer != NULL;

    limit_meet(c->line);
    for (long n = 0; whole && n < c->job->count; n++)
        whole = receive_numbered(&c->end, c->job, buffer, &sum);
    free(buffer);
    return whole && sum == message_sum(c->job->count);
}

static int one_to_one(const struct job *job, struct figures *out)
{
    size_t slot = job->size < PIECE ? job->size : PIECE;
    struct limit_line *line = limit_memory(sizeof *line);
    struct course c = {
        .line = line,
        .end = {.slot = slot, .nslots = slots_for(slot)},
        .job = job,
    };
    double from, until;
    bool whole;

    c.end.ring = limit_memory(limit_ring_size(slot, c.end.nslots));
    if (line == NULL || c.end.ring == NULL)
        return -1;
    line->missing = 2;
    if (limit_fork(produce, &c, 1) < 0)
        return -1;
    from = seconds_now();
    whole = consume(&c);
    until = seconds_now();
    if (limit_join(1) < 0 || !whole) {
        fprintf(stderr, "limit: messages were lost\n");
        return -1;
    }
    out->of[0] = (double)job->count / (until - from);
    return 0;
}

int limit_one_way(const struct job *job, struct figures *out)
{
    return job->pairs == 1 ? one_to_one(job, out) : limit_many(job, out);
}
