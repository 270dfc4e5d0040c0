/*
 * Process: a function of this program, run in a process of its own.
 *
 * The child is made by fork(2): it has this program's globals as they were,
 * and its arguments as they were given. It ends with exit code 0 when the
 * function returns, 1 when an error leaves it (which is printed to stderr as
 * Python prints it), N by exit(N), and -N by signal N. At its end it flushes
 * stdout and stderr; another stream it has to close itself, since what lies
 * in one that it inherited is the parent's to write.
 *
 * When a program ends, its daemon processes are ended and all others are
 * waited for, as Python does.
 */
#ifndef MPROC_PROCESS_H
#define MPROC_PROCESS_H

#include <mproc/call.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The exit code of what has not ended: Python's None. */
#define MP_NO_EXITCODE INT32_MIN

/* .daemon: as the process that makes it, or one way or the other. */
enum mp_daemon { MP_DAEMON_INHERIT = 0, MP_DAEMON_YES = 1, MP_DAEMON_NO = 2 };

typedef struct mp_process_opts {
    size_t size_;     /* filled in by the macro                             */
    mp_fn target;     /* runs in the child; .run is another word for it     */
    mp_any args;      /* MP_ARGS(...)                                       */
    mp_any kwargs;    /* MP_DICT("name", value, ...)                        */
    const char *name; /* NULL: Process-1, Process-2, ...                    */
    int daemon;       /* true, or an enum mp_daemon                         */
    mp_fn run;        /* a subclass's run(): ...                            */
    void *self;       /* ... and its object; fork copies it for the child   */
    const char *type; /* ... and its name: Worker-1, <Worker name=...>      */
} mp_process_opts;

/*
 * A new process, not yet started. The arguments are copied.
 *
 * Python   p = Process(target=fn, args=(..), kwargs={..}, name=.., daemon=..)
 * Blocks   no
 * Returns  the process; NULL with the record set: MP_VALUE_ERROR (both target
 *          and run, an argument that is NULL), MP_TYPE_ERROR (args no tuple
 *          or list, kwargs no dict with str keys), -ENOMEM
 * Owns     the handle is the caller's: mp_process_free(). .self stays the
 *          caller's and must live until start
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API mp_process *mp_process_new(const mp_process_opts *opts);

/*
 * Give back the handle. A process that runs goes on, and is waited for when
 * the program ends.
 *
 * Python   del p
 * Blocks   no
 * Returns  nothing
 * Owns     frees the handle; NULL is fine
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API void mp_process_free(mp_process *p);

/*
 * Start it. stdout and stderr are flushed first.
 *
 * Python   p.start()
 * Blocks   no
 * Returns  0 · MP_ASSERTION_ERROR started before, made by another process, or
 *          this one is a daemon · MP_VALUE_ERROR closed · -EAGAIN, -ENOMEM,
 *          -EMFILE no process, memory or fd to be had; it may be tried again
 * Owns     lets go of the copied arguments in this process
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API MP__CHECK int mp_process_start(mp_process *p);

/*
 * Run its function here, in the calling process.
 *
 * Python   p.run()
 * Blocks   as the function does
 * Returns  what the function returns; MP_VALUE_ERROR closed
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API MP__CHECK int mp_process_run(mp_process *p);

/*
 * Wait until it has ended. May be called often and from several threads.
 *
 * Python   p.join(timeout)
 * Blocks   up to timeout seconds; MP_FOREVER is the default
 * Returns  0 it has ended · MP_TIMEOUT it still runs · MP_ASSERTION_ERROR not
 *          started, or not a child of this process · MP_VALUE_ERROR closed
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API int mp_process_join(mp_process *p, double timeout);

/*
 * Whether it runs now.
 *
 * Python   p.is_alive()
 * Blocks   no
 * Returns  1 · 0 not started, or ended · MP_ASSERTION_ERROR neither a child
 *          of this process nor itself · MP_VALUE_ERROR closed
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API int mp_process_is_alive(mp_process *p);

/*
 * Send it SIGTERM, SIGKILL or SIGINT. Nothing happens if it has ended.
 *
 * Python   p.terminate(), p.kill(), p.interrupt()
 * Blocks   no
 * Returns  0 · MP_ASSERTION_ERROR not started, or not a child of this process
 *          · MP_VALUE_ERROR closed
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API int mp_process_terminate(mp_process *p);
MP_API int mp_process_kill(mp_process *p);
MP_API int mp_process_interrupt(mp_process *p);

/*
 * Give back what the handle holds of an ended or never started process.
 * Afterwards all but its name and repr answer MP_VALUE_ERROR; a second close
 * does nothing.
 *
 * Python   p.close()
 * Blocks   no
 * Returns  0 · MP_VALUE_ERROR it still runs
 * Owns     closes the sentinel
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API MP__CHECK int mp_process_close(mp_process *p);

/*
 * Its name: for people only, need not be unique.
 *
 * Python   p.name
 * Blocks   no
 * Returns  the name, never NULL; set: 0 · MP_VALUE_ERROR NULL · -ENOMEM
 * Owns     the handle's: good until it is freed or named anew
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API const char *mp_process_name(mp_process *p);
MP_API MP__CHECK int mp_process_set_name(mp_process *p, const char *name);

/*
 * Whether it is ended when its parent ends; a daemon may have no children.
 *
 * Python   p.daemon, p.daemon = True
 * Blocks   no
 * Returns  1 or 0; set: 0 · MP_ASSERTION_ERROR started · MP_VALUE_ERROR closed
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API int mp_process_daemon(mp_process *p);
MP_API MP__CHECK int mp_process_set_daemon(mp_process *p, bool daemon);

/*
 * Its process id.
 *
 * Python   p.pid, p.ident
 * Blocks   no
 * Returns  the pid · 0 not started · MP_VALUE_ERROR closed
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API pid_t mp_process_pid(mp_process *p);

/*
 * How it ended.
 *
 * Python   p.exitcode
 * Blocks   no
 * Returns  0 to 255 it returned or called exit (255 also if the host took its
 *          status and nobody else knows) · -N signal N ended it
 *          · MP_NO_EXITCODE not started, or runs · MP_VALUE_ERROR closed
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API int mp_process_exitcode(mp_process *p);

/*
 * A file descriptor that becomes readable when the process ends, for poll(2)
 * and mp_connection_wait.
 *
 * Python   p.sentinel
 * Blocks   no
 * Returns  the fd · MP_VALUE_ERROR not started, or closed
 * Owns     the handle's: do not close it
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API int mp_process_sentinel(mp_process *p);

/*
 * The key by which related processes know one another: 32 random bytes of the
 * main process, inherited by every process made afterwards.
 *
 * Python   p.authkey, p.authkey = b'...'
 * Blocks   no
 * Returns  the bytes; set: 0 · MP_TYPE_ERROR neither bytes nor str · -ENOMEM
 * Owns     the handle's: good until it is freed or set anew
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API mp_any mp_process_authkey(mp_process *p);
MP_API MP__CHECK int mp_process_set_authkey(mp_process *p, mp_any key);

/*
 * The calling process, and the one that made it.
 *
 * Python   current_process(), parent_process()
 * Blocks   no
 * Returns  the process; parent: NULL, with the record untouched, in the main
 *          process
 * Owns     the library's: do not free it
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API mp_process *mp_current_process(void);
MP_API mp_process *mp_parent_process(void);

/*
 * The calling process's children that run now. Ended ones are reaped.
 *
 * Python   active_children()
 * Blocks   no
 * Returns  how many there are; up to n of them are stored in out
 * Owns     each handle stored is the caller's: mp_process_free()
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API int mp_active_children(mp_process **out, size_t n);

/*
 * CPUs of the machine; and those that this process may use, by its affinity
 * and by the CPU quota of its control group.
 *
 * Python   cpu_count(), os.process_cpu_count()
 * Blocks   no
 * Returns  the count, at least 1
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API int mp_cpu_count(void);
MP_API int mp_process_cpu_count(void);

/*
 * Have fn called when the calling process ends by returning from its target
 * or by exit(3); the last one registered is called first. In the main process
 * this is atexit(3). A child does not call what its parent registered.
 *
 * Python   atexit.register(fn)
 * Blocks   no
 * Returns  0 · MP_VALUE_ERROR NULL · -ENOMEM
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API MP__CHECK int mp_atexit(void (*fn)(void));

/*
 * Run a program's main function: `int main(void) { return mp_main(app); }`.
 * An error that leaves it is printed as Python prints an uncaught exception.
 *
 * Python   if __name__ == '__main__':
 * Blocks   as app does
 * Returns  0 · 1 an error left app: main's exit code
 * Owns     nothing
 * Safe     in the main thread
 */
MP_API int mp_main(mp_fn app);

#ifdef __cplusplus
}
#endif

MP__AUTO(mp_process);

#ifdef MP__MACROS
#define mp_process_new(...)                                                   \
    mp_process_new(&(const mp_process_opts){.size_ = sizeof(mp_process_opts), \
                                            __VA_ARGS__})
#define mp_process_join(...) \
    MP__PICK2(__VA_ARGS__, MP__join2, MP__join1, 0)(__VA_ARGS__)
#define MP__join1(p_)                    mp_process_join((p_), MP_FOREVER)
#define MP__join2(p_, t_)                mp_process_join((p_), (t_))
#define mp_process_set_authkey(p_, key_) mp_process_set_authkey((p_), MP(key_))
#endif

#endif
