/*
 * What a code is called: Python's exceptions, and the errno values that
 * Python gives classes of their own.
 */
#ifndef MP_BASE_NAMES_H
#define MP_BASE_NAMES_H

#include <mproc/error.h>

/* Python's type for a code: "ValueError", "BrokenPipeError", "OSError". */
const char *mp__code_type(int code);

/* Whether it is -errno of a failed system call. */
bool mp__is_errno(int code);

#endif
