/*
 * What a result means: ratios, and whether what must be reached is.
 */
#include "report.h"

#include <string.h>

bool row_has_tail(const struct row *row)
{
    return strcmp(row->job.kind, "round_trip") == 0;
}

double result_ratio(const struct result *r, enum contestant other)
{
    double mine = r->of[LIBMPROC][0].median, its = r->of[other][0].median;

    return r->row->is_lower_better ? its / mine : mine / its;
}

enum reached result_reached(const struct result *r)
{
    const struct must *must = &r->row->must;
    double mine = r->of[LIBMPROC][0].median, bound = must->value;

    if (must->value <= 0)
        return NO_MUST;
    if (must->of_limit)
        bound *= r->of[LIMIT][0].median;
    if (r->row->is_lower_better)
        return mine <= bound ? REACHED : MISSED;
    return mine >= bound ? REACHED : MISSED;
}
