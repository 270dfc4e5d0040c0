/*
 * The family number, drawn when the library is loaded: before any fork.
 */
#include "os/family.h"

#include <sys/random.h>

static uint64_t family;

__attribute__((constructor)) static void draw(void)
{
    (void)getrandom(&family, sizeof family, 0);
}

uint64_t mp__family(void)
{
    return family;
}
