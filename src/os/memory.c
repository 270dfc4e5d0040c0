/*
 * Asking for the memory that is left; see memory.h.
 */
#include "os/memory.h"

#include <stdint.h>
#include <stdio.h>

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
