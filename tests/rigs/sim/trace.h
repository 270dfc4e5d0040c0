/*
 * What happens, told line by line while a schedule is replayed.
 */
#ifndef SIM_TRACE_H
#define SIM_TRACE_H

#include <stdbool.h>
#include <stdint.h>

extern bool sim_tracing;

/* One line about process `who`. */
void sim_trace(int who, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* One line about an access; pc is an address in the code that made it. */
void sim_trace_access(int who, const char *what, const volatile void *at,
                      const void *pc, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

#endif
