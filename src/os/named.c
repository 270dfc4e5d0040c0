/*
 * Files of the registry: made, found and mapped; see named.h.
 *
 * A file is made under a name of its own, in use from the start, and moved to
 * the name that was asked for when all is ready: by one system call, which
 * fails if there is such a name. If its maker is killed before, it is nobody's
 * and swept like all else.
 */
#include "os/named.h"

#include "base/error.h"
#include "os/mapping.h"
#include "os/named_life.h"
#include "os/random.h"
#include "os/registry_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { SWEPT_AT_ONCE = 64 };
enum { ATTEMPTS = 100 }; /* at a name that others keep taking away */

typedef char file_name[NAME_MAX + 1];

static void name_of_making(uint64_t id, file_name out)
{
    (void)snprintf(out, sizeof(file_name), "%c%016" PRIx64, MP__NAMED_MAKING,
                   id);
}

static void name_of_user(const char *name, file_name out)
{
    (void)snprintf(out, sizeof(file_name), "%c%s", MP__NAMED_USERS, name);
}

static int check_name(const char *name)
{
    if (mp__named_is_name(name))
        return 0;
    return mp__fail(MP_VALUE_ERROR,
                    "'%s' is no name for shared memory: 1 to %d bytes, none "
                    "of them '/'",
                    name, MP__NAME_MAX);
}

static int open_registry(void)
{
    int dir = mp__registry_open();

    if (dir < 0)
        mp__fail_os(dir, "cannot have a directory for named shared memory");
    return dir;
}

static int fail_named(int code, const char *name)
{
    return mp__fail_os(code, "shared memory '%s'", name);
}

/* -- mapping -------------------------------------------------------------- */

static int map(int fd, const struct mp__named_head *head, bool readonly,
               struct mp__named *out)
{
    void *base =
        mmap(NULL, head->size, readonly ? PROT_READ : PROT_READ | PROT_WRITE,
             MAP_SHARED, fd, (off_t)head->offset);

    if (base == MAP_FAILED)
        return mp__fail_os(-errno, "cannot map %" PRIu64 " bytes", head->size);
    *out = (struct mp__named){
        .base = base,
        .size = head->size,
        .id = head->id,
        .fd = fd,
        .lasting = head->lasting != 0,
        .readonly = readonly,
    };
    memcpy(out->name, head->name, sizeof out->name);
    return 0;
}

void mp__named_unmap(struct mp__named *n)
{
    if (n->base != NULL)
        (void)munmap(n->base, n->size);
    n->base = NULL;
}

/* -- making --------------------------------------------------------------- */

/* A file of our own that is in use. A sweep between its making and its lock
   takes it for garbage: then there is another one. */
static int make_file(int dir, uint64_t id)
{
    file_name file;

    name_of_making(id, file);
    for (int i = 0; i < ATTEMPTS; i++) {
        int fd = openat(dir, file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
                        S_IRUSR | S_IWUSR);
        int rc = fd < 0 ? -errno : mp__named_hold(fd);

        if (fd < 0)
            return rc;
        if (rc == 0 && fchmod(fd, S_IRUSR | S_IWUSR) < 0)
            rc = -errno;
        if (rc == 0 && !mp__named_is_nameless(fd))
            return fd;
        (void)unlinkat(dir, file, 0);
        (void)close(fd);
        if (rc < 0 && rc != -EAGAIN)
            return rc;
    }
    return -EAGAIN;
}

static int fill_file(int fd, const struct mp__named_head *head)
{
    size_t whole = head->offset + head->size;
    struct statvfs fs;
    int rc;

    if (whole > mp__file_size_limit())
        return -EFBIG;
    if (fstatvfs(fd, &fs) == 0 && whole / fs.f_frsize > fs.f_bfree)
        return -ENOSPC;
    rc = mp__file_allocate(fd, 0, whole);
    return rc < 0 ? rc : mp__named_head_write(fd, head);
}

static int make_in(int dir, const struct mp__named_head *head,
                   struct mp__named *out)
{
    file_name file;
    int fd = make_file(dir, head->id);
    int rc = fd < 0 ? fd : fill_file(fd, head);

    if (rc < 0)
        rc = mp__fail_os(rc, "cannot have %" PRIu64 " bytes of shared memory",
                         head->size);
    else
        rc = map(fd, head, false, out);
    if (rc < 0 && fd >= 0) {
        name_of_making(head->id, file);
        (void)unlinkat(dir, file, 0);
        (void)close(fd);
    }
    return rc;
}

/* Before memory is had for nothing. */
static bool is_taken(int dir, const char *name)
{
    file_name file;

    name_of_user(name, file);
    (void)mp__named_remove_unused(dir, file);
    return faccessat(dir, file, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* All of them, unless there are so many that it would take longer than the
   making: then each making goes on where the one before it stopped. Threads
   may race on where that was: it is no more than a hint. */
static void sweep_some(int dir)
{
    static _Atomic size_t next;
    size_t at = atomic_load(&next);

    (void)mp__named_sweep(dir, SWEPT_AT_ONCE, &at);
    atomic_store(&next, at);
}

int mp__named_make(const char *name, size_t size, bool lasting,
                   struct mp__named *out)
{
    struct mp__named_head head = mp__named_head_new(size, lasting);
    int dir, rc;

    if (name != NULL)
        MP_TRY(check_name(name));
    if (size > INT64_MAX - head.offset)
        return mp__fail_os(-EFBIG, "cannot have %zu bytes of shared memory",
                           size);
    dir = open_registry();
    if (dir < 0)
        return dir;
    sweep_some(dir);
    rc = name != NULL && is_taken(dir, name) ? fail_named(-EEXIST, name)
                                             : make_in(dir, &head, out);
    (void)close(dir);
    return rc;
}

static int publish_in(int dir, const struct mp__named *n, const char *name)
{
    struct mp__named_head head = mp__named_head_new(n->size, n->lasting);
    file_name from, to;

    head.id = n->id;
    memcpy(head.name, name, strlen(name));
    MP_TRY(mp__named_head_write(n->fd, &head));
    name_of_making(n->id, from);
    name_of_user(name, to);
    return renameat2(dir, from, dir, to, RENAME_NOREPLACE) < 0 ? -errno : 0;
}

int mp__named_publish(struct mp__named *n, const char *name)
{
    int dir, rc;

    MP_TRY(check_name(name));
    dir = open_registry();
    if (dir < 0)
        return dir;
    rc = publish_in(dir, n, name);
    (void)close(dir);
    if (rc < 0)
        return fail_named(rc, name);
    memcpy(n->name, name, strlen(name) + 1);
    return 0;
}

/* -- finding -------------------------------------------------------------- */

/* What lasts is there when nobody uses it. */
static int use(int fd, const char *name, bool readonly, struct mp__named *out)
{
    struct mp__named_head head;
    int rc;

    MP_TRY(mp__named_head_check(fd, name, &head));
    rc = head.lasting != 0 || mp__named_is_used(fd) ? 0 : -ENOENT;
    if (rc == 0)
        rc = mp__named_hold(fd);
    if (rc == -EAGAIN)
        rc = -ENOENT;
    if (rc < 0)
        return fail_named(rc, name);
    return map(fd, &head, readonly, out);
}

/* -EAGAIN: it lost its name before it was used, and another may have it. */
static int open_in(int dir, const char *name, bool readonly,
                   struct mp__named *out)
{
    file_name file;
    int fd, rc;

    name_of_user(name, file);
    fd = openat(dir, file,
                (readonly ? O_RDONLY : O_RDWR) | O_NOFOLLOW | O_NONBLOCK |
                    O_CLOEXEC);
    if (fd < 0)
        return fail_named(-errno, name);
    rc = use(fd, name, readonly, out);
    if (rc == 0 && mp__named_is_nameless(fd)) {
        mp__named_unmap(out);
        rc = -EAGAIN;
    }
    if (rc < 0)
        (void)close(fd);
    return rc;
}

int mp__named_open(const char *name, bool readonly, struct mp__named *out)
{
    struct mp__named found;
    int dir, rc = -EAGAIN;

    MP_TRY(check_name(name));
    dir = open_registry();
    if (dir < 0)
        return dir;
    for (int i = 0; rc == -EAGAIN && i < ATTEMPTS; i++)
        rc = open_in(dir, name, readonly, &found);
    (void)close(dir);
    if (rc == -EAGAIN)
        return mp__fail_os(-ENOENT, "shared memory '%s'", name);
    if (rc == 0)
        *out = found;
    return rc;
}

/* It may have lost its name on the way, and whoever sent it may be gone: the
   descriptor kept it in use. */
int mp__named_adopt(int fd, struct mp__named *out)
{
    struct mp__named_head head;
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0 || (flags & O_PATH) != 0 || (flags & O_ACCMODE) == O_WRONLY)
        return mp__fail(MP_VALUE_ERROR,
                        "the descriptor received is no shared memory");
    MP_TRY(mp__named_head_check(fd, "what was received", &head));
    if (mp__named_hold(fd) < 0)
        return mp__fail(MP_VALUE_ERROR,
                        "the shared memory received is being removed");
    return map(fd, &head, (flags & O_ACCMODE) == O_RDONLY, out);
}

/* -- the end -------------------------------------------------------------- */

bool mp__named_has_name(const struct mp__named *n)
{
    return n->fd >= 0 && !mp__named_is_nameless(n->fd);
}

static void file_of(const struct mp__named *n, file_name out)
{
    if (n->name[0] == '\0')
        name_of_making(n->id, out);
    else
        name_of_user(n->name, out);
}

/* Forked children may share this description, so it cannot tell whether it is
   the last; one that is opened for it can. What is to last does so from when
   it has its name. */
static void let_go(struct mp__named *n)
{
    bool named = mp__named_has_name(n);
    file_name file;
    int dir;

    (void)close(n->fd);
    n->fd = -1;
    if (!named || (n->lasting && n->name[0] != '\0'))
        return;
    dir = mp__registry_open();
    if (dir < 0)
        return;
    file_of(n, file);
    (void)mp__named_remove_unused(dir, file);
    (void)close(dir);
}

void mp__named_release(struct mp__named *n)
{
    mp__named_unmap(n);
    if (n->fd >= 0)
        let_go(n);
}

void mp__named_abandon(struct mp__named *n)
{
    if (n->base != NULL)
        (void)mmap(n->base, n->size, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1,
                   0);
    if (n->fd >= 0)
        let_go(n);
}

/* Whether the file is the one that was made then: others may have had the name
   since. */
static bool is_same(int fd, const struct mp__named *n)
{
    struct mp__named_head head;

    return mp__named_head_read(fd, &head) == 0 &&
           head.magic == MP__NAMED_MAGIC && head.id == n->id;
}

static int unlink_in(int dir, const struct mp__named *n)
{
    file_name file;
    int fd, rc;

    file_of(n, file);
    fd = openat(dir, file, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    rc = is_same(fd, n) ? mp__named_remove(dir, file, fd) : -ENOENT;
    (void)close(fd);
    return rc;
}

int mp__named_unlink(const struct mp__named *n)
{
    int dir = open_registry();
    int rc;

    if (dir < 0)
        return dir;
    rc = unlink_in(dir, n);
    (void)close(dir);
    return rc < 0 ? fail_named(rc, n->name) : 0;
}

int mp__named_collect(void)
{
    int dir = open_registry();
    size_t first = 0;
    int n;

    if (dir < 0)
        return dir;
    n = mp__named_sweep(dir, SIZE_MAX, &first);
    (void)close(dir);
    return n < 0 ? mp__fail_os(n, "cannot look for unused shared memory") : n;
}
