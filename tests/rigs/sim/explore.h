/*
 * All executions of a scenario, one after the other: depth first over the
 * answers to every decision.
 *
 * Two executions that come to the same state (memory, stacks, who sleeps, what
 * is left of the bounds) have the same future: the second ends there. That
 * makes bounds exhaustible that otherwise were not; it can be switched off.
 */
#ifndef SIM_EXPLORE_H
#define SIM_EXPLORE_H

#include "sim.h"

struct sim_limits {
    long executions; /* at most; 0: no limit */
    bool plain;      /* do not look for equal states */
};

struct sim_report {
    long
        executions; /* begun, whether they came to an end or to a known state */
    long merged;    /* of these, the latter */
    long states;    /* different ones at which something was decided */
    long outcomes;  /* different ones at the end */
    int deepest;    /* most decisions in one execution */
    bool exhaustive;
    bool bad;
    char message[200];
    char schedule[4096]; /* of the first bad one; see sim_replay */
};

/* Stops at the first failure. */
void sim_explore(const struct sim_scenario *s, struct sim_bounds bounds,
                 struct sim_limits limits, struct sim_report *out);

/* Run one schedule as sim_report gave it, and tell what happens. Returns
   whether it is bad. */
bool sim_replay(const struct sim_scenario *s, struct sim_bounds bounds,
                const char *schedule);

#endif
