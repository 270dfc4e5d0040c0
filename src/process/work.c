/*
 * What a process or a thread is given to run; see work.h.
 */
#include "process/work.h"

#include "any/value.h"
#include "base/error.h"
#include "process/call.h"

static int check_args(mp_any args, const char *what)
{
    switch (mp_any_kind(args)) {
    case MP_KIND_NONE:
    case MP_KIND_TUPLE:
    case MP_KIND_LIST:
        return 0;
    case MP_KIND_BAD:
        return mp__bad_code(args);
    default:
        return mp__fail(MP_TYPE_ERROR,
                        "args of %s must be a tuple or list, not %s", what,
                        mp__type_name(args));
    }
}

static int check_kwargs(mp_any kwargs, const char *what)
{
    switch (mp_any_kind(kwargs)) {
    case MP_KIND_NONE:
        return 0;
    case MP_KIND_BAD:
        return mp__bad_code(kwargs);
    case MP_KIND_DICT:
        break;
    default:
        return mp__fail(MP_TYPE_ERROR, "kwargs of %s must be a dict, not %s",
                        what, mp__type_name(kwargs));
    }
    for (size_t i = 0; i < mp_any_len(kwargs); i++)
        if (mp_any_kind(mp_any_key(kwargs, i)) != MP_KIND_STR)
            return mp__fail(MP_TYPE_ERROR, "keywords must be strings");
    return 0;
}

int mp__work_check(const struct mp__work *w, const char *what)
{
    if (w->target != NULL && w->run != NULL)
        return mp__fail(MP_VALUE_ERROR, "%s takes a target or a run, not both",
                        what);
    if (w->daemon < MP_DAEMON_INHERIT || w->daemon > MP_DAEMON_NO)
        return mp__fail(MP_VALUE_ERROR,
                        "daemon of %s is %d, and must be true or an enum "
                        "mp_daemon",
                        what, w->daemon);
    MP_TRY(check_args(w->args, what));
    return check_kwargs(w->kwargs, what);
}

int mp__work_run(mp_fn fn, void *self, mp_any args, mp_any kwargs)
{
    struct mp_call c;
    int rc;

    mp__call_init(&c, args, kwargs, self);
    rc = mp__call_run(&c, fn);
    mp__call_end(&c);
    return rc < 0 ? rc : 0;
}
