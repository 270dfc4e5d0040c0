/*
 * Answers on their way back; see engine.h.
 */
#include "pool/engine.h"

#include "base/clock.h"
#include "base/error.h"
#include "os/cpu.h"
#include "pool/failure.h"
#include "pool/log.h"

#include <errno.h>
#include <signal.h>

/* The first wait before a failed task is tried again; it doubles each time. */
#define BACK_OFF (MP__SECOND / 20)
enum { DOUBLED_AT_MOST = 7 };

/* Of which the time is thought over at once. */
#define FEW_TASKS 16u

/* -- errors ---------------------------------------------------------------- */

/* Whether the item is to be tried again, by a task of its own; the supervisor
   sees when its time has come. */
static bool try_again(struct task *task, uint32_t index)
{
    struct job *job = task->job;
    struct task *again;

    if (task->attempts >= job->retries || job->finished ||
        job->pool->state == POOL_TERMINATE)
        return false;
    again = mp__task_rest(task, index, 1);
    if (again == NULL)
        return false;
    again->not_before =
        mp__now() +
        (BACK_OFF << (task->attempts < DOUBLED_AT_MOST ? task->attempts
                                                       : DOUBLED_AT_MOST));
    again->attempts = task->attempts + 1;
    mp__send_again(job->pool, again);
    mp__supervisor_needed(job->pool);
    return true;
}

/* An imap would wait for ever for a result that cannot be kept. */
static void fail_for_want(struct job *job)
{
    mp_any failure = mp__failure_of_record();

    mp__job_fail(job, failure);
    mp_any_clear(&failure);
}

/* Of an imap it takes the place of a result; of others the first is kept. */
void mp__task_error(struct task *task, uint32_t index, mp_any failure)
{
    struct job *job = task->job;
    struct piece piece = {.first = task->first + index,
                          .count = 1,
                          .failed = true,
                          .value = failure};

    if (job->finished || try_again(task, index)) {
        mp_any_clear(&failure);
        return;
    }
    if (mp_any_kind(failure) == MP_KIND_NONE)
        piece.value = mp_any_bool(false);
    if (job->kind >= JOB_IMAP) {
        if (mp__job_keep(job, &piece) < 0) {
            fail_for_want(job);
            return;
        }
    } else if (mp_any_kind(job->failure) == MP_KIND_NONE)
        job->failure = piece.value;
    else
        mp_any_clear(&piece.value);
    mp__job_advance(job, 1);
}

/* A value that could not be had here is an error of each item it is about. */
static void lost_values(struct task *task, uint32_t index, uint32_t count)
{
    for (uint32_t i = index; i < index + count; i++)
        mp__task_error(task, i, mp__failure_of_record());
}

/* -- answers --------------------------------------------------------------- */

static void keep(struct task *task, uint32_t index, uint32_t count, bool is_log,
                 mp_any *value)
{
    struct piece piece = {.first = task->first + index,
                          .count = count,
                          .is_log = is_log,
                          .value = *value};

    if (task->job->finished)
        return;
    *value = (mp_any){.head = MP_KIND_NONE};
    if (mp__job_keep(task->job, &piece) < 0)
        lost_values(task, index, count);
    else
        mp__job_advance(task->job, count);
}

void mp__task_log(struct task *task, uint32_t index, uint32_t count,
                  mp_any *bytes)
{
    keep(task, index, count, true, bytes);
    task->answered = index + count;
}

static void answer(struct task *task, const struct ring_label *label,
                   mp_any *value, int failed)
{
    uint32_t index = (uint32_t)label->word[1];
    uint32_t count = (uint32_t)(label->word[1] >> 32);
    unsigned form = label_form(label) & ~(unsigned)ANSWER_END;

    if (form == 0)
        return;
    if (index > task->count || count > task->count - index ||
        (form == ANSWER_LOG && failed == 0 && !mp__log_holds(*value, count)))
        return;
    if (failed < 0)
        lost_values(task, index, count);
    else if (form == ANSWER_ERROR) {
        mp__task_error(task, index, *value);
        *value = (mp_any){.head = MP_KIND_NONE};
    } else
        keep(task, index, count, form == ANSWER_LOG, value);
    task->answered = index + count;
}

/* The initializer's error: no worker will ever do any better. */
static void initializer_failed(struct mp_pool *pool, mp_any failure)
{
    if (mp_any_kind(pool->broken) != MP_KIND_NONE)
        return;
    (void)mp__failure_raise(failure);
    pool->broken = mp__failure_make(MP_BROKEN_POOL,
                                    "the initializer of a worker failed: %s",
                                    mp__fail_message());
    mp__pool_fail_all(pool, pool->broken);
}

/* A task's usual time, of the last few short ones or the last long one. */
static void learn_time(struct seat *seat)
{
    const struct lane_shared *s = seat->lane.shared;
    uint64_t tasks = seat->ended - seat->ended_seen;
    int64_t busy =
        atomic_load_explicit(&s->busy, memory_order_relaxed) - seat->busy_seen;

    if (tasks < FEW_TASKS && busy < POOL_USUAL_TIME)
        return;
    seat->pool->usual = (seat->pool->usual + busy / (int64_t)tasks) / 2;
    seat->busy_seen += busy;
    seat->ended_seen = seat->ended;
}

/* A task that ended as a whole, because its items could not be had: the error
   of the first is that of all. */
static void answer_rest(struct task *task, mp_any failure)
{
    for (uint32_t i = task->answered; i < task->count; i++) {
        mp_any copy;

        if ((mp_any_copy)(failure, &copy) < 0)
            copy = MP_NONE;
        mp__task_error(task, i, copy);
    }
}

static void take_answer(struct seat *seat, const struct ring_label *label,
                        mp_any *value, int failed)
{
    unsigned slot = label_slot(label);
    struct task *task;

    if (label_form(label) == ANSWER_FAILED) {
        initializer_failed(seat->pool, *value);
        return;
    }
    task = slot < LANE_SLOTS ? seat->task[slot] : NULL;
    if (task == NULL)
        return;
    if ((label_form(label) & ANSWER_ALL) != 0)
        answer_rest(task, *value);
    else
        answer(task, label, value, failed);
    if ((label_form(label) & ANSWER_END) == 0)
        return;
    mp__seat_forget(seat, task);
    mp__task_free(task);
    seat->pool->deaths = 0;
    seat->ended++;
    learn_time(seat);
}

/* A worker that has written over its lane is of no use any more. */
static void give_up(struct seat *seat, int rc)
{
    if (rc == MP_RUNTIME_ERROR)
        mp__seat_kill(seat, SIGKILL);
}

void mp__collect_from(struct seat *seat)
{
    while (mp__ring_count(&seat->lane.answers) > 0) {
        struct ring_label label;
        mp_any value = {.head = MP_KIND_NONE};
        int failed = 0;
        int rc = mp__ring_get_labelled(&seat->lane.answers, mp_out_any(&value),
                                       &label, &failed, 0);

        if (rc < 0) {
            give_up(seat, rc);
            break;
        }
        take_answer(seat, &label, &value, failed);
        seat->pool->collected++;
        mp_any_clear(&value);
    }
}

void mp__collect(struct mp_pool *pool)
{
    for (int i = 0; i < pool->nseats; i++)
        if (pool->seats[i]->load > 0 || pool->seats[i]->state == SEAT_WORKING)
            mp__collect_from(pool->seats[i]);
    mp__dispatch(pool);
    mp__share_out(pool);
}

/* -- waiting --------------------------------------------------------------- */

/* Without the lock: seats and their lanes stay while there is a pool. */
static bool there_are_answers(struct mp_pool *pool)
{
    int n = atomic_load(&pool->nseats);

    for (int i = 0; i < n; i++)
        if (mp__ring_count(&pool->seats[i]->lane.answers) > 0)
            return true;
    return false;
}

static bool spin(struct mp_pool *pool, uint32_t seen)
{
    bool there = false;

    if (mp__spins() == 0)
        return false;
    for (int i = mp__spinner_budget(&pool->spinner); i > 0 && !there; i--) {
        mp__pause();
        there =
            there_are_answers(pool) || atomic_load(&pool->bell->count) != seen;
    }
    mp__spinner_learn(&pool->spinner, there);
    return there;
}

int mp__await_answers(struct mp_pool *pool, bool spins, int64_t deadline)
{
    uint32_t seen = atomic_load(&pool->bell->count);
    int rc = 0;

    mp__pool_unlock(pool);
    if (!spins || !spin(pool, seen)) {
        atomic_store(&pool->bell->wanted, 1);
        if (!there_are_answers(pool) &&
            mp__futex_wait(&pool->bell->count, seen, NULL, 0, deadline) ==
                -ETIMEDOUT)
            rc = -ETIMEDOUT;
    }
    mp__pool_lock(pool);
    return rc;
}

/* One of those who wait collects for all; when it leaves the result thread
   does, and is to be woken again. */
static void help(struct mp_pool *pool, const struct job *job, int64_t deadline)
{
    int64_t soon = mp__now() + POOL_SLICE;

    pool->helpers++;
    pool->helped = job;
    atomic_store(&pool->bell->wanted, 0);
    (void)mp__await_answers(pool, true, soon < deadline ? soon : deadline);
    pool->helpers--;
    atomic_store(&pool->bell->wanted, 1);
    mp__collect(pool);
}

void mp__pool_await_room(struct mp_pool *pool)
{
    if (pool->helpers == 0) {
        help(pool, NULL, MP__NEVER);
        return;
    }
    pool->submitters++;
    (void)mp__pool_sleep(pool, MP__NEVER);
    pool->submitters--;
}

int mp__job_await(struct job *job, bool (*is_there)(const struct job *job),
                  int64_t deadline)
{
    struct mp_pool *pool = job->pool;

    while (!is_there(job)) {
        uint32_t seen = atomic_load(&job->news);

        if (mp__is_past(deadline))
            return -ETIMEDOUT;
        if (pool->helpers == 0) {
            help(pool, job, deadline);
            continue;
        }
        job->sleepers++;
        mp__pool_unlock(pool);
        (void)mp__futex_wait(&job->news, seen, NULL, 0, deadline);
        mp__pool_lock(pool);
        job->sleepers--;
    }
    return 0;
}
