/*
 * The registry and its gate; see registry.h.
 */
#include "process/registry.h"

#include "base/clock.h"
#include "os/backtrace.h"
#include "os/log.h"
#include "os/pidfd.h"
#include "os/random.h"
#include "os/trace.h"
#include "process/exit.h"
#include "process/thread_registry.h"
#include "process/watcher.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

enum { KEY_SIZE = 32 };

/* What Python says when it cannot know how a process ended. */
enum { UNKNOWN_EXITCODE = 255 };

static unsigned char main_key[KEY_SIZE];
static char main_name[] = "MainProcess";
static char main_identity[] = "";

bool mp__is_main_own(const void *p)
{
    return p == main_key || p == main_name;
}

static struct mp_process main_process = {
    .handle = {.type = &mp__process_type, .refs = 1},
    .role = MP__MAIN,
    .identity = main_identity,
    .name = main_name,
    .key_size = KEY_SIZE,
    .key = main_key,
    .state = MP__INITIAL,
    .pidfd = -1,
    .exitcode = MP_NO_EXITCODE,
};

struct mp__registry mp__registry = {
    .gate = PTHREAD_MUTEX_INITIALIZER,
    .current = &main_process,
    .running_end = &mp__registry.running,
    .watch = -1,
};

/* -- the gate and fork ----------------------------------------------------- */

void mp__gate_close(void)
{
    (void)pthread_mutex_lock(&mp__registry.gate);
}

void mp__gate_open(void)
{
    (void)pthread_mutex_unlock(&mp__registry.gate);
}

/* child. The objects themselves are left alone: the child's copy of somebody's
   handle may still be freed. */
static void drop_running(void)
{
    struct mp_process *p = mp__registry.running;

    while (p != NULL) {
        struct mp_process *next = p->next;

        (void)close(p->pidfd);
        p->pidfd = -1;
        p->watched = false;
        p->waiters = 0;
        mp__handle_drop(&p->handle);
        p = next;
    }
    mp__registry.running = NULL;
    mp__registry.running_end = &mp__registry.running;
}

/* child, of any fork(2), the host's too. The gate was closed by the thread that
   this one continues. */
static void after_fork(void)
{
    mp__registry.pid = getpid();
    mp__threads_forked();
    mp__watcher_forget();
    drop_running();
    mp__exit_forget();
    mp__gate_open();
}

static void name_current(char *buf, size_t size)
{
    mp__gate_close();
    (void)snprintf(buf, size, "%s", mp__registry.current->name);
    mp__gate_open();
}

/* Early, so that these handlers are the last ones before a fork: no other
   library's lock is taken with the gate closed. */
__attribute__((constructor)) static void begin(void)
{
    static const struct mp__log_hooks log_hooks = {.name = name_current,
                                                   .begin = mp__exit_hook};

    mp__registry.pid = getpid();
    mp__random(main_key, sizeof main_key);
    mp__backtrace_install();
    mp__log_install(&log_hooks);
    (void)pthread_atfork(mp__gate_close, mp__gate_open, after_fork);
}

/* child. The grandparent's object stays: somebody may have a pointer to it. */
void mp__registry_become(struct mp_process *p, int parent_pidfd)
{
    struct mp_process *parent = mp__registry.current;

    if (mp__registry.parent != NULL)
        (void)close(mp__registry.parent->pidfd);
    parent->role = MP__PARENT;
    parent->pid = p->maker;
    parent->pidfd = parent_pidfd;
    mp__registry.is_child = true;
    mp__registry.hooked = false;
    mp__registry.is_ending = false;
    mp__registry.parent = parent;
    mp__registry.current = p;
    mp__registry.made = 0;
}

/* -- children -------------------------------------------------------------- */

void mp__registry_add(struct mp_process *p)
{
    (void)mp__handle_hold(&p->handle);
    p->next = NULL;
    p->link = mp__registry.running_end;
    *p->link = p;
    mp__registry.running_end = &p->next;
    mp__watcher_add(p);
}

static void remove_running(struct mp_process *p)
{
    mp__watcher_remove(p);
    *p->link = p->next;
    if (p->next != NULL)
        p->next->link = p->link;
    else
        mp__registry.running_end = p->link;
}

/* The status may be gone: then the child's own last word counts, or what it
   reported to die of. */
static int last_word_of(const struct mp_process *p)
{
    struct mp__crash crash;
    int code;

    if (mp__slot_exit_of(p->slot, &code))
        return code;
    return mp__crash_of(p->slot, &crash) ? -crash.signal : UNKNOWN_EXITCODE;
}

/* Before its slot is free: the next one there may crash, too. */
static void keep_crash(struct mp_process *p)
{
    if (p->exitcode < 0 && mp__crash_is_of(-p->exitcode))
        (void)mp__crash_of(p->slot, &p->crash);
}

static void trace(const struct mp_process *p)
{
    char how[32];

    (void)snprintf(how, sizeof how, "exit code %d", p->exitcode);
    mp__trace_slice(&(struct mp__trace_slice){
        .category = "process",
        .name = p->name,
        .group = mp__registry.pid,
        .track = p->pid,
        .from = p->began,
        .to = mp__now(),
        .how = how,
    });
}

bool mp__registry_reap(struct mp_process *p)
{
    int code;

    if (p->state != MP__STARTED)
        return true;
    switch (mp__pidfd_reap(p->pidfd, &code)) {
    case MP__RUNS:
        return false;
    case MP__LOST:
        code = last_word_of(p);
        break;
    case MP__ENDED:
        break;
    }
    p->exitcode = code;
    keep_crash(p);
    mp__process_move(p, MP__STOPPED);
    if (mp__traces)
        trace(p);
    mp__announce_death(p->slot);
    remove_running(p);
    mp__handle_drop(&p->handle);
    return true;
}

void mp__registry_reap_all(void)
{
    struct mp_process *p = mp__registry.running;

    while (p != NULL) {
        struct mp_process *next = p->next;

        (void)mp__registry_reap(p);
        p = next;
    }
}

/* Who waits here has the news as soon as the watcher would, and spreads it:
   waking that one too would only hold both up. */
int mp__registry_wait(struct mp_process *p, int64_t deadline)
{
    int rc = 0;

    mp__gate_close();
    while (rc == 0 && !mp__registry_reap(p)) {
        p->waiters++;
        mp__watcher_remove(p);
        mp__gate_open();
        rc = mp__pidfd_wait(p->pidfd, deadline);
        mp__gate_close();
        p->waiters--;
        if (rc < 0 && p->waiters == 0 && p->state == MP__STARTED)
            mp__watcher_add(p);
    }
    mp__gate_open();
    return rc;
}
