/*
 * kstep's command line.
 *
 *   kstep --list       the names of the operations
 *   kstep --ci         every operation at every instruction (where a line says
 *                      "every N": at one in N, and at every system call)
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

#include "base/error.h"
#include "os/sleep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef KSTEP_UNSLICED
static const bool sliced = false;
#else
static const bool sliced = true;
#endif

#define ADDRESS(name_) &kstep_##name_,
static const struct kstep_op *const ops[] = {KSTEP_OPS(ADDRESS)};

enum { OPS = sizeof ops / sizeof *ops, SAMPLES = 18 };

static bool first_bad;
static const char *only = "";
static long points, bad_points;

static const char *const news_words[] = {"announced", "unannounced",
                                         "announced if needed"};

/* Returns how many steps the operation has. */
static int run(const struct kstep_op *op, struct kstep_plan plan)
{
    const char *step = plan.by_calls ? "call stop" : "instruction";
    struct kstep_result r;
    double since = rig_seconds();

    plan.first_bad = first_bad;
    kstep_run(op, plan, &r);
    points += r.points;
    bad_points += r.bad;
    (void)printf("%-44s %-19s kill points %5d, bad %d, asleep %d, %ss %d, ",
                 op->name, news_words[plan.news], r.points, r.bad, r.asleep,
                 step, r.steps);
    if (plan.every > 1)
        (void)printf("every %d, ", plan.every);
    (void)printf("slowest recovery %.1f ms, %.1f s\n", r.longest * 1e3,
                 rig_seconds() - since);
    if (r.bad > 0)
        (void)printf("    first at %s %d: %s\n", step, r.first_point,
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

static bool is_over(void)
{
    return first_bad && bad_points > 0;
}

/* Where not every instruction is one to be killed at, every system call is. */
static int run_told(const struct kstep_op *op, enum kstep_news news, int every)
{
    if (every > 1)
        run(op,
            (struct kstep_plan){.news = news, .every = 1, .by_calls = true});
    return is_over()
               ? 0
               : run(op, (struct kstep_plan){.news = news, .every = every});
}

static void run_modes(const struct kstep_op *op, bool thorough)
{
    int every = stride(op, thorough);
    int samples = op->samples == 0 ? SAMPLES : op->samples;
    int length = run_told(op, KSTEP_ANNOUNCED, every);

    if (is_over())
        return;
    if (sliced)
        run(op,
            (struct kstep_plan){.news = KSTEP_UNANNOUNCED,
                                .every = thorough ? 1 : 1 + length / samples});
    else if (op->needs_news != NULL)
        run_told(op, KSTEP_IF_NEEDED, thorough ? 1 : 2 * every);
}

static int run_all(bool thorough, int times)
{
    double since = rig_seconds();

    for (int t = 0; t < times; t++)
        for (int i = 0; i < OPS && !is_over(); i++)
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

static int list(void)
{
    for (int i = 0; i < OPS; i++)
        (void)printf("%s\n", ops[i]->name);
    return 0;
}

static int usage(void)
{
    (void)fprintf(stderr, "usage: kstep [--first] [--only WORDS] --ci | --long "
                          "| --repeat N\n       kstep --list\n");
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
        mp_test_deadline(120 + 8.0 * atoi(arg[1]));
        return repeat_all(atoi(arg[1]));
    }
    if (strcmp(what, "--list") == 0)
        return list();
    return usage();
}

/* Where a failure comes from is noted in the process's own memory only, and is
   thirty thousand instructions. */
static const struct mp__trace_hooks no_trace = {NULL, NULL};

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
    mp__trace_install(&no_trace);
    (void)mp__spins(); /* asked of the kernel once; not in each victim */
    return obey(arg);
}
