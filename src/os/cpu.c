/*
 * Counting CPUs, and giving one away; see cpu.h.
 */
#include "os/cpu.h"

#include "base/clock.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#define CGROUP_ROOT "/sys/fs/cgroup"

/* A peer answers in less, an interrupt included; a stranger at work keeps the
   CPU for some milliseconds. */
#define SHORT_TURN (MP__SECOND / 4000)

/* So many times as long as a long turn took none is given: strangers can take
   but one part in so many of our time. */
#define WINNING_BACK 128

int mp__cpus(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);

    return n > 0 ? (int)n : 1;
}

int mp__usable_cpus(void)
{
    static atomic_int known;
    int n = atomic_load_explicit(&known, memory_order_relaxed);

    if (n == 0) {
        n = (int)uv_available_parallelism();
        atomic_store_explicit(&known, n, memory_order_relaxed);
    }
    return n;
}

/* Threads may race on the time: it is no more than a habit. */
bool mp__yield(void)
{
    static _Atomic int64_t not_before;
    int64_t from, took;

    if (mp__usable_cpus() > 1)
        return false;
    from = mp__now();
    if (from < atomic_load_explicit(&not_before, memory_order_relaxed))
        return false;
    (void)sched_yield();
    took = mp__now() - from;
    if (took > SHORT_TURN)
        atomic_store_explicit(&not_before, from + WINNING_BACK * took,
                              memory_order_relaxed);
    return true;
}

/* "max 100000" or "150000 100000": microseconds of CPU in a period. */
static int quota_in(const char *folder)
{
    char path[4200];
    double quota, period;
    int cpus = 0;
    FILE *f;

    (void)snprintf(path, sizeof path, "%s/cpu.max", folder);
    f = fopen(path, "re");
    if (f == NULL)
        return 0;
    if (fscanf(f, "%lf %lf", &quota, &period) == 2 && period > 0)
        cpus = (int)(quota / period + 0.999999);
    (void)fclose(f);
    return cpus < 1 ? 0 : cpus;
}

/* The folder of this process's control group (version 2), or nothing. */
static void find_cgroup(char *folder, size_t size)
{
    char line[4096];
    FILE *f = fopen("/proc/self/cgroup", "re");

    folder[0] = '\0';
    if (f == NULL)
        return;
    while (fgets(line, sizeof line, f) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "0::", 3) == 0)
            (void)snprintf(folder, size, CGROUP_ROOT "%s", line + 3);
    }
    (void)fclose(f);
}

/* The tightest quota from the own group up to the root; 0 if there is none. */
static int cgroup_cpus(void)
{
    char folder[4160];
    int least = 0;

    find_cgroup(folder, sizeof folder);
    while (strlen(folder) >= strlen(CGROUP_ROOT)) {
        int n = quota_in(folder);
        char *end = strrchr(folder, '/');

        if (n > 0 && (least == 0 || n < least))
            least = n;
        *end = '\0';
    }
    return least;
}

int mp__cpus_allowed(void)
{
    int affinity = (int)uv_available_parallelism();
    int quota = cgroup_cpus();

    return quota > 0 && quota < affinity ? quota : affinity;
}

int mp__cpu_allowed(int n)
{
    cpu_set_t set;
    int count;

    if (sched_getaffinity(0, sizeof set, &set) < 0 ||
        (count = CPU_COUNT(&set)) == 0)
        return -1;
    n %= count;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET((size_t)cpu, &set) && n-- == 0)
            return cpu;
    return -1;
}

void mp__pin_to(int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET((size_t)cpu, &set);
    (void)sched_setaffinity(0, sizeof set, &set);
}

void mp__give_way(void)
{
    (void)sched_yield();
}
