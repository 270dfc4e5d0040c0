/*
 * Tasks on their way to the workers; see engine.h.
 *
 * A worker has more than one task at a time, so that it need not wait for the
 * next one. What it has not begun can be taken back, and is when another
 * worker has nothing to do, or the one that has it dies.
 */
#include "pool/engine.h"

#include "base/clock.h"
#include "base/error.h"
#include "os/thread.h"
#include "os/trace.h"
#include "pool/failure.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* How many tasks a worker is given: of many items each, or of one. A task that
   failed before is given to a worker that has no other, so that no other is
   lost with it. */
enum { FEW = 2, MANY = LANE_SLOTS };

/* What it takes to wake a worker; for how long a worker of many small tasks is
   left to them alone, for two that have too little to do take the CPU from who
   gives it to them; and how long a task may take until those behind it are
   given to others. */
#define WAKING   INT64_C(20000)
#define JOINING  INT64_C(5000)
#define TOO_LONG INT64_C(50000)

/* -- tasks ----------------------------------------------------------------- */

static struct task *task_of(struct job *job, uint64_t first, uint32_t count)
{
    struct task *task = calloc(1, sizeof *task);

    if (task == NULL)
        return NULL;
    task->job = mp__job_hold(job);
    task->first = first;
    task->count = count;
    return task;
}

void mp__task_free(struct task *task)
{
    mp_any_clear(&task->own);
    mp__job_drop(task->job);
    free(task);
}

struct task *mp__task_rest(const struct task *task, uint32_t from,
                           uint32_t count)
{
    struct task *rest = task_of(task->job, task->first + from, count);
    int rc = 0;

    if (rest == NULL)
        return NULL;
    rest->attempts = task->attempts;
    if (mp_any_kind(task->own) != MP_KIND_NONE)
        rc = (mp_any_copy)(mp__part(task->own, from, count), &rest->own);
    if (rc < 0) {
        mp__task_free(rest);
        return NULL;
    }
    return rest;
}

/* -- the queue of those that are to be sent again -------------------------- */

void mp__send_last(struct mp_pool *pool, struct task *task)
{
    struct task **link = &pool->again;

    if (task->job->finished) {
        mp__task_free(task);
        return;
    }
    while (*link != NULL)
        link = &(*link)->next;
    task->next = NULL;
    *link = task;
}

void mp__send_again(struct mp_pool *pool, struct task *task)
{
    if (task->job->finished) {
        mp__task_free(task);
        return;
    }
    task->killed = 0;
    task->seen_begun = 0;
    task->next = pool->again;
    pool->again = task;
}

/* The first whose time has come. */
static struct task **find_again(struct mp_pool *pool)
{
    struct task **link = &pool->again;
    int64_t now = 0;

    while (*link != NULL && (*link)->not_before > 0) {
        now = now > 0 ? now : mp__now();
        if ((*link)->not_before <= now)
            break;
        link = &(*link)->next;
    }
    return link;
}

/* -- choosing -------------------------------------------------------------- */

struct choice {
    struct task **again; /* or ... */
    struct job *job;     /* ... the next items of this; or neither */
    unsigned limit;      /* on the tasks of the worker it goes to  */
};

static struct choice choose(struct mp_pool *pool)
{
    struct choice c = {.again = find_again(pool)};

    if (*c.again != NULL) {
        c.limit = (*c.again)->attempts > 0 ? 1
                  : (*c.again)->count > 1  ? FEW
                                           : MANY;
        return c;
    }
    c.again = NULL;
    c.job = pool->waiting;
    if (c.job != NULL)
        c.limit = c.job->chunk > 1 ? FEW : MANY;
    return c;
}

static bool is_asleep(const struct seat *seat)
{
    return atomic_load_explicit(&seat->lane.tasks.shared->put.wanted,
                                memory_order_relaxed) != 0;
}

/* In nanoseconds, until a task given to it now would begin. To wake a worker
   takes longer than many a task. */
static int64_t expected_wait(const struct seat *seat)
{
    if (seat->load > 0)
        return (int64_t)seat->load * (seat->pool->usual + 1);
    return is_asleep(seat) ? WAKING : JOINING;
}

/* Whether it has been at its task for longer than that usually takes. */
static bool is_late(const struct seat *seat, int64_t now)
{
    return now - atomic_load(&seat->lane.shared->since) > TOO_LONG;
}

/* Who has something to do, and will soon be done with it, goes before who has
   to be woken: but not if it is late, for it may never be done. */
static struct seat *least_busy(struct mp_pool *pool, unsigned limit)
{
    struct seat *best = NULL, *idle = NULL;
    int64_t best_wait = 0;

    for (int i = 0; i < pool->nseats; i++) {
        struct seat *seat = pool->seats[i];
        int64_t wait;

        if (seat->state != SEAT_WORKING || seat->alone || seat->load >= limit)
            continue;
        if (seat->load == 0)
            idle = seat;
        wait = expected_wait(seat);
        if (best == NULL || wait < best_wait) {
            best = seat;
            best_wait = wait;
        }
    }
    if (idle != NULL && best->load > 0 && is_late(best, mp__now()))
        return idle;
    return best;
}

/* An imap sends no more than the caller is to be ahead of. */
static bool window_is_full(const struct job *job)
{
    return job->kind >= JOB_IMAP && job->sent - job->given >= job->window;
}

static struct task *cut(struct job *job)
{
    uint64_t left = job->total - job->sent;
    uint32_t count = left < job->chunk ? (uint32_t)left : job->chunk;
    struct task *task = task_of(job, job->sent, count);

    if (task == NULL)
        return NULL;
    job->sent += count;
    if (job->sent == job->total || window_is_full(job))
        mp__pool_out_of_line(job);
    return task;
}

/* -- sending --------------------------------------------------------------- */

static unsigned free_slot(const struct seat *seat)
{
    unsigned slot = seat->sent % LANE_SLOTS;

    while (seat->task[slot] != NULL)
        slot = (slot + 1) % LANE_SLOTS;
    return slot;
}

static void enlist(struct seat *seat, struct task *task, unsigned slot)
{
    task->slot = slot;
    task->next = NULL;
    task->link = seat->tasks_end;
    *seat->tasks_end = task;
    seat->tasks_end = &task->next;
    seat->task[slot] = task;
    seat->load++;
    seat->alone = task->attempts > 0;
}

void mp__seat_forget(struct seat *seat, struct task *task)
{
    *task->link = task->next;
    if (task->next != NULL)
        task->next->link = task->link;
    else
        seat->tasks_end = task->link;
    seat->task[task->slot] = NULL;
    seat->load--;
    if (seat->load == 0)
        seat->alone = false;
    atomic_store(&seat->lane.shared->slot[task->slot],
                 lane_word(seat->number[task->slot], LANE_FREE));
}

/* 0 · -EAGAIN no more of this fits under way now · a failure. */
static int put(struct seat *seat, const struct task *task, unsigned slot)
{
    struct job *job = task->job;
    struct ring_label label = task_label(slot, job->form, seat->number[slot],
                                         (uint64_t)(uintptr_t)job->func);
    mp_any room;
    int rc = mp__ring_put_labelled(&seat->lane.tasks,
                                   mp__task_value(task, &room), &label, 0);

    if (rc == MP_FULL &&
        (seat->load > 0 || mp__ring_count(&seat->lane.tasks) > 0))
        return -EAGAIN;
    return rc < 0 ? rc : 0;
}

static int send(struct seat *seat, struct task *task)
{
    unsigned slot = free_slot(seat);
    int rc;

    seat->number[slot] = (seat->number[slot] + 1) & (UINT32_MAX >> 2);
    atomic_store(&seat->lane.shared->slot[slot],
                 lane_word(seat->number[slot], LANE_READY));
    rc = put(seat, task, slot);
    if (rc < 0)
        return rc;
    if (mp__traces)
        mp__trace_arrow(true, getpid(), mp__thread_id(),
                        arrow_number(seat->index, slot, seat->number[slot]),
                        mp__now());
    seat->sent++;
    enlist(seat, task, slot);
    if (seat->sent == seat->pool->maxtasksperchild)
        mp__seat_dismiss(seat);
    return 0;
}

/* What cannot be sent has failed, all of its items. */
static void fail_unsent(struct task *task)
{
    mp_any failure = mp__failure_of_record(), copy;

    for (uint32_t i = 0; i < task->count; i++) {
        if ((mp_any_copy)(failure, &copy) < 0)
            copy = MP_NONE;
        mp__task_error(task, i, copy);
    }
    mp_any_clear(&failure);
    mp__task_free(task);
}

static struct task *take(const struct choice *c)
{
    struct task *task;

    if (c->again == NULL)
        return cut(c->job);
    task = *c->again;
    *c->again = task->next;
    return task;
}

/* If the result thread means to sleep long, it does not know yet that it should
   soon look whether a worker is late. */
static void tell_of_unevenness(struct mp_pool *pool)
{
    if (!pool->sleeps_long || !mp__is_uneven(pool))
        return;
    pool->sleeps_long = false;
    mp__bell_strike(pool->bell);
}

void mp__dispatch(struct mp_pool *pool)
{
    for (;;) {
        struct choice c = choose(pool);
        struct seat *seat = c.limit > 0 ? least_busy(pool, c.limit) : NULL;
        struct task *task = seat != NULL ? take(&c) : NULL;
        int rc;

        if (task == NULL)
            break;
        if (task->job->finished) {
            mp__task_free(task);
            continue;
        }
        rc = send(seat, task);
        if (rc == -EAGAIN) {
            mp__send_again(pool, task);
            break;
        }
        if (rc < 0)
            fail_unsent(task);
    }
    tell_of_unevenness(pool);
}

/* -- taking back ----------------------------------------------------------- */

/* Whether the worker has not begun it, and now will not. */
static bool take_back(struct seat *seat, struct task *task)
{
    uint32_t word = lane_word(seat->number[task->slot], LANE_READY);

    if (!atomic_compare_exchange_strong(
            &seat->lane.shared->slot[task->slot], &word,
            lane_word(seat->number[task->slot], LANE_FREE)))
        return false;
    mp__seat_forget(seat, task);
    return true;
}

void mp__take_back_job(struct job *job)
{
    struct mp_pool *pool = job->pool;

    for (int i = 0; i < pool->nseats; i++) {
        struct seat *seat = pool->seats[i];
        struct task *task = seat->tasks, *next;

        for (; task != NULL; task = next) {
            next = task->next;
            if (task->job == job && take_back(seat, task))
                mp__task_free(task);
        }
    }
}

/* Where the one task of a job is; NULL: in no lane. */
static struct seat *find_task(const struct job *job, struct task **out)
{
    struct mp_pool *pool = job->pool;

    for (int i = 0; i < pool->nseats; i++)
        for (struct task *t = pool->seats[i]->tasks; t != NULL; t = t->next)
            if (t->job == job) {
                *out = t;
                return pool->seats[i];
            }
    return NULL;
}

bool mp__job_has_begun(const struct job *job)
{
    struct task *task;
    struct seat *seat = find_task(job, &task);

    return seat != NULL && mp__is_taken(seat, task);
}

bool mp__job_take_back(struct job *job)
{
    struct task *task;
    struct seat *seat = find_task(job, &task);

    if (seat == NULL)
        return true;
    if (!take_back(seat, task))
        return false;
    mp__task_free(task);
    return true;
}

/* Whether it has been at its task for so long that the next ones should not
   have to wait for it. */
static bool is_held_up(const struct seat *seat, int64_t now)
{
    return seat->load >= 2 &&
           (seat->state != SEAT_WORKING || is_late(seat, now));
}

static struct seat *most_held_up(struct mp_pool *pool)
{
    struct seat *best = NULL;
    int64_t now = mp__now();

    for (int i = 0; i < pool->nseats; i++) {
        struct seat *seat = pool->seats[i];

        if (is_held_up(seat, now) && (best == NULL || seat->load > best->load))
            best = seat;
    }
    return best;
}

bool mp__is_uneven(const struct mp_pool *pool)
{
    bool idle = false, loaded = false;

    for (int i = 0; i < pool->nseats; i++) {
        idle |=
            pool->seats[i]->state == SEAT_WORKING && pool->seats[i]->load == 0;
        loaded |= pool->seats[i]->load >= 2;
    }
    return idle && loaded;
}

/* What has not begun, but for the first `keep`: in front of the queue, in
   order. */
static void take_back_rear(struct seat *seat, unsigned keep)
{
    struct task *task = seat->tasks, *next;
    struct task **end = &seat->pool->again;

    for (unsigned i = 0; i < keep && task != NULL; i++)
        task = task->next;
    for (; task != NULL; task = next) {
        next = task->next;
        if (!take_back(seat, task))
            continue;
        task->next = *end;
        *end = task;
        end = &task->next;
    }
}

void mp__take_back_all(struct seat *seat)
{
    take_back_rear(seat, 0);
}

void mp__share_out(struct mp_pool *pool)
{
    struct seat *seat;

    if (pool->waiting != NULL || !mp__is_uneven(pool) ||
        (seat = most_held_up(pool)) == NULL)
        return;
    take_back_rear(seat, (seat->load + 1) / 2);
    mp__dispatch(pool);
}
