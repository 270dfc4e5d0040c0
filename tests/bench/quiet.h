/*
 * Whether anybody else used the machine while a row was measured.
 *
 * Figures taken beside other work are wrong, and not always too low: two sides
 * that take turns by time slice bounce fewer cache lines.
 */
#ifndef BENCH_QUIET_H
#define BENCH_QUIET_H

/* CPUs that are busy with others' work up to which it counts as quiet. */
#define QUIET_CPUS 0.1

struct quiet {
    double since; /* when it began                            */
    double busy;  /* seconds that all CPUs were busy by then  */
    double ours;  /* of them, spent by us and ended children  */
};

struct quiet quiet_begin(void);

/* CPUs that others kept busy since then, on average; 0 if unknown. */
double quiet_end(const struct quiet *begin);

#endif
