/*
 * The supervisor: a thread that sees workers die, replaces them, and ends
 * tasks whose time is up.
 *
 * It sleeps in a libuv loop, on the workers' pidfds and a timer. The loop is
 * its own: others wake it by uv_async_send alone, and it looks at the seats
 * under the pool's lock to see what there is to do.
 */
#include "pool/engine.h"

#include "base/clock.h"
#include "base/error.h"
#include "os/memory.h"
#include "os/probe.h"
#include "os/thread.h"
#include "process/process.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

/* How often it looks at tasks that have a time limit or wait to be tried
   again, and at workers with a memory limit. */
enum { TICK_MS = 10, MEMORY_TICKS = 10 };

struct supervisor {
    struct mp_pool *pool;
    uv_loop_t loop;
    uv_async_t wake;
    uv_timer_t timer;
    unsigned ticks;
};

/* On one worker's pidfd. */
struct poller {
    uv_poll_t poll;
    struct seat *seat;
};

/* -- deaths ---------------------------------------------------------------- */

static void free_poller(uv_handle_t *h)
{
    free(h->data);
}

static void drop_poller(struct poller *p)
{
    p->seat->poller = NULL;
    p->poll.data = p;
    uv_close((uv_handle_t *)&p->poll, free_poller);
}

static void look(struct supervisor *sv);

/* Taken from under the lock: reaping has a lock of its own. */
static void on_death(uv_poll_t *h, int status, int events)
{
    struct poller *p = h->data;
    struct seat *seat = p->seat;
    struct mp_pool *pool = seat->pool;

    (void)status;
    (void)events;
    if (mp_process_join(seat->process, 0.0) < 0)
        return;
    drop_poller(p);
    mp__pool_lock(pool);
    MP__PROBE2(worker__exit, seat->process->pid, seat->process->exitcode);
    mp__seat_settle(seat, mp_process_exitcode(seat->process));
    mp__bell_strike(pool->bell);
    look(pool->supervisor);
    mp__pool_unlock(pool);
}

static void watch(struct supervisor *sv, struct seat *seat)
{
    struct poller *p = malloc(sizeof *p);

    if (p == NULL)
        return;
    if (uv_poll_init(&sv->loop, &p->poll, seat->process->pidfd) < 0) {
        free(p);
        return;
    }
    p->poll.data = p;
    p->seat = seat;
    seat->poller = p;
    (void)uv_poll_start(&p->poll, UV_READABLE, on_death);
}

/* A worker that cannot be watched is asked with every tick. Whether there is
   such a one. */
static bool watch_all(struct supervisor *sv)
{
    bool more = false;

    for (int i = 0; i < sv->pool->nseats; i++) {
        struct seat *seat = sv->pool->seats[i];

        if (seat->process == NULL || seat->poller != NULL)
            continue;
        watch(sv, seat);
        if (seat->poller == NULL && mp_process_join(seat->process, 0.0) == 0)
            mp__seat_settle(seat, mp_process_exitcode(seat->process));
        more |= seat->poller == NULL;
    }
    return more;
}

/* -- empty seats ----------------------------------------------------------- */

static bool needs_workers(const struct mp_pool *pool)
{
    return pool->state == POOL_RUN ||
           (pool->state == POOL_CLOSE && pool->pending > 0);
}

/* It is tried again later if there is no process or lane to be had. */
static void fill(struct seat *seat)
{
    if (mp__seat_take(seat) < 0)
        seat->again = mp__now() + MP__SECOND / 10;
}

static bool fill_seats(struct mp_pool *pool)
{
    int64_t now = mp__now();
    bool more = false;

    if (!needs_workers(pool) || mp_any_kind(pool->broken) != MP_KIND_NONE)
        return false;
    for (int i = 0; i < pool->nseats; i++) {
        struct seat *seat = pool->seats[i];

        if (seat->state != SEAT_EMPTY || seat->index >= pool->wanted)
            continue;
        if (seat->again <= now)
            fill(seat);
        more |= seat->state == SEAT_EMPTY;
    }
    mp__dispatch(pool);
    return more;
}

/* -- limits ---------------------------------------------------------------- */

static void end_task(struct seat *seat, struct task *task, int why)
{
    task->killed = why;
    seat->doomed = true;
    mp__seat_kill(seat, SIGKILL);
}

/* The task that a worker is at, which it cannot leave for another one while
   the lane is stopped. NULL: none. */
static struct task *stop_at_task(struct seat *seat)
{
    uint32_t current;

    atomic_store(&seat->lane.shared->stop, 1);
    current = atomic_load(&seat->lane.shared->current);
    return current > 0 && current <= LANE_SLOTS ? seat->task[current - 1]
                                                : NULL;
}

/* One that has been killed is to begin nothing in its last moments. */
static void let_go_on(struct seat *seat)
{
    if (seat->doomed)
        return;
    atomic_store(&seat->lane.shared->stop, 0);
    (void)mp__futex_wake(&seat->lane.shared->stop, 1);
}

void mp__seat_end_task(struct seat *seat, const struct task *task, int why)
{
    struct task *at = stop_at_task(seat);

    if (at == task && seat->process != NULL)
        end_task(seat, at, why);
    else
        let_go_on(seat);
}

void mp__seat_end_job(struct seat *seat, const struct job *job, int why)
{
    struct task *at = stop_at_task(seat);

    if (at != NULL && at->job == job && seat->process != NULL)
        end_task(seat, at, why);
    else
        let_go_on(seat);
}

/* The task that a worker is at, or NULL. It names one before it takes it, and
   until then the progress it shows is that of the one before. */
static struct task *task_at_work(const struct seat *seat)
{
    uint32_t current = atomic_load(&seat->lane.shared->current);
    struct task *task =
        current > 0 && current <= LANE_SLOTS ? seat->task[current - 1] : NULL;

    return task != NULL && mp__is_taken(seat, task) && task->killed == 0 ? task
                                                                         : NULL;
}

/* When the item that it is at began; none has a time limit of its own. */
static void check_time(struct seat *seat, int64_t now)
{
    const struct lane_shared *s = seat->lane.shared;
    struct task *task = task_at_work(seat);
    uint32_t begun = task != NULL ? atomic_load(&s->begun) : 0;
    double ran;

    if (begun == 0)
        return;
    if (begun != task->seen_begun) {
        task->seen_begun = begun;
        task->seen_at = task->count == 1 ? atomic_load(&s->since) : now;
    }
    ran = (double)(now - task->seen_at) / (double)MP__SECOND;
    if (task->job->soft_timeout > 0 && ran >= task->job->soft_timeout)
        atomic_store(&seat->lane.shared->urge,
                     lane_urge(task->slot, seat->number[task->slot]));
    if (task->job->timeout > 0 && ran >= task->job->timeout)
        mp__seat_end_task(seat, task, MP_TIMEOUT);
}

static void check_memory(struct seat *seat)
{
    size_t now, peak;
    struct task *task = task_at_work(seat);

    if (task == NULL || seat->process == NULL)
        return;
    mp__memory_of(seat->process->pid, &now, &peak);
    if (now > seat->pool->pattern.memory_limit)
        mp__seat_end_task(seat, task, -ENOMEM);
}

static bool check_limits(struct supervisor *sv)
{
    struct mp_pool *pool = sv->pool;
    bool memory = pool->pattern.memory_limit > 0;
    int64_t now = mp__now();

    sv->ticks++;
    for (int i = 0; i < pool->nseats; i++) {
        struct seat *seat = pool->seats[i];

        if (seat->load == 0)
            continue;
        if (pool->timed > 0)
            check_time(seat, now);
        if (memory && sv->ticks % MEMORY_TICKS == 0)
            check_memory(seat);
    }
    return pool->timed > 0 || (memory && pool->pending > 0);
}

/* -- the loop -------------------------------------------------------------- */

static void on_tick(uv_timer_t *timer)
{
    struct supervisor *sv = timer->data;

    mp__pool_lock(sv->pool);
    look(sv);
    mp__pool_unlock(sv->pool);
}

static bool is_over(const struct mp_pool *pool)
{
    return pool->alive == 0 && pool->state != POOL_RUN && pool->pending == 0;
}

/* With the lock: do what there is to do, and say when to look again. */
static void look(struct supervisor *sv)
{
    struct mp_pool *pool = sv->pool;
    bool ticks = fill_seats(pool);

    ticks |= watch_all(sv);
    ticks |= check_limits(sv);
    ticks |= pool->again != NULL;
    if (pool->again != NULL)
        mp__dispatch(pool);
    pool->ticks = ticks;
    if (is_over(pool))
        uv_stop(&sv->loop);
    else if (ticks)
        (void)uv_timer_start(&sv->timer, on_tick, TICK_MS, 0);
}

static void on_wake(uv_async_t *h)
{
    struct supervisor *sv = h->data;

    mp__pool_lock(sv->pool);
    look(sv);
    mp__pool_unlock(sv->pool);
}

static void close_handle(uv_handle_t *h, void *arg)
{
    (void)arg;
    if (!uv_is_closing(h))
        uv_close(h, h->type == UV_POLL ? free_poller : NULL);
}

static void close_loop(struct supervisor *sv)
{
    uv_walk(&sv->loop, close_handle, NULL);
    (void)uv_run(&sv->loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&sv->loop);
}

static void *supervise(void *arg)
{
    struct mp_pool *pool = arg;
    struct supervisor *sv = pool->supervisor;

    (void)uv_run(&sv->loop, UV_RUN_DEFAULT);
    mp__pool_lock(pool);
    pool->supervisor = NULL;
    mp__pool_unlock(pool);
    close_loop(sv);
    free(sv);
    mp__pool_thread_ends(pool);
    return NULL;
}

static int make_loop(struct supervisor *sv)
{
    sv->loop.backend_fd = -1;
    if (uv_loop_init(&sv->loop) < 0) {
        /* It leaves this one open. */
        if (sv->loop.backend_fd >= 0)
            (void)close(sv->loop.backend_fd);
        return -EMFILE;
    }
    if (uv_async_init(&sv->loop, &sv->wake, on_wake) < 0 ||
        uv_timer_init(&sv->loop, &sv->timer) < 0) {
        close_loop(sv);
        return -EMFILE;
    }
    sv->wake.data = sv->timer.data = sv;
    return 0;
}

int mp__supervisor_start(struct mp_pool *pool)
{
    struct supervisor *sv = calloc(1, sizeof *sv);
    int rc = sv == NULL ? -ENOMEM : make_loop(sv);

    if (rc < 0) {
        free(sv);
        return mp__fail_os(rc, "cannot make the supervisor of a pool");
    }
    sv->pool = pool;
    pool->supervisor = sv;
    rc = mp__pool_start_thread(pool, supervise, pool);
    if (rc < 0) {
        pool->supervisor = NULL;
        close_loop(sv);
        free(sv);
    }
    return rc;
}

void mp__supervisor_wake(struct mp_pool *pool)
{
    if (pool->supervisor != NULL)
        (void)uv_async_send(&pool->supervisor->wake);
}

void mp__supervisor_needed(struct mp_pool *pool)
{
    if (pool->ticks)
        return;
    pool->ticks = true;
    mp__supervisor_wake(pool);
}
