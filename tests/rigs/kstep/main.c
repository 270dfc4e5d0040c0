/*
 * kstep's command line.
 *
 *   kstep --ci         every operation at every instruction (where a line says
 *                      "every N": at one in N)
 *   kstep --long       nothing sampled, and several times over
 *   kstep --repeat N   each operation killed N times at one and the same
 *                      instruction; then nothing may be used up
 *   options before these: --first (stop at the first bad point),
 *                         --only WORDS (operations whose name has them)
 *
 * Built twice: kstep, and kstep_unsliced, where sleeps have no slices, so that
 * no lost wake-up is mended by the clock. There deaths have to be announced.
 *
 * Ends with 0, with 1 if anything was bad, with 2 for a wrong command line,
 * with 3 if the rig cannot work here (no ptrace, say).
 */
#include "repeat.h"
#include "run.h"

#include "deadline.h"
#include "process.h"

#include "os/sleep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef KSTEP_UNSLICED
static const bool sliced = false;
#else
static const bool sliced = true;
#endif

static const struct kstep_op *const ops[] = {
    &kstep_lock_alone,
    &kstep_lock_peers_asleep,
    &kstep_lock_woken,
    &kstep_lock_timed,
    &kstep_lock_contended,
    &kstep_lock_inherited,
    &kstep_register,
    &kstep_announce,
    &kstep_queue_put,
    &kstep_queue_put_text,
    &kstep_queue_get_text,
    &kstep_queue_get,
    &kstep_queue_get_woken,
    &kstep_queue_put_woken,
    &kstep_queue_grow,
    &kstep_queue_put_beside,
    &kstep_queue_task_done,
    &kstep_queue_shutdown,
    &kstep_queue_put_handle,
    &kstep_queue_get_handle,
    &kstep_queue_get_full,
    &kstep_sync_lock,
    &kstep_sync_lock_release,
    &kstep_sync_lock_woken,
    &kstep_sync_lock_beside,
    &kstep_sync_lock_foreign,
    &kstep_sync_lock_inherited,
    &kstep_sync_rlock,
    &kstep_sync_rlock_release,
    &kstep_sync_rlock_woken,
    &kstep_sync_rlock_beside,
    &kstep_sync_rlock_inherited,
    &kstep_semaphore,
    &kstep_semaphore_bounded,
    &kstep_semaphore_beside,
    &kstep_semaphore_release,
    &kstep_semaphore_bounded_release,
    &kstep_semaphore_woken,
    &kstep_undo,
    &kstep_undo_release,
    &kstep_undo_beside,
    &kstep_undo_woken,
    &kstep_undo_inherited,
    &kstep_event_set,
    &kstep_event_woken,
    &kstep_condition_notify,
    &kstep_condition_notify_all,
    &kstep_condition_woken,
    &kstep_condition_timed,
    &kstep_condition_inherited,
    &kstep_barrier_last,
    &kstep_barrier_woken,
    &kstep_barrier_reset,
    &kstep_barrier_abort,
    &kstep_event_beside,
    &kstep_condition_beside,
    &kstep_barrier_beside,
    &kstep_pool_task,
    &kstep_pool_chunk,
};

enum { OPS = sizeof ops / sizeof *ops, SAMPLES = 30 };

static bool first_bad;
static const char *only = "";
static long points, bad_points;

static const char *const news_words[] = {"announced", "unannounced",
                                         "announced if needed"};

/* Returns how many instructions the operation has. */
static int run(const struct kstep_op *op, enum kstep_news news, int every)
{
    struct kstep_result r;
    double since = rig_seconds();

    kstep_run(op, (struct kstep_plan){news, every, first_bad}, &r);
    points += r.points;
    bad_points += r.bad;
    (void)printf("%-36s %-19s kill points %5d, bad %d, asleep %d, "
                 "instructions %d, ",
                 op->name, news_words[news], r.points, r.bad, r.asleep,
                 r.steps);
    if (every > 1)
        (void)printf("every %d, ", every);
    (void)printf("slowest recovery %.1f ms, %.1f s\n", r.longest * 1e3,
                 rig_seconds() - since);
    if (r.bad > 0)
        (void)printf("    first at instruction %d: %s\n", r.first_point,
                     r.first_reason);
    (void)fflush(stdout);
    return r.steps;
}

static bool is_chosen(const struct kstep_op *op)
{
    return strstr(op->name, only) != NULL;
}

/* In CI the build without slices kills at each instruction, the one with them
   at one in six: the sleeps differ, and nothing else. A death that nobody
   announces costs a tenth of a second: those are sampled further. */
static int stride(const struct kstep_op *op, bool thorough)
{
    if (thorough)
        return 1;
    return (op->every == 0 ? 1 : op->every) * (sliced ? 6 : 1);
}

static void run_modes(const struct kstep_op *op, bool thorough)
{
    int every = stride(op, thorough);
    int samples = op->samples == 0 ? SAMPLES : op->samples;
    int length = run(op, KSTEP_ANNOUNCED, every);

    if (first_bad && bad_points > 0)
        return;
    if (sliced)
        run(op, KSTEP_UNANNOUNCED, thorough ? 1 : 1 + length / samples);
    else if (op->needs_news != NULL)
        run(op, KSTEP_IF_NEEDED, every);
}

static int run_all(bool thorough, int times)
{
    double since = rig_seconds();

    for (int t = 0; t < times; t++)
        for (int i = 0; i < OPS && !(first_bad && bad_points > 0); i++)
            if (is_chosen(ops[i]))
                run_modes(ops[i], thorough);
    (void)printf("kill points %ld in all, bad %ld, slices %s, %.0f s\n", points,
                 bad_points, sliced ? "on" : "off", rig_seconds() - since);
    return bad_points > 0 || points == 0;
}

static int repeat_all(int times)
{
    int bad = 0;

    for (int i = 0; i < OPS; i++)
        if (is_chosen(ops[i]))
            bad += !kstep_repeat(ops[i], times);
    return bad > 0;
}

static int usage(void)
{
    (void)fprintf(stderr, "usage: kstep [--first] [--only WORDS] --ci | --long "
                          "| --repeat N\n");
    return 2;
}

static int obey(char **arg)
{
    const char *what = arg[0] == NULL ? "" : arg[0];

    if (strcmp(what, "--ci") == 0) {
        mp_test_deadline(240);
        return run_all(false, 1);
    }
    if (strcmp(what, "--long") == 0) {
        mp_test_deadline(4 * 3600);
        return run_all(true, 5);
    }
    if (strcmp(what, "--repeat") == 0 && arg[1] != NULL) {
        mp_test_deadline(60 + atoi(arg[1]));
        return repeat_all(atoi(arg[1]));
    }
    return usage();
}

int main(int argc, char **argv)
{
    char **arg = argv + 1;

    (void)argc;
    for (; arg[0] != NULL; arg++) {
        if (strcmp(arg[0], "--first") == 0)
            first_bad = true;
        else if (strcmp(arg[0], "--only") == 0 && arg[1] != NULL)
            only = *++arg;
        else
            break;
    }
    rig_use_one_cpu();
    if (mp__context_need() < 0 || mp__self() == 0)
        rig_stop("kstep: no context");
    (void)mp__spins(); /* asked of the kernel once; not in each victim */
    return obey(arg);
}
