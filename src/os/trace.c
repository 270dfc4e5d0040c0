/*
 * Writing the timeline; see trace.h.
 *
 * The file is an array of events. Its end is written when the first process
 * ends; without it, too, viewers take it.
 */
#include "os/trace.h"

#include "base/clock.h"
#include "os/generation.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool mp__traces;
static int file = -1;
static uint32_t first_generation;

__attribute__((format(printf, 1, 2))) static void event(const char *fmt, ...)
{
    char line[1024];
    va_list args;
    int n;

    va_start(args, fmt);
    n = vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    if (n > 0 && (size_t)n < sizeof line && write(file, line, (size_t)n) < 0)
        mp__traces = false;
}

/* A text as JSON has it, cut if it is long. */
static const char *quoted(const char *text, char *buf, size_t size)
{
    size_t n = 0;

    for (; *text != '\0' && n + 7 < size; text++) {
        if (*text == '"' || *text == '\\')
            buf[n++] = '\\';
        if ((unsigned char)*text < ' ')
            n +=
                (size_t)snprintf(buf + n, size - n, "\\u%04x", (unsigned)*text);
        else
            buf[n++] = *text;
    }
    buf[n] = '\0';
    return buf;
}

static double microseconds(int64_t ns)
{
    return (double)ns / 1e3;
}

void mp__trace_slice(const struct mp__trace_slice *s)
{
    char name[256], how[256];

    if (!mp__traces)
        return;
    event("{\"ph\":\"X\",\"cat\":\"%s\",\"name\":\"%s\",\"pid\":%d,"
          "\"tid\":%d,\"ts\":%.3f,\"dur\":%.3f,\"args\":{\"end\":\"%s\"}},\n",
          s->category, quoted(s->name, name, sizeof name), (int)s->group,
          (int)s->track, microseconds(s->from), microseconds(s->to - s->from),
          quoted(s->how != NULL ? s->how : "done", how, sizeof how));
}

void mp__trace_track(pid_t group, pid_t track, const char *name)
{
    char text[256];

    if (!mp__traces)
        return;
    event("{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":%d,\"tid\":%d,"
          "\"args\":{\"name\":\"%s\"}},\n",
          (int)group, (int)track, quoted(name, text, sizeof text));
}

void mp__trace_arrow(bool begins, pid_t group, pid_t track, uint64_t number,
                     int64_t at)
{
    if (!mp__traces)
        return;
    event("{\"ph\":\"%s\",\"cat\":\"task\",\"name\":\"submit\",\"id\":\"%llx\","
          "\"pid\":%d,\"tid\":%d,\"ts\":%.3f%s},\n",
          begins ? "s" : "f", (unsigned long long)number, (int)group,
          (int)track, microseconds(at), begins ? "" : ",\"bp\":\"e\"");
}

static void end_file(void)
{
    if (mp__traces && mp__generation() == first_generation)
        event("{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":%d,\"args\":"
              "{\"name\":\"%s\"}}]\n",
              (int)getpid(), program_invocation_short_name);
}

/* A descriptor that is out of the way of a host that counts on low numbers. */
static int open_file(const char *path)
{
    int low =
        open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
    int fd;

    if (low < 0)
        return -1;
    fd = fcntl(low, F_DUPFD_CLOEXEC, 100);
    if (fd < 0)
        return low;
    (void)close(low);
    return fd;
}

__attribute__((constructor)) static void begin(void)
{
    const char *path = secure_getenv("MPROC_TRACE");

    if (path == NULL || *path == '\0')
        return;
    file = open_file(path);
    if (file < 0)
        return;
    first_generation = mp__generation();
    mp__traces = write(file, "[\n", 2) == 2 && atexit(end_file) == 0;
    mp__trace_track(getpid(), getpid(), program_invocation_short_name);
}
