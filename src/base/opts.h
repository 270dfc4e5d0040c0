/*
 * Option structs: they begin with their size, so that they can grow.
 *
 * A caller that was built with an older header gives a shorter one: what it
 * does not know is zero, which is always the default. A newer caller's is
 * longer: what we do not know has to be zero.
 */
#ifndef MP_BASE_OPTS_H
#define MP_BASE_OPTS_H

#include <stddef.h>

/* Copy `given` to the `known` bytes at out. Fails with MP_VALUE_ERROR; `what`
   has the options, "Process". */
int mp__read_opts(const void *given, void *out, size_t known, const char *what);

#endif
