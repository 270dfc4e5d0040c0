/*
 * The calling thread's record of its last failure, as the library sets it.
 *
 * An error is made where it happens and returned unchanged by all above it.
 * A message is lower case, has no full stop, and names the object.
 */
#ifndef MP_BASE_ERROR_H
#define MP_BASE_ERROR_H

#include <mproc/error.h>

/* Set the record and return code, so that `return mp__fail(...)` does. */
int mp__fail(int code, const char *fmt, ...) MP__PRINTF(2, 3);

/* As mp__fail for a failed system call: `code` is -errno, and what
   strerror(3) says of it is added to the message. */
int mp__fail_os(int code, const char *fmt, ...) MP__PRINTF(2, 3);

/* As mp__fail with an own type name: a user's exception, or one of another
   process. type may be NULL: the code's; traceback may be NULL; pid 0 means
   this process. The texts may be those of the record itself. */
struct mp__failure {
    int code;
    const char *type;
    const char *message;
    const char *traceback; /* or, if that is NULL, ...                    */
    void *const *frames;   /* ... return addresses, named when looked at: */
    size_t nframes;        /* of a process that was forked from this one  */
    pid_t pid;
};
int mp__fail_with(const struct mp__failure *f);

/* Call fn(arg) and have the record as it was before: for what is done when a
   scope ends, which may be that of a failure. */
void mp__fail_aside(void (*fn)(void *), void *arg);

/* The record as it is, its frames named only if they were before. What it
   points to is the record's, until the next failure. */
struct mp__failure mp__fail_view(void);

/* The code of the last failure, or MP_VALUE_ERROR with "what is NULL" if
   there was none: for a method that was handed a NULL object. */
int mp__fail_null(const char *what);

/* How many failures the calling thread has recorded, and the code of the last
   one: to tell a fresh failure from an old one without looking at the rest. */
extern _Thread_local unsigned long mp__failures
    __attribute__((tls_model("initial-exec")));
static inline unsigned long mp__fail_count(void)
{
    return mp__failures;
}
int mp__fail_code(void);

/* Its message, without naming its frames as mp_error_last does. */
const char *mp__fail_message(void);

/* Failures that are a normal answer (Empty, Full, Timeout, EOF) carry no
   traceback: they must stay cheap. */
bool mp__is_quiet(int code);

/*
 * The record's traceback is taken by this hook, which the os room installs:
 * it stores up to n return addresses and says how many. naming them is left
 * to the second hook, called when somebody looks at the traceback.
 */
struct mp__trace_hooks {
    size_t (*capture)(void **addresses, size_t n);
    void (*name)(void *const *addresses, size_t n, char *text, size_t size);
};
void mp__trace_install(const struct mp__trace_hooks *hooks);

#endif
