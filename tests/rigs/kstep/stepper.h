/*
 * Driving one process from instruction to instruction, by ptrace.
 */
#ifndef KSTEP_STEPPER_H
#define KSTEP_STEPPER_H

#include "process.h"

/* In the victim: from here on it is driven, and here it has finished. */
void kstep_begin(void);
void kstep_finish(void);

enum kstep_state {
    KSTEP_STOPPED,  /* before its next instruction */
    KSTEP_ASLEEP,   /* in the kernel, in the middle of a step */
    KSTEP_FINISHED, /* it has come to kstep_finish */
};

/* Start a process whose body comes to kstep_begin, and wait until it has. */
struct rig_process kstep_start(rig_body *body, int arg);

/* One step more: one instruction, or on to the next entry of a system call or
   return from one. */
enum kstep_state kstep_step(const struct rig_process *victim, bool by_calls);

/* After KSTEP_ASLEEP: wait until the step has ended, for it has been woken. */
bool kstep_await_wake(const struct rig_process *victim, double seconds);

#endif
