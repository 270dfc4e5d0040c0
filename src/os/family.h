/*
 * The family: a random number that a program draws when it starts and that
 * every process forked from it inherits. Within a family the address of a
 * function means the same everywhere.
 */
#ifndef MP_OS_FAMILY_H
#define MP_OS_FAMILY_H

#include <stdint.h>

uint64_t mp__family(void);

#endif
