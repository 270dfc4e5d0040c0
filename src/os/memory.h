/*
 * How much memory the machine can still give, and a process has taken.
 */
#ifndef MP_OS_MEMORY_H
#define MP_OS_MEMORY_H

#include <stddef.h>
#include <sys/types.h>

/* Bytes, swap included; SIZE_MAX if it cannot be told. */
size_t mp__memory_available(void);

/* Of a process: bytes that it has in memory now, and had at most; 0 if that
   cannot be told. */
size_t mp__memory_of_self(void);
void mp__memory_of(pid_t pid, size_t *now, size_t *peak);

/* Should memory run out, have the kernel kill the calling process rather than
   its parent. */
void mp__prefer_to_be_killed(void);

#endif
