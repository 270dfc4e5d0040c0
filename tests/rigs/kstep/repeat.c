/*
 * Repeated crashes; see repeat.h.
 */
#include "repeat.h"

#include "leaks.h"
#include "run.h"

#include <stdio.h>

/* A third and two thirds into the operation: mostly inside the lock. What is
   made once and kept is made by the first few. */
enum { POINTS = 2, BEFORE_COUNTING = 8 };

static int kill_again_and_again(const struct kstep_op *op, int length,
                                int times)
{
    const struct kstep_plan plan = {.news = KSTEP_ANNOUNCED};
    struct kstep_result r = {0};
    int bad = 0;

    for (int i = 0; i < times; i++) {
        int point = length * (1 + i % POINTS) / (POINTS + 1);

        bad += kstep_run_point(op, plan, point, &r) != NULL;
    }
    return bad;
}

bool kstep_repeat(const struct kstep_op *op, int times)
{
    const struct kstep_plan plan = {.news = KSTEP_ANNOUNCED};
    struct kstep_result r = {0};
    struct rig_leaks before;
    int bad = kstep_run_point(op, plan, KSTEP_STEPS_MAX, &r) != NULL;

    bad += kill_again_and_again(op, r.length, BEFORE_COUNTING);
    before = rig_count();
    bad += kill_again_and_again(op, r.length, times);
    (void)printf("%-44s killed %d times at %d points of %d, bad %d\n", op->name,
                 times, POINTS, r.length, bad);
    (void)fflush(stdout);
    return !rig_has_leaked(&before) && bad == 0;
}
