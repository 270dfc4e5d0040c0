/*
 * libmproc's tasks of a Pool, each sent for itself: asked for one after
 * another, all submitted before the first is asked for (to an Executor, too),
 * or read by imap. One
 * of 8 bytes is an int that is squared; a larger one is an array of bytes that
 * comes back, and only a few of those are under way.
 */
#include "bench.h"
#include "message.h"
#include "mproc_square.h"
#include "squares.h"
#include "stats.h"

#include <stdio.h>
#include <stdlib.h>

/* Loads under way for each worker: the one it is at and the next. */
enum { LOADS_AHEAD = 2 };

/* The share of the tasks that is done before the clock starts. */
enum { WARM_UP = 10 };

struct errand {
    mp_pool *pool;         /* or ... */
    mp_executor *executor; /* ... */
    size_t size;
    long ahead; /* submitted and not asked for, at most */
    mp_result **results;
    mp_future **futures;
    int64_t *numbers;    /* imap's input               */
    unsigned char *load; /* what goes, and what        */
    unsigned char *room; /* has come back              */
};

static bool sends_ints(const struct errand *e)
{
    return e->size == sizeof(int64_t);
}

/* -- loads ---------------------------------------------------------------- */

/* In a worker. */
static int hand_back(mp_call *call)
{
    uint64_t number = 0;
    mp_any load;

    MP_TRY(mp_call_args(call, &load));
    if (!message_check(mp_any_data(load), mp_any_len(load), &number))
        return mp_raise(call, MP_VALUE_ERROR, "an argument was damaged");
    return mp_return(call, load);
}

static mp_result *submit(struct errand *e, int64_t v)
{
    if (sends_ints(e))
        return mp_pool_apply_async(e->pool, mproc_square, MP_ARGS(v));
    message_stamp(e->load, e->size, (uint64_t)v);
    return mp_pool_apply_async(e->pool, hand_back,
                               MP_ARGS(MP_ARRAY_N(e->load, e->size)));
}

static int take(struct errand *e, mp_result *r, uint64_t *sum)
{
    int64_t v = 0;
    int rc;

    if (sends_ints(e)) {
        rc = mp_result_get(r, &v);
        *sum += (uint64_t)v;
    } else {
        rc = mp_result_get(r, MP_INTO_ARRAY_N(e->room, e->size));
        if (rc == 0 && !message_check(e->room, e->size, sum))
            rc = mp_raise(NULL, MP_VALUE_ERROR, "a result was damaged");
    }
    mp_result_free(r);
    return rc;
}

/* -- the four ways -------------------------------------------------------- */

static int apply_each(struct errand *e, long count, uint64_t *sum)
{
    for (int64_t v = 0; v < count; v++) {
        int64_t squared;

        MP_TRY(mp_pool_apply(e->pool, mproc_square, MP_ARGS(v), &squared));
        *sum += (uint64_t)squared;
    }
    return 0;
}

static int apply_async(struct errand *e, long count, uint64_t *sum)
{
    long taken = 0;

    for (long v = 0; v < count; v++) {
        if (v - taken == e->ahead)
            MP_TRY(take(e, e->results[taken++ % e->ahead], sum));
        e->results[v % e->ahead] = submit(e, v);
    }
    while (taken < count)
        MP_TRY(take(e, e->results[taken++ % e->ahead], sum));
    return 0;
}

static int read_imap(struct errand *e, long count, uint64_t *sum)
{
    mp_auto(mp_iter) it = mp_pool_imap(e->pool, mproc_square,
                                       MP_ARRAY_N(e->numbers, (size_t)count));
    int64_t squared;
    int rc;

    while ((rc = mp_iter_next(it, &squared)) == 0)
        *sum += (uint64_t)squared;
    return rc == MP_STOP_ITERATION ? 0 : rc;
}

static int submit_all(struct errand *e, long count, uint64_t *sum)
{
    for (int64_t v = 0; v < count; v++)
        e->futures[v] =
            mp_executor_submit(e->executor, mproc_square, MP_ARGS(v));
    for (long i = 0; i < count; i++) {
        int64_t squared = 0;

        MP_TRY(mp_future_result(e->futures[i], &squared));
        *sum += (uint64_t)squared;
        mp_future_free(e->futures[i]);
    }
    return 0;
}

static int run(struct errand *e, const char *over, long count)
{
    uint64_t sum = 0, expected;

    if (strcmp(over, "apply") == 0)
        MP_TRY(apply_each(e, count, &sum));
    else if (strcmp(over, "imap") == 0)
        MP_TRY(read_imap(e, count, &sum));
    else if (strcmp(over, "submit") == 0)
        MP_TRY(submit_all(e, count, &sum));
    else
        MP_TRY(apply_async(e, count, &sum));
    expected = sends_ints(e) ? squares_sum(count) : message_sum(count);
    return sum == expected
               ? 0
               : mp_raise(NULL, MP_VALUE_ERROR, "a result was wrong");
}

static int run_timed(struct errand *e, const struct job *job,
                     struct figures *out)
{
    double from;

    MP_TRY(run(e, job->over, job->count / WARM_UP));
    from = seconds_now();
    MP_TRY(run(e, job->over, job->count));
    out->of[0] = (double)job->count / (seconds_now() - from);
    return 0;
}

int mproc_tasks(const struct job *job, struct figures *out)
{
    bool submits = strcmp(job->over, "submit") == 0;
    mp_auto(mp_pool) pool = submits ? NULL : mp_pool_new(job->pairs);
    mp_auto(mp_executor) executor =
        submits ? mp_executor_new(.max_workers = job->pairs) : NULL;
    struct errand e = {.pool = pool,
                       .executor = executor,
                       .size = job->size,
                       .ahead = job->count};
    size_t count = (size_t)job->count;
    int rc = -1;

    if (!sends_ints(&e))
        e.ahead = (long)job->pairs * LOADS_AHEAD;
    e.results = calloc((size_t)e.ahead, sizeof(mp_result *));
    e.futures = calloc((size_t)e.ahead, sizeof(mp_future *));
    e.numbers = malloc(count * sizeof *e.numbers);
    e.load = calloc(1, job->size);
    e.room = calloc(1, job->size);
    if (e.results == NULL || e.futures == NULL || e.numbers == NULL ||
        e.load == NULL || e.room == NULL)
        goto out;
    numbers_fill(e.numbers, count, 0);
    rc = run_timed(&e, job, out);
    if (rc < 0)
        mp_perror("tasks");
out:
    free(e.results);
    free(e.futures);
    free(e.numbers);
    free(e.load);
    free(e.room);
    return rc;
}
