/*
 * The user's directory of named shared memory; see registry_dir.h.
 */
#include "os/registry_dir.h"

#include <mproc/error.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { OTHERS_WRITE = S_IWGRP | S_IWOTH, OTHERS = S_IRWXG | S_IRWXO };

/* NULL if it is not what the login made: then a process that was started with
   another environment would look somewhere else than this one. */
static const char *runtime_dir(void)
{
    const char *path = secure_getenv("XDG_RUNTIME_DIR");
    struct stat st;
    struct statfs fs;

    if (path == NULL || path[0] != '/' || stat(path, &st) < 0 ||
        statfs(path, &fs) < 0)
        return NULL;
    return S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
                   (st.st_mode & OTHERS_WRITE) == 0 && fs.f_type == TMPFS_MAGIC
               ? path
               : NULL;
}

static int check_mine_alone(int fd)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return -errno;
    return st.st_uid == geteuid() && (st.st_mode & OTHERS) == 0 ? 0 : -EACCES;
}

static int open_dir(const char *path)
{
    int fd =
        openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    return fd < 0 ? -errno : fd;
}

/* The mode is said once more, for a umask may have taken from it. */
static int make_dir(const char *path)
{
    if (mkdir(path, S_IRWXU) < 0)
        return errno == EEXIST ? 0 : -errno;
    return chmod(path, S_IRWXU) < 0 ? -errno : 0;
}

static int open_in(const char *parent)
{
    char path[PATH_MAX];
    int fd, rc;
    int n = snprintf(path, sizeof path, "%s/mproc-%lu", parent,
                     (unsigned long)geteuid());

    if (n < 0 || (size_t)n >= sizeof path)
        return -ENAMETOOLONG;
    fd = open_dir(path);
    if (fd == -ENOENT) {
        MP_TRY(make_dir(path));
        fd = open_dir(path);
    }
    if (fd < 0)
        return fd;
    rc = check_mine_alone(fd);
    if (rc == 0)
        return fd;
    (void)close(fd);
    return rc;
}

/* What will pass is no reason to go somewhere else: another process, or the
   same one later, would look here. */
static bool will_pass(int code)
{
    return code == -EMFILE || code == -ENFILE || code == -ENOMEM ||
           code == -ENOSPC;
}

int mp__registry_open(void)
{
    const char *parents[] = {runtime_dir(), "/dev/shm", "/tmp"};
    int rc = -ENOENT;

    for (size_t i = 0; i < sizeof parents / sizeof *parents; i++) {
        if (parents[i] == NULL)
            continue;
        rc = open_in(parents[i]);
        if (rc >= 0)
            return rc;
        if (will_pass(rc))
            break;
    }
    return will_pass(rc) ? rc : -EACCES;
}
