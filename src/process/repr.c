/*
 * A process as Python prints it:
 * <Process name='Process-1' pid=12 parent=10 stopped exitcode=-SIGTERM daemon>
 */
#include "process/process.h"

#include "process/registry.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A text that grows as snprintf(3) counts: on past the end of its buffer. */
struct text {
    char *buf;
    size_t size;
    size_t n;
};

MP__PRINTF(2, 3) static void add(struct text *t, const char *fmt, ...)
{
    size_t room = t->n < t->size ? t->size - t->n : 0;
    va_list args;
    int n;

    va_start(args, fmt);
    n = vsnprintf(room > 0 ? t->buf + t->n : NULL, room, fmt, args);
    va_end(args);
    if (n > 0)
        t->n += (size_t)n;
}

static const char *class_of(const struct mp_process *p)
{
    switch (p->role) {
    case MP__MAIN:
        return "_MainProcess";
    case MP__PARENT:
        return "_ParentProcess";
    case MP__MADE:
        break;
    }
    return p->type != NULL ? p->type : "Process";
}

static const char *status_of(const struct mp_process *p)
{
    static const char *const words[] = {
        [MP__INITIAL] = "initial", [MP__STARTING] = "initial",
        [MP__STARTED] = "started", [MP__STOPPED] = "stopped",
        [MP__CLOSED] = "closed",
    };

    if (p == mp__registry.current)
        return "started";
    if (p->state != MP__CLOSED && (p->role != MP__MADE || p->maker != getpid()))
        return "unknown";
    return words[p->state];
}

/* Python knows no parent of the main process, and of the parent none. */
static void add_parent(struct text *t, const struct mp_process *p)
{
    if (p->role == MP__MADE)
        add(t, " parent=%d", (int)p->maker);
    else
        add(t, " parent=None");
}

/* Python names the first and the last of the real-time signals. */
static const char *name_of(int signal)
{
    if (signal == SIGRTMIN)
        return "RTMIN";
    return signal == SIGRTMAX ? "RTMAX" : sigabbrev_np(signal);
}

static void add_exitcode(struct text *t, int code)
{
    const char *name = code < 0 ? name_of(-code) : NULL;

    if (name != NULL)
        add(t, " exitcode=-SIG%s", name);
    else
        add(t, " exitcode=%d", code);
}

/* Only the maker knows of a pid: to the process itself Python tells none. */
static bool shows_pid(const struct mp_process *p)
{
    return p->role == MP__MADE && p != mp__registry.current && p->pid != 0 &&
           p->state != MP__CLOSED;
}

static void add_all(struct text *t, const struct mp_process *p)
{
    char name[512];

    (void)(mp_repr)(mp_any_str(p->name), name, sizeof name);
    add(t, "<%s name=%s", class_of(p), name);
    if (shows_pid(p))
        add(t, " pid=%d", (int)p->pid);
    add_parent(t, p);
    add(t, " %s", status_of(p));
    if (p->state == MP__STOPPED)
        add_exitcode(t, p->exitcode);
    if (p->daemon && p->role != MP__PARENT)
        add(t, " daemon");
    add(t, ">");
}

int mp__process_repr(const struct mp__handle *h, char *buf, size_t size)
{
    struct mp_process *p = (struct mp_process *)h;
    struct text t = {.buf = buf, .size = size};

    mp__gate_close();
    if (p->state == MP__STARTED && p->maker == getpid())
        (void)mp__registry_reap(p);
    add_all(&t, p);
    mp__gate_open();
    return (int)t.n;
}
