/*
 * Coroutines: the simulated processes run on these, one at a time.
 *
 * A hand-written switch, because the library's swapcontext costs a system
 * call each way. x86-64 only. Everything a suspended coroutine will need lies
 * in memory between `sp` and the end of its stack, so that its whole state can
 * be compared with that of another run.
 */
#ifndef SIM_COROUTINE_H
#define SIM_COROUTINE_H

#include <stddef.h>

enum { SIM_STACK = 64 * 1024 };

struct sim_coroutine {
    void *sp; /* while suspended */
    char *stack;
};

/* Make it begin with entry(); entry must not return. */
void sim_coroutine_prepare(struct sim_coroutine *c, void (*entry)(void));

/* Suspend the running one in *from and go on with *to. */
void sim_coroutine_switch(struct sim_coroutine *from,
                          const struct sim_coroutine *to);

/* How many bytes from sp on a suspended coroutine has in use. */
size_t sim_coroutine_depth(const struct sim_coroutine *c);

#endif
