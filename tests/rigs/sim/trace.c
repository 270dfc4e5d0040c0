/*
 * Telling what happens; see trace.h. Where an access is made is looked up by
 * addr2line, if it is there, from the debug information.
 */
#include "trace.h"

#include "world.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool sim_tracing;

void sim_trace(int who, const char *fmt, ...)
{
    va_list args;

    if (!sim_tracing)
        return;
    (void)printf("P%d  ", who);
    va_start(args, fmt);
    (void)vprintf(fmt, args);
    va_end(args);
    (void)printf("\n");
}

/* "owner_lock.c:66", or the bare address. */
static void name_place(const void *pc, char *out, size_t size)
{
    char program[512], command[640];
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    FILE *f;

    (void)snprintf(out, size, "%p", pc);
    if (n < 0)
        return;
    program[n] = '\0';
    (void)snprintf(command, sizeof command,
                   "addr2line -s -e '%s' %p 2>/dev/null", program, pc);
    f = popen(command, "r");
    if (f == NULL)
        return;
    if (fgets(out, (int)size, f) == NULL)
        (void)snprintf(out, size, "%p", pc);
    (void)pclose(f);
    out[strcspn(out, " \n")] = '\0';
}

void sim_trace_access(int who, const char *what, const volatile void *at,
                      const void *pc, const char *fmt, ...)
{
    char name[64], place[256];
    va_list args;

    if (!sim_tracing)
        return;
    sim_world_name(at, name, sizeof name);
    name_place(pc, place, sizeof place);
    (void)printf("P%d  %-6s %-16s ", who, what, name);
    va_start(args, fmt);
    (void)vprintf(fmt, args);
    va_end(args);
    (void)printf("  (%s)\n", place);
}
