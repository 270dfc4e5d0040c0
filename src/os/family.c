/*
 * The family's number, drawn once before main.
 *
 * Written by the constructor alone, so that no thread and no child can see it
 * change.
 */
#include "os/family.h"

#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static uint64_t family;

/* Without a source of randomness (a kernel before 3.17), time and pid tell
   programs of one machine apart. */
__attribute__((constructor)) static void draw(void)
{
    struct timespec t;

    if (getrandom(&family, sizeof family, GRND_NONBLOCK) == sizeof family)
        return;
    clock_gettime(CLOCK_REALTIME, &t);
    family = (uint64_t)t.tv_sec << 40 ^ (uint64_t)t.tv_nsec << 22 ^
             (uint64_t)getpid();
}

uint64_t mp__family(void)
{
    return family;
}
