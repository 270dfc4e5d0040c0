/*
 * Counting forks; see generation.h.
 */
#include "os/generation.h"

#include <pthread.h>

#define LIMIT (UINT32_C(1) << 30)

/* Written where there is one thread only: before main, and after fork. */
static uint32_t generation = 1;

/* child */ static void count_fork(void)
{
    generation = generation < LIMIT ? generation + 1 : 1;
}

__attribute__((constructor)) static void count_forks(void)
{
    (void)pthread_atfork(NULL, NULL, count_fork);
}

uint32_t mp__generation(void)
{
    return generation;
}
