/*
 * The end of a process; see exit.h.
 *
 * The hook is on_exit(3)'s, so that a program that just returns from main ends
 * in the same way. In a child it is the last one called, by _exit: what was
 * registered before the fork is the parent's to do.
 */
#include "process/exit.h"

#include "base/clock.h"
#include "base/error.h"
#include "os/log.h"
#include "os/pidfd.h"
#include "process/registry.h"
#include "process/thread_registry.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* How long a daemon has between SIGTERM and SIGKILL. */
#define GRACE MP__SECOND

/* As much of a name as the log shows. */
enum { NAME = 256 };

struct mp__exit_handler {
    void (*fn)(void);
    struct mp__exit_handler *next;
};

void (*mp__exit_first)(void);
void (*mp__exit_last)(void);

static void signal_daemons(int signal)
{
    mp__gate_close();
    for (struct mp_process *p = mp__registry.running; p != NULL; p = p->next)
        if (p->daemon)
            (void)mp__pidfd_signal(p->pidfd, signal);
    mp__gate_open();
}

static struct mp_process *hold_first(bool daemons_only)
{
    struct mp_process *p;

    mp__gate_close();
    p = mp__registry.running;
    while (p != NULL && daemons_only && !p->daemon)
        p = p->next;
    if (p != NULL)
        (void)mp__handle_hold(&p->handle);
    mp__gate_open();
    return p;
}

/* False if there are not so many daemons. */
static bool name_daemon(size_t which, char *buf, size_t size)
{
    struct mp_process *p;

    mp__gate_close();
    p = mp__registry.running;
    while (p != NULL && (!p->daemon || which-- > 0))
        p = p->next;
    if (p != NULL)
        (void)snprintf(buf, size, "%s", p->name);
    mp__gate_open();
    return p != NULL;
}

/* Not while they are signalled, with the gate closed. */
static void tell_of_daemons(void)
{
    char name[NAME];

    if (!mp__log_is_on(MP_INFO))
        return;
    for (size_t i = 0; name_daemon(i, name, sizeof name); i++)
        mp__log(MP_INFO, "calling terminate() for daemon %s", name);
}

static void tell_of_join(const struct mp_process *p)
{
    char name[NAME];

    if (!mp__log_is_on(MP_INFO))
        return;
    mp__gate_close();
    (void)snprintf(name, sizeof name, "%s", p->name);
    mp__gate_open();
    mp__log(MP_INFO, "calling join() for process %s", name);
}

/* Python waits for ever here; a daemon that ignores SIGTERM is killed. */
static void end_daemons(void)
{
    int64_t deadline = mp__now() + GRACE;
    struct mp_process *p;

    tell_of_daemons();
    signal_daemons(SIGTERM);
    while ((p = hold_first(true)) != NULL) {
        tell_of_join(p);
        if (mp__registry_wait(p, deadline) == -ETIMEDOUT) {
            signal_daemons(SIGKILL);
            deadline = MP__NEVER;
            (void)mp__registry_wait(p, deadline);
        }
        mp__process_tell_crash(p);
        mp__handle_drop(&p->handle);
    }
}

static void join_others(void)
{
    struct mp_process *p;

    while ((p = hold_first(false)) != NULL) {
        tell_of_join(p);
        (void)mp__registry_wait(p, MP__NEVER);
        mp__process_tell_crash(p);
        mp__handle_drop(&p->handle);
    }
}

static void release_who_waits_for_main(void)
{
    struct mp_thread *t = mp__threads.main;

    mp__gate_close();
    if (t == mp__thread_current() && mp__thread_look(t) == MP__THREAD_RUNS)
        mp__thread_move(t, MP__THREAD_ENDED);
    mp__gate_open();
}

static struct mp_thread *hold_first_thread(void)
{
    struct mp_thread *t;

    mp__gate_close();
    t = mp__threads_hold_first();
    mp__gate_open();
    return t;
}

void mp__exit_threads(void)
{
    struct mp_thread *t;

    release_who_waits_for_main();
    while ((t = hold_first_thread()) != NULL) {
        (void)mp__thread_wait(t, MP__NEVER);
        mp__handle_drop(&t->handle);
    }
}

/* A child does it once when its function has returned, and once more at its
   end: what it registered with atexit(3) may have started others. */
void mp__exit_children(void)
{
    bool again = mp__registry.is_ending;

    mp__registry.is_ending = true;
    if (!again) {
        mp__log(MP_INFO, "process shutting down");
        mp__log(MP_DEBUG,
                "running all \"atexit\" finalizers with priority >= 0");
    }
    if (mp__exit_first != NULL)
        mp__exit_first();
    end_daemons();
    join_others();
    if (!again)
        mp__log(MP_DEBUG, "running the remaining \"atexit\" finalizers");
}

static void call_handlers(void)
{
    struct mp__exit_handler *h;

    while ((h = mp__registry.handlers) != NULL) {
        mp__registry.handlers = h->next;
        h->fn();
        free(h);
    }
}

/* Python's order: a program waits for its threads first, a child for its
   children. What its threads have started since comes last. */
static void end_the_others(void)
{
    if (mp__registry.is_child)
        mp__exit_children();
    mp__exit_threads();
    mp__exit_children();
}

/* Not in a process that a bare clone(2) or vfork(2) made of this one: it has
   none of its own children, and shares or copies its parent's. */
static void at_exit(int status, void *unused)
{
    (void)unused;
    if (mp__registry.pid != getpid())
        return;
    end_the_others();
    if (!mp__registry.is_child)
        return;
    call_handlers();
    mp__log(MP_INFO, "process exiting with exitcode %d", status);
    (void)fflush(stdout);
    (void)fflush(stderr);
    if (mp__exit_last != NULL)
        mp__exit_last();
    mp__slot_record_exit(status & 0xff);
    _exit(status & 0xff);
}

void mp__exit_hook(void)
{
    bool first;

    mp__gate_close();
    first = !mp__registry.hooked;
    mp__registry.hooked = true;
    mp__gate_open();
    if (first && on_exit(at_exit, NULL) != 0) {
        mp__gate_close();
        mp__registry.hooked = false;
        mp__gate_open();
    }
}

/* child */
void mp__exit_forget(void)
{
    struct mp__exit_handler *h;

    while ((h = mp__registry.handlers) != NULL) {
        mp__registry.handlers = h->next;
        free(h);
    }
}

int mp_atexit(void (*fn)(void))
{
    struct mp__exit_handler *h;

    if (fn == NULL)
        return mp__fail(MP_VALUE_ERROR, "the function to call at exit is NULL");
    if (!mp__registry.is_child)
        return atexit(fn) == 0
                   ? 0
                   : mp__fail_os(-ENOMEM, "cannot register a function to call "
                                          "at exit");
    h = malloc(sizeof *h);
    if (h == NULL)
        return mp__fail_os(-ENOMEM, "cannot register a function to call at "
                                    "exit");
    mp__gate_close();
    *h = (struct mp__exit_handler){.fn = fn, .next = mp__registry.handlers};
    mp__registry.handlers = h;
    mp__gate_open();
    return 0;
}
