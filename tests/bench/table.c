/*
 * Results as an aligned table.
 */
#include "quiet.h"
#include "report.h"

#define LINE "%-24s %-6s %-22s %-22s %-22s %9s %8s  %-15s %s\n"

enum { CELL = 40 };

struct scale {
    double by;
    const char *suffix;
};

static struct scale scale_for(double value)
{
    if (value >= 1e6)
        return (struct scale){1e6, " M"};
    if (value >= 1e4)
        return (struct scale){1e3, " k"};
    return (struct scale){1, ""};
}

static int digits_for(double value)
{
    return value >= 100 ? 0 : value >= 10 ? 1 : 2;
}

/* "8.21 (7.90-8.35) M": median, min and max. */
static const char *cell(char out[CELL], const struct summary *s)
{
    struct scale scale = scale_for(s->median);
    int digits = digits_for(s->median / scale.by);

    snprintf(out, CELL, "%.*f (%.*f-%.*f)%s", digits, s->median / scale.by,
             digits, s->min / scale.by, digits, s->max / scale.by,
             scale.suffix);
    return out;
}

/* ">= 8 M", or "<= 1.2 x limit". */
static const char *must_text(char out[CELL], const struct row *row)
{
    const struct must *must = &row->must;
    struct scale scale = scale_for(must->value);

    if (must->value <= 0)
        return "";
    snprintf(out, CELL, "%s %g%s%s",
             row->is_lower_better ? "<=" : ">=", must->value / scale.by,
             scale.suffix, must->of_limit ? " x limit" : "");
    return out;
}

static void tail_line(FILE *to, const struct result *r)
{
    char cells[CONTESTANTS][CELL];

    fprintf(to, LINE, "", "p99", cell(cells[LIBMPROC], &r->of[LIBMPROC][1]),
            cell(cells[CPYTHON], &r->of[CPYTHON][1]),
            cell(cells[LIMIT], &r->of[LIMIT][1]), "", "", "", "");
}

void table_head(FILE *to)
{
    fprintf(to, LINE, "row", "unit", "libmproc", "CPython", "limit",
            "x CPython", "of limit", "must", "reached");
}

void table_line(FILE *to, const struct result *r)
{
    static const char *const reached[] = {"yes", "NO", ""};
    char cells[CONTESTANTS][CELL], must[CELL], cpython[CELL], limit[CELL];

    snprintf(cpython, CELL, "%.1f", result_ratio(r, CPYTHON));
    snprintf(limit, CELL, "%.2f", result_ratio(r, LIMIT));
    fprintf(to, LINE, r->row->name, r->row->unit,
            cell(cells[LIBMPROC], &r->of[LIBMPROC][0]),
            cell(cells[CPYTHON], &r->of[CPYTHON][0]),
            cell(cells[LIMIT], &r->of[LIMIT][0]), cpython, limit,
            must_text(must, r->row), reached[result_reached(r)]);
    if (row_has_tail(r->row))
        tail_line(to, r);
    if (r->others > QUIET_CPUS)
        fprintf(to, "    not quiet: other programs used %.1f CPUs\n",
                r->others);
    fflush(to);
}
