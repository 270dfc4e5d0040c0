/*
 * Liveness of processes; see liveness.h.
 */
#include "os/liveness.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

/* Field 22 of /proc/PID/stat; the name in field 2 may hold anything. */
enum { START_TIME_AFTER_NAME = 20 };

static int open_proc(pid_t pid, const char *file)
{
    char path[64];

    (void)snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
    return open(path, O_RDONLY | O_CLOEXEC);
}

static size_t read_some(int fd, char *buf, size_t size)
{
    ssize_t n;

    do
        n = read(fd, buf, size);
    while (n < 0 && errno == EINTR);
    return n > 0 ? (size_t)n : 0;
}

uint64_t mp__start_time(pid_t pid)
{
    char text[1024];
    const char *at;
    size_t n;
    int fd = open_proc(pid, "stat");

    if (fd < 0)
        return 0;
    n = read_some(fd, text, sizeof text - 1);
    close(fd);
    text[n] = '\0';
    at = strrchr(text, ')');
    for (int i = 0; at != NULL && i < START_TIME_AFTER_NAME; i++)
        at = strchr(at + 1, ' ');
    return at == NULL ? 0 : strtoull(at + 1, NULL, 10);
}

uint64_t mp__ticks_now(void)
{
    const uint64_t hertz = (uint64_t)sysconf(_SC_CLK_TCK);
    struct timespec t;

    (void)clock_gettime(CLOCK_BOOTTIME, &t);
    return (uint64_t)t.tv_sec * hertz +
           (uint64_t)t.tv_nsec / (UINT64_C(1000000000) / hertz);
}

/* For want of a descriptor: whether there is such a process; and one of our own
   children that has ended counts as gone before it is reaped. */
static bool is_there(pid_t pid)
{
    siginfo_t info = {.si_pid = 0};

    if (kill(pid, 0) < 0 && errno == ESRCH)
        return false;
    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
           info.si_pid == 0;
}

bool mp__process_lives(pid_t pid, uint64_t seen)
{
    struct pollfd ended = {.events = POLLIN};
    int n;

    ended.fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (ended.fd < 0)
        return errno != ESRCH && is_there(pid);
    n = poll(&ended, 1, 0);
    close(ended.fd);
    if (n > 0)
        return false;
    return seen == 0 || mp__start_time(pid) <= seen;
}

/* Look for the mapping by its name, which no other memory of ours has. What
   is read is searched together with the end of what was read before. */
bool mp__runs_another_program(pid_t pid)
{
    static const char name[] = "memfd:mproc-context";
    enum { TAIL = sizeof name - 2 };
    char text[TAIL + 4096];
    size_t kept = 0, n;
    bool found = false, any = false;
    int fd = open_proc(pid, "maps");

    if (fd < 0)
        return false;
    while (!found && (n = read_some(fd, text + kept, 4096)) > 0) {
        any = true;
        n += kept;
        found = memmem(text, n, name, sizeof name - 1) != NULL;
        kept = n < TAIL ? n : TAIL;
        memmove(text, text + n - kept, kept);
    }
    close(fd);
    return any && !found;
}
