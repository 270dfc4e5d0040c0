/*
 * libmproc: Python's multiprocessing for C programs on Linux.
 *
 * This is the only file a program has to include.
 */
#ifndef MPROC_H
#define MPROC_H

#include <mproc/error.h>
#include <mproc/any.h>
#include <mproc/call.h>
#include <mproc/process.h>
#include <mproc/thread.h>
#include <mproc/crash.h>
#include <mproc/connection.h>
#include <mproc/queue.h>
#include <mproc/sync.h>
#include <mproc/condition.h>
#include <mproc/shared.h>
#include <mproc/shared_memory.h>
#include <mproc/buffer.h>
#include <mproc/with.h>
#include <mproc/result.h>
#include <mproc/worker.h>
#include <mproc/pool.h>
#include <mproc/future.h>
#include <mproc/executor.h>
#include <mproc/log.h>

#define MP_VERSION_MAJOR 0
#define MP_VERSION_MINOR 1
#define MP_VERSION_PATCH 0

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The version of the library that runs, "0.1.0".
 *
 * Python   sys.version
 * Blocks   no
 * Returns  the text
 * Owns     the library's, for ever
 * Safe     in threads, in parent and child, in signal handlers
 */
MP_API const char *mp_version(void);

#ifdef __cplusplus
}
#endif

#endif
