/*
 * UTF-8, and which characters Python shows as they are.
 */
#ifndef MP_ANY_UTF8_H
#define MP_ANY_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether the n bytes are UTF-8: no surrogates, nothing overlong. */
bool mp__utf8_valid(const char *s, size_t n);

/* The length of the character at s (1 to 4), which is stored; 0 if there is
   no valid one within n bytes. */
size_t mp__utf8_next(const char *s, size_t n, uint32_t *out);

/* str.isprintable() for one character. */
bool mp__printable(uint32_t c);

#endif
