/*
 * The command line of the chaos.
 *
 *   pool_chaos [--tasks N] [--every US] [--orphans N] [--seed N]
 *
 * with a worker killed every so many microseconds; 4000 without.
 *
 * Ends with 0, with 1 if anything was bad, with 2 for a wrong command line,
 * with 3 if the rig cannot work here.
 */
#include "rig.h"

#include "deadline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int usage(void)
{
    (void)fprintf(stderr, "usage: pool_chaos [--tasks N] [--every US] "
                          "[--orphans N] [--seed N]\n");
    return 2;
}

int main(int argc, char **argv)
{
    struct chaos chaos = {200000, 4000, 20240607};
    long orphans = 200;
    bool fine = true;

    for (int i = 1; i < argc; i += 2) {
        if (i + 1 < argc && strcmp(argv[i], "--tasks") == 0)
            chaos.tasks = atol(argv[i + 1]);
        else if (i + 1 < argc && strcmp(argv[i], "--every") == 0)
            chaos.every = (uint32_t)atol(argv[i + 1]);
        else if (i + 1 < argc && strcmp(argv[i], "--orphans") == 0)
            orphans = atol(argv[i + 1]);
        else if (i + 1 < argc && strcmp(argv[i], "--seed") == 0)
            chaos.seed = strtoull(argv[i + 1], NULL, 10);
        else
            return usage();
    }
    if (chaos.tasks < 0 || chaos.every == 0 || orphans < 0)
        return usage();
    mp_test_deadline(60 + (double)chaos.tasks / 500 + (double)orphans);
    if (chaos.tasks > 0)
        fine &= run_chaos(&chaos);
    if (orphans > 0)
        fine &= run_orphans((int)orphans, chaos.seed);
    return fine ? 0 : 1;
}
