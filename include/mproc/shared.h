/*
 * Value, Array, RawValue and RawArray: C variables in shared memory.
 */
#ifndef MPROC_SHARED_H
#define MPROC_SHARED_H

#include <mproc/any.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __cplusplus
}
#endif

#endif
