/*
 * Random bytes from the kernel, good for keys.
 */
#ifndef MP_OS_RANDOM_H
#define MP_OS_RANDOM_H

#include <stddef.h>

void mp__random(void *out, size_t n); /* n <= 256 */

#endif
