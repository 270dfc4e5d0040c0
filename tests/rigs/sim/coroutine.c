/*
 * The switch; see coroutine.h.
 */
#include "coroutine.h"

#include <stdint.h>
#include <string.h>

#ifndef __x86_64__
#error "the simulator's coroutines are written for x86-64"
#endif

enum { SAVED_REGISTERS = 6, CLEARED = 4096 };

void sim_switch_stacks(void **save, void *load);

/* Callee-saved registers onto the old stack, off the new one. */
__asm__(".text\n"
        ".globl sim_switch_stacks\n"
        ".type sim_switch_stacks, @function\n"
        "sim_switch_stacks:\n"
        "    pushq %rbp\n"
        "    pushq %rbx\n"
        "    pushq %r12\n"
        "    pushq %r13\n"
        "    pushq %r14\n"
        "    pushq %r15\n"
        "    movq %rsp, (%rdi)\n"
        "    movq %rsi, %rsp\n"
        "    popq %r15\n"
        "    popq %r14\n"
        "    popq %r13\n"
        "    popq %r12\n"
        "    popq %rbx\n"
        "    popq %rbp\n"
        "    ret\n"
        ".size sim_switch_stacks, . - sim_switch_stacks\n");

static char *stack_end(const struct sim_coroutine *c)
{
    return c->stack + SIM_STACK;
}

/* The part that is mostly used is cleared, so that what an earlier run left
   there does not make equal states look different. */
void sim_coroutine_prepare(struct sim_coroutine *c, void (*entry)(void))
{
    uintptr_t *top = (uintptr_t *)stack_end(c);

    memset(stack_end(c) - CLEARED, 0, CLEARED);
    top[-2] = (uintptr_t)entry; /* where ret goes; rsp is then 8 mod 16 */
    c->sp = top - 2 - SAVED_REGISTERS;
}

void sim_coroutine_switch(struct sim_coroutine *from,
                          const struct sim_coroutine *to)
{
    sim_switch_stacks(&from->sp, to->sp);
}

size_t sim_coroutine_depth(const struct sim_coroutine *c)
{
    return (size_t)(stack_end(c) - (char *)c->sp);
}
