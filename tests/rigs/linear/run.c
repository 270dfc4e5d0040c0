/*
 * Making a history; see run.h.
 *
 * Each process notes down its own operations. A worker that has done all of
 * its own stays until the rig has looked at what is left: it may hold a lock,
 * and to end would be to die holding it.
 */
#include "run.h"

#include "check.h"
#include "process.h"

#include "os/sleep.h"

#include <mproc.h>

#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* In seconds. A worker that has not got on for so long may need help; without
   getting on in spite of it, it hangs. */
#define LULL     0.0005
#define LULL_MAX 0.05
#define PATIENCE 5.0

/* After a kill, at most. */
#define ANNOUNCE_WITHIN 0.001

/* What there is room for: the parts of all workers' operations, of the death,
   of the rig's help, and of its look at what is left. */
enum {
    WORK = 42, /* of all workers */
    HELPS = 14,
    ENOUGH_HELP = 5, /* then the workers are to come to their end */
    OPS_MOST = 10,   /* of one worker */
    ITEMS_EACH = 100,
    SHOT_BEFORE = 60, /* tickets are drawn */
    AIM = 1000,       /* looks for the victim to be in an operation */
};

struct notes {
    struct linear_op op[LINEAR_MOST];
    atomic_int steps; /* two for each operation: begun, and returned. Written
                         by its process, after what it tells of          */
    atomic_bool finished;
};

static struct stage {
    _Atomic uint32_t tickets;
    atomic_int ready;
    atomic_bool go;
    atomic_bool over; /* no new operations */
    struct notes notes[1 + LINEAR_WORKERS];

    /* The death: a ticket that the shot is to come behind; who fires, and
       that it has been fired. Written by the one who does. */
    pid_t pid[1 + LINEAR_WORKERS];
    uint32_t due;
    uint32_t aim;
    atomic_bool taken;
    uint32_t fired_at;
    atomic_bool fired;
} * stage;

static struct play {
    const struct linear_subject *subject;
    uint64_t seed;
    int workers;
    struct rig_process process[1 + LINEAR_WORKERS];
    struct linear_op death; /* by 0: there was none yet */
    int victim;             /* 0: nobody */
    double announce_after;  /* seconds */
    double announce_at;
    int helps;
} play;

uint32_t linear_pick(struct linear_random *r, uint32_t n)
{
    r->state = r->state * UINT64_C(6364136223846793005) + 1442695041;
    return (uint32_t)(r->state >> 33) % n;
}

double linear_some_timeout(struct linear_random *r)
{
    switch (linear_pick(r, 3)) {
    case 0:
        return 0;
    case 1:
        return (20 + linear_pick(r, 200)) * 1e-6;
    default:
        return MP_FOREVER;
    }
}

static void nap(double seconds)
{
    struct timespec pause = {0, (long)(seconds * 1e9)};

    (void)nanosleep(&pause, NULL);
}

static uint32_t draw_ticket(void)
{
    return atomic_fetch_add(&stage->tickets, 1);
}

/* -- one operation -------------------------------------------------------- */

/* Whatever the process is killed between, its notes are in order: `steps` says
   how much of them is written. */
static const struct linear_op *perform(int by, struct linear_op op)
{
    struct notes *mine = &stage->notes[by];
    int steps = atomic_load(&mine->steps);
    struct linear_op *at = &mine->op[steps / 2];

    op.by = by;
    op.begun = draw_ticket();
    *at = op;
    atomic_store(&mine->steps, steps + 1);
    play.subject->perform(&op);
    op.returned = draw_ticket();
    *at = op;
    atomic_store(&mine->steps, steps + 2);
    return at;
}

/* -- the shot ------------------------------------------------------------- */

static bool is_in_operation(int by)
{
    return atomic_load(&stage->notes[by].steps) % 2 == 1;
}

/* A worker kills another one, for only they run at just that moment. The rig
   does it in the end if none of them has. */
static void shoot(int by)
{
    bool due = by == 0 || atomic_load(&stage->tickets) > stage->due;

    if (play.victim == 0 || by == play.victim || !due ||
        atomic_exchange(&stage->taken, true))
        return;
    for (uint32_t i = 0; i < stage->aim && !is_in_operation(play.victim); i++)
        mp__pause();
    stage->fired_at = draw_ticket();
    (void)kill(stage->pid[play.victim], SIGKILL);
    atomic_store(&stage->fired, true);
}

/* -- workers -------------------------------------------------------------- */

/* Some time to the others, half of the time. */
static void think(struct linear_random *r)
{
    if (linear_pick(r, 4) == 0)
        nap(linear_pick(r, 40) * 1e-6);
    else
        for (uint32_t i = linear_pick(r, 2) * linear_pick(r, 100); i > 0; i--)
            mp__pause();
}

static void await_ready(void)
{
    while (atomic_load(&stage->ready) < play.workers)
        nap(2e-5);
}

/* All at once, but without keeping the CPU from those that are not yet there. */
static void await_go(void)
{
    atomic_fetch_add(&stage->ready, 1);
    await_ready();
    while (!atomic_load(&stage->go))
        (void)sched_yield();
}

static _Noreturn void stay(int by)
{
    atomic_store(&stage->notes[by].finished, true);
    for (;;)
        (void)pause();
}

static int be_worker(int by)
{
    struct linear_random r = {play.seed * 1000003 + (uint64_t)by};
    int parts = WORK / play.workers;

    await_go();
    for (int i = 0; i < OPS_MOST && !atomic_load(&stage->over); i++) {
        struct linear_op op = play.subject->family->choose(
            &r, (uint16_t)(by * ITEMS_EACH + i * LINEAR_BATCH));

        parts -= op.batch > 0 ? op.batch : 1;
        if (parts < 0)
            break;
        (void)perform(by, op);
        shoot(by);
        think(&r);
    }
    stay(by);
}

static void start_workers(void)
{
    for (int by = 1; by <= play.workers; by++) {
        play.process[by] = rig_start(be_worker, by);
        stage->pid[by] = play.process[by].pid;
    }
}

static bool is_at_work(int by)
{
    return play.process[by].pid != 0 &&
           !atomic_load(&stage->notes[by].finished);
}

static bool all_finished(void)
{
    for (int by = 1; by <= play.workers; by++)
        if (is_at_work(by))
            return false;
    return true;
}

/* -- death ---------------------------------------------------------------- */

static void announce(void)
{
    rig_announce(&play.process[play.victim]);
    play.death.returned = draw_ticket();
}

static bool is_unannounced(void)
{
    return play.death.by != 0 && play.process[play.victim].who != 0;
}

static void bury_victim(void)
{
    play.death = (struct linear_op){
        .kind = LINEAR_DEATH, .by = play.victim, .begun = stage->fired_at};
    rig_kill(&play.process[play.victim]);
    play.announce_at = rig_seconds() + play.announce_after;
}

/* What is due of it, or all of it at once. */
static void bring_death(bool at_once)
{
    if (at_once)
        shoot(0);
    if (play.death.by == 0 && atomic_load(&stage->fired))
        bury_victim();
    if (is_unannounced() && (at_once || rig_seconds() >= play.announce_at))
        announce();
}

/* In half of the histories, and half of these announced late. */
static void plan_death(struct linear_random *r)
{
    play.death.by = 0;
    play.victim = linear_pick(r, 2) == 0
                      ? 0
                      : 1 + (int)linear_pick(r, (uint32_t)play.workers);
    stage->due = linear_pick(r, SHOT_BEFORE);
    stage->aim = linear_pick(r, 2) * AIM;
    play.announce_after =
        linear_pick(r, 2) * linear_pick(r, 1000) / 1000.0 * ANNOUNCE_WITHIN;
}

/* -- what the rig does meanwhile ------------------------------------------ */

static const struct linear_op *what_waits(void)
{
    for (int by = 1; by <= play.workers; by++) {
        const struct notes *n = &stage->notes[by];

        if (is_at_work(by) && is_in_operation(by))
            return &n->op[atomic_load(&n->steps) / 2];
    }
    return NULL;
}

/* If all wait, one of them is let go on: what it waits for may be what none
   of them was to do. */
static void help(void)
{
    const struct linear_op *waits = what_waits();

    if (play.victim != 0 && (play.death.by == 0 || is_unannounced()))
        bring_death(true);
    else if (waits != NULL && play.helps < HELPS)
        (void)perform(
            0, play.subject->family->help(waits, (uint16_t)(1 + play.helps++)));
    if (play.helps >= ENOUGH_HELP)
        atomic_store(&stage->over, true);
}

static int progress(void)
{
    int all = 0;

    for (int by = 1; by <= play.workers; by++)
        all += atomic_load(&stage->notes[by].steps) +
               atomic_load(&stage->notes[by].finished);
    return all;
}

/* All but the one that is to. */
static bool has_any_crashed(void)
{
    int status;

    for (int by = 1; by <= play.workers; by++)
        if (by != play.victim && play.process[by].pid != 0 &&
            rig_await_end(&play.process[by], 0, &status))
            return true;
    return false;
}

/* Until all have done what they were to do; NULL or what is wrong. */
static const char *attend(void)
{
    double since = rig_seconds(), now = since, lull = LULL;
    double help_at = since + lull;
    int seen = -1;

    for (; !all_finished(); now = rig_seconds()) {
        bring_death(false);
        if (seen != progress()) {
            seen = progress();
            since = now;
            help_at = now + lull;
        } else if (now - since > PATIENCE) {
            return "somebody hangs";
        } else if (now >= help_at) {
            if (has_any_crashed())
                return "a worker crashed";
            help();
            lull = lull < LULL_MAX ? 2 * lull : lull;
            help_at = now + lull;
        }
        nap(2e-5);
    }
    return NULL;
}

static int parts_so_far(void)
{
    int all = play.victim != 0;

    for (int by = 0; by <= play.workers; by++) {
        const struct notes *n = &stage->notes[by];

        for (int i = 0; i < (atomic_load(&n->steps) + 1) / 2; i++)
            all += linear_parts(play.subject->family, &n->op[i]);
    }
    return all;
}

static void look_at_what_is_left(void)
{
    const struct linear_op *last = NULL;
    struct linear_op op;
    int room = LINEAR_MOST - parts_so_far();

    for (int k = 0; k < room && play.subject->family->close(k, last, &op); k++)
        last = perform(0, op);
}

static void clear_stage(void)
{
    for (int by = 1; by <= play.workers; by++)
        if (play.process[by].pid != 0)
            (void)kill(play.process[by].pid, SIGKILL);
    for (int by = 1; by <= play.workers; by++) {
        rig_kill(&play.process[by]);
        rig_announce(&play.process[by]);
    }
}

/* -- the history ---------------------------------------------------------- */

static int in_time(const void *a, const void *b)
{
    uint32_t x = ((const struct linear_op *)a)->begun;
    uint32_t y = ((const struct linear_op *)b)->begun;

    return (x > y) - (x < y);
}

static void gather(struct linear_history *h)
{
    h->n = 0;
    if (play.death.by != 0)
        h->op[h->n++] = play.death;
    for (int by = 0; by <= play.workers; by++) {
        const struct notes *n = &stage->notes[by];
        int steps = atomic_load(&n->steps);

        for (int i = 0; i < (steps + 1) / 2 && h->n < LINEAR_MOST; i++) {
            h->op[h->n] = n->op[i];
            h->op[h->n++].cut = steps == 2 * i + 1;
        }
    }
    qsort(h->op, (size_t)h->n, sizeof *h->op, in_time);
}

void linear_make(const struct linear_subject *subject, uint64_t seed,
                 struct linear_made *out)
{
    struct linear_random r = {.state = seed};

    if (stage == NULL)
        stage = rig_shared(sizeof *stage);
    memset(stage, 0, sizeof *stage);
    play.subject = subject;
    play.seed = seed;
    play.helps = 0;
    play.workers = LINEAR_WORKERS - (int)linear_pick(&r, 2);
    out->history.begin = subject->setup(&r);
    plan_death(&r);
    start_workers();
    await_ready();
    atomic_store(&stage->go, true);
    out->wrong = attend();
    bring_death(true);
    if (out->wrong == NULL)
        look_at_what_is_left();
    clear_stage();
    subject->teardown();
    gather(&out->history);
    out->killed = play.death.by != 0;
}
