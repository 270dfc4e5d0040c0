/*
 * The calling thread's record of its last failure.
 *
 * A failure costs one formatted message and, unless it is a normal answer, the
 * capture of return addresses. Everything else (the frames' names, the pid)
 * waits until somebody looks. Nothing here allocates, so a failure can always
 * be told, also the one that says there is no memory.
 */
#include "base/error.h"
#include "base/names.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TYPE_MAX      64
#define MESSAGE_MAX   1024
#define TRACEBACK_MAX 8192
#define FRAMES_MAX    32

struct record {
    int code;      /* 0 before the first one                    */
    pid_t pid;     /* 0: this process                           */
    size_t frames; /* addresses captured and not yet named      */
    void *addresses[FRAMES_MAX];
    char type[TYPE_MAX];
    char message[MESSAGE_MAX];
    char traceback[TRACEBACK_MAX];
    mp_error view; /* what mp_error_last shows                  */
};

static _Thread_local struct record last;

/* Failures of this thread so far. Apart and initial-exec: it is looked at with
   every call of a user's function. */
_Thread_local unsigned long mp__failures;
static struct mp__trace_hooks trace;

/* text may lie in the buffer itself: a failure is often raised again. */
static void keep(char *buf, size_t size, const char *text)
{
    size_t n = strnlen(text, size - 1);

    memmove(buf, text, n);
    buf[n] = '\0';
}

static void capture(void)
{
    last.frames = 0;
    last.traceback[0] = '\0';
    if (trace.capture != NULL && !mp__is_quiet(last.code))
        last.frames = trace.capture(last.addresses, FRAMES_MAX);
}

static int record(int code, const char *message)
{
    assert(code < 0);
    mp__failures++;
    last.code = code;
    last.pid = 0;
    keep(last.type, sizeof last.type, mp__code_type(code));
    keep(last.message, sizeof last.message, message);
    capture();
    return code;
}

int mp__fail(int code, const char *fmt, ...)
{
    char message[MESSAGE_MAX];
    va_list args;

    va_start(args, fmt);
    vsnprintf(message, sizeof message, fmt, args);
    va_end(args);
    return record(code, message);
}

int mp__fail_os(int code, const char *fmt, ...)
{
    char message[MESSAGE_MAX];
    va_list args;

    va_start(args, fmt);
    vsnprintf(message, sizeof message, fmt, args);
    va_end(args);

    size_t n = strlen(message);
    snprintf(message + n, sizeof message - n, ": %s", mp_strerror(code));
    return record(code, message);
}

int mp__fail_with(const struct mp__failure *f)
{
    bool remote = f->pid != 0 && f->pid != getpid();

    assert(f->code < 0);
    mp__failures++;
    last.code = f->code;
    last.pid = f->pid;
    keep(last.type, sizeof last.type,
         f->type != NULL ? f->type : mp__code_type(f->code));
    keep(last.message, sizeof last.message,
         f->message != NULL ? f->message : "");
    if (f->traceback == NULL && f->nframes > 0) {
        last.frames = f->nframes < FRAMES_MAX ? f->nframes : FRAMES_MAX;
        memmove(last.addresses, f->frames, last.frames * sizeof *f->frames);
        last.traceback[0] = '\0';
    } else if (f->traceback != NULL) {
        last.frames = 0;
        keep(last.traceback, sizeof last.traceback, f->traceback);
    } else if (remote) {
        last.frames = 0;
        last.traceback[0] = '\0';
    } else {
        capture();
    }
    return f->code;
}

void mp__fail_aside(void (*fn)(void *), void *arg)
{
    struct record kept = last;
    unsigned long kept_count = mp__failures;

    fn(arg);
    last = kept;
    mp__failures = kept_count;
}

struct mp__failure mp__fail_view(void)
{
    return (struct mp__failure){
        .code = last.code,
        .type = last.type,
        .message = last.message,
        .traceback = last.frames > 0 ? NULL : last.traceback,
        .frames = last.addresses,
        .nframes = last.frames,
        .pid = last.pid != 0 ? last.pid : getpid(),
    };
}

int mp__fail_null(const char *what)
{
    if (last.code < 0)
        return last.code;
    return mp__fail(MP_VALUE_ERROR, "%s is NULL", what);
}

int mp__fail_code(void)
{
    return last.code;
}

const char *mp__fail_message(void)
{
    return last.message;
}

bool mp__is_quiet(int code)
{
    return code == MP_EMPTY || code == MP_FULL || code == MP_TIMEOUT ||
           code == MP_EOF || code == MP_STOP_ITERATION || code == MP_CANCELLED;
}

void mp__trace_install(const struct mp__trace_hooks *hooks)
{
    trace = *hooks;
}

const mp_error *mp_error_last(void)
{
    pid_t here = getpid();

    if (last.frames > 0 && trace.name != NULL)
        trace.name(last.addresses, last.frames, last.traceback,
                   sizeof last.traceback);
    last.frames = 0;
    if (last.code < 0 && last.pid == 0)
        last.pid = here;
    last.view = (mp_error){
        .code = last.code,
        .type = last.type,
        .message = last.message,
        .traceback = last.traceback,
        .pid = last.pid,
        .remote = last.code < 0 && last.pid != here,
    };
    return &last.view;
}

/* Add to the text in buf; what does not fit is left out. */
MP__PRINTF(3, 4)
static size_t add(char *buf, size_t n, const char *fmt, ...)
{
    const size_t size = TRACEBACK_MAX + 4 * MESSAGE_MAX;
    va_list args;

    va_start(args, fmt);
    int rc = vsnprintf(buf + n, size - n, fmt, args);
    va_end(args);
    if (rc < 0)
        return n;
    return (size_t)rc < size - n ? n + (size_t)rc : size - 1;
}

/* One fwrite to the unbuffered stderr, so that reports of several processes
   do not mix. */
int mp_perror(const char *what)
{
    const mp_error *e = mp_error_last();
    char text[TRACEBACK_MAX + 4 * MESSAGE_MAX];
    size_t n = 0;

    if (e->code == MP_OK)
        return MP_OK;
    if (what != NULL)
        n = add(text, n, "%.*s:\n", MESSAGE_MAX, what);
    if (e->traceback[0] != '\0')
        n = add(text, n, "Traceback (most recent call last):\n%s",
                e->traceback);
    if (n > 0 && text[n - 1] != '\n')
        n = add(text, n, "\n");
    n = add(text, n, "%s", e->type);
    if (mp__is_errno(e->code))
        n = add(text, n, ": [Errno %d] %s", -e->code, e->message);
    else if (e->message[0] != '\0')
        n = add(text, n, ": %s", e->message);
    n = add(text, n, "\n");
    fwrite(text, 1, n, stderr);
    return e->code;
}
