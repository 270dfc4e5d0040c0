/*
 * A registry of the rig's own; see registry.h.
 */
#include "registry.h"

#include "process.h"

#include <mproc.h>

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char parent[] = "/dev/shm/rig-registry-XXXXXX";
static char folder[64];

/* The same name each time: once it is there it is known to be free. */
void rig_registry_open(void)
{
    if (folder[0] != '\0') {
        if (mkdir(parent, S_IRWXU) < 0)
            rig_stop("rig: cannot make %s: %s", parent, strerror(errno));
        return;
    }
    if (mkdtemp(parent) == NULL || setenv("XDG_RUNTIME_DIR", parent, 1) < 0)
        rig_stop("rig: cannot make %s: %s", parent, strerror(errno));
    (void)snprintf(folder, sizeof folder, "%s/mproc-%lu", parent,
                   (unsigned long)geteuid());
}

/* Goes through its files, and has them go if told so. */
static int walk(bool remove)
{
    DIR *dir = opendir(folder);
    struct dirent *e;
    int n = 0;

    while (dir != NULL && (e = readdir(dir)) != NULL) {
        if (e->d_name[0] == '.')
            continue;
        n++;
        if (remove)
            (void)unlinkat(dirfd(dir), e->d_name, 0);
    }
    if (dir != NULL)
        (void)closedir(dir);
    return n;
}

int rig_registry_files(void)
{
    return walk(false);
}

int rig_registry_close(void)
{
    int n;

    (void)mp_shared_memory_gc();
    n = walk(true);
    (void)rmdir(folder);
    if (rmdir(parent) < 0)
        rig_stop("rig: cannot remove %s", folder);
    return n;
}
