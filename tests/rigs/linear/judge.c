/*
 * Making, judging and counting; see judge.h.
 */
#include "judge.h"

#include "check.h"
#include "leaks.h"
#include "process.h"
#include "tell.h"

#include <stdio.h>

enum { SHOWN = 3 };

static struct counts {
    long operations;
    long kills;
    long cut; /* kills in an operation */
    long overlapping;
    long undecided;
    long bad;
} count;

static bool overlap(const struct linear_op *a, const struct linear_op *b)
{
    return a->by != b->by && a->kind != LINEAR_DEATH &&
           b->kind != LINEAR_DEATH && (a->cut || a->returned > b->begun) &&
           (b->cut || b->returned > a->begun);
}

static bool any_overlap(const struct linear_history *h)
{
    for (int i = 0; i < h->n; i++)
        for (int k = 0; k < i; k++)
            if (overlap(&h->op[i], &h->op[k]))
                return true;
    return false;
}

static void count_it(const struct linear_made *made)
{
    const struct linear_history *h = &made->history;

    count.operations += h->n - made->killed;
    count.kills += made->killed;
    for (int i = 0; i < h->n; i++)
        count.cut += h->op[i].cut;
    count.overlapping += any_overlap(h);
}

/* NULL or what is wrong with it. */
static const char *judge(const struct linear_family *family,
                         const struct linear_made *made, uint64_t *placed)
{
    enum linear_verdict verdict = linear_check(family, &made->history, placed);

    count.undecided += verdict == LINEAR_UNDECIDED;
    if (made->wrong != NULL)
        return made->wrong;
    if (verdict == LINEAR_UNDECIDED)
        return "undecided: the search is too long";
    return verdict == LINEAR_BAD ? "not linearizable" : NULL;
}

bool linear_judge(const struct linear_subject *subject, long histories,
                  uint64_t seed)
{
    static struct linear_made made;
    double since = rig_seconds();
    struct rig_leaks before;

    count = (struct counts){0};
    linear_make(subject, seed, &made); /* so that all that it needs is there */
    (void)rig_count();
    before = rig_count();
    for (long i = 0; i < histories; i++) {
        uint64_t placed, its_seed = seed + (uint64_t)i;
        const char *wrong;

        linear_make(subject, its_seed, &made);
        count_it(&made);
        wrong = judge(subject->family, &made, &placed);
        if (wrong == NULL || count.bad++ >= SHOWN)
            continue;
        (void)printf("%s, seed %llu: BAD: %s\n", subject->name,
                     (unsigned long long)its_seed, wrong);
        linear_tell(subject->family, &made.history, placed);
    }
    (void)printf("%-10s histories %ld, seed %llu, operations %ld, kills %ld "
                 "(%ld in an operation), overlapping %ld, undecided %ld, bad "
                 "%ld, %.1f s\n",
                 subject->name, histories, (unsigned long long)seed,
                 count.operations, count.kills, count.cut, count.overlapping,
                 count.undecided, count.bad, rig_seconds() - since);
    (void)fflush(stdout);
    return !rig_has_leaked(&before) && count.bad == 0;
}

long linear_first_bad(const struct linear_subject *subject, long histories,
                      uint64_t seed)
{
    static struct linear_made made;
    uint64_t placed;

    for (long i = 0; i < histories; i++) {
        linear_make(subject, seed + (uint64_t)i, &made);
        if (linear_check(subject->family, &made.history, &placed) == LINEAR_BAD)
            return i + 1;
    }
    return 0;
}
