/*
 * One kill point after the other; see run.h.
 */
#include "run.h"

#include "process.h"
#include "stage.h"
#include "stepper.h"

#include <stdio.h>
#include <sys/wait.h>

/* Nobody who lives may be longer at it: then it hangs. With slices a death is
   found within a tenth of a second, announced within microseconds. */
#define PATIENCE 3.0

/* Enough to be woken; more is given when it is certain who is. */
#define SOON 0.2

static struct {
    const struct kstep_op *op;
    struct rig_process victim;
    struct rig_process peers[KSTEP_PEERS];
    int started; /* peers */
    bool unblocked;
    bool stopped;
    bool finished;
    const char *trouble;
} play;

mp__owner kstep_victim(void)
{
    return play.victim.who;
}

bool kstep_has_finished(void)
{
    return play.finished;
}

static int be_victim(int arg)
{
    (void)arg;
    if (play.op->prepare != NULL)
        play.op->prepare();
    kstep_begin();
    play.op->act();
    kstep_finish();
    return 0;
}

/* The peers run beside the tracer, not on its CPU only. */
static int be_peer(int i)
{
    rig_use_all_cpus();
    return play.op->peer(i);
}

static int be_latecomer(int i)
{
    rig_use_all_cpus();
    return play.op->latecomer(i);
}

static void start_peers(enum kstep_when when)
{
    while (play.op->when == when && play.started < play.op->peers) {
        struct rig_process *p = &play.peers[play.started];

        *p = rig_start(be_peer, play.started);
        play.started++;
        if (when != KSTEP_BESIDE && !rig_await_sleep(p, PATIENCE))
            play.trouble = "a peer does not fall asleep";
    }
}

static void unblock(void)
{
    if (play.op->unblock != NULL && !play.unblocked)
        play.op->unblock();
    play.unblocked = true;
}

static void stop(void)
{
    if (play.op->stop != NULL && !play.stopped)
        play.op->stop();
    play.stopped = true;
}

static bool wake_victim(void)
{
    unblock();
    if (!play.op->for_one)
        return kstep_await_wake(&play.victim, PATIENCE);
    if (kstep_await_wake(&play.victim, SOON))
        return true;
    stop();
    return kstep_await_wake(&play.victim, PATIENCE);
}

/* Returns whether the operation has come to its end. */
static bool step(int steps, bool by_calls, struct kstep_result *r)
{
    for (int i = 0; i < steps; i++) {
        enum kstep_state state = kstep_step(&play.victim, by_calls);

        r->length = i;
        if (state == KSTEP_FINISHED)
            return true;
        if (state == KSTEP_STOPPED)
            continue;
        start_peers(KSTEP_BEHIND);
        r->sleeps_at = i + 1;
        if (i == steps - 1) {
            r->asleep++;
            break;
        }
        if (!wake_victim()) {
            play.trouble = "the victim is not woken";
            return true;
        }
    }
    return false;
}

static void spread_news(enum kstep_news news)
{
    if (news == KSTEP_ANNOUNCED ||
        (news == KSTEP_IF_NEEDED && play.op->needs_news()))
        rig_announce(&play.victim);
}

static const char *judge(int status)
{
    if (!WIFEXITED(status))
        return "a survivor crashed";
    return WEXITSTATUS(status) == FINE ? NULL
                                       : kstep_describe(WEXITSTATUS(status));
}

static const char *await_survivors(void)
{
    const char *trouble = NULL;
    int status;

    for (int i = 0; i < play.started && trouble == NULL; i++) {
        if (!rig_await_end(&play.peers[i], PATIENCE, &status))
            return "a survivor hangs";
        trouble = judge(status);
    }
    return trouble;
}

static const char *send_latecomer(void)
{
    struct rig_process late = rig_start(be_latecomer, play.started);
    const char *trouble;
    int status;

    if (rig_await_end(&late, PATIENCE, &status))
        trouble = judge(status);
    else
        trouble = "a latecomer hangs";
    rig_kill(&late);
    rig_announce(&late);
    return trouble;
}

static void clear_stage(void)
{
    rig_kill(&play.victim);
    rig_announce(&play.victim);
    for (int i = 0; i < play.started; i++) {
        rig_kill(&play.peers[i]);
        rig_announce(&play.peers[i]);
    }
}

/* After the kill: what becomes of the others. If the operation has come to its
   end nobody was killed, and no news may be needed. */
static const char *look_at_survivors(enum kstep_news news,
                                     struct kstep_result *r)
{
    const char *trouble;
    double since = rig_seconds();

    if (!play.finished)
        spread_news(news);
    unblock();
    stop();
    trouble = await_survivors();
    if (!play.finished && news == KSTEP_IF_NEEDED)
        rig_announce(&play.victim);
    if (trouble == NULL)
        trouble = send_latecomer();
    if (rig_seconds() - since > r->longest)
        r->longest = rig_seconds() - since;
    if (trouble == NULL && play.op->check != NULL)
        trouble = play.op->check();
    return trouble;
}

const char *kstep_run_point(const struct kstep_op *op, struct kstep_plan plan,
                            int steps, struct kstep_result *r)
{
    const char *trouble, *last = NULL;

    play.op = op;
    play.started = 0;
    play.trouble = NULL;
    play.unblocked = play.stopped = play.finished = false;
    kstep_stage_open();
    op->setup();
    start_peers(KSTEP_BEFORE);
    play.victim = kstep_start(be_victim, 0);
    start_peers(KSTEP_PREPARED);
    start_peers(KSTEP_BESIDE);
    play.finished = step(steps, plan.by_calls, r);
    if (!play.finished)
        rig_kill(&play.victim);
    start_peers(KSTEP_BEHIND);
    trouble = play.trouble;
    if (trouble == NULL)
        trouble = look_at_survivors(plan.news, r);
    clear_stage();
    kstep_stage_clear();
    if (op->tear_down != NULL)
        last = op->tear_down();
    return trouble != NULL ? trouble : last;
}

static void run_and_note(const struct kstep_op *op, struct kstep_plan plan,
                         int steps, struct kstep_result *out)
{
    const char *trouble = kstep_run_point(op, plan, steps, out);

    out->points++;
    if (trouble == NULL || out->bad++ > 0)
        return;
    out->first_point = steps;
    (void)snprintf(out->first_reason, sizeof out->first_reason, "%s", trouble);
}

/* Where only one point in so many is looked at, the one asleep is never left
   out. */
void kstep_run(const struct kstep_op *op, struct kstep_plan plan,
               struct kstep_result *out)
{
    int most = plan.first_bad ? 1 : 5;

    play.finished = false;
    *out = (struct kstep_result){0};
    for (int steps = 0;
         !play.finished && steps < KSTEP_STEPS_MAX && out->bad < most;
         steps += plan.every) {
        run_and_note(op, plan, steps, out);
        out->steps = steps;
    }
    if (out->bad < most && out->asleep == 0 && out->sleeps_at > 0)
        run_and_note(op, plan, out->sleeps_at, out);
}
