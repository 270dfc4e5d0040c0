/*
 * libmproc's wake-ups: by two events, or by a condition and whose turn it is.
 */
#include "bench.h"
#include "limit.h"
#include "mproc_channel.h"
#include "stats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OURS, THEIRS };

struct rally {
    mp_event *there;
    mp_event *back;
    mp_condition *condition;
    int *turn;
    long count;
};

static int await_turn(const struct rally *r, int mine)
{
    while (*r->turn != mine)
        MP_TRY(mp_condition_wait(r->condition));
    return 0;
}

static int pass_on(const struct rally *r, int mine, int others)
{
    MP_TRY(mp_condition_acquire(r->condition));
    MP_TRY(await_turn(r, mine));
    *r->turn = others;
    MP_TRY(mp_condition_notify(r->condition));
    return mp_condition_release(r->condition);
}

static int wake(const struct rally *r)
{
    if (r->condition != NULL) {
        MP_TRY(pass_on(r, OURS, THEIRS));
        MP_TRY(mp_condition_acquire(r->condition));
        MP_TRY(await_turn(r, OURS));
        return mp_condition_release(r->condition);
    }
    MP_TRY(mp_event_set(r->there));
    MP_TRY(mp_event_wait(r->back));
    return mp_event_clear(r->back);
}

static int answer(const struct rally *r)
{
    if (r->condition != NULL)
        return pass_on(r, THEIRS, OURS);
    MP_TRY(mp_event_wait(r->there));
    MP_TRY(mp_event_clear(r->there));
    return mp_event_set(r->back);
}

static int answer_all(mp_call *call)
{
    const struct rally *r = mp_call_self(call);

    for (long i = 0; i < r->count; i++)
        MP_TRY(answer(r));
    return 0;
}

static int play(const struct rally *r, double *us)
{
    double from = seconds_now();

    for (long i = 0; i < r->count; i++) {
        double until;

        MP_TRY(wake(r));
        until = seconds_now();
        us[i] = (until - from) * 1e6;
        from = until;
    }
    return 0;
}

static bool make(const char *over, struct rally *r)
{
    r->turn = limit_memory(sizeof *r->turn);
    if (r->turn == NULL)
        return false;
    if (strcmp(over, "event") == 0) {
        r->there = mp_event_new();
        r->back = mp_event_new();
        return r->there != NULL && r->back != NULL;
    }
    mp_auto(mp_lock) lock = mp_lock_new();
    r->condition = mp_condition_new(.lock = lock);
    return r->condition != NULL;
}

int mproc_wake(const struct job *job, struct figures *out)
{
    double *us = calloc((size_t)job->count, sizeof *us);
    struct rally r = {.count = job->count};
    mp_process *child = NULL;
    int rc = -1;

    if (us != NULL && make(job->over, &r))
        child = channel_child(answer_all, &r);
    if (child == NULL)
        goto out;
    rc = play(&r, us);
    if (rc < 0)
        mp_perror("wake");
    if (channel_join(child) < 0)
        rc = -1;
    if (rc == 0) {
        out->of[0] = summarize(us, (size_t)job->count).median;
        out->of[1] = percentile(us, (size_t)job->count, 0.99);
    }
out:
    mp_event_free(r.there);
    mp_event_free(r.back);
    mp_condition_free(r.condition);
    free(us);
    return rc;
}
