/*
 * Running user functions: a process's own, in whatever process is asked to,
 * and a program's main function.
 */
#include "base/error.h"
#include "os/backtrace.h"
#include "process/call.h"
#include "process/exit.h"
#include "process/registry.h"

#include <stdlib.h>

static int run(mp_fn fn, void *self, mp_any args, mp_any kwargs)
{
    struct mp_call c;
    int rc;

    mp__call_init(&c, args, kwargs, self);
    rc = mp__call_run(&c, fn);
    mp__call_end(&c);
    return rc < 0 ? rc : 0;
}

int mp__process_call(struct mp_process *p)
{
    return p->target == NULL ? 0 : run(p->target, p->self, p->args, p->kwargs);
}

int mp_process_run(mp_process *p)
{
    bool gone;

    if (p == NULL)
        return mp__fail_null("the process");
    mp__gate_close();
    gone = p->state != MP__INITIAL && p != mp__registry.current;
    bool closed = p->state == MP__CLOSED;
    mp__gate_open();
    if (closed)
        return mp__fail(MP_VALUE_ERROR, "process object is closed");
    if (gone)
        return mp__fail(MP_VALUE_ERROR,
                        "process %s has given its arguments to its child",
                        p->name);
    return mp__process_call(p);
}

MP__STACK_EDGE int mp_main(mp_fn app)
{
    int rc;

    mp__exit_hook();
    if (app == NULL)
        rc = mp__fail(MP_VALUE_ERROR, "the main function is NULL");
    else
        rc = run(app, NULL, mp_any_none(), mp_any_none());
    if (rc < 0)
        (void)mp_perror(NULL);
    return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
