/*
 * The simulator's command line.
 *
 *   sim --ci                       every scenario within its CI bounds
 *   sim --long                     within the larger ones
 *   sim --only NAME [P K]          one scenario, P preemptions and K kills
 *   sim --replay NAME SCHEDULE [P K]   one execution, told step by step
 *   sim --self-test                whether merging equal states loses outcomes
 *   sim --list
 *   options before these: --plain (merge nothing), --cap N (executions of a
 *   scenario), --first (stop at the first scenario that is bad), --only-those
 *   WORD (scenarios whose name begins so)
 *
 * Ends with 0 if all went well, 1 if a scenario showed a bug or ran less often
 * than it must, 2 for a wrong command line.
 */
#include "explore.h"
#include "scenarios.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Nothing here can hang but by a bug of the simulator; then it is killed. */
enum { CI_SECONDS = 480 };

static struct sim_limits limits;
static bool first_only;
static const char *those = "";
static long total;

static double seconds(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static const struct sim_scenario *find(const char *name)
{
    for (size_t i = 0; sim_scenarios[i] != NULL; i++)
        if (strcmp(sim_scenarios[i]->name, name) == 0)
            return sim_scenarios[i];
    (void)fprintf(stderr, "sim: there is no scenario %s\n", name);
    exit(2);
}

static void print_report(const struct sim_scenario *s, struct sim_bounds b,
                         const struct sim_report *r, double took)
{
    (void)printf("%-30s executions %9ld (merged %ld) preemptions<=%d "
                 "kills<=%d %s, states %ld, outcomes %ld, deepest %d, bad %d, "
                 "%.1f s\n",
                 s->name, r->executions, r->merged, b.preemptions, b.kills,
                 r->exhaustive ? "exhaustive" : "capped", r->states,
                 r->outcomes, r->deepest, r->bad, took);
    if (r->bad)
        (void)printf("    %s: %s\n    replay: sim --replay %s '%s' %d %d\n",
                     s->what, r->message, s->name, r->schedule, b.preemptions,
                     b.kills);
    (void)fflush(stdout);
}

/* Whether all was well. at_least 0: any number of executions is enough. */
static bool explore(const struct sim_scenario *s, struct sim_bounds b,
                    long at_least)
{
    struct sim_report report;
    double start = seconds();

    sim_explore(s, b, limits, &report);
    total += report.executions;
    print_report(s, b, &report, seconds() - start);
    if (report.bad)
        return false;
    if (report.executions < at_least) {
        (void)printf("    only %ld executions; %ld are the least that is "
                     "believable\n",
                     report.executions, at_least);
        return false;
    }
    return true;
}

static int run_all(bool longer)
{
    double start = seconds();
    int bad = 0;

    for (size_t i = 0; sim_scenarios[i] != NULL; i++) {
        const struct sim_scenario *s = sim_scenarios[i];

        if (strncmp(s->name, those, strlen(those)) != 0)
            continue;
        bad += !explore(s, longer ? s->more : s->ci, s->at_least);
        if (bad > 0 && first_only)
            break;
    }
    (void)printf("executions %ld in all, scenarios with a bug %d, %.0f "
                 "executions/s\n",
                 total, bad, (double)total / (seconds() - start));
    return bad > 0;
}

/* Of the self-test. A scenario that has more executions when nothing is merged
   is left out; so many have to remain. */
enum { PLAIN_MOST = 100000, COMPARED_LEAST = 160 };

/* -1: a bug; -2: there are too many. */
static long outcomes(const struct sim_scenario *s, struct sim_bounds b,
                     bool plain)
{
    struct sim_report report;

    sim_explore(s, b,
                (struct sim_limits){.plain = plain,
                                    .executions = plain ? PLAIN_MOST : 0},
                &report);
    total += report.executions;
    if (report.bad)
        return -1;
    return report.exhaustive ? report.outcomes : -2;
}

/* With and without merging the same number of different ends is reached. 0 they
   differ · 1 they do not · 2 there are too many to know. */
static int compare(const struct sim_scenario *s, struct sim_bounds b)
{
    long all = outcomes(s, b, true);
    long merged = all == -2 ? 0 : outcomes(s, b, false);

    (void)printf("%-30s preemptions<=%d kills<=%d ", s->name, b.preemptions,
                 b.kills);
    if (all == -2)
        (void)printf("left out: more than %d executions\n", PLAIN_MOST);
    else
        (void)printf("outcomes %ld, merged %ld\n", all, merged);
    return all == -2 ? 2 : all >= 0 && all == merged;
}

static int self_test(void)
{
    static const struct sim_bounds small[] = {{1, 0}, {0, 1}};
    int count[3] = {0};

    for (size_t i = 0; sim_scenarios[i] != NULL; i++)
        for (size_t k = 0; k < sizeof small / sizeof *small; k++)
            count[compare(sim_scenarios[i], small[k])]++;
    (void)printf("executions %ld, the same %d, left out %d, different %d\n",
                 total, count[1], count[2], count[0]);
    return count[0] > 0 || count[1] < COMPARED_LEAST;
}

static int list(void)
{
    for (size_t i = 0; sim_scenarios[i] != NULL; i++)
        (void)printf("%-30s %s\n", sim_scenarios[i]->name,
                     sim_scenarios[i]->what);
    return 0;
}

static int usage(void)
{
    (void)fprintf(stderr, "usage: sim [--plain] [--cap N] [--first] "
                          "[--only-those WORD] --ci | --long | "
                          "--self-test | --list | --only NAME [P K] | "
                          "--replay NAME SCHEDULE [P K]\n");
    return 2;
}

static struct sim_bounds bounds_from(char **arg, struct sim_bounds otherwise)
{
    if (arg[0] == NULL || arg[1] == NULL)
        return otherwise;
    return (struct sim_bounds){atoi(arg[0]), atoi(arg[1])};
}

static int obey(char **arg)
{
    const char *what = arg[0] == NULL ? "" : arg[0];

    if (strcmp(what, "--ci") == 0) {
        (void)alarm(CI_SECONDS);
        return run_all(false);
    }
    if (strcmp(what, "--long") == 0)
        return run_all(true);
    if (strcmp(what, "--self-test") == 0)
        return self_test();
    if (strcmp(what, "--list") == 0)
        return list();
    if (strcmp(what, "--only") == 0 && arg[1] != NULL) {
        const struct sim_scenario *s = find(arg[1]);
        return !explore(s, bounds_from(arg + 2, s->ci), 0);
    }
    if (strcmp(what, "--replay") == 0 && arg[1] != NULL && arg[2] != NULL) {
        const struct sim_scenario *s = find(arg[1]);
        return sim_replay(s, bounds_from(arg + 3, s->ci), arg[2]);
    }
    return usage();
}

int main(int argc, char **argv)
{
    char **arg = argv + 1;

    (void)argc;
    for (; arg[0] != NULL; arg++) {
        if (strcmp(arg[0], "--plain") == 0)
            limits.plain = true;
        else if (strcmp(arg[0], "--first") == 0)
            first_only = true;
        else if (strcmp(arg[0], "--cap") == 0 && arg[1] != NULL)
            limits.executions = atol(*++arg);
        else if (strcmp(arg[0], "--only-those") == 0 && arg[1] != NULL)
            those = *++arg;
        else
            break;
    }
    return obey(arg);
}
