/*
 * How much memory the machine can still give.
 */
#ifndef MP_OS_MEMORY_H
#define MP_OS_MEMORY_H

#include <stddef.h>

/* Bytes, swap included; SIZE_MAX if it cannot be told. */
size_t mp__memory_available(void);

#endif
