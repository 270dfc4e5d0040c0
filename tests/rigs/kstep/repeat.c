/*
 * Repeated crashes; see repeat.h.
 */
#include "repeat.h"

#include "leaks.h"
#include "run.h"

#include <stdio.h>

/* A third and two thirds into the operation: mostly inside the lock. */
enum { POINTS = 2 };

bool kstep_repeat(const struct kstep_op *op, int times)
{
    struct kstep_plan plan = {
        .news = KSTEP_ANNOUNCED, .every = 16, .first_bad = true};
    struct kstep_result r;
    struct rig_leaks before;
    int length, bad;

    kstep_run(op, plan, &r);
    length = r.steps;
    bad = r.bad;
    before = rig_count();
    for (int i = 0; i < times; i++) {
        int point = length * (1 + i % POINTS) / (POINTS + 1);

        bad += kstep_run_point(op, plan, point, &r) != NULL;
    }
    (void)printf("%-36s killed %d times at %d points of %d, bad %d\n", op->name,
                 times, POINTS, length, bad);
    return !rig_has_leaked(&before) && bad == 0;
}
