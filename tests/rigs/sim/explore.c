/*
 * Depth-first exploration; see explore.h.
 *
 * The decisions of the current execution stand in path. The next execution
 * repeats them up to the last one that has an answer left, gives that answer,
 * and from there on always answers 0.
 */
#include "explore.h"

#include "sched.h"
#include "trace.h"
#include "visited.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 4000 };

struct decision {
    unsigned char answers;
    unsigned char answer;
    uint64_t state;
};

static struct decision path[DEEPEST];
static int known; /* decisions in path */
static int made;  /* so far in this execution */
static bool plain;
static const char *trouble; /* why the chooser gave up, if not for merging */
static struct sim_visited states;

static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";

/* The same state twice in one execution: it can go on like that for ever. */
static bool goes_round(uint64_t state)
{
    for (int i = 0; i < known; i++)
        if (path[i].state == state)
            return true;
    return false;
}

static int repeat(int n)
{
    const struct decision *d = &path[made++];

    if (d->answers != n) {
        (void)fprintf(stderr,
                      "sim: decision %d had %d answers and now has %d: the "
                      "code under test is not deterministic\n",
                      made, d->answers, n);
        abort();
    }
    return d->answer;
}

static int choose(int n)
{
    uint64_t state = 0;

    if (made < known)
        return repeat(n);
    if (known == DEEPEST) {
        trouble = "goes on and on";
        return SIM_NO_CHOICE;
    }
    if (!plain) {
        state = sim_state();
        if (!sim_visited_add(&states, state)) {
            trouble = goes_round(state) ? "goes round in circles" : NULL;
            return SIM_NO_CHOICE;
        }
    }
    path[known++] = (struct decision){(unsigned char)n, 0, state};
    made++;
    return 0;
}

/* Drop the decisions that have no answer left; false if there are none. */
static bool next_path(void)
{
    while (known > 0 && path[known - 1].answer + 1 == path[known - 1].answers)
        known--;
    if (known == 0)
        return false;
    path[known - 1].answer++;
    return true;
}

static void write_schedule(char *out, size_t size)
{
    size_t length = 0;

    for (int i = 0; i < known && (size_t)i + 1 < size; i++)
        if (path[i].answer != 0)
            length = (size_t)i + 1;
    for (size_t i = 0; i < length; i++)
        out[i] = digits[path[i].answer];
    out[length] = '\0';
}

static void note_failure(const char *message, struct sim_report *r)
{
    r->bad = true;
    (void)snprintf(r->message, sizeof r->message, "%s", message);
    write_schedule(r->schedule, sizeof r->schedule);
}

static void run_once(struct sim_bounds bounds, struct sim_visited *outcomes,
                     struct sim_report *r)
{
    enum sim_end end;

    made = 0;
    trouble = NULL;
    end = sim_run(bounds, choose);
    r->executions++;
    r->deepest = known > r->deepest ? known : r->deepest;
    r->merged += end == SIM_CUT;
    if (end == SIM_FAILED)
        note_failure(sim_failure(), r);
    else if (end == SIM_CUT && trouble != NULL)
        note_failure(trouble, r);
    else if (end == SIM_ENDED)
        r->outcomes += sim_visited_add(outcomes, sim_world_hash(0));
}

void sim_explore(const struct sim_scenario *s, struct sim_bounds bounds,
                 struct sim_limits limits, struct sim_report *out)
{
    struct sim_visited outcomes = {0};

    *out = (struct sim_report){0};
    known = 0;
    plain = limits.plain;
    sim_prepare(s);
    for (;;) {
        run_once(bounds, &outcomes, out);
        if (out->bad)
            break;
        out->exhaustive = !next_path();
        if (out->exhaustive)
            break;
        if (limits.executions > 0 && out->executions >= limits.executions)
            break;
    }
    if (!out->bad && sim_world_is_torn())
        note_failure("memory was written to that was to stay untouched", out);
    out->states = (long)states.used;
    sim_visited_free(&states);
    sim_visited_free(&outcomes);
}

/* --- replay --- */

static const char *script;

static int read_script(int n)
{
    const char *digit;

    if (*script == '\0')
        return 0;
    digit = strchr(digits, *script++);
    if (digit == NULL || digit - digits >= n) {
        (void)fprintf(stderr, "sim: this schedule is not of this scenario\n");
        exit(2);
    }
    return (int)(digit - digits);
}

bool sim_replay(const struct sim_scenario *s, struct sim_bounds bounds,
                const char *schedule)
{
    enum sim_end end;

    sim_prepare(s);
    script = schedule;
    sim_tracing = true;
    end = sim_run(bounds, read_script);
    sim_tracing = false;
    (void)printf("%s\n", end == SIM_FAILED ? sim_failure() : "all went well");
    return end == SIM_FAILED;
}
