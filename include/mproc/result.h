/*
 * Results: what becomes of the tasks of a pool, asked for when they are wanted.
 */
#ifndef MPROC_RESULT_H
#define MPROC_RESULT_H

#include <mproc/call.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mp_result mp_result;
typedef struct mp_iter mp_iter;

/*
 * What became of a task.
 *
 * Python   r.get(timeout), r.wait(timeout), r.ready(), r.successful()
 * Blocks   get and wait until it is ready, up to timeout seconds; MP_FOREVER
 *          is the default
 * Returns  get 0, MP_TIMEOUT, or the task's error as it was raised in the
 *          worker: its code, type, message, traceback, pid; MP_WORKER_LOST
 *          the worker died, MP_CANCELLED, MP_BROKEN_POOL; MP_TYPE_ERROR the
 *          result does not fit *out and may be asked again · wait 0 or
 *          MP_TIMEOUT · ready 1 or 0 · successful 1, 0 or MP_VALUE_ERROR not
 *          ready
 * Owns     what lands in *out is the caller's
 * Safe     in threads of the process that made the pool; get and wait of what
 *          is not ready not in its callbacks
 */
MP_API int mp_result_get(mp_result *r, mp_out out, double timeout);
MP_API int mp_result_wait(mp_result *r, double timeout);
MP_API int mp_result_ready(mp_result *r);
MP_API int mp_result_successful(mp_result *r);

/*
 * Do without it: what has not begun is not begun, and a worker that is at it
 * is ended. The result is MP_CANCELLED.
 *
 * Python   none: a running task of a Pool cannot be ended
 * Blocks   no
 * Returns  1 · 0 it had ended before
 * Owns     nothing
 * Safe     in threads of the process that made the pool
 */
MP_API int mp_result_cancel(mp_result *r);

/*
 * Give back the handle.
 *
 * Python   del r
 * Blocks   no
 * Returns  nothing
 * Owns     frees the handle; NULL is fine. The task goes on
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API void mp_result_free(mp_result *r);

/*
 * The next result. An error of a task takes the place of its result, and the
 * next call has the next one.
 *
 * Python   for v in it: / next(it) / it.next(timeout)
 * Blocks   until it is there, up to timeout seconds; MP_FOREVER is the default
 * Returns  0 · MP_STOP_ITERATION there are no more · MP_TIMEOUT · the task's
 *          error, or once that of the whole, MP_CANCELLED or MP_BROKEN_POOL ·
 *          MP_TYPE_ERROR it does not fit *out, and is still next
 * Owns     what lands in *out is the caller's
 * Safe     in threads of the process that made the pool; not in its callbacks
 */
MP_API int mp_iter_next(mp_iter *it, mp_out out, double timeout);
MP_API void mp_iter_free(mp_iter *it);

#ifdef __cplusplus
}
#endif

MP__AUTO(mp_result);
MP__AUTO(mp_iter);

#ifdef MP__MACROS
/* A place for a result that nobody wants. */
#define MP_NOWHERE ((mp_out){0, NULL})

#define mp_iter_next(...) \
    MP__PICK3(__VA_ARGS__, MP__next3, MP__next2, 0, 0)(__VA_ARGS__)
#define MP__next2(i_, o_)     mp_iter_next((i_), MP_TO(o_), MP_FOREVER)
#define MP__next3(i_, o_, t_) mp_iter_next((i_), MP_TO(o_), (t_))
#define mp_result_get(...) \
    MP__PICK3(__VA_ARGS__, MP__rget3, MP__rget2, MP__rget1, 0)(__VA_ARGS__)
#define MP__rget1(r_)         mp_result_get((r_), MP_NOWHERE, MP_FOREVER)
#define MP__rget2(r_, o_)     mp_result_get((r_), MP_TO(o_), MP_FOREVER)
#define MP__rget3(r_, o_, t_) mp_result_get((r_), MP_TO(o_), (t_))
#define mp_result_wait(...) \
    MP__PICK2(__VA_ARGS__, MP__rwait2, MP__rwait1, 0)(__VA_ARGS__)
#define MP__rwait1(r_)     mp_result_wait((r_), MP_FOREVER)
#define MP__rwait2(r_, t_) mp_result_wait((r_), (t_))
#endif

#endif
