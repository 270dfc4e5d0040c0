/*
 * Crash reports in words; what a dying child writes is os/crash.c's.
 *
 * The names are those of this process: a child has its functions at the same
 * addresses.
 */
#include "base/error.h"
#include "os/backtrace.h"
#include "os/log.h"
#include "process/registry.h"

#include <mproc/crash.h>

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What is shown of a name; a whole report, which MP__CRASH_FRAMES fit into. */
enum { NAME = 256, REPORT = 16384 };

struct death {
    char name[NAME];
    struct mp__crash crash;
};

/* With the gate closed. */
static void take(const struct mp_process *p, struct death *out)
{
    (void)snprintf(out->name, sizeof out->name, "%s", p->name);
    out->crash = p->crash;
}

/* Add to the text in buf, which has room for it. */
MP__PRINTF(3, 4)
static size_t add(char *buf, size_t n, const char *fmt, ...)
{
    va_list args;
    int length;

    va_start(args, fmt);
    length = vsnprintf(buf + n, REPORT - n, fmt, args);
    va_end(args);
    if (length < 0)
        return n;
    return (size_t)length < REPORT - n ? n + (size_t)length : REPORT - 1;
}

/* A signal that was sent has no address. */
static size_t add_cause(char *buf, size_t n, const struct mp__crash *c)
{
    n = add(buf, n, "died of SIG%s (code %d)", sigabbrev_np(c->signal),
            c->code);
    if (c->code > 0)
        n = add(buf, n, " at address %#zx", (size_t)(uintptr_t)c->address);
    else if (c->sender != c->pid)
        n = add(buf, n, " sent by process %d", (int)c->sender);
    if (c->thread != c->pid)
        n = add(buf, n, " in thread %d", (int)c->thread);
    return n;
}

static size_t add_doing(char *buf, size_t n, const struct mp__crash *c)
{
    char name[NAME + NAME];

    if (c->doing[0] != '\0' || c->function != NULL)
        n = add(buf, n, ", doing");
    if (c->doing[0] != '\0')
        n = add(buf, n, " %s", c->doing);
    if (c->function != NULL) {
        (void)mp__name_function(c->function, name, sizeof name);
        n = add(buf, n, " %s", name);
    }
    return n;
}

/* Without a newline at the end. */
static size_t write_report(const struct death *d, char *buf)
{
    const struct mp__crash *c = &d->crash;
    size_t n = add(buf, 0, "%s (pid %d) ", d->name, (int)c->pid);

    n = add_cause(buf, n, c);
    n = add_doing(buf, n, c);
    n = add(buf, n, "\nTraceback (most recent call last):\n");
    mp__name_crash(c->frames, c->n, buf + n, REPORT - n);
    n += strlen(buf + n);
    buf[--n] = '\0';
    return n;
}

void mp__process_tell_crash(struct mp_process *p)
{
    char report[REPORT];
    struct death death;
    bool tell;

    if (!mp__log_is_on(MP_ERROR))
        return;
    mp__gate_close();
    tell = p->crash.signal != 0 && !p->crash_told;
    p->crash_told = p->crash_told || tell;
    take(p, &death);
    mp__gate_open();
    if (!tell)
        return;
    (void)write_report(&death, report);
    mp__log(MP_ERROR, "%s", report);
}

int mp_process_crash(mp_process *p, char *buf, size_t size)
{
    char report[REPORT] = "";
    struct death death;
    size_t n = 0;
    bool closed;

    if (p == NULL)
        return mp__fail_null("the process");
    mp__gate_close();
    closed = p->state == MP__CLOSED;
    if (p->state == MP__STARTED && p->maker == getpid())
        (void)mp__registry_reap(p);
    take(p, &death);
    mp__gate_open();
    if (closed)
        return mp__fail(MP_VALUE_ERROR, "process object is closed");
    if (death.crash.signal != 0)
        n = write_report(&death, report);
    if (size > 0)
        (void)snprintf(buf, size, "%s", report);
    return (int)n;
}
