/*
 * The head of a file of the registry; see named_head.h.
 */
#include "os/named_head.h"

#include "base/error.h"
#include "os/mapping.h"
#include "os/random.h"

#include <errno.h>
#include <linux/magic.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define VERSION UINT32_C(1)

/* Where what may move lies, for an experiment that forgot the version. */
#define LAYOUT                                                 \
    ((uint64_t)sizeof(struct mp__named_head) << 48 |           \
     (uint64_t)offsetof(struct mp__named_head, id) << 32 |     \
     (uint64_t)offsetof(struct mp__named_head, offset) << 16 | \
     (uint64_t)offsetof(struct mp__named_head, size))

enum { BLOCK = 512 }; /* of st_blocks */

_Static_assert(sizeof(struct mp__named_head) == 304, "no padding");

struct mp__named_head mp__named_head_new(uint64_t size, bool lasting)
{
    struct mp__named_head head = {
        .magic = MP__NAMED_MAGIC,
        .version = VERSION,
        .lasting = lasting,
        .layout = LAYOUT,
        .offset = mp__page_size(),
        .size = size,
    };

    mp__random(&head.id, sizeof head.id);
    return head;
}

int mp__named_head_read(int fd, struct mp__named_head *out)
{
    ssize_t n;

    memset(out, 0, sizeof *out);
    do
        n = pread(fd, out, sizeof *out, 0);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : 0;
}

/* Memory has been had for it: it is written whole or not at all. */
int mp__named_head_write(int fd, const struct mp__named_head *head)
{
    ssize_t n;

    do
        n = pwrite(fd, head, sizeof *head, 0);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return -errno;
    return (size_t)n == sizeof *head ? 0 : -ENOSPC;
}

bool mp__named_is_name(const char *name)
{
    size_t n = strnlen(name, MP__NAME_MAX + 1);

    return n > 0 && n <= MP__NAME_MAX && strchr(name, '/') == NULL;
}

/* Pages that were given back come when they are touched, or do not: then the
   process that touches them dies. Other file systems than tmpfs may count in
   another way. */
static bool has_holes(int fd, const struct stat *st)
{
    struct statfs fs;

    return fstatfs(fd, &fs) == 0 && fs.f_type == TMPFS_MAGIC &&
           (uint64_t)st->st_blocks < (uint64_t)st->st_size / BLOCK;
}

static bool is_whole(const struct mp__named_head *head, const struct stat *st)
{
    return head->offset >= sizeof *head &&
           head->offset % mp__page_size() == 0 && head->size > 0 &&
           head->offset < INT64_MAX && head->size <= INT64_MAX - head->offset &&
           (uint64_t)st->st_size == head->offset + head->size &&
           memchr(head->name, '\0', sizeof head->name) != NULL &&
           mp__named_is_name(head->name);
}

int mp__named_head_check(int fd, const char *name, struct mp__named_head *out)
{
    struct stat st;
    int rc = fstat(fd, &st) < 0 ? -errno : 0;

    if (rc == 0 && S_ISREG(st.st_mode))
        rc = mp__named_head_read(fd, out);
    if (rc < 0)
        return mp__fail_os(rc, "cannot look at shared memory '%s'", name);
    if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
        out->magic != MP__NAMED_MAGIC)
        return mp__fail(MP_VALUE_ERROR,
                        "'%s' is no shared memory of this library", name);
    if (out->version != VERSION || out->layout != LAYOUT)
        return mp__fail(MP_VALUE_ERROR,
                        "the shared memory '%s' was made by another version "
                        "of this library",
                        name);
    if (!is_whole(out, &st))
        return mp__fail(MP_VALUE_ERROR, "the shared memory '%s' is damaged",
                        name);
    if (has_holes(fd, &st))
        return mp__fail(MP_VALUE_ERROR, "the shared memory '%s' has holes",
                        name);
    return 0;
}
