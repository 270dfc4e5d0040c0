/*
 * Sealed memory; see sealed.h. It is filled by write(2): that takes each page
 * once, and says so when there is none.
 */
#include "os/sealed.h"

#include "base/error.h"
#include "os/mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL };
enum { BLOCK = 512 }; /* of st_blocks */

static int fill(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, data, size);

        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0) {
            data += n;
            size -= (size_t)n;
        }
    }
    return 0;
}

int mp__sealed_new(const void *data, size_t size)
{
    int rc;
    int fd;

    if (size > mp__file_size_limit())
        return mp__fail_os(-EFBIG, "cannot have %zu bytes of memory", size);
    fd = memfd_create("mproc-message", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return mp__fail_os(-errno, "cannot make memory for a message");
    rc = fill(fd, data, size);
    if (rc == 0 && fcntl(fd, F_ADD_SEALS, SEALS) < 0)
        rc = -errno;
    if (rc < 0) {
        (void)close(fd);
        return mp__fail_os(rc, "cannot have %zu bytes of memory for a message",
                           size);
    }
    return fd;
}

/* A file with holes in it would take memory when it is read, and ours: the
   sender could have us killed for want of it. */
static bool is_sealed_memory(int fd, size_t size)
{
    struct stat st;
    int seals = fcntl(fd, F_GET_SEALS);

    return seals >= 0 && (seals & SEALS) == SEALS && fstat(fd, &st) == 0 &&
           size > 0 && (size_t)st.st_size == size &&
           (size_t)st.st_blocks >= size / BLOCK;
}

int mp__sealed_map(int fd, size_t size, const void **out)
{
    void *base;

    if (!is_sealed_memory(fd, size))
        return mp__fail(MP_VALUE_ERROR,
                        "the descriptor received is not a message's memory");
    base = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    if (base == MAP_FAILED)
        return mp__fail_os(-errno, "cannot map a message of %zu bytes", size);
    *out = base;
    return 0;
}

void mp__sealed_unmap(const void *base, size_t size)
{
    (void)munmap((void *)(size_t)base, size);
}
