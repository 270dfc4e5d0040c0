/*
 * Whether a process lives, asked of the kernel.
 *
 * Not by kill(pid, 0) and not by the state in /proc: a zombie is dead for our
 * purposes, and a process whose first thread has ended shows as one though it
 * lives. A pidfd knows.
 */
#ifndef MP_OS_LIVENESS_H
#define MP_OS_LIVENESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* When it started, in clock ticks since boot; 0 if that cannot be told. */
uint64_t mp__start_time(pid_t pid);

/* Now, on the same clock, which costs no system call. */
uint64_t mp__ticks_now(void);

/* Whether the process of that pid lives that was seen to live at `seen`, and
   not one that started later; 0: any will do. In doubt it lives. */
bool mp__process_lives(pid_t pid, uint64_t seen);

/* It has called exec: it lives, but the context is no longer in it, and what
   it held is lost. In doubt it has not. */
bool mp__runs_another_program(pid_t pid);

#endif
