/*
 * The benchmark: every row done by libmproc, CPython and the limit in turn,
 * round after round, and told as a table and as JSON lines.
 *
 * Exit code 0 if all contestants did all rows, whatever their speed.
 */
#include "bench.h"
#include "quiet.h"
#include "report.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS_USUAL = 5, ROUNDS_MAX = 1000 };

struct options {
    int rounds;
    bool quick;
    bool list;
    const char *row;  /* a part of the names wanted */
    const char *json; /* the file, or NULL: after the table */
};

static const char usage[] =
    "bench [--rounds N] [--row NAME] [--quick] [--json FILE] [--list]\n"
    "  --rounds N   how often each contestant does each row (5)\n"
    "  --row NAME   only the rows whose name holds NAME\n"
    "  --quick      a hundredth of the work: proves that all works, no more\n"
    "  --json FILE  the JSON lines go there, not below the table\n"
    "  --list       the names of the rows\n"
    "bench --do CONTESTANT KIND OVER SIZE PAIRS COUNT\n"
    "  one job of libmproc or the limit in this process, for a profiler\n";

static int read_options(int argc, char **argv, struct options *out)
{
    static const struct option known[] = {
        {"rounds", required_argument, NULL, 'n'},
        {"row", required_argument, NULL, 'r'},
        {"quick", no_argument, NULL, 'q'},
        {"json", required_argument, NULL, 'j'},
        {"list", no_argument, NULL, 'l'},
        {0},
    };
    int c;

    *out = (struct options){.rounds = ROUNDS_USUAL, .row = ""};
    while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (c) {
        case 'n':
            out->rounds = atoi(optarg);
            break;
        case 'r':
            out->row = optarg;
            break;
        case 'q':
            out->quick = true;
            break;
        case 'j':
            out->json = optarg;
            break;
        case 'l':
            out->list = true;
            break;
        default:
            return -1;
        }
    }
    return optind == argc && out->rounds > 0 && out->rounds <= ROUNDS_MAX ? 0
                                                                          : -1;
}

/* The values of all rounds, by contestant and figure. */
struct values {
    double of[CONTESTANTS][FIGURES][ROUNDS_MAX];
};

static int measure(const struct row *row, const struct options *o,
                   struct result *out)
{
    static struct values values;
    struct quiet quiet = quiet_begin();

    for (int round = 0; round < o->rounds; round++) {
        for (enum contestant who = 0; who < CONTESTANTS; who++) {
            struct figures f = {.of = {0}};

            if (bench_contest(row, who, o->quick, &f) < 0)
                return -1;
            for (int i = 0; i < FIGURES; i++)
                values.of[who][i][round] = f.of[i];
        }
    }
    *out = (struct result){.row = row, .rounds = o->rounds};
    out->others = quiet_end(&quiet);
    for (enum contestant who = 0; who < CONTESTANTS; who++)
        for (int i = 0; i < FIGURES; i++)
            out->of[who][i] = summarize(values.of[who][i], (size_t)o->rounds);
    return 0;
}

/* Write the lines kept so far where they were asked for. */
static int tell_json(const struct options *o, const struct result *results,
                     size_t n)
{
    FILE *to = o->json == NULL ? stdout : fopen(o->json, "we");

    if (to == NULL) {
        perror(o->json);
        return -1;
    }
    if (to == stdout)
        printf("\n");
    for (size_t i = 0; i < n; i++)
        json_line(to, &results[i]);
    return to == stdout ? 0 : fclose(to);
}

static int run_rows(const struct options *o)
{
    struct result *results = calloc(bench_nrows, sizeof *results);
    size_t n = 0;
    int rc = 0;

    if (results == NULL)
        return -1;
    table_head(stdout);
    for (size_t i = 0; i < bench_nrows; i++) {
        if (strstr(bench_rows[i].name, o->row) == NULL)
            continue;
        if (measure(&bench_rows[i], o, &results[n]) < 0)
            rc = -1;
        else
            table_line(stdout, &results[n++]);
    }
    if (tell_json(o, results, n) < 0)
        rc = -1;
    free(results);
    return rc;
}

int main(int argc, char **argv)
{
    struct options o;

    if (argc > 1 && strcmp(argv[1], "--do") == 0)
        return bench_do(argc - 2, argv + 2);
    if (read_options(argc, argv, &o) < 0) {
        fputs(usage, stderr);
        return 2;
    }
    if (o.list) {
        for (size_t i = 0; i < bench_nrows; i++)
            printf("%s\n", bench_rows[i].name);
        return 0;
    }
    return run_rows(&o) < 0 ? 1 : 0;
}
