/*
 * Failures: errors as values, so that they travel and can be kept. A tuple of
 * code, type, message, traceback and pid.
 */
#ifndef MP_POOL_FAILURE_H
#define MP_POOL_FAILURE_H

#include <mproc/any.h>

/* What the calling thread's record says, as a value that is the caller's. None
   if there is no memory for it. */
mp_any mp__failure_of_record(void);

/* One that was found out here: it has no traceback, for whoever finds it has
   nothing to do with it, and may hold the pool's lock. */
mp_any mp__failure_make(int code, const char *fmt, ...) MP__PRINTF(2, 3);

/* Set the record to what it says, and return its code. */
int mp__failure_raise(mp_any failure);

int mp__failure_code(mp_any failure);

#endif
