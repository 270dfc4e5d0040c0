/*
 * The contestant's side: do one job in this process and print what came out.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *contestant;
    const char *kind;
    job_fn run;
} jobs[] = {
    {"libmproc", "one_way", mproc_one_way},
    {"libmproc", "round_trip", mproc_round_trip},
    {"libmproc", "start", mproc_start},
    {"libmproc", "thread", mproc_thread},
    {"libmproc", "volume", mproc_volume},
    {"libmproc", "hand_over", mproc_hand_over},
    {"libmproc", "lock", mproc_lock},
    {"libmproc", "count", mproc_count},
    {"libmproc", "wake", mproc_wake},
    {"libmproc", "meet", mproc_meet},
    {"libmproc", "tasks", mproc_tasks},
    {"libmproc", "map", mproc_map},
    {"libmproc", "pool", mproc_pool},
    {"limit", "one_way", limit_one_way},
    {"limit", "round_trip", limit_round_trip},
    {"limit", "start", limit_start},
    {"limit", "thread", limit_thread},
    {"limit", "volume", limit_volume},
    {"limit", "hand_over", limit_hand_over},
    {"limit", "lock", limit_lock},
    {"limit", "count", limit_count},
    {"limit", "wake", limit_round_trip},
    {"limit", "meet", limit_meet_again},
    {"limit", "tasks", limit_tasks},
    {"limit", "map", limit_map},
    {"limit", "pool", limit_pool},
};

static job_fn find(const char *contestant, const char *kind)
{
    for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++)
        if (strcmp(jobs[i].contestant, contestant) == 0 &&
            strcmp(jobs[i].kind, kind) == 0)
            return jobs[i].run;
    return NULL;
}

int bench_do(int argc, char **argv)
{
    struct figures figures = {.of = {0}};
    struct job job;
    job_fn run;

    if (argc != 1 + JOB_WORDS || (run = find(argv[0], argv[1])) == NULL) {
        fprintf(stderr, "bench --do CONTESTANT KIND OVER SIZE PAIRS COUNT\n");
        return 2;
    }
    job = (struct job){
        .kind = argv[1],
        .over = argv[2],
        .size = strtoul(argv[3], NULL, 10),
        .pairs = atoi(argv[4]),
        .count = atol(argv[5]),
    };
    if (run(&job, &figures) < 0)
        return 1;
    printf("%.6g %.6g\n", figures.of[0], figures.of[1]);
    return 0;
}
