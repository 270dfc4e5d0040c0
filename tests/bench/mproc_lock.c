/*
 * libmproc's locks: taken and released again and again, by this process alone
 * or by several at once, around a count that is not atomic.
 */
#include "bench.h"
#include "mproc_channel.h"
#include "stats.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

enum { WORKERS_MAX = 8 };

/* One of the locks is set. */
struct course {
    mp_lock *lock;
    mp_rlock *rlock;
    mp_semaphore *semaphore;
    mp_queue *arrived; /* a child is there; later, it is done */
    mp_queue *line;    /* an item for each child: go          */
    uint64_t *counter; /* in shared memory                    */
    long each;         /* rounds of a worker                  */
};

static int go_round(const struct course *c)
{
    if (c->lock != NULL) {
        for (long i = 0; i < c->each; i++) {
            MP_TRY(mp_lock_acquire(c->lock));
            ++*c->counter;
            MP_TRY(mp_lock_release(c->lock));
        }
    } else if (c->rlock != NULL) {
        for (long i = 0; i < c->each; i++) {
            MP_TRY(mp_rlock_acquire(c->rlock));
            ++*c->counter;
            MP_TRY(mp_rlock_release(c->rlock));
        }
    } else {
        for (long i = 0; i < c->each; i++) {
            MP_TRY(mp_semaphore_acquire(c->semaphore));
            ++*c->counter;
            MP_TRY(mp_semaphore_release(c->semaphore));
        }
    }
    return 0;
}

static int work(mp_call *call)
{
    const struct course *c = mp_call_self(call);
    int go;

    MP_TRY(mp_queue_put(c->arrived, 0));
    MP_TRY(mp_queue_get(c->line, &go));
    MP_TRY(go_round(c));
    return mp_queue_put(c->arrived, 0);
}

static int await_all(const struct course *c, int workers)
{
    int any;

    for (int i = 0; i < workers; i++)
        MP_TRY(mp_queue_get(c->arrived, &any));
    return 0;
}

static int race(const struct course *c, int workers, double *seconds)
{
    double from;

    MP_TRY(await_all(c, workers));
    from = seconds_now();
    for (int i = 0; i < workers; i++)
        MP_TRY(mp_queue_put(c->line, 0));
    MP_TRY(await_all(c, workers));
    *seconds = seconds_now() - from;
    return 0;
}

static int run_children(struct course *c, int workers, double *seconds)
{
    mp_process *children[WORKERS_MAX];
    int rc, started = 0;

    for (; started < workers; started++) {
        children[started] = channel_child(work, c);
        if (children[started] == NULL)
            break;
    }
    rc = started == workers ? race(c, workers, seconds) : -1;
    if (rc < 0)
        mp_perror("lock");
    for (int i = 0; i < started; i++)
        if (channel_join(children[i]) < 0)
            rc = -1;
    return rc;
}

static int run_alone(const struct course *c, double *seconds)
{
    double from = seconds_now();
    int rc = go_round(c);

    *seconds = seconds_now() - from;
    return rc;
}

static bool make(const char *over, struct course *out)
{
    *out = (struct course){.arrived = mp_queue_new(), .line = mp_queue_new()};
    out->counter = mmap(NULL, sizeof *out->counter, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (strcmp(over, "lock") == 0)
        out->lock = mp_lock_new();
    else if (strcmp(over, "rlock") == 0)
        out->rlock = mp_rlock_new();
    else
        out->semaphore = mp_semaphore_new(1);
    return out->counter != MAP_FAILED && out->arrived != NULL &&
           out->line != NULL &&
           (out->lock != NULL || out->rlock != NULL || out->semaphore != NULL);
}

int mproc_lock(const struct job *job, struct figures *out)
{
    struct course c;
    double seconds = 0;
    long rounds;
    int rc = -1;

    if (!make(job->over, &c)) {
        mp_perror("lock");
        goto out;
    }
    c.each = job->count / job->pairs;
    rounds = c.each * job->pairs;
    rc = job->pairs == 1 ? run_alone(&c, &seconds)
                         : run_children(&c, job->pairs, &seconds);
    if (rc == 0 && *c.counter != (uint64_t)rounds) {
        fprintf(stderr, "libmproc: a round was lost\n");
        rc = -1;
    }
    out->of[0] = (double)rounds / seconds;
out:
    mp_lock_free(c.lock);
    mp_rlock_free(c.rlock);
    mp_semaphore_free(c.semaphore);
    mp_queue_free(c.arrived);
    mp_queue_free(c.line);
    return rc;
}
