/*
 * The rig's teeth; see self_test.h.
 */
#include "self_test.h"

#include "check.h"
#include "examples.h"
#include "judge.h"
#include "tell.h"

#include <stdio.h>

/* What is right has to be so every time; what is wrong is to be seen soon. */
enum { RIGHT = 150, WRONG = 600, SEED = 20240607 };

static bool try_example(const struct linear_example *e)
{
    struct linear_history h = {.begin = e->begin};
    uint64_t placed;
    bool right;

    while (h.n < LINEAR_EXAMPLE_OPS && e->op[h.n].begun > 0) {
        h.op[h.n] = e->op[h.n];
        h.n++;
    }
    right = linear_check(e->family, &h, &placed) ==
            (e->good ? LINEAR_GOOD : LINEAR_BAD);
    if (!right) {
        (void)printf("WRONG: this is %slinearizable: %s\n",
                     e->good ? "" : "not ", e->name);
        linear_tell(e->family, &h, placed);
    }
    return right;
}

static bool try_double(const struct linear_double *d)
{
    long bad;

    linear_double_use(d);
    if (d->fault == NULL)
        return linear_judge(d->subject, RIGHT, SEED);
    bad = linear_first_bad(d->subject, WRONG, SEED);
    (void)printf("%s  %s that %s: ", bad > 0 ? "seen  " : "MISSED",
                 d->subject->name, d->fault);
    (void)printf(bad > 0 ? "history %ld\n" : "%ld\n", bad);
    (void)fflush(stdout);
    return bad > 0;
}

int linear_self_test(void)
{
    int wrong = 0;

    for (int i = 0; i < linear_examples_count; i++)
        wrong += !try_example(&linear_examples[i]);
    (void)printf("%d histories by hand, %d judged wrongly\n",
                 linear_examples_count, wrong);
    (void)fflush(stdout);
    for (int i = 0; i < linear_doubles_count; i++)
        wrong += !try_double(&linear_doubles[i]);
    return wrong > 0;
}
