/*
 * Counting what there is; see leaks.h.
 */
#include "leaks.h"

#include "process.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int count_entries(const char *folder)
{
    DIR *dir = opendir(folder);
    int n = 0;

    if (dir == NULL)
        rig_stop("rig: cannot read %s", folder);
    while (readdir(dir) != NULL)
        n++;
    (void)closedir(dir);
    return n;
}

static FILE *open_proc(const char *path)
{
    FILE *f = fopen(path, "re");

    if (f == NULL)
        rig_stop("rig: cannot read %s", path);
    return f;
}

static int count_children(void)
{
    char path[64];
    FILE *f;
    int n = 0, pid;

    (void)snprintf(path, sizeof path, "/proc/self/task/%d/children",
                   (int)getpid());
    f = open_proc(path);
    while (fscanf(f, "%d", &pid) == 1)
        n++;
    (void)fclose(f);
    return n;
}

static long shared_kilobytes(void)
{
    FILE *f = open_proc("/proc/self/status");
    char line[256];
    long kb = 0;

    while (fgets(line, sizeof line, f) != NULL)
        if (strncmp(line, "RssShmem:", 9) == 0)
            kb = atol(line + 9);
    (void)fclose(f);
    return kb;
}

/* Both sorts of memory have a file, which is in the name of the mapping. (What
   has none is the C library's: the stacks of threads, which it keeps.) */
static int count_shared_mappings(void)
{
    FILE *f = open_proc("/proc/self/maps");
    char line[512];
    int n = 0;

    while (fgets(line, sizeof line, f) != NULL)
        n += strstr(line, "/memfd:") != NULL ||
             strstr(line, "rig-registry") != NULL;
    (void)fclose(f);
    return n;
}

struct rig_leaks rig_count(void)
{
    return (struct rig_leaks){
        .fds = count_entries("/proc/self/fd"),
        .slots = rig_slots_taken(),
        .children = count_children(),
        .mappings = count_shared_mappings(),
        .shared = shared_kilobytes(),
    };
}

static bool is_more(const char *what, long before, long now)
{
    if (now > before)
        (void)printf("    LEFT BEHIND: %s, %ld before and %ld now\n", what,
                     before, now);
    return now > before;
}

bool rig_has_leaked(const struct rig_leaks *before)
{
    struct rig_leaks now = rig_count();
    bool more = is_more("descriptors", before->fds, now.fds);

    more |= is_more("slots", before->slots, now.slots);
    more |= is_more("children", before->children, now.children);
    more |= is_more("mappings", before->mappings, now.mappings);
    more |= is_more("kB of shared memory", before->shared, now.shared);
    return more;
}

struct rig_hold rig_hold(void)
{
    return (struct rig_hold){
        .fds = count_entries("/proc/self/fd"),
        .mappings = count_shared_mappings(),
    };
}
