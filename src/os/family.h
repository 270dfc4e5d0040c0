/*
 * The family: a random number that all processes of one tree share by fork.
 *
 * What only means something within one tree (a function's address, a shared
 * segment's slots) travels with it and is refused elsewhere.
 */
#ifndef MP_OS_FAMILY_H
#define MP_OS_FAMILY_H

#include <stdint.h>

uint64_t mp__family(void);

#endif
