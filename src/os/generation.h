/*
 * The generation: how many forks lie between the first process and this one.
 *
 * What the threads of a process have among themselves, a lock that is held or
 * a message half received, is copied into a child made by fork but means
 * nothing there. Such state carries the generation it was written in; of
 * another one it is void. (A child made by a bare clone(2) counts as its
 * parent: handlers of pthread_atfork do not run in it.)
 */
#ifndef MP_OS_GENERATION_H
#define MP_OS_GENERATION_H

#include <stdint.h>

/* At least 1, at most 2^30. */
uint32_t mp__generation(void);

#endif
