/*
 * Process objects: making them, and everything that one can be asked.
 *
 * Starting them is in start.c. Messages are Python's where it has one.
 */
#include "process/process.h"

#include "any/value.h"
#include "base/clock.h"
#include "base/error.h"
#include "os/cpu.h"
#include "os/pidfd.h"
#include "process/registry.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <unistd.h>

/* -- state ----------------------------------------------------------------- */

MP__UNUSED static bool is_legal(enum mp__process_state from,
                                enum mp__process_state to)
{
    static const unsigned moves[] = {
        [MP__INITIAL] = 1u << MP__STARTING | 1u << MP__CLOSED,
        [MP__STARTING] = 1u << MP__STARTED | 1u << MP__INITIAL,
        [MP__STARTED] = 1u << MP__STOPPED,
        [MP__STOPPED] = 1u << MP__CLOSED,
        [MP__CLOSED] = 0,
    };

    return (moves[from] >> to & 1) != 0;
}

void mp__process_move(struct mp_process *p, enum mp__process_state to)
{
    assert(is_legal(p->state, to));
    p->state = to;
}

/* Whether this process made it, and so may wait for it. */
static bool is_ours(const struct mp_process *p)
{
    return p->role == MP__MADE && p->maker == getpid();
}

static bool is_current(const struct mp_process *p)
{
    return p == mp__registry.current;
}

static int fail_closed(void)
{
    return mp__fail(MP_VALUE_ERROR, "process object is closed");
}

/* What nothing can be done with: NULL or closed. */
static int check_open(const struct mp_process *p)
{
    if (p == NULL)
        return mp__fail_null("the process");
    mp__gate_close();
    bool closed = p->state == MP__CLOSED;
    mp__gate_open();
    return closed ? fail_closed() : 0;
}

/* What only a child that has been started can do. */
static int check_child(const struct mp_process *p, const char *verb)
{
    MP_TRY(check_open(p));
    if (!is_ours(p))
        return mp__fail(MP_ASSERTION_ERROR, "can only %s a child process",
                        verb);
    mp__gate_close();
    bool started = p->state == MP__STARTED || p->state == MP__STOPPED;
    mp__gate_open();
    return started ? 0
                   : mp__fail(MP_ASSERTION_ERROR,
                              "can only %s a started process", verb);
}

/* -- waiting --------------------------------------------------------------- */

static int fail_late(const struct mp_process *p)
{
    return mp__fail(MP_TIMEOUT, "process %s still runs", p->name);
}

int(mp_process_join)(mp_process *p, double timeout)
{
    int64_t deadline = mp__deadline(timeout);
    int rc;

    MP_TRY(check_open(p));
    if (p->role == MP__PARENT) {
        rc = mp__pidfd_wait(p->pidfd, deadline);
    } else {
        MP_TRY(check_child(p, "join"));
        rc = mp__registry_wait(p, deadline);
    }
    if (rc < 0)
        return fail_late(p);
    mp__process_tell_crash(p);
    return 0;
}

/* With the exit code looked up if it has ended unnoticed. */
static enum mp__process_state look(struct mp_process *p)
{
    enum mp__process_state state;

    mp__gate_close();
    if (p->state == MP__STARTED && is_ours(p))
        (void)mp__registry_reap(p);
    state = p->state;
    mp__gate_open();
    mp__process_tell_crash(p);
    return state;
}

int mp_process_is_alive(mp_process *p)
{
    MP_TRY(check_open(p));
    if (is_current(p))
        return 1;
    if (p->role == MP__PARENT)
        return mp__pidfd_wait(p->pidfd, 0) < 0;
    if (!is_ours(p))
        return mp__fail(MP_ASSERTION_ERROR, "can only test a child process");
    return look(p) == MP__STARTED;
}

int mp_process_exitcode(mp_process *p)
{
    MP_TRY(check_open(p));
    return is_ours(p) && look(p) == MP__STOPPED ? p->exitcode : MP_NO_EXITCODE;
}

static int send_signal(struct mp_process *p, int signal, const char *verb)
{
    int rc = 0;

    MP_TRY(check_child(p, verb));
    mp__gate_close();
    if (p->state == MP__STARTED)
        rc = mp__pidfd_signal(p->pidfd, signal);
    mp__gate_open();
    if (rc < 0 && rc != -ESRCH)
        return mp__fail_os(rc, "cannot %s process %s", verb, p->name);
    return 0;
}

int mp_process_terminate(mp_process *p)
{
    return send_signal(p, SIGTERM, "terminate");
}

int mp_process_kill(mp_process *p)
{
    return send_signal(p, SIGKILL, "kill");
}

int mp_process_interrupt(mp_process *p)
{
    return send_signal(p, SIGINT, "interrupt");
}

/* -- closing --------------------------------------------------------------- */

/* The sentinel stays open while a thread still sleeps on it; the object's end
   closes it then. */
static int close_if_ended(struct mp_process *p)
{
    if (p->state == MP__CLOSED)
        return 0;
    if (p->state == MP__STARTED && is_ours(p))
        (void)mp__registry_reap(p);
    if (p->state == MP__STARTED || p->state == MP__STARTING || is_current(p) ||
        p->role == MP__PARENT)
        return mp__fail(MP_VALUE_ERROR,
                        "cannot close a process while it is still running; "
                        "you should first call join or terminate");
    mp__process_move(p, MP__CLOSED);
    if (p->pidfd >= 0 && p->waiters == 0) {
        (void)close(p->pidfd);
        p->pidfd = -1;
    }
    return 0;
}

int mp_process_close(mp_process *p)
{
    int rc;

    if (p == NULL)
        return mp__fail_null("the process");
    mp__gate_close();
    rc = close_if_ended(p);
    mp__gate_open();
    return rc;
}

/* -- what it is ------------------------------------------------------------ */

pid_t mp_process_pid(mp_process *p)
{
    MP_TRY(check_open(p));
    return is_current(p) ? getpid() : p->pid;
}

int mp_process_sentinel(mp_process *p)
{
    int fd;

    MP_TRY(check_open(p));
    mp__gate_close();
    fd = p->pidfd;
    mp__gate_open();
    if (fd < 0 && p->pid != 0)
        return mp__fail(MP_VALUE_ERROR,
                        "only the parent of process %s has its sentinel",
                        p->name);
    return fd < 0 ? mp__fail(MP_VALUE_ERROR, "process not started") : fd;
}

const char *mp_process_name(mp_process *p)
{
    return p == NULL ? "" : p->name;
}

mp_process *mp_current_process(void)
{
    return mp__registry.current;
}

mp_process *mp_parent_process(void)
{
    return mp__registry.parent;
}

int mp_active_children(mp_process **out, size_t n)
{
    size_t count = 0;

    if (out == NULL && n > 0)
        return mp__fail(MP_VALUE_ERROR, "the place for the children is NULL");
    mp__gate_close();
    mp__registry_reap_all();
    for (struct mp_process *p = mp__registry.running; p != NULL; p = p->next) {
        if (count < n)
            out[count] = (struct mp_process *)mp__handle_hold(&p->handle);
        count++;
    }
    mp__gate_open();
    return (int)count;
}

int mp_cpu_count(void)
{
    return mp__cpus();
}

int mp_process_cpu_count(void)
{
    return mp__cpus_allowed();
}
