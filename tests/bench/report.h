/*
 * The results of a row, and the two ways to tell them.
 */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include "bench.h"
#include "stats.h"

#include <stdio.h>

struct result {
    const struct row *row;
    int rounds;
    struct summary of[CONTESTANTS][FIGURES];
    double others; /* CPUs busy with others' work meanwhile */
};

/* How many times better libmproc's figure is than that of another. */
double result_ratio(const struct result *r, enum contestant other);

enum reached { REACHED, MISSED, NO_MUST };
enum reached result_reached(const struct result *r);

/* Whether the row has a second figure, the 99th percentile. */
bool row_has_tail(const struct row *row);

void table_head(FILE *to);
void table_line(FILE *to, const struct result *r);

/* One JSON object on a line. */
void json_line(FILE *to, const struct result *r);

#endif
