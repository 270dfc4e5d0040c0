/*
 * Errors as values; see failure.h.
 */
#include "pool/failure.h"

#include "any/value.h"
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

enum { CODE, TYPE, MESSAGE, TRACEBACK, PID, PARTS };

static mp_any pack(int code, const char *type, const char *message,
                   const char *traceback, pid_t pid)
{
    const mp_any parts[PARTS] = {
        mp_any_int(code),      mp_any_str(type), mp_any_str(message),
        mp_any_str(traceback), mp_any_int(pid),
    };
    mp_any out;

    return (mp_any_copy)(mp_any_tuple(parts, PARTS), &out) < 0 ? MP_NONE : out;
}

mp_any mp__failure_of_record(void)
{
    const mp_error *e = mp_error_last();

    return pack(e->code, e->type, e->message, e->traceback, e->pid);
}

mp_any mp__failure_make(int code, const char *fmt, ...)
{
    char message[512];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(message, sizeof message, fmt, args);
    va_end(args);
    (void)mp__fail_with(&(struct mp__failure){
        .code = code, .message = message, .traceback = ""});
    return mp__failure_of_record();
}

/* What a worker sent may be anything. */
static bool is_failure(mp_any f)
{
    return mp_any_kind(f) == MP_KIND_TUPLE && mp_any_len(f) == PARTS &&
           mp_any_kind(mp__item(f, CODE)) == MP_KIND_INT &&
           mp_any_kind(mp__item(f, TYPE)) == MP_KIND_STR &&
           mp_any_kind(mp__item(f, MESSAGE)) == MP_KIND_STR &&
           mp_any_kind(mp__item(f, TRACEBACK)) == MP_KIND_STR &&
           mp_any_kind(mp__item(f, PID)) == MP_KIND_INT &&
           mp__item(f, CODE).u.i < 0 && mp__item(f, CODE).u.i >= INT32_MIN;
}

int mp__failure_code(mp_any f)
{
    return is_failure(f) ? (int)mp__item(f, CODE).u.i : -ENOMEM;
}

int mp__failure_raise(mp_any f)
{
    if (!is_failure(f))
        return mp__fail_os(-ENOMEM, "no memory to tell what has failed");
    return mp__fail_with(&(struct mp__failure){
        .code = mp__failure_code(f),
        .type = mp__item(f, TYPE).u.s,
        .message = mp__item(f, MESSAGE).u.s,
        .traceback = mp__item(f, TRACEBACK).u.s,
        .pid = (pid_t)mp__item(f, PID).u.i,
    });
}
