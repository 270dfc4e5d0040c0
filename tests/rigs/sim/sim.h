/*
 * The simulator as a scenario sees it.
 *
 * A scenario is a handful of processes that share some objects. setup lays
 * them out in the world, body is what process `me` does, and check looks at
 * the outcome. The simulator runs the bodies again and again, each time under
 * another schedule, until it has tried every one within the bounds: a switch
 * to another process before any access to shared memory (preemptions, counted;
 * giving way by sleeping or ending is free), and death before any (kills).
 *
 * A process that sleeps when nothing can happen any more is a hang, unless
 * may_sleep says that it is right to.
 *
 * To add a scenario: write a struct sim_scenario and name it in scenarios.c.
 * All that bodies write must lie in the world; they are compiled plain, so
 * their own accesses are scheduling points only where they call sim_point.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "world.h"

#include "os/context.h"

enum { SIM_PROCESSES = 5, SIM_FIRST_PID = 100, SIM_FIRST_THREAD = 200 };

/* A thread that has ended, of whichever process. */
enum { SIM_ENDED_THREAD = 300 };

/* A process that died before the beginning, unannounced. It has a slot. */
enum { SIM_GHOST = SIM_PROCESSES + 1 };

struct sim_bounds {
    int preemptions;
    int kills;
};

struct sim_scenario {
    const char *name;
    const char *what;
    int processes;
    unsigned victims; /* who may be killed: bit i is process i */
    /* How many deadlines may pass before they must. The clock begins at one
       second, and a deadline is not more than a twentieth later. */
    unsigned timeouts;
    bool unwatched; /* nobody announces deaths */
    bool sliced;    /* sleeps end by themselves when all else stands still */

    struct sim_bounds ci; /* what is explored in CI, and by --long */
    struct sim_bounds more;
    long at_least; /* executions in CI, else the scenario has rotted */

    void (*setup)(void);
    void (*body)(int me);
    void (*check)(void);        /* NULL: not hanging is enough */
    bool (*may_sleep)(int who); /* NULL: nobody may, at the end */
};

/* For setup: process i's name in the slot table; and let it not be there. */
mp__owner sim_owner(int i);
void sim_unregister(int i);

/* For bodies, and what stands in for the kernel. */
void sim_point(void); /* somebody else may run here, or this one be killed */

/* For bodies and checks: this execution has shown a bug. */
void sim_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
#define SIM_DEMAND(cond_, ...)     \
    do {                           \
        if (!(cond_))              \
            sim_fail(__VA_ARGS__); \
    } while (0)

/* Whether that part of a mapping, if it is one, has memory behind it. */
bool sim_has_memory(const volatile void *at, size_t size);

/* For checks. */
bool sim_was_killed(int i);
int sim_kills(void);
bool sim_is_asleep(int i);
bool sim_sleeps_on(int i, const volatile void *word);

#endif
