/*
 * How many CPUs there are, how many this process may use, and giving the only
 * one to another.
 */
#ifndef MP_OS_CPU_H
#define MP_OS_CPU_H

#include <stdbool.h>

int mp__cpus(void);

/* By affinity and by the control group's quota, rounded up. Asked of the
   kernel every time. */
int mp__cpus_allowed(void);

/* The same by affinity alone, asked once per process: for spinning. */
int mp__usable_cpus(void);

/*
 * Let whoever waits for our CPU run first, if it is the only one that we may
 * use: then that costs less than to sleep and be woken. A stranger may get it
 * as well, and keep it for long: what that took is won back before we try
 * again. false: not done.
 */
bool mp__yield(void);
/* The n-th of the CPUs that this process may use, counted round; -1: none. And
   have the calling process run on that one alone. */
int mp__cpu_allowed(int n);
void mp__pin_to(int cpu);

/* Let another one run on this CPU, if one waits for it. */
void mp__give_way(void);

#endif
