/*
 * Buffers: large blocks of memory handed from process to process, not copied.
 */
#ifndef MPROC_BUFFER_H
#define MPROC_BUFFER_H

#include <mproc/any.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __cplusplus
}
#endif

#endif
