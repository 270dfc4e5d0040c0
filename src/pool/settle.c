/*
 * What a dead worker leaves; see engine.h.
 *
 * Answers on its ring and in its log count. The item that it was at is lost;
 * what it had not begun is sent to others, in front of all else.
 */
#include "pool/engine.h"

#include "base/clock.h"
#include "base/error.h"
#include "os/backtrace.h"
#include "os/function_name.h"
#include "os/trace.h"
#include "pool/failure.h"
#include "pool/log.h"
#include "process/process.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Workers that die without a task: the first is replaced at once, the others
   ever later; too many with little time between one and the next, and the pool
   is broken. That time is more than they are held up for. */
#define DELAY_STEP   (MP__SECOND / 10)
#define DELAY_MAX    (5 * MP__SECOND)
#define STORM_TIME   (10 * MP__SECOND)
#define STORM_LEAST  10u
#define STORM_FACTOR 5u

/* -- how it ended ---------------------------------------------------------- */

static void describe(int exitcode, char *buf, size_t size)
{
    if (exitcode >= 0)
        (void)snprintf(buf, size, "exited with code %d", exitcode);
    else
        (void)snprintf(buf, size, "was killed by signal %d (%s)", -exitcode,
                       sigabbrev_np(-exitcode) != NULL ? strsignal(-exitcode)
                                                       : "unknown");
}

/* Where it was, as its crash report says if it left one, is the traceback. */
static mp_any died_at_task(const struct mp__crash *crash, pid_t pid,
                           const char *how)
{
    char message[256];
    void *frames[MP__CRASH_FRAMES];
    size_t n = 0;

    if (crash->signal != 0)
        n = mp__frames_of_crash(crash->frames, crash->n, frames,
                                MP__CRASH_FRAMES);
    (void)snprintf(message, sizeof message,
                   "worker %d %s while it was at the task", (int)pid, how);
    (void)mp__fail_with(&(struct mp__failure){
        .code = MP_WORKER_LOST,
        .message = message,
        .traceback = n == 0 ? "" : NULL,
        .frames = frames,
        .nframes = n,
        .pid = pid,
    });
    return mp__failure_of_record();
}

/* Why the task at work is lost. */
static mp_any why_lost(const struct seat *seat, const struct task *task,
                       int exitcode)
{
    pid_t pid;
    char how[128];

    if (seat->process == NULL)
        return mp__failure_make(MP_WORKER_LOST,
                                "the thread of worker %d ended while it was "
                                "at the task",
                                seat->index);
    pid = seat->process->pid;
    if (task->killed == MP_TIMEOUT)
        return mp__failure_make(MP_TIMEOUT,
                                "the task has run longer than %g seconds; its "
                                "worker %d was killed",
                                task->job->timeout, (int)pid);
    if (task->killed == -ENOMEM)
        return mp__failure_make(-ENOMEM,
                                "the task's worker %d has grown beyond its "
                                "memory limit of %zu bytes and was killed",
                                (int)pid, seat->pool->pattern.memory_limit);
    describe(exitcode, how, sizeof how);
    return died_at_task(&seat->process->crash, pid, how);
}

/* -- the task it was at ---------------------------------------------------- */

/* The items that the log holds, which may have been cut short by the death but
   never in between: an entry counts with log_end. */
static void read_log(struct seat *seat, struct task *task)
{
    const struct lane_shared *s = seat->lane.shared;
    uint64_t end = atomic_load(&s->log_end);
    uint32_t first = atomic_load(&s->log_first), count = 0;
    mp_any log, copy;
    struct log_reader r;

    if (end == 0 || end > LANE_LOG || first != task->answered ||
        (s->log_kind != 0 && s->log_kind != MP_ELEM_I64 &&
         s->log_kind != MP_ELEM_I32 && s->log_kind != MP_ELEM_F64))
        return;
    log = mp__log_value(seat->lane.log, end, s->log_kind);
    r = mp__log_read(log, 0);
    while (mp__log_skip(&r))
        count++;
    if (count == 0 || count > task->count - first ||
        (mp_any_copy)(log, &copy) < 0)
        return;
    mp__task_log(task, first, count, &copy);
    mp_any_clear(&copy);
}

static void send_rest(struct task *task, uint32_t from)
{
    struct task *rest;

    if (from >= task->count || task->job->finished)
        return;
    rest = mp__task_rest(task, from, task->count - from);
    if (rest == NULL) {
        for (uint32_t i = from; i < task->count; i++)
            mp__task_error(task, i, mp__failure_of_record());
        return;
    }
    mp__send_again(task->job->pool, rest);
}

/* What it could no longer tell itself. */
static void trace_lost(const struct seat *seat, int exitcode)
{
    const struct lane_shared *s = seat->lane.shared;
    char how[128];

    describe(exitcode, how, sizeof how);
    mp__trace_slice(&(struct mp__trace_slice){
        .category = "task",
        .name = mp__function_name(atomic_load(&s->function)),
        .group = getpid(),
        .track = seat->process != NULL ? seat->process->pid : getpid(),
        .from = atomic_load(&s->since),
        .to = mp__now(),
        .how = how,
    });
}

/* One that made the worker too large goes even if it had not begun: the next
   worker may be so, too. */
static void settle_taken(struct seat *seat, struct task *task, int exitcode)
{
    const struct lane_shared *s = seat->lane.shared;
    uint32_t begun = atomic_load(&s->begun);
    uint32_t next;

    if (mp__traces)
        trace_lost(seat, exitcode);
    read_log(seat, task);
    next = task->answered;
    if (next < task->count && (begun > next || task->killed == -ENOMEM)) {
        mp__task_error(task, next, why_lost(seat, task, exitcode));
        next++;
    }
    mp__seat_forget(seat, task);
    send_rest(task, next);
    mp__task_free(task);
}

/* -- all of them ----------------------------------------------------------- */

bool mp__is_taken(const struct seat *seat, const struct task *task)
{
    return atomic_load(&seat->lane.shared->slot[task->slot]) ==
           lane_word(seat->number[task->slot], LANE_TAKEN);
}

/* From the last to the first, for each is put in front of the others. Says
   whether one had been begun. */
static bool settle_tasks(struct seat *seat, int exitcode)
{
    struct task *taken = NULL, *reversed = NULL, *task;

    while ((task = seat->tasks) != NULL) {
        bool is_its = mp__is_taken(seat, task);

        if (is_its && taken == NULL) {
            taken = task;
            settle_taken(seat, task, exitcode);
            continue;
        }
        mp__seat_forget(seat, task);
        task->next = reversed;
        reversed = task;
    }
    while ((task = reversed) != NULL) {
        reversed = task->next;
        mp__send_again(seat->pool, task);
    }
    return taken != NULL;
}

/* -- who comes after it ---------------------------------------------------- */

static void break_pool(struct mp_pool *pool, int exitcode)
{
    char how[128];

    describe(exitcode, how, sizeof how);
    if (mp_any_kind(pool->broken) == MP_KIND_NONE)
        pool->broken = mp__failure_make(
            MP_BROKEN_POOL,
            "%u workers have ended before they could do a task, the last one "
            "%s",
            pool->deaths, how);
    mp__pool_fail_all(pool, pool->broken);
}

/* When the next one is to come. */
static int64_t time_of_next(struct mp_pool *pool, bool had_task, int exitcode)
{
    int64_t now = mp__now(), delay;
    unsigned most = STORM_FACTOR * (unsigned)pool->wanted;

    if (had_task)
        return now;
    if (now - pool->last_death > STORM_TIME)
        pool->deaths = 0;
    pool->last_death = now;
    pool->deaths++;
    if (pool->deaths > (most > STORM_LEAST ? most : STORM_LEAST))
        break_pool(pool, exitcode);
    delay = (int64_t)(pool->deaths - 1) * DELAY_STEP;
    return now + (delay < DELAY_MAX ? delay : DELAY_MAX);
}

void mp__seat_settle(struct seat *seat, int exitcode)
{
    struct mp_pool *pool = seat->pool;
    bool in_order = atomic_load(&seat->lane.shared->left) != 0;
    bool had_task;

    mp__collect_from(seat);
    had_task = settle_tasks(seat, exitcode);
    seat->again = in_order ? mp__now() : time_of_next(pool, had_task, exitcode);
    mp__seat_clear(seat);
    if (pool->state == POOL_TERMINATE && pool->alive == 0)
        mp__pool_cancel_all(pool);
    mp__collect(pool);
}
