/*
 * Calls: the arguments of a user's function, and its answer.
 *
 * The function asks for what it was given; what nobody asked for is an error
 * when it returns, in Python's words.
 */
#include "process/call.h"
#include "any/value.h"
#include "base/error.h"
#include "base/names.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORD 64

/* -- which keyword arguments were asked for -------------------------------- */

static bool is_used(const mp_call *c, size_t i)
{
    if (i < WORD)
        return (c->used >> i & 1) != 0;
    return c->used_more != NULL &&
           (c->used_more[i / WORD - 1] >> i % WORD & 1) != 0;
}

static int mark_used(mp_call *c, size_t i)
{
    if (i < WORD) {
        c->used |= UINT64_C(1) << i;
        return 0;
    }
    if (c->used_more == NULL)
        c->used_more =
            calloc(mp_any_len(c->kwargs) / WORD, sizeof *c->used_more);
    if (c->used_more == NULL)
        return mp__fail_os(-ENOMEM, "cannot look up a keyword argument");
    c->used_more[i / WORD - 1] |= UINT64_C(1) << i % WORD;
    return 0;
}

static bool is_named(mp_any key, const char *name, size_t n)
{
    return mp_any_kind(key) == MP_KIND_STR && mp_any_len(key) == n &&
           memcmp(mp_any_data(key), name, n) == 0;
}

/* -- arguments ------------------------------------------------------------- */

static int misfit(size_t takes, size_t given)
{
    return mp__fail(MP_TYPE_ERROR,
                    "function takes %zu positional argument%s but %zu %s given",
                    takes, takes == 1 ? "" : "s", given,
                    given == 1 ? "was" : "were");
}

/* Say of a failure to store which argument it is about. */
static int name_argument(int code, const char *which)
{
    char why[512];

    if (code != MP_TYPE_ERROR)
        return code;
    (void)snprintf(why, sizeof why, "%s", mp__fail_message());
    return mp__fail(code, "argument %s: %s", which, why);
}

static int name_positional(int code, size_t i)
{
    char which[24];

    (void)snprintf(which, sizeof which, "%zu", i + 1);
    return name_argument(code, which);
}

static int name_keyword(int code, const char *name)
{
    char which[256];

    (void)snprintf(which, sizeof which, "'%s'", name);
    return name_argument(code, which);
}

/* All are stored or none: which one it was has to be looked for. */
static size_t first_misfit(mp_any args, const mp_out *outs, size_t n)
{
    size_t i = 0;

    while (i + 1 < n && mp__fits(mp__item(args, i), outs[i]) == 0)
        i++;
    return i;
}

static int call_args(mp_call *c, const mp_out *outs, size_t n)
{
    int rc;

    if (c == NULL)
        return mp__fail_null("call");
    c->asked = true;
    if (mp_any_len(c->args) != n)
        return misfit(n, mp_any_len(c->args));
    if (n == 0)
        return 0;
    rc = n == 1 ? mp__store(mp__item(c->args, 0), outs[0])
                : mp__store(c->args, mp_out_unpack(outs, n));
    return rc < 0 ? name_positional(rc, first_misfit(c->args, outs, n)) : 0;
}

/* One number is what most tasks of many items take: that is not to pay for
   what others may need. */
int(mp_call_args)(mp_call *c, const mp_out *outs, size_t n)
{
    if (c == NULL || n != 1 || c->args.head != mp__head(MP_KIND_TUPLE, 0, 1) ||
        !mp__store_usual(c->args.u.items[0], outs[0]))
        return call_args(c, outs, n);
    c->asked = true;
    return 0;
}

int(mp_call_arg)(mp_call *c, size_t i, mp_out out)
{
    int rc;

    if (c == NULL)
        return mp__fail_null("call");
    c->asked = true;
    if (i >= mp_any_len(c->args))
        return mp__fail(MP_INDEX_ERROR, "argument index out of range");
    rc = mp__store(mp__item(c->args, i), out);
    return rc < 0 ? name_positional(rc, i) : 0;
}

size_t mp_call_argc(mp_call *c)
{
    if (c == NULL)
        return 0;
    c->asked = true;
    return mp_any_len(c->args);
}

int(mp_call_kwarg)(mp_call *c, const char *name, mp_out out)
{
    size_t found = SIZE_MAX;
    int rc;

    if (c == NULL)
        return mp__fail_null("call");
    if (name == NULL)
        return mp__fail(MP_VALUE_ERROR, "a keyword's name is NULL");

    size_t len = strlen(name);
    for (size_t i = 0; i < mp_any_len(c->kwargs); i++) {
        if (!is_named(mp_any_key(c->kwargs, i), name, len))
            continue;
        MP_TRY(mark_used(c, i));
        found = i;
    }
    if (found == SIZE_MAX)
        return 0;
    rc = mp__store(mp_any_value(c->kwargs, found), out);
    return rc < 0 ? name_keyword(rc, name) : 1;
}

void *mp_call_self(mp_call *c)
{
    return c != NULL ? c->self : NULL;
}

/* -- answers --------------------------------------------------------------- */

static int return_any(mp_call *c, mp_any v)
{
    mp_any copy;

    if (c == NULL)
        return mp__fail_null("call");
    if (c->sink.put != NULL)
        return c->sink.put(c->sink.to, v);
    MP_TRY((mp_any_copy)(v, &copy));
    mp_any_clear(&c->result);
    c->result = copy;
    return 0;
}

int(mp_return)(mp_call *c, mp_any v)
{
    if (c == NULL || v.head > MP_KIND_FLOAT || c->sink.put != NULL ||
        (c->result.head & MP__FLAGS) != 0)
        return return_any(c, v);
    c->result = v;
    return 0;
}

static int raise_as(int code, const char *type, const char *fmt, va_list args)
{
    char message[1024];

    if (code >= 0)
        return mp__fail(MP_VALUE_ERROR, "mp_raise: %d is no failure", code);
    vsnprintf(message, sizeof message, fmt, args);
    return mp__fail_with(
        &(struct mp__failure){.code = code, .type = type, .message = message});
}

int(mp_raise)(mp_call *c, int code, const char *fmt, ...)
{
    va_list args;

    (void)c;
    va_start(args, fmt);
    int rc = raise_as(code, NULL, fmt, args);
    va_end(args);
    return rc;
}

int(mp_raise_as)(mp_call *c, int code, const char *type, const char *fmt, ...)
{
    va_list args;

    (void)c;
    va_start(args, fmt);
    int rc = raise_as(code, type, fmt, args);
    va_end(args);
    return rc;
}

/* -- running --------------------------------------------------------------- */

void mp__call_init(mp_call *c, mp_any args, mp_any kwargs, void *self)
{
    *c = (mp_call){
        .args = args,
        .kwargs = kwargs,
        .self = self,
        .result = MP_NONE,
    };
}

static int unexpected(mp_any key)
{
    if (mp_any_kind(key) != MP_KIND_STR)
        return mp__fail(MP_TYPE_ERROR, "keywords must be strings");
    return mp__fail(MP_TYPE_ERROR,
                    "function got an unexpected keyword argument '%.*s'",
                    (int)mp_any_len(key), (const char *)mp_any_data(key));
}

static int check_leftovers(const mp_call *c)
{
    if (!c->asked && mp_any_len(c->args) > 0)
        return misfit(0, mp_any_len(c->args));
    if (mp__len(c->kwargs.head) == 0)
        return 0;
    for (size_t i = 0; i < mp_any_len(c->kwargs); i++) {
        if (!is_used(c, i))
            return unexpected(mp_any_key(c->kwargs, i));
    }
    return 0;
}

int mp__call_judge(mp_call *c, int rc, unsigned long before)
{
    if (rc >= 0) {
        int left = check_leftovers(c);
        return left < 0 ? left : rc;
    }
    if (mp__fail_count() == before || mp__fail_code() != rc)
        mp__fail(rc, "%s", mp__is_errno(rc) ? mp_strerror(rc) : "");
    return rc;
}

void mp__call_end(mp_call *c)
{
    mp_any_clear(&c->result);
    free(c->used_more);
    c->used_more = NULL;
}
