/*
 * The limit of a pool's tasks: for each worker a ring with tasks and one with
 * results, the workers in turn. Not more is under way than the rings hold, so
 * the parent never has to choose between sending and taking. Of tasks that
 * are waited for one by one it is a round trip to one worker.
 */
#include "bench.h"
#include "limit_ring.h"
#include "message.h"
#include "squares.h"
#include "stats.h"

#include <stdio.h>
#include <stdlib.h>

enum { WORKERS_MAX = 8, SLOTS = 4096, PIECE = 32 * 1024, PIECES = 16 };

/* The share of the tasks that is done before the clock starts. */
enum { WARM_UP = 10 };

struct worker {
    struct limit_end tasks;
    struct limit_end results;
};

struct squad {
    struct worker of[WORKERS_MAX];
    struct limit_line *line;
    const struct job *job;
    long warm_up; /* tasks */
    long ahead;   /* sent and not taken, at most */
    char *buffer;
};

static bool sends_ints(const struct squad *s)
{
    return s->job->size == sizeof(uint64_t);
}

/* -- a worker ------------------------------------------------------------- */

static void square_one(struct worker *w)
{
    uint64_t v = *(const uint64_t *)limit_peek(&w->tasks);

    limit_release(&w->tasks);
    *(uint64_t *)limit_claim(&w->results) = v * v;
    limit_publish(&w->results);
}

static bool hand_back(struct worker *w, char *buffer, size_t size)
{
    uint64_t number = 0;

    limit_receive(&w->tasks, buffer, size);
    limit_send(&w->results, buffer, size);
    return message_check(buffer, size, &number);
}

static void work_off(struct squad *s, int i, long count, bool *whole)
{
    struct worker *w = &s->of[i];

    for (long v = i; v < count; v += s->job->pairs) {
        if (sends_ints(s))
            square_one(w);
        else
            *whole = hand_back(w, s->buffer, s->job->size) && *whole;
    }
}

static bool work(void *arg, int i)
{
    struct squad *s = arg;
    bool whole = true;

    limit_meet(s->line);
    work_off(s, i, s->warm_up, &whole);
    work_off(s, i, s->job->count, &whole);
    return whole;
}

/* -- the parent ----------------------------------------------------------- */

static void send_task(struct squad *s, long v)
{
    struct limit_end *e = &s->of[v % s->job->pairs].tasks;

    if (sends_ints(s)) {
        *(uint64_t *)limit_claim(e) = (uint64_t)v;
        limit_publish(e);
    } else {
        message_stamp(s->buffer, s->job->size, (uint64_t)v);
        limit_send(e, s->buffer, s->job->size);
    }
}

static bool take_result(struct squad *s, long v, uint64_t *sum)
{
    struct limit_end *e = &s->of[v % s->job->pairs].results;

    if (sends_ints(s)) {
        *sum += *(const uint64_t *)limit_peek(e);
        limit_release(e);
        return true;
    }
    limit_receive(e, s->buffer, s->job->size);
    return message_check(s->buffer, s->job->size, sum);
}

static bool run(struct squad *s, long count)
{
    uint64_t sum = 0;
    bool whole = true;

    for (long v = 0; v < count + s->ahead; v++) {
        if (v >= s->ahead)
            whole = take_result(s, v - s->ahead, &sum) && whole;
        if (v < count)
            send_task(s, v);
    }
    return whole &&
           sum == (sends_ints(s) ? squares_sum(count) : message_sum(count));
}

static int run_squad(struct squad *s, struct figures *out)
{
    long count = s->job->count;
    double from, until;
    bool whole;

    s->line->missing = s->job->pairs + 1;
    if (limit_fork(work, s, s->job->pairs) < 0)
        return -1;
    limit_meet(s->line);
    whole = run(s, s->warm_up);
    from = seconds_now();
    whole = run(s, count) && whole;
    until = seconds_now();
    if (limit_join(s->job->pairs) < 0 || !whole) {
        fprintf(stderr, "limit: a result was wrong\n");
        return -1;
    }
    out->of[0] = (double)count / (until - from);
    return 0;
}

static bool make_end(const struct squad *s, struct limit_end *out)
{
    *out = sends_ints(s)
               ? (struct limit_end){.slot = sizeof(uint64_t), .nslots = SLOTS}
               : (struct limit_end){.slot = PIECE, .nslots = PIECES};
    out->ring = limit_memory(limit_ring_size(out->slot, out->nslots));
    return out->ring != NULL;
}

static bool make_squad(struct squad *s)
{
    s->line = limit_memory(sizeof *s->line);
    s->buffer = calloc(1, s->job->size);
    if (s->line == NULL || s->buffer == NULL || s->job->pairs > WORKERS_MAX)
        return false;
    for (int i = 0; i < s->job->pairs; i++)
        if (!make_end(s, &s->of[i].tasks) || !make_end(s, &s->of[i].results))
            return false;
    return true;
}

static int tasks_ahead(const struct job *job, struct figures *out)
{
    struct squad s = {.job = job, .warm_up = job->count / WARM_UP};
    int rc = -1;

    s.ahead = job->pairs * (sends_ints(&s) ? SLOTS / 2 : 1);
    if (make_squad(&s))
        rc = run_squad(&s, out);
    free(s.buffer);
    return rc;
}

/* The median of the round trips, as tasks a second. */
static int one_by_one(const struct job *job, struct figures *out)
{
    struct figures us;

    if (limit_round_trip(job, &us) < 0)
        return -1;
    out->of[0] = 1e6 / us.of[0];
    return 0;
}

int limit_tasks(const struct job *job, struct figures *out)
{
    return strcmp(job->over, "apply") == 0 ? one_by_one(job, out)
                                           : tasks_ahead(job, out);
}
