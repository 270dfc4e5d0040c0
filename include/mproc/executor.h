/*
 * Executor: the workers of a pool, asked by futures (concurrent.futures).
 *
 * The workers are started with the first task: all of them, for they are
 * forked. One that dies costs the one task it was at, whose future fails with
 * MP_WORKER_LOST; another takes its place and the executor goes on. Only an
 * initializer that fails breaks it.
 *
 * An executor belongs to the process that made it; in a task of its workers
 * its functions fail with MP_ASSERTION_ERROR and do not hang.
 */
#ifndef MPROC_EXECUTOR_H
#define MPROC_EXECUTOR_H

#include <mproc/future.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mp_executor mp_executor;

typedef struct mp_executor_opts {
    size_t size_;            /* filled in by the macro                       */
    int max_workers;         /* 0: mp_process_cpu_count(); of threads 4 more,
                                at most 32                                   */
    mp_fn initializer;       /* runs first in each worker, ...               */
    mp_any initargs;         /* ... with these                               */
    int max_tasks_per_child; /* until a worker is replaced; 0: any number    */
    mp_fn finalizer;         /* this and what follows as of mp_pool_opts     */
    void *self;
    size_t max_pending;
    size_t memory_limit;
    bool pin;
} mp_executor_opts;

/*
 * A new executor; and one whose workers are threads of this process.
 *
 * Python   ProcessPoolExecutor(max_workers, initializer=f, initargs=(...),
 *          max_tasks_per_child=n), ThreadPoolExecutor(...)
 * Blocks   no
 * Returns  the executor; NULL with the record set: MP_VALUE_ERROR max_workers
 *          or max_tasks_per_child negative, MP_TYPE_ERROR initargs, -ENOMEM
 * Owns     the handle is the caller's: mp_executor_free(); initargs are copied
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API mp_executor *mp_executor_new(const mp_executor_opts *opts);
MP_API mp_executor *mp_thread_executor_new(const mp_executor_opts *opts);

/*
 * Shut the executor down, wait until its work is done, and give back the
 * handle, as the end of `with ProcessPoolExecutor()`.
 *
 * Python   with ProcessPoolExecutor() as x: ... / x.__exit__()
 * Blocks   until all tasks and callbacks have ended; after
 *          mp_executor_terminate_workers 5 seconds at most
 * Returns  nothing
 * Owns     frees the handle; NULL is fine. Futures and iterators stay theirs'
 * Safe     in threads, in the process that made it; not in its callbacks
 */
MP_API void mp_executor_free(mp_executor *x);

/* How a task is to be run; the fields are those of mp_apply_opts. */
typedef struct mp_submit_opts {
    size_t size_;
    mp_any kwargs;       /* MP_DICT("name", value, ...)                    */
    double timeout;      /* seconds from its start until it is ended with its
                            worker; 0: none                                */
    double soft_timeout; /* ... until mp_task_should_stop() says so        */
    int retries;         /* how often it is run again if it fails          */
    bool nowait;         /* -EAGAIN instead of waiting for max_pending     */
} mp_submit_opts;

/*
 * Have a task run.
 *
 * Python   f = x.submit(fn, *args, **kwargs)
 * Blocks   while there are max_pending tasks; the first one as long as it
 *          takes to start the workers
 * Returns  the future; NULL with the record set: MP_RUNTIME_ERROR "cannot
 *          schedule new futures after shutdown", MP_BROKEN_POOL the
 *          initializer has failed, MP_TYPE_ERROR or MP_VALUE_ERROR the
 *          arguments, -EAGAIN, -ENOMEM, -EMFILE. An argument that cannot
 *          travel is an error of the future
 * Owns     the arguments are copied; the future is the caller's:
 *          mp_future_free(), which may come before the task has ended
 * Safe     in threads of the process that made it, in its callbacks
 */
MP_API mp_future *mp_executor_submit(mp_executor *x, mp_fn fn, mp_any args,
                                     const mp_submit_opts *opts);

/* How the items of a sequence are to be run. */
typedef struct mp_executor_map_opts {
    size_t size_;
    long chunksize;    /* items that go to a worker at once; 0: 1            */
    size_t buffersize; /* items begun before their results are asked for; 0:
                          all of them; of .next as many as max_pending       */
    double timeout;    /* seconds from this call in which all have to be
                          asked for; 0: none                                 */
    bool star;         /* each item is one of arguments, as of zip(a, b)     */
    mp_fn next;        /* answers the next item, or MP_STOP_ITERATION, in place
                          of an iterable; runs in the thread that asks       */
    void *self;        /* of next                                            */
    double task_timeout; /* as timeout of mp_submit_opts, for each item      */
    double soft_timeout;
    int retries;
} mp_executor_map_opts;

/*
 * Call fn with each item of a list, tuple or array; results come in order.
 * What mp_iter_next answers other than a result ends it: the error of an item,
 * or MP_TIMEOUT when the time is over. Then the items that have not begun are
 * cancelled, as by mp_iter_free(), and MP_STOP_ITERATION comes. (mp_iter_next
 * with a timeout of its own may be asked again.)
 *
 * Python   for v in x.map(fn, iterable, timeout=t, chunksize=n, buffersize=m):
 * Blocks   as mp_executor_submit
 * Returns  the iterator; NULL as mp_executor_submit, and MP_TYPE_ERROR the
 *          iterable is none, MP_VALUE_ERROR chunksize negative
 * Owns     copies the items; the iterator is the caller's: mp_iter_free()
 * Safe     in threads of the process that made it
 */
MP_API mp_iter *mp_executor_map(mp_executor *x, mp_fn fn, mp_any iterable,
                                const mp_executor_map_opts *opts);

/*
 * No more tasks: the workers leave when those that were given are done; with
 * cancel_futures, when those that have begun are. Of a map with a buffersize,
 * what was not begun yet never is, and its iterator says so at the end. May be
 * called again. A program that ends does it by itself.
 *
 * Python   x.shutdown(wait=True, cancel_futures=False)
 * Blocks   with wait (the default) until all tasks and callbacks have ended
 * Returns  0 · MP_RUNTIME_ERROR a callback waits for its executor, which is
 *          shut down all the same
 * Owns     nothing
 * Safe     in threads of the process that made it; with wait not in callbacks
 */
MP_API int mp_executor_shutdown(mp_executor *x, bool wait, bool cancel_futures);

/*
 * Shut it down now: what has not begun is cancelled, and the workers are sent
 * SIGTERM or SIGKILL; what they were at fails with MP_WORKER_LOST.
 *
 * Python   x.terminate_workers(), x.kill_workers()
 * Blocks   no
 * Returns  0 · MP_VALUE_ERROR its workers are threads, which cannot be ended
 * Owns     nothing
 * Safe     in threads of the process that made it, in callbacks
 */
MP_API int mp_executor_terminate_workers(mp_executor *x);
MP_API int mp_executor_kill_workers(mp_executor *x);

#ifdef __cplusplus
}
#endif

MP__AUTO(mp_executor);

#ifdef MP__MACROS
#define mp_executor_new(...) \
    mp_executor_new(MP__opts(mp_executor_opts, __VA_ARGS__))
#define mp_thread_executor_new(...) \
    mp_thread_executor_new(MP__opts(mp_executor_opts, __VA_ARGS__))

/* (executor, fn), then args, then options. */
#define mp_executor_submit(...) \
    MP__CAT(MP__submit, MP__UPTO4(__VA_ARGS__))(__VA_ARGS__)
#define MP__submit2(x_, f_)     mp_executor_submit((x_), (f_), MP_NONE, NULL)
#define MP__submit3(x_, f_, a_) mp_executor_submit((x_), (f_), (a_), NULL)
#define MP__submit4(x_, f_, ...)                              \
    mp_executor_submit((x_), (f_), MP__FIRST(__VA_ARGS__, 0), \
                       MP__rest_opts(mp_submit_opts, __VA_ARGS__))

/* (executor, fn, iterable), then options. */
#define mp_executor_map(x_, f_, ...)                           \
    mp_executor_map((x_), (f_), MP(MP__FIRST(__VA_ARGS__, 0)), \
                    MP__rest_opts(mp_executor_map_opts, __VA_ARGS__))
#define mp_executor_shutdown(...) \
    MP__PICK3(__VA_ARGS__, MP__xshut3, MP__xshut2, MP__xshut1, 0)(__VA_ARGS__)
#define MP__xshut1(x_)         mp_executor_shutdown((x_), true, false)
#define MP__xshut2(x_, w_)     mp_executor_shutdown((x_), (w_), false)
#define MP__xshut3(x_, w_, c_) mp_executor_shutdown((x_), (w_), (c_))
#endif

#endif
