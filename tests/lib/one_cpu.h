/*
 * One CPU, for a test of what is different there: called first thing in main,
 * before the library asks how many this process may use.
 */
#ifndef TESTS_ONE_CPU_H
#define TESTS_ONE_CPU_H

#include <sched.h>

static inline int keep_to_one_cpu(void)
{
    cpu_set_t allowed, one;
    size_t cpu = 0;

    if (sched_getaffinity(0, sizeof allowed, &allowed) < 0)
        return -1;
    while (!CPU_ISSET(cpu, &allowed))
        cpu++;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    return sched_setaffinity(0, sizeof one, &one);
}

#endif
