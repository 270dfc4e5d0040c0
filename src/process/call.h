/*
 * Calls: running a user's function with arguments, as the higher rooms do it.
 */
#ifndef MP_PROCESS_CALL_H
#define MP_PROCESS_CALL_H

#include "base/error.h"

#include <mproc/call.h>

/* Takes what mp_return is given, while it is still there. */
struct mp__sink {
    int (*put)(void *to, mp_any v);
    void *to;
};

struct mp_call {
    mp_any args;   /* a tuple, list or None; borrowed             */
    mp_any kwargs; /* a dict or None; borrowed                    */
    void *self;
    struct mp__sink sink; /* put NULL: the value is kept in result  */
    mp_any result;        /* owned by the call                      */
    bool asked;           /* for args                               */
    uint64_t used;        /* kwargs asked for: bit i is pair i, ... */
    uint64_t *used_more;  /* ... from pair 64 on; NULL: none        */
};

/* args and kwargs are borrowed, and outlive the call. */
void mp__call_init(mp_call *c, mp_any args, mp_any kwargs, void *self);

/* The same once more, for other arguments, where there are no kwargs and the
   result has been given back. */
static inline void mp__call_renew(mp_call *c, mp_any args)
{
    c->args = args;
    c->asked = false;
}

/* What a function has returned, checked: it has asked for all that it was
   given, and a failure has a record. `before`: the failures until then. */
int mp__call_judge(mp_call *c, int rc, unsigned long before);

/* Run fn, and check that all it was given was asked for. What it returns; a
   negative code always has a record. */
static inline int mp__call_run(mp_call *c, mp_fn fn)
{
    unsigned long before = mp__fail_count();
    int rc = fn(c);

    if (rc >= 0 && c->asked && c->kwargs.head == MP_KIND_NONE)
        return rc;
    return mp__call_judge(c, rc, before);
}

/* Give back the result, if it was kept. */
void mp__call_end(mp_call *c);

#endif
