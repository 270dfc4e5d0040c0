/*
 * A pool's worker, killed at every instruction of its life: it takes a task, or
 * a chunk of several items, answers, and leaves.
 *
 * The rig is the parent. Its pool has no threads of its own, for the victim is
 * the rig's child: what they would do on a death is done in check. Each item
 * then has one answer, its result or that the worker was lost; and it has been
 * begun once at most, whoever did it in the end.
 */
#include "op.h"

#include "process.h"

#include "os/generation.h"
#include "pool/engine.h"
#include "pool/failure.h"
#include "pool/log.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { ITEMS = 4, REFUSED = 2 };

static struct mp_pool *pool;
static struct seat *seat;
static struct job *job;
static struct notes {
    atomic_int begun[ITEMS];
    atomic_int left; /* the victim has come to its end */
} * notes;

/* -- the task -------------------------------------------------------------- */

/* Answers of several sorts: two numbers, an error, a text. */
static int do_item(mp_call *c)
{
    int i;

    MP_TRY(mp_call_args(c, &i));
    atomic_fetch_add(&notes->begun[i], 1);
    if (i == REFUSED)
        return mp_raise(c, MP_EMPTY, "refused");
    return i == ITEMS - 1 ? mp_return(c, "the last") : mp_return(c, i * 10);
}

static bool is_answer(int i, mp_any v)
{
    return i == ITEMS - 1 ? mp_any_kind(v) == MP_KIND_STR
                          : mp_any_kind(v) == MP_KIND_INT && v.u.i == i * 10;
}

/* -- the pool -------------------------------------------------------------- */

static void make_pool(void)
{
    pool = calloc(1, sizeof *pool);
    if (pool == NULL)
        rig_stop("kstep: no memory");
    (void)pthread_mutex_init(&pool->lock, NULL);
    (void)pthread_cond_init(&pool->changed, NULL);
    pool->refs = 1;
    pool->generation = mp__generation();
    pool->wanted = 1;
    pool->usual = POOL_USUAL_TIME;
    pool->max_pending = ITEMS;
    pool->waiting_end = &pool->waiting;
    pool->called_end = &pool->called;
    pool->seats = calloc(POOL_SEATS, sizeof(struct seat *));
    if (pool->seats == NULL ||
        mp__mapping_new("kstep-bell", 0, sizeof *pool->bell,
                        &pool->bell_memory) < 0)
        rig_stop("kstep: no pool: %s", mp_error_last()->message);
    pool->bell = pool->bell_memory.base;
    if (mp__seat_add(pool) < 0)
        rig_stop("kstep: no lane: %s", mp_error_last()->message);
    seat = pool->seats[0];
}

static void submit(enum job_kind kind, unsigned form, mp_any input, unsigned n)
{
    job = mp__job_new(pool, kind, do_item);
    if (job == NULL || (mp_any_copy)(input, &job->input) < 0)
        rig_stop("kstep: no job");
    job->form = form;
    job->total = job->chunk = n;
    job->window = n;
    mp__pool_add(pool, job);
}

/* It gets what is to be done, and is told to leave afterwards. */
static void seat_a_worker(void)
{
    seat->state = SEAT_WORKING;
    seat->sent = 0;
    pool->alive++;
    mp__dispatch(pool);
    mp__seat_dismiss(seat);
}

static void lay_out(void)
{
    if (notes == NULL)
        notes = rig_shared(sizeof *notes);
    memset((void *)notes, 0, sizeof *notes);
    make_pool();
}

static void lay_out_task(void)
{
    const mp_any args[1] = {mp_any_int(1)};

    lay_out();
    submit(JOB_APPLY, 0, mp_any_tuple(args, 1), 1);
    seat_a_worker();
}

static void lay_out_chunk(void)
{
    const int items[ITEMS] = {0, 1, 2, 3};

    lay_out();
    submit(JOB_IMAP, TASK_ITEMS, MP_ARRAY(items), ITEMS);
    seat_a_worker();
}

static const char *tear_down(void)
{
    mp__job_drop(job);
    mp__pool_destroy(pool);
    return NULL;
}

/* -- the victim ------------------------------------------------------------ */

static void work(void)
{
    (void)mp__worker_run(&seat->worker);
    atomic_store(&notes->left, 1);
}

static int come_late(int i)
{
    (void)i;
    return 0;
}

/* -- the outcome ----------------------------------------------------------- */

/* What the victim has not begun is done by the next worker: this process. */
static void settle_and_go_on(void)
{
    mp__pool_lock(pool);
    mp__seat_settle(seat, atomic_load(&notes->left) != 0 ? 0 : -SIGKILL);
    if (!atomic_load(&job->ready)) {
        seat_a_worker();
        (void)mp__worker_run(&seat->worker);
        mp__seat_settle(seat, 0);
    }
    mp__pool_unlock(pool);
}

struct tally {
    int answers;
    int lost;
    bool is_odd;
};

static void count_failure(struct tally *t, int i, mp_any failure)
{
    int code = mp__failure_code(failure);

    t->answers++;
    t->lost += code == MP_WORKER_LOST;
    t->is_odd |= code != MP_WORKER_LOST && (code != MP_EMPTY || i != REFUSED);
}

static void count_value(struct tally *t, int i, mp_any v)
{
    t->answers++;
    t->is_odd |= !is_answer(i, v) || atomic_load(&notes->begun[i]) != 1;
}

static void count_log(struct tally *t, const struct piece *p)
{
    struct log_reader r = mp__log_read(p->value, 0);

    for (uint32_t i = 0; i < p->count; i++) {
        mp_any v = MP_NONE;

        if (mp__log_next(&r, mp_out_any(&v)) < 0)
            t->is_odd = true;
        count_value(t, (int)(p->first + i), v);
        mp_any_clear(&v);
    }
}

static const char *judge(const struct tally *t, int items)
{
    int begun = 0;

    for (int i = 0; i < ITEMS; i++) {
        if (atomic_load(&notes->begun[i]) > 1)
            return "an item was begun twice";
        begun += atomic_load(&notes->begun[i]);
    }
    if (!atomic_load(&job->ready))
        return "the job is not ready";
    if (t->answers != items)
        return "an item has no answer, or two";
    if (t->lost > 1 || begun < items - t->lost)
        return "more than the item at work was lost";
    return t->is_odd ? "an answer is another one's" : NULL;
}

static const char *check_chunk(void)
{
    struct tally t = {0, 0, false};

    settle_and_go_on();
    for (const struct piece *p = job->pieces; p != NULL; p = p->next) {
        if (p->failed)
            count_failure(&t, (int)p->first, p->value);
        else if (p->is_log)
            count_log(&t, p);
        else
            count_value(&t, (int)p->first, p->value);
    }
    return judge(&t, ITEMS);
}

static const char *check_task(void)
{
    struct tally t = {0, 0, false};

    settle_and_go_on();
    if (mp_any_kind(job->failure) != MP_KIND_NONE)
        count_failure(&t, 1, job->failure);
    for (const struct piece *p = job->pieces; p != NULL; p = p->next)
        count_value(&t, 1, p->value);
    return judge(&t, 1);
}

const struct kstep_op kstep_pool_task = {
    .name = "a pool's worker at a task",
    .setup = lay_out_task,
    .act = work,
    .latecomer = come_late,
    .check = check_task,
    .tear_down = tear_down,
    .every = 5,
};

const struct kstep_op kstep_pool_chunk = {
    .name = "a pool's worker at a chunk",
    .setup = lay_out_chunk,
    .act = work,
    .latecomer = come_late,
    .check = check_chunk,
    .tear_down = tear_down,
    .every = 15,
};
