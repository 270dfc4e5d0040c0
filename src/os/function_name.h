/*
 * What a function of this program is called, looked up once for each.
 */
#ifndef MP_OS_FUNCTION_NAME_H
#define MP_OS_FUNCTION_NAME_H

#include <stdint.h>

/* "square", or "0x55d0c0de" if it has no symbol. The text lives for ever. */
const char *mp__function_name(uint64_t function);

#endif
