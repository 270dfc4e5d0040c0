/*
 * Seats: the places for workers; who sits down in one, and who gets up.
 */
#include "pool/engine.h"

#include "base/clock.h"
#include "base/error.h"
#include "os/cpu.h"
#include "os/memory.h"
#include "os/pidfd.h"
#include "process/process.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

/* -- child ----------------------------------------------------------------- */

/* child. What the other workers have is none of its business, and what it dies
   of is to be no other's. */
static void let_go_of_others(struct seat *mine)
{
    struct mp_pool *pool = mine->pool;

    for (int i = 0; i < pool->nseats; i++)
        if (pool->seats[i] != mine)
            mp__lane_free(&pool->seats[i]->lane);
}

/* child. Ctrl-C is for the parent, which ends its workers in order; and what
   the parent blocked or handled is not to keep a worker from being ended. */
static void settle_signals(const struct worker *w)
{
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGTERM, SIG_DFL);
    (void)sigprocmask(SIG_SETMASK, &w->signals, NULL);
}

/* child. If memory runs out, it is better a worker than the parent. */
static int run_in_child(mp_call *c)
{
    struct seat *seat = mp_call_self(c);

    settle_signals(&seat->worker);
    let_go_of_others(seat);
    mp__prefer_to_be_killed();
    if (seat->worker.cpu >= 0)
        mp__pin_to(seat->worker.cpu);
    return mp__worker_run(&seat->worker);
}

/* -- parent ---------------------------------------------------------------- */

static struct seat *seat_of(struct mp_pool *pool)
{
    struct seat *seat = calloc(1, sizeof *seat);

    if (seat == NULL) {
        mp__fail_os(-ENOMEM, "no memory for a worker");
        return NULL;
    }
    if (mp__lane_new(&seat->lane) < 0) {
        free(seat);
        return NULL;
    }
    seat->pool = pool;
    seat->index = pool->nseats;
    seat->tasks_end = &seat->tasks;
    seat->worker = pool->pattern;
    seat->worker.lane = &seat->lane;
    seat->worker.bell = pool->bell;
    seat->worker.index = seat->index;
    seat->worker.cpu = pool->pin ? mp__cpu_allowed(seat->index) : -1;
    return seat;
}

int mp__seat_add(struct mp_pool *pool)
{
    struct seat *seat;

    if (pool->nseats == POOL_SEATS)
        return mp__fail_os(-EAGAIN, "a pool has no more than %d workers",
                           POOL_SEATS);
    seat = seat_of(pool);
    if (seat == NULL)
        return mp_error_last()->code;
    pool->seats[seat->index] = seat;
    pool->nseats++;
    return seat->index;
}

static void end_thread(void *arg)
{
    struct seat *seat = arg;
    struct mp_pool *pool = seat->pool;

    mp__worker_gone();
    mp__pool_lock(pool);
    mp__seat_settle(seat, 0);
    mp__supervisor_wake(pool);
    mp__bell_strike(pool->bell);
    mp__pool_unlock(pool);
    mp__pool_thread_ends(pool);
}

/* A task may end it by pthread_exit. */
static void *run_thread(void *arg)
{
    struct seat *seat = arg;

    pthread_cleanup_push(end_thread, seat);
    (void)mp__worker_run(&seat->worker);
    pthread_cleanup_pop(1);
    return NULL;
}

int mp__seat_start_thread(struct seat *seat)
{
    return mp__pool_start_thread(seat->pool, run_thread, seat);
}

static int start_process(struct seat *seat)
{
    struct mp_process *p = mp_process_new(.run = run_in_child, .self = seat,
                                          .daemon = true, .type = "PoolWorker");
    int rc;

    if (p == NULL)
        return mp_error_last()->code;
    p->has_children = true;
    rc = mp_process_start(p);
    if (rc < 0) {
        mp_process_free(p);
        return rc;
    }
    seat->process = p;
    return 0;
}

int mp__seat_take(struct seat *seat)
{
    struct mp_pool *pool = seat->pool;
    int rc;

    if (seat->broken)
        MP_TRY(mp__lane_renew(&seat->lane));
    seat->broken = false;
    seat->sent = 0;
    atomic_store(&seat->lane.shared->since, mp__now());
    rc = pool->of_threads ? mp__seat_start_thread(seat) : start_process(seat);
    if (rc < 0)
        return rc;
    seat->state = SEAT_WORKING;
    pool->alive++;
    mp__supervisor_wake(pool);
    return 0;
}

void mp__seat_dismiss(struct seat *seat)
{
    struct ring_label label = task_label(0, TASK_QUIT, 0, 0);

    if (seat->state != SEAT_WORKING)
        return;
    seat->state = SEAT_LEAVING;
    if (mp__ring_put_labelled(&seat->lane.tasks, MP_NONE, &label, 0) < 0)
        mp__seat_kill(seat, SIGTERM);
}

void mp__seat_kill(struct seat *seat, int signal)
{
    if (seat->process != NULL && seat->process->pidfd >= 0)
        (void)mp__pidfd_signal(seat->process->pidfd, signal);
}

static void keep_books(struct seat *seat)
{
    const struct lane_shared *s = seat->lane.shared;

    seat->items += atomic_load(&s->items);
    seat->busy += (double)atomic_load(&s->busy) / (double)MP__SECOND;
    seat->idle += (double)atomic_load(&s->idle) / (double)MP__SECOND;
}

/* The lane is made anew for the next one, in its place: threads may look at it
   without the lock. Where that fails the next one has to wait. */
void mp__seat_clear(struct seat *seat)
{
    struct mp_pool *pool = seat->pool;

    keep_books(seat);
    mp_process_free(seat->process);
    seat->process = NULL;
    seat->state = SEAT_EMPTY;
    seat->alone = false;
    seat->doomed = false;
    seat->busy_seen = 0;
    seat->ended = seat->ended_seen = 0;
    seat->restarts++;
    pool->alive--;
    seat->broken = mp__lane_renew(&seat->lane) < 0;
    (void)pthread_cond_broadcast(&pool->changed);
}
