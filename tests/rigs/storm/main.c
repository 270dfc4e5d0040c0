/*
 * The storm's command line.
 *
 *   storm [--seconds N] [--seed N]     N seconds in all; 20 without
 *
 * Ends with 0, with 1 if anything was bad, with 2 for a wrong command line,
 * with 3 if the rig cannot work here.
 */
#include "storm.h"

#include "deadline.h"
#include "process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct storm *const storms[] = {
    &storm_lock, &storm_queue, &storm_semaphore, &storm_condition};

enum { STORMS = sizeof storms / sizeof *storms };

static int usage(void)
{
    (void)fprintf(stderr, "usage: storm [--seconds N] [--seed N]\n");
    return 2;
}

static int end_at_once(int arg)
{
    return arg;
}

/* What the first fork of a program loads is no leak. */
static void fork_once(void)
{
    struct rig_process p = rig_start(end_at_once, 0);
    int status;

    if (!rig_await_end(&p, 10, &status))
        rig_stop("storm: a process does not end");
    rig_announce(&p);
}

int main(int argc, char **argv)
{
    double seconds = 20;
    uint64_t seed = 20240607;
    int bad = 0;

    for (int i = 1; i < argc; i += 2) {
        if (i + 1 < argc && strcmp(argv[i], "--seconds") == 0)
            seconds = atof(argv[i + 1]);
        else if (i + 1 < argc && strcmp(argv[i], "--seed") == 0)
            seed = strtoull(argv[i + 1], NULL, 10);
        else
            return usage();
    }
    if (seed == 0 || seconds <= 0)
        return usage();
    mp_test_deadline(2 * seconds + 60);
    if (mp__context_need() < 0 || mp__self() == 0)
        rig_stop("storm: no context");
    fork_once();
    for (int i = 0; i < STORMS; i++)
        bad += !storm_run(storms[i], seconds / STORMS, seed);
    return bad > 0;
}
