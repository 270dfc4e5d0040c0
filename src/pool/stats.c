/*
 * Looking at a pool: what its workers have done, and what they are at.
 */
#include "pool/engine.h"

#include "base/clock.h"
#include "base/error.h"
#include "os/function_name.h"
#include "os/memory.h"
#include "process/process.h"

#include <errno.h>
#include <unistd.h>

static double seconds(int64_t ns)
{
    return (double)ns / (double)MP__SECOND;
}

/* What it is at counts as far as it is. The lane of an empty seat says nothing
   any more. */
static void look_at(struct seat *seat, mp_worker_stats *out)
{
    const struct lane_shared *s = seat->lane.shared;
    int64_t spent = mp__now() - atomic_load(&s->since);
    bool works = atomic_load(&s->current) != 0;
    size_t now;

    *out = (mp_worker_stats){.restarts = seat->restarts,
                             .tasks = (unsigned long)seat->items,
                             .busy = seat->busy,
                             .idle = seat->idle};
    if (seat->state == SEAT_EMPTY)
        return;
    out->pid = seat->process != NULL ? seat->process->pid : getpid();
    out->tasks += (unsigned long)atomic_load(&s->items);
    out->busy += seconds(atomic_load(&s->busy) + (works ? spent : 0));
    out->idle += seconds(atomic_load(&s->idle) + (works ? 0 : spent));
    mp__memory_of(out->pid, &now, &out->peak_memory);
    out->since = seconds(spent);
    if (works)
        out->function = mp__function_name(atomic_load(&s->function));
}

int mp_pool_stats(mp_pool *pool, mp_worker_stats *out, size_t n)
{
    int count;

    MP_TRY(mp__pool_check(pool));
    if (out == NULL && n > 0)
        return mp__fail(MP_VALUE_ERROR, "the place for the numbers is NULL");
    mp__pool_lock(pool);
    count = pool->wanted < pool->nseats ? pool->wanted : pool->nseats;
    for (int i = 0; i < count && (size_t)i < n; i++)
        look_at(pool->seats[i], &out[i]);
    mp__pool_unlock(pool);
    return count;
}

static void print_worker(FILE *to, int index, const mp_worker_stats *w)
{
    double all = w->busy + w->idle;

    (void)fprintf(to, "%6d %8d %8u %10lu %6.1f%% %8.1f  ", index, (int)w->pid,
                  w->restarts, w->tasks, all > 0 ? 100 * w->busy / all : 0.0,
                  (double)w->peak_memory / (1 << 20));
    if (w->pid == 0)
        (void)fprintf(to, "none\n");
    else if (w->function == NULL)
        (void)fprintf(to, "nothing for %.3f s\n", w->since);
    else
        (void)fprintf(to, "%s for %.3f s\n", w->function, w->since);
}

int mp_pool_dump(mp_pool *pool, FILE *to)
{
    int rc = mp__pool_check(pool);

    if (rc < 0)
        return rc;
    if (to == NULL)
        return mp__fail(MP_VALUE_ERROR, "the file to write to is NULL");
    mp__pool_lock(pool);
    (void)fprintf(to, "%zu tasks or maps are pending\n", pool->pending);
    (void)fprintf(to, "%6s %8s %8s %10s %7s %8s  %s\n", "worker", "pid",
                  "restarts", "tasks", "busy", "MiB", "is at");
    for (int i = 0; i < pool->nseats && i < pool->wanted; i++) {
        mp_worker_stats w;

        look_at(pool->seats[i], &w);
        print_worker(to, i, &w);
    }
    mp__pool_unlock(pool);
    return ferror(to) != 0 ? mp__fail_os(-EIO, "cannot write about the pool")
                           : 0;
}
