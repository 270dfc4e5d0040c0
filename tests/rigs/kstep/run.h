/*
 * Runs an operation once for each of its kill points.
 */
#ifndef KSTEP_RUN_H
#define KSTEP_RUN_H

#include "op.h"

struct kstep_plan {
    enum kstep_news news;
    int every;      /* kill at each step, or at one in so many */
    bool first_bad; /* stop at the first bad one */
    bool by_calls;  /* a step is not an instruction, but up to a system call or
                       through one: it is only there that files, descriptors
                       and sleepers are touched */
};

struct kstep_result {
    int points;
    int bad;
    int asleep;      /* of the points: killed in the kernel, asleep */
    int sleeps_at;   /* the point at which it falls asleep, or 0 */
    int steps;       /* in the longest run */
    int length;      /* of the one that last came to its end */
    double longest;  /* until the survivors were through, in seconds */
    int first_point; /* where it was bad first, and why */
    char first_reason[120];
};

void kstep_run(const struct kstep_op *op, struct kstep_plan plan,
               struct kstep_result *out);

/* Kill once behind `steps` steps, or not at all if it has fewer; NULL or what
   went wrong. */
enum { KSTEP_STEPS_MAX = 200000 };
const char *kstep_run_point(const struct kstep_op *op, struct kstep_plan plan,
                            int steps, struct kstep_result *result);

#endif
