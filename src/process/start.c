/*
 * Starting a process: all of it happens or nothing does.
 *
 * Whatever can be wanting (a slot, a file descriptor) is taken before the
 * fork, so that no function runs in a child that its parent then cannot keep.
 */
#include "process/start.h"

#include "base/clock.h"
#include "base/error.h"
#include "os/fork.h"
#include "os/log.h"
#include "os/pidfd.h"
#include "os/thread.h"
#include "os/trace.h"
#include "process/exit.h"
#include "process/registry.h"

#include <stdio.h>
#include <unistd.h>

static int may_start(const struct mp_process *p)
{
    if (p->state == MP__CLOSED)
        return mp__fail(MP_VALUE_ERROR, "process object is closed");
    if (p->state != MP__INITIAL || p == mp__registry.current)
        return mp__fail(MP_ASSERTION_ERROR, "cannot start a process twice");
    if (p->role != MP__MADE || p->maker != getpid())
        return mp__fail(MP_ASSERTION_ERROR,
                        "can only start a process object created by current "
                        "process");
    if (mp__registry.current->daemon && !mp__registry.current->has_children)
        return mp__fail(MP_ASSERTION_ERROR,
                        "daemonic processes are not allowed to have children");
    return 0;
}

/* One thread gets to start it. Without a watcher nobody else reaps. */
static int begin(struct mp_process *p)
{
    int rc;

    mp__gate_close();
    rc = may_start(p);
    if (rc == 0)
        mp__process_move(p, MP__STARTING);
    if (mp__registry.watch < 0)
        mp__registry_reap_all();
    mp__gate_open();
    return rc;
}

static void undo(struct mp_process *p)
{
    mp__gate_close();
    mp__process_move(p, MP__INITIAL);
    mp__gate_open();
}

/* Looking costs a little, and is for those who want to read of it. */
static void warn_of_threads(void)
{
    if (mp__log_is_on(MP_WARNING) && mp__threads_of_others() > 0)
        mp__log_tell(MP_WARNING,
                     "This process (pid=%d) is multi-threaded, use of fork() "
                     "may lead to deadlocks in the child.",
                     (int)getpid());
}

/* The parent's own pidfd is for the child, and it proves that there is room
   for one more descriptor: its place is then taken by the child's. */
static int prepare(struct mp__launch *out)
{
    struct mp__launch l = {.parent = getpid(),
                           .main_thread = mp__is_main_thread()};

    MP_TRY(mp__context_need());
    l.parent_pidfd = mp__pidfd_open(l.parent);
    if (l.parent_pidfd < 0)
        return mp__fail_os(l.parent_pidfd, "no descriptor for a new process");
    l.slot = mp__slot_reserve();
    if (l.slot == 0) {
        (void)close(l.parent_pidfd);
        return mp_error_last()->code;
    }
    *out = l;
    return 0;
}

static void commit(struct mp_process *p, const struct mp__launch *l, pid_t pid,
                   int pidfd)
{
    mp__slot_assign(l->slot, pid);
    mp__slot_admit(l->slot);
    mp__gate_close();
    p->pid = pid;
    p->pidfd = pidfd;
    p->slot = l->slot;
    p->began = mp__now();
    mp__process_move(p, MP__STARTED);
    mp__registry_add(p);
    mp__gate_open();
    mp__trace_track(l->parent, pid, p->name);
}

static void move_arguments(const struct mp_process *p, enum mp__move how)
{
    mp__move(p->args, how);
    mp__move(p->kwargs, how);
}

static void let_go_of_arguments(struct mp_process *p)
{
    move_arguments(p, MP__MOVE_GONE);
    mp_any_clear(&p->args);
    mp_any_clear(&p->kwargs);
}

static int launch(struct mp_process *p, const struct mp__launch *l)
{
    pid_t pid;
    int pidfd;

    (void)fflush(stdout);
    (void)fflush(stderr);
    move_arguments(p, MP__MOVE_FORKING);
    pid = mp__fork();
    if (pid == 0)
        mp__bootstrap(p, l);
    move_arguments(p, MP__MOVE_FORKED);
    (void)close(l->parent_pidfd);
    if (pid < 0)
        return mp__fail_os(pid, "cannot start process %s", p->name);
    /* The child waits until it is watched: if another thread has snatched the
       descriptor it has done nothing yet, and if the host takes the status of
       all its children, it is not gone yet. */
    pidfd = mp__pidfd_open(pid);
    if (pidfd < 0) {
        mp__unfork(pid);
        return mp__fail_os(pidfd, "cannot watch process %s", p->name);
    }
    commit(p, l, pid, pidfd);
    let_go_of_arguments(p);
    return 0;
}

int mp_process_start(mp_process *p)
{
    struct mp__launch l;
    int rc;

    if (p == NULL)
        return mp__fail_null("the process");
    MP_TRY(begin(p));
    mp__exit_hook();
    warn_of_threads();
    rc = prepare(&l);
    if (rc == 0) {
        rc = launch(p, &l);
        if (rc < 0)
            mp__announce_death(l.slot);
    }
    if (rc < 0)
        undo(p);
    return rc;
}
