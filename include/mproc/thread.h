/*
 * Thread: a function of this program, run beside the others of this process.
 *
 * Made, started and joined as a Process is; but it shares this process's
 * memory, so what its arguments point to is what others see too. Locks,
 * events, conditions, semaphores, barriers and queues work between threads by
 * the same calls as between processes.
 *
 * An error that leaves its function is printed to stderr as Python prints it,
 * and the program goes on. When a program or a child ends, the threads that
 * are no daemons are waited for, as Python does; a daemon just stops. The
 * child of a fork has one thread, the one that forked: it is the child's main
 * thread, and all others are over.
 */
#ifndef MPROC_THREAD_H
#define MPROC_THREAD_H

#include <mproc/process.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mp_thread_opts {
    size_t size_;     /* filled in by the macro                             */
    mp_fn target;     /* runs in the thread; .run is another word for it    */
    mp_any args;      /* MP_ARGS(...)                                       */
    mp_any kwargs;    /* MP_DICT("name", value, ...)                        */
    const char *name; /* NULL: Thread-1, Thread-2, ...                      */
    int daemon;       /* true, or an enum mp_daemon                         */
    mp_fn run;        /* a subclass's run(): ...                            */
    void *self;       /* ... and its object, which the thread shares        */
    const char *type; /* ... and its name: <Worker(Thread-1, initial)>      */
} mp_thread_opts;

/*
 * A new thread, not yet started. The arguments are copied; handles among them
 * stay alive until the thread has ended.
 *
 * Python   t = Thread(target=fn, args=(..), kwargs={..}, name=.., daemon=..)
 * Blocks   no
 * Returns  the thread; NULL with the record set: MP_VALUE_ERROR (both target
 *          and run, an argument that is NULL), MP_TYPE_ERROR (args no tuple
 *          or list, kwargs no dict with str keys), -ENOMEM
 * Owns     the handle is the caller's: mp_thread_free(). .self stays the
 *          caller's and must live until the thread has ended
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API mp_thread *mp_thread_new(const mp_thread_opts *opts);

/*
 * Give back the handle, or have one more: of mp_current_thread(), to keep it
 * beyond the thread's end. A thread that runs goes on, and is waited for when
 * the program ends.
 *
 * Python   del t, u = t
 * Blocks   no
 * Returns  nothing; hold: t
 * Owns     free: frees the handle, NULL is fine; hold: the handle is the
 *          caller's, mp_thread_free()
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API void mp_thread_free(mp_thread *t);
MP_API mp_thread *mp_thread_hold(mp_thread *t);

/*
 * Start it, with the stack that the system gives a thread and the signals
 * blocked that the calling thread blocks.
 *
 * Python   t.start()
 * Blocks   no
 * Returns  0 · MP_RUNTIME_ERROR started before · -EAGAIN, -ENOMEM no thread
 *          or memory to be had; it may be tried again
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API MP__CHECK int mp_thread_start(mp_thread *t);

/*
 * Run its function here, in the calling thread.
 *
 * Python   t.run()
 * Blocks   as the function does
 * Returns  what the function returns; MP_RUNTIME_ERROR started
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API MP__CHECK int mp_thread_run(mp_thread *t);

/*
 * Wait until it has ended. May be called often and from several threads.
 *
 * Python   t.join(timeout)
 * Blocks   up to timeout seconds; MP_FOREVER is the default
 * Returns  0 it has ended · MP_TIMEOUT it still runs · MP_RUNTIME_ERROR not
 *          started, the calling thread itself, or one that waits for that
 *          · MP_ASSERTION_ERROR not made by mp_thread_new
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API int mp_thread_join(mp_thread *t, double timeout);

/*
 * Whether it runs now.
 *
 * Python   t.is_alive()
 * Blocks   no
 * Returns  1 · 0 not started, or ended
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API int mp_thread_is_alive(mp_thread *t);

/*
 * Its name: for people only, need not be unique.
 *
 * Python   t.name, t.getName(), t.name = 'x', t.setName('x')
 * Blocks   no
 * Returns  the name, never NULL; set: 0 · MP_VALUE_ERROR NULL · -ENOMEM
 * Owns     the handle's: good until it is freed, also if it is named anew
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API const char *mp_thread_name(mp_thread *t);
MP_API MP__CHECK int mp_thread_set_name(mp_thread *t, const char *name);

/*
 * Whether the program may end while it runs. At first it is what the thread is
 * that made it; the main thread is no daemon.
 *
 * Python   t.daemon, t.isDaemon(), t.daemon = True, t.setDaemon(True)
 * Blocks   no
 * Returns  1 or 0; set: 0 · MP_RUNTIME_ERROR started
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API int mp_thread_daemon(mp_thread *t);
MP_API MP__CHECK int mp_thread_set_daemon(mp_thread *t, bool daemon);

/*
 * Its pthread_t as a number, which may be used again after its end.
 *
 * Python   t.ident
 * Blocks   no
 * Returns  the number · 0 not started, or t is NULL
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API unsigned long mp_thread_ident(mp_thread *t);

/*
 * The kernel's number of it, as ps(1) and debuggers show it.
 *
 * Python   t.native_id
 * Blocks   until a thread that was just started has come to its beginning
 * Returns  the number · 0 not started
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API pid_t mp_thread_native_id(mp_thread *t);

/*
 * The calling thread, and the one that the process began with. A thread that
 * the program made by other means gets an object when it first asks; it is a
 * daemon named Dummy-1.
 *
 * Python   threading.current_thread(), threading.main_thread()
 * Blocks   no
 * Returns  the thread; current: NULL with the record set: -ENOMEM, -EAGAIN
 * Owns     the library's: do not free it. It is good until the thread ends
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API mp_thread *mp_current_thread(void);
MP_API mp_thread *mp_main_thread(void);

/*
 * The threads that run now, the main one first, and how many they are.
 *
 * Python   threading.enumerate(), threading.active_count()
 * Blocks   no
 * Returns  how many there are; up to n of them are stored in out
 * Owns     each handle stored is the caller's: mp_thread_free()
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API int mp_active_threads(mp_thread **out, size_t n);
MP_API int mp_thread_count(void);

#ifdef __cplusplus
}
#endif

MP__AUTO(mp_thread);

#ifdef MP__MACROS
#define mp_thread_new(...) \
    mp_thread_new(         \
        &(const mp_thread_opts){.size_ = sizeof(mp_thread_opts), __VA_ARGS__})
#define mp_thread_join(...) \
    MP__PICK2(__VA_ARGS__, MP__thread_join2, MP__thread_join1, 0)(__VA_ARGS__)
#define MP__thread_join1(t_)     mp_thread_join((t_), MP_FOREVER)
#define MP__thread_join2(t_, s_) mp_thread_join((t_), (s_))
#endif

#endif
