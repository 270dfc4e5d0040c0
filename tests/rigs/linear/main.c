/*
 * The command line.
 *
 *   linear [--histories N] [--seed N] [--only NAME]
 *   linear --self-test       does the checker see what is wrong?
 *   options                  N histories of each object, 1000 without; the
 *                            first seed; the one object of that name
 *
 * Ends with 0, with 1 if anything was bad, with 2 for a wrong command line,
 * with 3 if the rig cannot work here.
 */
#include "judge.h"
#include "self_test.h"

#include "deadline.h"
#include "process.h"

#include "os/sleep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

static const struct linear_subject *const subjects[] = {
    &linear_lock,  &linear_rlock, &linear_semaphore, &linear_bounded_semaphore,
    &linear_queue,
};

enum { SUBJECTS = sizeof subjects / sizeof *subjects };

static int usage(void)
{
    (void)fprintf(stderr, "usage: linear [--histories N] [--seed N] "
                          "[--only NAME] | --self-test\n");
    return 2;
}

static int run(long histories, uint64_t seed, const char *only)
{
    int bad = 0, done = 0;

    for (int i = 0; i < SUBJECTS; i++) {
        if (only != NULL && strcmp(subjects[i]->name, only) != 0)
            continue;
        bad += !linear_judge(subjects[i], histories, seed);
        done++;
    }
    return done == 0 ? usage() : bad > 0;
}

/* Without slack short sleeps are as short as they say. */
static void prepare(double seconds)
{
    mp_test_deadline(seconds);
    if (mp__context_need() < 0 || mp__self() == 0)
        rig_stop("linear: no context");
    (void)mp__spins(); /* measured once; not in each worker */
    (void)prctl(PR_SET_TIMERSLACK, 1);
}

int main(int argc, char **argv)
{
    long histories = 1000;
    uint64_t seed = 20240607;
    const char *only = NULL;

    if (argc == 2 && strcmp(argv[1], "--self-test") == 0) {
        prepare(100);
        return linear_self_test();
    }
    for (int i = 1; i < argc; i += 2) {
        if (i + 1 < argc && strcmp(argv[i], "--histories") == 0)
            histories = atol(argv[i + 1]);
        else if (i + 1 < argc && strcmp(argv[i], "--seed") == 0)
            seed = strtoull(argv[i + 1], NULL, 10);
        else if (i + 1 < argc && strcmp(argv[i], "--only") == 0)
            only = argv[i + 1];
        else
            return usage();
    }
    if (histories <= 0)
        return usage();
    prepare(60 + 0.1 * (double)histories); /* several times the usual */
    return run(histories, seed, only);
}
