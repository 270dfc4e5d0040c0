/*
 * How many CPUs there are, and how many this process may use.
 */
#ifndef MP_OS_CPU_H
#define MP_OS_CPU_H

int mp__cpus(void);

/* By affinity and by the control group's quota, rounded up. Asked of the
   kernel every time. */
int mp__cpus_allowed(void);

/* The same by affinity alone, asked once per process: for spinning. */
int mp__usable_cpus(void);

/* Let another one run on this CPU, if one waits for it. */
void mp__give_way(void);

#endif
