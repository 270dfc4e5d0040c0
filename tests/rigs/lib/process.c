/*
 * The rigs' processes; see process.h.
 */
#include "process.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

enum { STOPPED = 3 }; /* exit code: the rig could not do its work */

void rig_stop(const char *fmt, ...)
{
    va_list args;

    (void)fflush(stdout);
    va_start(args, fmt);
    (void)vfprintf(stderr, fmt, args);
    va_end(args);
    (void)fprintf(stderr, "\n");
    _exit(STOPPED);
}

double rig_seconds(void)
{
    return (double)mp__now() / (double)MP__SECOND;
}

static int open_pidfd(pid_t pid)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);

    if (fd < 0)
        rig_stop("rig: cannot watch a process: %s", strerror(errno));
    return fd;
}

struct rig_process rig_start(rig_body *body, int arg)
{
    struct rig_process p = {.who = mp__slot_reserve()};

    if (p.who == 0)
        rig_stop("rig: all slots are taken: they are not given back");
    p.pid = fork();
    if (p.pid < 0)
        rig_stop("rig: cannot fork: %s", strerror(errno));
    if (p.pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        mp__slot_wear(p.who);
        _exit(body(arg));
    }
    mp__slot_assign(p.who, p.pid);
    p.pidfd = open_pidfd(p.pid);
    return p;
}

bool rig_await_end(struct rig_process *p, double seconds, int *status)
{
    struct pollfd ended = {.fd = p->pidfd, .events = POLLIN};

    if (poll(&ended, 1, (int)(seconds * 1000)) <= 0)
        return false;
    if (waitpid(p->pid, status, __WALL) != p->pid)
        rig_stop("rig: cannot reap %d: %s", (int)p->pid, strerror(errno));
    close(p->pidfd);
    p->pid = 0;
    return true;
}

void rig_kill(struct rig_process *p)
{
    int status;

    if (p->pid == 0)
        return;
    (void)kill(p->pid, SIGKILL);
    if (!rig_await_end(p, 10, &status))
        rig_stop("rig: a killed process has not ended in ten seconds");
}

void rig_announce(struct rig_process *p)
{
    if (p->who != 0)
        mp__announce_death(p->who);
    p->who = 0;
}

/* The first word of /proc/PID/syscall is the number of the call it is in. */
bool rig_sleeps(pid_t pid)
{
    char path[64], text[32];
    ssize_t n;
    int fd;

    (void)snprintf(path, sizeof path, "/proc/%d/syscall", (int)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0)
        return false;
    text[n] = '\0';
    return atoi(text) == SYS_futex || atoi(text) == SYS_futex_waitv;
}

bool rig_await_sleep(const struct rig_process *p, double seconds)
{
    double end = rig_seconds() + seconds;

    while (!rig_sleeps(p->pid)) {
        if (rig_seconds() > end)
            return false;
        (void)sched_yield();
    }
    return true;
}

int rig_slots_taken(void)
{
    int taken = 0;

    for (uint32_t i = 0; i < MP__SLOTS; i++) {
        uint64_t ident = atomic_load(&mp__context->slot[i].ident);
        uint32_t gen = (uint32_t)(ident >> 32) & ((1u << MP__GEN_BITS) - 1);

        if ((uint32_t)ident != 0 &&
            !mp__is_dead(gen << MP__SLOT_BITS | (i + 1), false))
            taken++;
    }
    return taken;
}

static cpu_set_t *all_cpus(void)
{
    static cpu_set_t set;

    if (CPU_COUNT(&set) == 0 && sched_getaffinity(0, sizeof set, &set) < 0)
        rig_stop("rig: cannot ask for the CPUs: %s", strerror(errno));
    return &set;
}

void rig_use_one_cpu(void)
{
    cpu_set_t one;
    size_t first = 0;

    while (!CPU_ISSET(first, all_cpus()))
        first++;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    if (sched_setaffinity(0, sizeof one, &one) < 0)
        rig_stop("rig: cannot keep to one CPU: %s", strerror(errno));
}

void rig_use_all_cpus(void)
{
    (void)sched_setaffinity(0, sizeof(cpu_set_t), all_cpus());
}

void *rig_shared(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        rig_stop("rig: cannot map %zu bytes: %s", size, strerror(errno));
    return memory;
}

void rig_free_shared(void *memory, size_t size)
{
    (void)munmap(memory, size);
}
