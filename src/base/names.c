/*
 * What a code is called: one row for each of our own codes, and one for each
 * errno value that Python knows as more than an OSError.
 */
#include "base/names.h"

#include <errno.h>
#include <string.h>

#define ERRNO_MAX 133 /* EHWPOISON, the last of Linux */

struct name {
    int code;
    const char *type;
};

static const struct name own[] = {
    {MP_EMPTY, "queue.Empty"},
    {MP_FULL, "queue.Full"},
    {MP_TIMEOUT, "TimeoutError"},
    {MP_EOF, "EOFError"},
    {MP_TYPE_ERROR, "TypeError"},
    {MP_VALUE_ERROR, "ValueError"},
    {MP_ASSERTION_ERROR, "AssertionError"},
    {MP_KEY_ERROR, "KeyError"},
    {MP_INDEX_ERROR, "IndexError"},
    {MP_RUNTIME_ERROR, "RuntimeError"},
    {MP_PROCESS_ERROR, "ProcessError"},
    {MP_BUFFER_TOO_SHORT, "BufferTooShort"},
    {MP_AUTHENTICATION_ERROR, "AuthenticationError"},
    {MP_SHUT_DOWN, "queue.ShutDown"},
    {MP_BROKEN_BARRIER, "threading.BrokenBarrierError"},
    {MP_STOP_ITERATION, "StopIteration"},
    {MP_CANCELLED, "CancelledError"},
    {MP_WORKER_LOST, "WorkerLostError"},
    {MP_BROKEN_POOL, "BrokenProcessPool"},
    {MP_INVALID_STATE, "InvalidStateError"},
    {MP_ENCODING_ERROR, "MaybeEncodingError"},
};

static const struct name system_errors[] = {
    {-EAGAIN, "BlockingIOError"},
    {-EALREADY, "BlockingIOError"},
    {-EINPROGRESS, "BlockingIOError"},
    {-EPIPE, "BrokenPipeError"},
    {-ESHUTDOWN, "BrokenPipeError"},
    {-ECHILD, "ChildProcessError"},
    {-ECONNABORTED, "ConnectionAbortedError"},
    {-ECONNREFUSED, "ConnectionRefusedError"},
    {-ECONNRESET, "ConnectionResetError"},
    {-EEXIST, "FileExistsError"},
    {-ENOENT, "FileNotFoundError"},
    {-EISDIR, "IsADirectoryError"},
    {-ENOTDIR, "NotADirectoryError"},
    {-EINTR, "InterruptedError"},
    {-EACCES, "PermissionError"},
    {-EPERM, "PermissionError"},
    {-ESRCH, "ProcessLookupError"},
    {-ETIMEDOUT, "TimeoutError"},
};

static const char *find(const struct name *names, size_t n, int code)
{
    for (size_t i = 0; i < n; i++) {
        if (names[i].code == code)
            return names[i].type;
    }
    return NULL;
}

bool mp__is_errno(int code)
{
    return code < 0 && code >= -ERRNO_MAX;
}

const char *mp__code_type(int code)
{
    const char *type;

    if (mp__is_errno(code)) {
        type = find(system_errors, sizeof system_errors / sizeof *system_errors,
                    code);
        return type != NULL ? type : "OSError";
    }
    type = find(own, sizeof own / sizeof *own, code);
    return type != NULL ? type : "Exception";
}

const char *mp_strerror(int code)
{
    if (mp__is_errno(code))
        return strerror(-code);
    if (code <= MP_USER)
        return "Exception";

    const char *type = find(own, sizeof own / sizeof *own, code);
    return type != NULL ? type : "unknown error";
}
