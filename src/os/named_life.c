/*
 * Locks on the files of the registry, and the end of their names; see
 * named_life.h.
 */
#include "os/named_life.h"

#include "os/named_head.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* The bytes that are locked; nothing is read or written for it. */
enum { USE = 0, REMOVAL = 1 };

static int lock(int fd, short type, off_t byte, off_t n)
{
    struct flock l = {
        .l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = n};

    return fcntl(fd, F_OFD_SETLK, &l) < 0 ? -errno : 0;
}

int mp__named_hold(int fd)
{
    int rc = lock(fd, F_RDLCK, USE, 1);

    return rc == -EACCES ? -EAGAIN : rc;
}

/* Asking for a lock needs no descriptor that could have it. If it cannot be
   asked for, it is taken for used: nothing is lost then. */
bool mp__named_is_used(int fd)
{
    struct flock l = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = USE, .l_len = 1};

    return fcntl(fd, F_OFD_GETLK, &l) < 0 || l.l_type != F_UNLCK;
}

bool mp__named_is_nameless(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && st.st_nlink == 0;
}

/* Under the lock: if the file has a name, nobody can take it but us. */
static int remove_locked(int dir, const char *file, int fd)
{
    if (mp__named_is_nameless(fd))
        return -ENOENT;
    return unlinkat(dir, file, 0) < 0 ? -errno : 0;
}

int mp__named_remove(int dir, const char *file, int fd)
{
    int rc = lock(fd, F_WRLCK, REMOVAL, 1);

    if (rc < 0)
        return rc == -EAGAIN || rc == -EACCES ? -ENOENT : rc;
    return remove_locked(dir, file, fd);
}

/* A file that has not been given its name died with its maker, whatever it was
   to become; so did one without the head of one. */
static bool is_to_last(const char *file, int fd)
{
    struct mp__named_head head;

    return file[0] != MP__NAMED_MAKING && mp__named_head_read(fd, &head) == 0 &&
           head.magic == MP__NAMED_MAGIC && head.lasting != 0;
}

static bool is_file_of_mine(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid();
}

/* A maker that was killed before it had said the mode of its file leaves the one
   that its umask made of it: it is said now. */
static int open_file(int dir, const char *file)
{
    const int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    int fd = openat(dir, file, flags);

    if (fd < 0 && errno == EACCES && file[0] == MP__NAMED_MAKING &&
        fchmodat(dir, file, S_IRUSR | S_IWUSR, 0) == 0)
        fd = openat(dir, file, flags);
    return fd;
}

/* Most are used: that is asked first, for it takes one call. The lock is only
   tried on what does not last, so nobody meets it who attaches to that. */
bool mp__named_remove_unused(int dir, const char *file)
{
    int fd = open_file(dir, file);
    bool removed = false;

    if (fd < 0)
        return false;
    if (!mp__named_is_used(fd) && is_file_of_mine(fd) &&
        !is_to_last(file, fd) && lock(fd, F_WRLCK, USE, 2) == 0)
        removed = remove_locked(dir, file, fd) == 0;
    (void)close(fd);
    return removed;
}

static int sweep(DIR *entries, int dir, size_t most, size_t *next)
{
    size_t skipped = 0, seen = 0;
    struct dirent *e;
    int n = 0;

    while (seen < most && (e = readdir(entries)) != NULL) {
        if (e->d_name[0] == '.')
            continue;
        if (skipped < *next) {
            skipped++;
            continue;
        }
        n += mp__named_remove_unused(dir, e->d_name);
        seen++;
    }
    *next = seen < most ? 0 : *next + seen - (size_t)n;
    return n;
}

int mp__named_sweep(int dir, size_t most, size_t *next)
{
    int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = fd < 0 ? NULL : fdopendir(fd);
    int n;

    if (entries == NULL) {
        int code = -errno;

        if (fd >= 0)
            (void)close(fd);
        return code;
    }
    n = sweep(entries, dir, most, next);
    (void)closedir(entries);
    return n;
}
