/*
 * Future: what becomes of a task of an executor; and waiting for many.
 *
 * A future is a counted handle, as a queue is: it can be an argument of a call
 * and an item of a list, but it means something only in the process that made
 * it, and cannot be sent to another.
 */
#ifndef MPROC_FUTURE_H
#define MPROC_FUTURE_H

#include <mproc/pool.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Do without it, if it has not begun: also where it already lies at a worker.
 *
 * Python   f.cancel()
 * Blocks   no
 * Returns  1 it is cancelled, now or before · 0 it runs, or has ended
 * Owns     nothing
 * Safe     in threads of the process that made it, in callbacks
 */
MP_API int mp_future_cancel(mp_future *f);

/*
 * Do without it even if it runs: the worker that is at it is ended, and
 * another one takes its place. A thread cannot be ended; what it answers is
 * dropped.
 *
 * Python   none: a running task cannot be ended
 * Blocks   no
 * Returns  1 it is cancelled · 0 it had ended before
 * Owns     nothing
 * Safe     in threads of the process that made it, in callbacks
 */
MP_API int mp_future_kill(mp_future *f);

/*
 * What state it is in. Done is also what was cancelled. Running is what a
 * worker has begun, not what waits at it.
 *
 * Python   f.cancelled(), f.running(), f.done()
 * Blocks   no
 * Returns  1 or 0
 * Owns     nothing
 * Safe     in threads of the process that made it, in callbacks
 */
MP_API int mp_future_cancelled(mp_future *f);
MP_API int mp_future_running(mp_future *f);
MP_API int mp_future_done(mp_future *f);

/*
 * Its result; or its error alone.
 *
 * Python   f.result(timeout), f.exception(timeout)
 * Blocks   until it is done, up to timeout seconds; MP_FOREVER is the default
 * Returns  result 0, or the task's error as it was raised in the worker;
 *          exception the same, but for 0 there is none. MP_TIMEOUT it is not
 *          done · MP_CANCELLED · MP_WORKER_LOST its worker died, which the
 *          message says the pid and exit code of · MP_BROKEN_POOL ·
 *          MP_TYPE_ERROR the result does not fit *out and may be asked again ·
 *          MP_RUNTIME_ERROR a callback waits for its own executor
 * Owns     what lands in *out is the caller's
 * Safe     in threads of the process that made it
 */
MP_API int mp_future_result(mp_future *f, mp_out out, double timeout);
MP_API int mp_future_exception(mp_future *f, double timeout);

/*
 * Have fn called when it is done, with the future as its argument (which it
 * need not ask for) and self as mp_call_self(). Callbacks are called in the
 * order of their adding, in the executor's result thread; if it is done
 * already, at once. An error of one is printed, and has no effect.
 *
 * Python   f.add_done_callback(fn)
 * Blocks   no
 * Returns  0 · -ENOMEM
 * Owns     self is the caller's, and has to stay until then
 * Safe     in threads of the process that made it, in callbacks
 */
MP_API int mp_future_add_done_callback(mp_future *f, mp_fn fn, void *self);

/*
 * Give back the handle.
 *
 * Python   del f
 * Blocks   no
 * Returns  nothing
 * Owns     frees the handle; NULL is fine. The task goes on, and its callbacks
 *          are called
 * Safe     in threads, in parent and child, in callbacks
 */
MP_API void mp_future_free(mp_future *f);

/* -- for those who complete futures themselves ----------------------------- */

/*
 * A future that no executor runs: whoever made it says what becomes of it.
 *
 * Python   f = Future()
 * Blocks   no
 * Returns  the future; NULL with the record set: -ENOMEM
 * Owns     the handle is the caller's: mp_future_free()
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API mp_future *mp_future_new(void);

/*
 * Begin it, if it has not been cancelled; those who wait for one that has been
 * cancelled learn of it here.
 *
 * Python   f.set_running_or_notify_cancel()
 * Blocks   no
 * Returns  1 it runs · 0 it was cancelled · MP_RUNTIME_ERROR it was begun
 *          before, or is done · MP_INVALID_STATE it is an executor's
 * Owns     nothing
 * Safe     in threads of the process that made it
 */
MP_API int mp_future_set_running_or_notify_cancel(mp_future *f);

/*
 * Complete it. Its callbacks are called here, before the call returns.
 *
 * Python   f.set_result(v), f.set_exception(e)
 * Blocks   as long as its callbacks
 * Returns  0 · MP_INVALID_STATE it is done or cancelled, and stays as it is;
 *          or it is an executor's · MP_VALUE_ERROR the code is no failure, or
 *          the value cannot be had · -ENOMEM
 * Owns     the value is copied
 * Safe     in threads of the process that made it
 */
MP_API int mp_future_set_result(mp_future *f, mp_any v);
MP_API int mp_future_set_exception(mp_future *f, int code, const char *fmt, ...)
    MP__PRINTF(3, 4);

/* -- waiting for many ------------------------------------------------------ */

/* What mp_wait waits for. */
enum mp_return_when {
    MP_ALL_COMPLETED,
    MP_FIRST_COMPLETED,
    MP_FIRST_EXCEPTION /* which a cancelled one is not; or all */
};

/*
 * Wait for some of n futures, or for all. The array is put in order: those
 * that are done come first, and both parts stay in the order they had. One
 * that is in it twice counts twice.
 *
 * Python   done, not_done = wait(fs, timeout, return_when)
 * Blocks   until then, up to timeout seconds; MP_FOREVER is the default
 * Returns  how many are done, when the time is over too · MP_VALUE_ERROR one
 *          is NULL, or return_when is none · MP_RUNTIME_ERROR a callback waits
 *          for its own executor · -ENOMEM
 * Owns     nothing; the futures stay the caller's
 * Safe     in threads of the process that made them
 */
MP_API int mp_wait(mp_future **futures, size_t n, int return_when,
                   double timeout);

/*
 * Go through n futures as they are done: each comes once, those that are done
 * already come first. mp_iter_next(it, &f) gives a handle that is the caller's
 * to free, beside the one it had. The timeout counts from this call.
 *
 * Python   for f in as_completed(fs, timeout):
 * Blocks   no; mp_iter_next until one is done, then MP_STOP_ITERATION, or
 *          MP_TIMEOUT "2 (of 4) futures unfinished"
 * Returns  the iterator; NULL with the record set as mp_wait
 * Owns     the iterator is the caller's: mp_iter_free(); the array is copied
 * Safe     in threads of the process that made them; mp_iter_next not in
 *          callbacks
 */
MP_API mp_iter *mp_as_completed(mp_future *const *futures, size_t n,
                                double timeout);

#ifdef __cplusplus
}
#endif

MP__AUTO(mp_future);

#ifdef MP__MACROS
#define mp_future_result(...) \
    MP__PICK3(__VA_ARGS__, MP__fres3, MP__fres2, MP__fres1, 0)(__VA_ARGS__)
#define MP__fres1(f_)         mp_future_result((f_), MP_NOWHERE, MP_FOREVER)
#define MP__fres2(f_, o_)     mp_future_result((f_), MP_TO(o_), MP_FOREVER)
#define MP__fres3(f_, o_, t_) mp_future_result((f_), MP_TO(o_), (t_))
#define mp_future_exception(...) \
    MP__PICK2(__VA_ARGS__, MP__fexc2, MP__fexc1, 0)(__VA_ARGS__)
#define MP__fexc1(f_)     mp_future_exception((f_), MP_FOREVER)
#define MP__fexc2(f_, t_) mp_future_exception((f_), (t_))
#define mp_future_add_done_callback(...) \
    MP__PICK3(__VA_ARGS__, MP__fadd3, MP__fadd2, 0, 0)(__VA_ARGS__)
#define MP__fadd2(f_, fn_)           mp_future_add_done_callback((f_), (fn_), NULL)
#define MP__fadd3(f_, fn_, s_)       mp_future_add_done_callback((f_), (fn_), (s_))
#define mp_future_set_result(f_, v_) mp_future_set_result((f_), MP(v_))

#define mp_wait(...)                                                 \
    MP__PICK4(__VA_ARGS__, MP__await4, MP__await3, MP__await2, 0, 0) \
    (__VA_ARGS__)
#define MP__await2(f_, n_)         mp_wait((f_), (n_), MP_ALL_COMPLETED, MP_FOREVER)
#define MP__await3(f_, n_, w_)     mp_wait((f_), (n_), (w_), MP_FOREVER)
#define MP__await4(f_, n_, w_, t_) mp_wait((f_), (n_), (w_), (t_))
#define mp_as_completed(...) \
    MP__PICK3(__VA_ARGS__, MP__asc3, MP__asc2, 0, 0)(__VA_ARGS__)
#define MP__asc2(f_, n_)     mp_as_completed((f_), (n_), MP_FOREVER)
#define MP__asc3(f_, n_, t_) mp_as_completed((f_), (n_), (t_))
#endif

#endif
