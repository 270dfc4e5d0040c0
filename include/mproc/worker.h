/*
 * Workers: what a task can learn of where it runs.
 */
#ifndef MPROC_WORKER_H
#define MPROC_WORKER_H

#include <mproc/detail/args.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * In a worker: its number, from 0; a place for what it wants to keep from task
 * to task; and whether the task should come to an end, for its soft_timeout is
 * over.
 *
 * Python   none
 * Blocks   no
 * Returns  the number, -1 in no worker · the place, NULL in no worker
 * Owns     what is put there is the worker's
 * Safe     in the thread that runs the task
 */
MP_API int mp_worker_index(void);
MP_API void **mp_worker_state(void);
MP_API bool mp_task_should_stop(void);

#ifdef __cplusplus
}
#endif

#endif
