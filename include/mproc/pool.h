/*
 * Pool: worker processes that take tasks, and what becomes of the results.
 *
 * A task is a function of this program, called in a worker with the arguments
 * it was given; what it answers with mp_return comes back, and so does an
 * error. The workers are forked when the pool is made. One that dies costs the
 * one task it was at, which fails with MP_WORKER_LOST; another takes its place.
 *
 * A pool belongs to the process that made it. Callbacks run in the pool's
 * result thread, before the result is ready, and should be quick.
 */
#ifndef MPROC_POOL_H
#define MPROC_POOL_H

#include <mproc/result.h>
#include <mproc/worker.h>

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mp_pool mp_pool;

typedef struct mp_pool_opts {
    size_t size_;         /* filled in by the macro                          */
    int processes;        /* 0: mp_process_cpu_count()                       */
    mp_fn initializer;    /* runs first in each worker, ...                  */
    mp_any initargs;      /* ... with these                                  */
    int maxtasksperchild; /* tasks or chunks until a worker is replaced; 0:
                             any number                                      */
    mp_fn finalizer;      /* runs last in a worker that ends in order        */
    void *self;           /* of initializer and finalizer                    */
    size_t max_pending;   /* tasks that are not done: more have to wait. 0:
                             64 for each worker, at least 1024               */
    size_t memory_limit;  /* bytes of a worker: a task that has it grow
                             beyond is ended; 0: none                        */
    bool pin;             /* each worker to a CPU of its own                 */
} mp_pool_opts;

/*
 * A new pool; and one whose workers are threads of this process.
 *
 * Python   Pool(processes, initializer, initargs, maxtasksperchild),
 *          ThreadPool(processes, initializer, initargs)
 * Blocks   no
 * Returns  the pool; NULL with the record set: MP_VALUE_ERROR processes or
 *          maxtasksperchild negative, -EAGAIN, -ENOMEM, -EMFILE too few
 *          processes, memory or descriptors for all the workers
 * Owns     the handle is the caller's: mp_pool_free()
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API mp_pool *mp_pool_new(const mp_pool_opts *opts);
MP_API mp_pool *mp_thread_pool_new(const mp_pool_opts *opts);

/*
 * Terminate the pool and give back the handle, as the end of `with Pool()`.
 *
 * Python   with Pool() as pool: ... / pool.__exit__()
 * Blocks   until the workers have ended, at most 5 seconds; those of a thread
 *          pool end when their task does
 * Returns  nothing
 * Owns     frees the handle; NULL is fine. Results and iterators stay theirs'
 * Safe     in threads, in the process that made it; not in its callbacks
 */
MP_API void mp_pool_free(mp_pool *pool);

/* How a task is to be run. */
typedef struct mp_apply_opts {
    size_t size_;         /* filled in by the macro                        */
    mp_any kwargs;        /* MP_DICT("name", value, ...)                   */
    mp_fn callback;       /* called with the result, or ...                */
    mp_fn error_callback; /* ... with the code and the text of the error   */
    void *self;           /* mp_call_self() of both                        */
    double timeout;       /* seconds from its start until it is ended with
                              its worker; 0: none                           */
    double soft_timeout;  /* ... until mp_task_should_stop() says so       */
    int retries;          /* how often it is run again if it fails         */
    bool nowait;          /* -EAGAIN instead of waiting for max_pending    */
} mp_apply_opts;

/*
 * Have a task run, and wait for its answer; or go on, and ask the result later.
 *
 * Python   pool.apply(func, args, kwds), pool.apply_async(func, args, kwds,
 *          callback, error_callback)
 * Blocks   apply until the task has ended; both while there are max_pending
 *          tasks
 * Returns  apply 0, or what mp_result_get says · apply_async the result, NULL
 *          with the record set: MP_VALUE_ERROR "Pool not running" or an
 *          argument that cannot travel, MP_BROKEN_POOL, -EAGAIN with nowait,
 *          -ENOMEM
 * Owns     the arguments are copied; the result is the caller's:
 *          mp_result_free(), which may come before the task has ended
 * Safe     in threads of the process that made the pool; apply not in its
 *          callbacks; not in signal handlers
 */
MP_API int mp_pool_apply(mp_pool *pool, mp_fn func, mp_any args, mp_out out,
                         const mp_apply_opts *opts);
MP_API mp_result *mp_pool_apply_async(mp_pool *pool, mp_fn func, mp_any args,
                                      const mp_apply_opts *opts);

/* How the items of a sequence are to be run. */
typedef struct mp_map_opts {
    size_t size_;   /* filled in by the macro                        */
    long chunksize; /* items that go to a worker at once. 0: for map
                             a 4th of a worker's share, for imap 1         */
    mp_fn callback; /* as of mp_apply_opts, for the whole; not of imap */
    mp_fn error_callback;
    void *self;
    double timeout; /* as of mp_apply_opts, for each item            */
    double soft_timeout;
    int retries;
    mp_fn progress;    /* called with done, total; and self: ...        */
    bool progress_bar; /* ... or a bar on stderr, if that is a terminal */
    mp_fn next;        /* imap: answers the next item, or MP_STOP_ITERATION;
                             runs in the thread that asks for results      */
    size_t buffersize; /* imap: items read ahead; 0: max_pending        */
} mp_map_opts;

/*
 * Call func with each item of a list, tuple or array; starmap with the items
 * of each item as arguments. All items are run; of several failures the first
 * to arrive is reported.
 *
 * Python   pool.map(func, iterable, chunksize), pool.starmap(...),
 *          pool.map_async(...), pool.starmap_async(...)
 * Blocks   map and starmap until all is done; the others while there are
 *          max_pending tasks
 * Returns  as mp_pool_apply and mp_pool_apply_async, and MP_TYPE_ERROR if the
 *          iterable is none, MP_VALUE_ERROR for a negative chunksize
 * Owns     map_async copies the items; the result is the caller's
 * Safe     as mp_pool_apply and mp_pool_apply_async
 */
MP_API int mp_pool_map(mp_pool *pool, mp_fn func, mp_any iterable, mp_out out,
                       const mp_map_opts *opts);
MP_API int mp_pool_starmap(mp_pool *pool, mp_fn func, mp_any iterable,
                           mp_out out, const mp_map_opts *opts);
MP_API mp_result *mp_pool_map_async(mp_pool *pool, mp_fn func, mp_any iterable,
                                    const mp_map_opts *opts);
MP_API mp_result *mp_pool_starmap_async(mp_pool *pool, mp_fn func,
                                        mp_any iterable,
                                        const mp_map_opts *opts);

/*
 * The same, result by result: in order, or as they come. Items are read as
 * there is room for them, so the input may be without end (.next).
 *
 * Python   pool.imap(func, iterable, chunksize), pool.imap_unordered(...)
 * Blocks   no
 * Returns  the iterator, or NULL as mp_pool_map_async
 * Owns     copies the items; the iterator is the caller's: mp_iter_free(),
 *          which forgets what has not begun
 * Safe     as mp_pool_apply_async
 */
MP_API mp_iter *mp_pool_imap(mp_pool *pool, mp_fn func, mp_any iterable,
                             const mp_map_opts *opts);
MP_API mp_iter *mp_pool_imap_unordered(mp_pool *pool, mp_fn func,
                                       mp_any iterable,
                                       const mp_map_opts *opts);

/* -- the end --------------------------------------------------------------- */

/*
 * No more tasks: the workers leave when all that were given are done. Or end
 * it now: tasks that have not ended fail with MP_CANCELLED.
 *
 * Python   pool.close(), pool.terminate()
 * Blocks   terminate until the workers have ended, at most 5 seconds
 * Returns  0
 * Owns     nothing
 * Safe     in threads of the process that made it, in its callbacks
 */
MP_API int mp_pool_close(mp_pool *pool);
MP_API int mp_pool_terminate(mp_pool *pool);

/*
 * Wait until all workers of a closed or terminated pool have ended.
 *
 * Python   pool.join()
 * Blocks   until then, up to timeout seconds; MP_FOREVER is the default
 * Returns  0 · MP_VALUE_ERROR "Pool is still running" · MP_TIMEOUT
 * Owns     nothing
 * Safe     in threads of the process that made it; not in its callbacks
 */
MP_API int mp_pool_join(mp_pool *pool, double timeout);

/* -- beyond Python --------------------------------------------------------- */

/*
 * Have another number of workers. Those that are too many leave when they have
 * done what they are at.
 *
 * Python   none
 * Blocks   no
 * Returns  0 · MP_VALUE_ERROR less than 1, or "Pool not running" · -EAGAIN,
 *          -ENOMEM, -EMFILE, and the pool is as it was
 * Owns     nothing
 * Safe     in threads of the process that made it
 */
MP_API MP__CHECK int mp_pool_resize(mp_pool *pool, int processes);

/* What is known of one worker. Times in seconds. */
typedef struct mp_worker_stats {
    pid_t pid;            /* of the one that is there now              */
    unsigned restarts;    /* how many were there before                */
    unsigned long tasks;  /* items it has run, those before it also    */
    double busy;          /* time in tasks                             */
    double idle;          /* time without any                          */
    size_t peak_memory;   /* bytes, as of its last task                */
    const char *function; /* what it is at, as far as it has a name; NULL:
                              nothing                                   */
    double since;         /* for how long                              */
} mp_worker_stats;

/*
 * Look at the workers: as numbers, and as a table with a line for each.
 *
 * Python   none
 * Blocks   no
 * Returns  how many workers there are; up to n are stored · mp_pool_dump 0 or
 *          -errno
 * Owns     function is the library's, for ever
 * Safe     in threads of the process that made the pool, in its callbacks
 */
MP_API int mp_pool_stats(mp_pool *pool, mp_worker_stats *out, size_t n);
MP_API int mp_pool_dump(mp_pool *pool, FILE *to);

#ifdef __cplusplus
}
#endif

MP__AUTO(mp_pool);

#ifdef MP__MACROS
#define MP__opts(type_, ...) \
    (&(const type_){.size_ = sizeof(type_), __VA_ARGS__})
#define mp_pool_new(...) mp_pool_new(MP__opts(mp_pool_opts, __VA_ARGS__))
#define mp_thread_pool_new(...) \
    mp_thread_pool_new(MP__opts(mp_pool_opts, __VA_ARGS__))

/* What follows the first of the rest are options. */
#define MP__rest_opts(type_, ...) \
    (&(const type_){MP__REST(__VA_ARGS__, .size_ = sizeof(type_))})

/* (pool, func), then args, then a place for the result, then options. */
#define mp_pool_apply(...) \
    MP__CAT(MP__apply, MP__UPTO4(__VA_ARGS__))(__VA_ARGS__)
#define MP__apply2(p_, f_)     mp_pool_apply((p_), (f_), MP_NONE, MP_NOWHERE, NULL)
#define MP__apply3(p_, f_, a_) mp_pool_apply((p_), (f_), (a_), MP_NOWHERE, NULL)
#define MP__apply4(p_, f_, a_, ...)                                   \
    mp_pool_apply((p_), (f_), (a_), MP_TO(MP__FIRST(__VA_ARGS__, 0)), \
                  MP__rest_opts(mp_apply_opts, __VA_ARGS__))
#define mp_pool_apply_async(...) \
    MP__CAT(MP__async, MP__UPTO4(__VA_ARGS__))(__VA_ARGS__)
#define MP__async2(p_, f_)     mp_pool_apply_async((p_), (f_), MP_NONE, NULL)
#define MP__async3(p_, f_, a_) mp_pool_apply_async((p_), (f_), (a_), NULL)
#define MP__async4(p_, f_, ...)                                \
    mp_pool_apply_async((p_), (f_), MP__FIRST(__VA_ARGS__, 0), \
                        MP__rest_opts(mp_apply_opts, __VA_ARGS__))

/* (pool, func, iterable), then a place for the results, then options. */
#define mp_pool_map(...)     MP__CAT(MP__map, MP__UPTO4(__VA_ARGS__))(__VA_ARGS__)
#define MP__map3(p_, f_, i_) mp_pool_map((p_), (f_), MP(i_), MP_NOWHERE, NULL)
#define MP__map4(p_, f_, i_, ...)                                     \
    mp_pool_map((p_), (f_), MP(i_), MP_TO(MP__FIRST(__VA_ARGS__, 0)), \
                MP__rest_opts(mp_map_opts, __VA_ARGS__))
#define mp_pool_starmap(...) \
    MP__CAT(MP__starmap, MP__UPTO4(__VA_ARGS__))(__VA_ARGS__)
#define MP__starmap3(p_, f_, i_) \
    mp_pool_starmap((p_), (f_), MP(i_), MP_NOWHERE, NULL)
#define MP__starmap4(p_, f_, i_, ...)                                     \
    mp_pool_starmap((p_), (f_), MP(i_), MP_TO(MP__FIRST(__VA_ARGS__, 0)), \
                    MP__rest_opts(mp_map_opts, __VA_ARGS__))
#define mp_pool_map_async(p_, f_, ...)                           \
    mp_pool_map_async((p_), (f_), MP(MP__FIRST(__VA_ARGS__, 0)), \
                      MP__rest_opts(mp_map_opts, __VA_ARGS__))
#define mp_pool_starmap_async(p_, f_, ...)                           \
    mp_pool_starmap_async((p_), (f_), MP(MP__FIRST(__VA_ARGS__, 0)), \
                          MP__rest_opts(mp_map_opts, __VA_ARGS__))
#define mp_pool_imap(p_, f_, ...)                           \
    mp_pool_imap((p_), (f_), MP(MP__FIRST(__VA_ARGS__, 0)), \
                 MP__rest_opts(mp_map_opts, __VA_ARGS__))
#define mp_pool_imap_unordered(p_, f_, ...)                           \
    mp_pool_imap_unordered((p_), (f_), MP(MP__FIRST(__VA_ARGS__, 0)), \
                           MP__rest_opts(mp_map_opts, __VA_ARGS__))

#define mp_pool_join(...) \
    MP__PICK2(__VA_ARGS__, MP__pjoin2, MP__pjoin1, 0)(__VA_ARGS__)
#define MP__pjoin1(p_)     mp_pool_join((p_), MP_FOREVER)
#define MP__pjoin2(p_, t_) mp_pool_join((p_), (t_))
#endif

#endif
