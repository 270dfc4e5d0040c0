/*
 * Running user functions: a process's own, in whatever process is asked to,
 * and a program's main function.
 */
#include "base/error.h"
#include "os/backtrace.h"
#include "process/exit.h"
#include "process/registry.h"
#include "process/work.h"

#include <stdlib.h>

int mp__process_call(struct mp_process *p)
{
    return p->target == NULL
               ? 0
               : mp__work_run(p->target, p->self, p->args, p->kwargs);
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

/* Its threads come before what it registered with atexit(3), as in Python. */
MP__STACK_EDGE int mp_main(mp_fn app)
{
    int rc;

    mp__exit_hook();
    if (app == NULL)
        rc = mp__fail(MP_VALUE_ERROR, "the main function is NULL");
    else
        rc = mp__work_run(app, NULL, mp_any_none(), mp_any_none());
    if (rc < 0)
        (void)mp_perror(NULL);
    mp__exit_threads();
    return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
