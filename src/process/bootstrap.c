/*
 * A child's life from fork to exit.
 *
 * The thread that forked goes on here, alone, on a copy of its parent's
 * memory; the registry has been emptied by its fork handler. Nothing up to the
 * call of the user's function may wait for a lock that another thread of the
 * parent could have held.
 */
#include "process/start.h"

#include "base/error.h"
#include "os/backtrace.h"
#include "os/crash.h"
#include "os/fork.h"
#include "os/log.h"
#include "process/exit.h"
#include "process/registry.h"

#include <stdio.h>
#include <stdlib.h>

/* child */
static void settle(struct mp_process *p, const struct mp__launch *l)
{
    (void)mp__handle_hold(&p->handle);
    mp__registry_become(p, l->parent_pidfd);
    if (p->daemon)
        mp__die_with_parent(l->parent, l->parent_pidfd, l->main_thread);
    mp__slot_wear(l->slot);
    if (mp__identity->self == l->slot)
        mp__crash_watch(l->slot);
    mp__exit_hook();
    mp__stdin_from_null();
    mp__slot_await(l->slot, l->parent);
    mp__move(p->args, MP__MOVE_ARRIVED);
    mp__move(p->kwargs, MP__MOVE_ARRIVED);
}

/* child. Python's words: the process's name, and then the traceback. */
static int tell(const struct mp_process *p)
{
    char who[512];

    (void)snprintf(who, sizeof who, "Process %s", p->name);
    (void)mp_perror(who);
    return EXIT_FAILURE;
}

/* child. Its children and then its threads come before what its function
   registered with atexit(3), as in Python; exit then calls our hook for the
   rest. */
MP__STACK_EDGE noreturn void mp__bootstrap(struct mp_process *p,
                                           const struct mp__launch *l)
{
    int code;

    settle(p, l);
    mp__log(MP_INFO, "child process calling self.run()");
    code = mp__process_call(p) < 0 ? tell(p) : EXIT_SUCCESS;
    mp__exit_children();
    mp__exit_threads();
    exit(code);
}
