/*
 * Errors: an int that is negative is a raised exception.
 *
 * 0 or a count is success, a negative number is failure: our own codes lie at
 * -10001 and below, a system error is -errno. Which object failed and why
 * stands in a record of the calling thread, as with errno: a failure sets it,
 * a success leaves it alone. Outputs are untouched by a call that fails.
 */
#ifndef MPROC_ERROR_H
#define MPROC_ERROR_H

#include <mproc/detail/args.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a call can answer; the name beside each is Python's. */
enum mp_status {
    MP_OK = 0,
    MP_OWNER_DEAD = 1,   /* a success: the lock is held, but who held it before
                          died, and may have left half-done what it guards */
    MP_EMPTY = -10001,   /* queue.Empty                     */
    MP_FULL = -10002,    /* queue.Full                      */
    MP_TIMEOUT = -10003, /* TimeoutError                    */
    MP_EOF = -10004,     /* EOFError                        */
    MP_TYPE_ERROR = -10005,           /* TypeError                       */
    MP_VALUE_ERROR = -10006,          /* ValueError                      */
    MP_ASSERTION_ERROR = -10007,      /* AssertionError                  */
    MP_KEY_ERROR = -10008,            /* KeyError                        */
    MP_INDEX_ERROR = -10009,          /* IndexError                      */
    MP_RUNTIME_ERROR = -10010,        /* RuntimeError                    */
    MP_PROCESS_ERROR = -10011,        /* ProcessError                    */
    MP_BUFFER_TOO_SHORT = -10012,     /* BufferTooShort                  */
    MP_AUTHENTICATION_ERROR = -10013, /* AuthenticationError            */
    MP_SHUT_DOWN = -10014,            /* queue.ShutDown                  */
    MP_BROKEN_BARRIER = -10015,       /* threading.BrokenBarrierError    */
    MP_STOP_ITERATION = -10016,       /* StopIteration                   */
    MP_CANCELLED = -10017,            /* CancelledError                  */
    MP_WORKER_LOST = -10018,          /* WorkerLostError: Python hangs   */
    MP_BROKEN_POOL = -10019,          /* BrokenProcessPool               */
    MP_INVALID_STATE = -10020,        /* InvalidStateError               */
    MP_ENCODING_ERROR = -10021,       /* MaybeEncodingError              */
    MP_USER = -20000                  /* and below: your own exceptions  */
};

/* What is known of the calling thread's last failure. */
typedef struct mp_error {
    int code;              /* what the call returned                          */
    const char *type;      /* Python's name of it: "ValueError"               */
    const char *message;   /* what, which object, why                         */
    const char *traceback; /* frames, oldest first, one a line; "" if none  */
    pid_t pid;             /* the process in which it was raised            */
    bool remote;           /* that was another process                      */
} mp_error;

/*
 * The calling thread's last failure.
 *
 * Python   except Exception as e: e
 * Blocks   no
 * Returns  the record; code 0 and empty texts before the first failure
 * Owns     the library's; good until the next failure in this thread
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API const mp_error *mp_error_last(void);

/*
 * The name of a code: "queue.Empty", or what strerror(3) says of -errno.
 *
 * Python   type(e).__name__
 * Blocks   no
 * Returns  a text, never NULL; "unknown error" for a code of no meaning
 * Owns     the library's, for ever
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API const char *mp_strerror(int code);

/*
 * Print the last failure to stderr as Python prints an exception: what,
 * then traceback, type and message. "what" may be NULL.
 *
 * Python   traceback.print_exc()
 * Blocks   no
 * Returns  the code of the failure, so that `return mp_perror("x")` does
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API int mp_perror(const char *what);

#ifdef __cplusplus
}
#endif

/* Leave the function with the code if the call failed: as `raise` would. */
#define MP_TRY(expr_)         \
    do {                      \
        int mp_rc_ = (expr_); \
        if (mp_rc_ < 0)       \
            return mp_rc_;    \
    } while (0)

#endif
