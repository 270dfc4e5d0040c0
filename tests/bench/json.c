/*
 * Results as JSON lines. The names and units hold nothing to be escaped.
 */
#include "quiet.h"
#include "report.h"

static void summary_fields(FILE *to, const struct summary *s)
{
    fprintf(to, "{\"median\": %.6g, \"min\": %.6g, \"max\": %.6g", s->median,
            s->min, s->max);
}

static void contestant_fields(FILE *to, const struct result *r,
                              enum contestant who)
{
    fprintf(to, ", \"%s\": ", bench_contestants[who]);
    summary_fields(to, &r->of[who][0]);
    if (row_has_tail(r->row)) {
        fprintf(to, ", \"p99\": ");
        summary_fields(to, &r->of[who][1]);
        fprintf(to, "}");
    }
    fprintf(to, "}");
}

static void must_fields(FILE *to, const struct result *r)
{
    static const char *const reached[] = {"true", "false", "null"};
    const struct must *must = &r->row->must;

    if (must->value > 0)
        fprintf(to, ", \"must\": %g, \"must_is_multiple_of_limit\": %s",
                must->value, must->of_limit ? "true" : "false");
    fprintf(to, ", \"reached\": %s", reached[result_reached(r)]);
}

void json_line(FILE *to, const struct result *r)
{
    fprintf(to, "{\"row\": \"%s\", \"unit\": \"%s\", \"better\": \"%s\"",
            r->row->name, r->row->unit,
            r->row->is_lower_better ? "lower" : "higher");
    fprintf(to, ", \"rounds\": %d", r->rounds);
    for (enum contestant who = 0; who < CONTESTANTS; who++)
        contestant_fields(to, r, who);
    fprintf(to, ", \"ratio_to_cpython\": %.4g, \"ratio_to_limit\": %.4g",
            result_ratio(r, CPYTHON), result_ratio(r, LIMIT));
    must_fields(to, r);
    fprintf(to, ", \"others_cpus\": %.2f, \"quiet\": %s}\n", r->others,
            r->others > QUIET_CPUS ? "false" : "true");
    fflush(to);
}
