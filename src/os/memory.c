/*
 * Asking for memory that is left, and taken; see memory.h.
 */
#include "os/memory.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

/* Lines as "MemAvailable:   23907288 kB". */
size_t mp__memory_available(void)
{
    FILE *f = fopen("/proc/meminfo", "re");
    size_t total = 0, kib;
    char line[128];

    if (f == NULL)
        return SIZE_MAX;
    while (fgets(line, sizeof line, f) != NULL)
        if (sscanf(line, "MemAvailable: %zu", &kib) == 1 ||
            sscanf(line, "SwapFree: %zu", &kib) == 1)
            total += kib * 1024;
    (void)fclose(f);
    return total > 0 ? total : SIZE_MAX;
}

size_t mp__memory_of_self(void)
{
    FILE *f = fopen("/proc/self/statm", "re");
    size_t total, resident = 0;

    if (f == NULL)
        return 0;
    if (fscanf(f, "%zu %zu", &total, &resident) != 2)
        resident = 0;
    (void)fclose(f);
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}

/* Lines as "VmHWM:     3296 kB". */
void mp__memory_of(pid_t pid, size_t *now, size_t *peak)
{
    char path[64], line[128];
    size_t kib;
    FILE *f;

    *now = *peak = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    f = fopen(path, "re");
    if (f == NULL)
        return;
    while (fgets(line, sizeof line, f) != NULL) {
        if (sscanf(line, "VmHWM: %zu", &kib) == 1)
            *peak = kib * 1024;
        else if (sscanf(line, "VmRSS: %zu", &kib) == 1)
            *now = kib * 1024;
    }
    (void)fclose(f);
}

void mp__prefer_to_be_killed(void)
{
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return;
    if (write(fd, "500", 3) < 0) {
        /* It was more already, and to lower it is not allowed. */
    }
    (void)close(fd);
}
