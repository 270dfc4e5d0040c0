/*
 * The scheduler: runs one execution of a scenario, deciding by asking.
 *
 * Every decision is a question with a number of answers, 0 being the quiet
 * one (go on, the first of those who can run). Who answers, and what comes of
 * all answers together, is explore.c's business.
 */
#ifndef SIM_SCHED_H
#define SIM_SCHED_H

#include "sim.h"

enum sim_end {
    SIM_ENDED,  /* all went well */
    SIM_FAILED, /* a bug; see sim_failure */
    SIM_CUT,    /* the chooser had enough */
};

enum { SIM_NO_CHOICE = -1 };

/* Answers 0 to n - 1, or SIM_NO_CHOICE to end the execution here. */
typedef int sim_chooser(int n);

/* Once per scenario, then any number of executions. */
void sim_prepare(const struct sim_scenario *s);
enum sim_end sim_run(struct sim_bounds bounds, sim_chooser *choose);

/* All that the rest of the execution depends on, as one number. Good while
   the chooser is asked, and after the end. */
uint64_t sim_state(void);

const char *sim_failure(void);

/* Who is running; -1: nobody, the simulator itself. */
int sim_current(void);

/*
 * For the stubs that stand in for the kernel. sim_sleep returns true if woken
 * and false if the time `until` has come; second may be NULL. sim_wake says
 * how many were woken.
 */
bool sim_sleep(const void *word, const void *second, int64_t until);
int sim_wake(const void *word, int n);
int64_t sim_now(void);
bool sim_lives(int i);

/* Forget the mapping of the world before. */
void sim_unmap(void);

#endif
