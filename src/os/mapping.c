/*
 * Shared mappings by memfd; see mapping.h for what is promised.
 */
#include "os/mapping.h"

#include "base/error.h"
#include "os/memory.h"
#include "os/populate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SIZE_SEALS = F_SEAL_SHRINK | F_SEAL_GROW };

/* From here on it is asked beforehand whether there is so much memory. */
#define MUCH ((size_t)1 << 24)

size_t mp__page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

static size_t round_up(size_t size)
{
    size_t page = mp__page_size();

    return (size + page - 1) / page * page;
}

size_t mp__file_size_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_FSIZE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
        return SIZE_MAX;
    return (size_t)limit.rlim_cur;
}

/* If a signal comes meanwhile the kernel gives back what it has taken so far,
   and answers EINTR: smaller steps get done between one signal and the next.
   (posix_fallocate returns its error.) */
int mp__file_allocate(int fd, size_t offset, size_t size)
{
    size_t step = size;

    /* Nothing limits a memfd: the kernel would take all there is before it says
       that there is no more, and kill for the next page that anybody wants. */
    if (size >= MUCH && size > mp__memory_available())
        return -ENOMEM;
    while (size > 0) {
        size_t now = step < size ? step : size;
        int error = posix_fallocate(fd, (off_t)offset, (off_t)now);

        if (error == EINTR) {
            step = round_up((now + 1) / 2);
            continue;
        }
        if (error != 0)
            return -error;
        offset += now;
        size -= now;
    }
    return 0;
}

static void *map_shared(void *at, int fd, size_t size)
{
    int fixed = at != NULL ? MAP_FIXED : 0;

    return mmap(at, size, PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_NORESERVE | fixed, fd, 0);
}

/* The shared part is laid over the rear of private memory. */
static void *map(int fd, size_t front, size_t size)
{
    char *whole = NULL;
    void *base;

    if (front > 0) {
        whole = mmap(NULL, front + size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (whole == MAP_FAILED)
            return MAP_FAILED;
    }
    base = map_shared(whole != NULL ? whole + front : NULL, fd, size);
    if (base == MAP_FAILED && whole != NULL) {
        int error = errno;
        munmap(whole, front + size);
        errno = error;
    }
    return base;
}

static void unmap(void *base, size_t front, size_t size)
{
    munmap((char *)base - front, front + size);
}

static struct mp__mapping mapping_of(void *base, size_t front, int fd,
                                     const struct stat *st)
{
    return (struct mp__mapping){
        .base = base,
        .size = (size_t)st->st_size,
        .front = front,
        .fd = fd,
        .device = st->st_dev,
        .inode = st->st_ino,
    };
}

/* Half the reserve until it fits the limits on files and addresses. */
static int size_and_map(int fd, size_t front, size_t reserve, size_t commit,
                        struct mp__mapping *out)
{
    size_t limit = mp__file_size_limit();
    struct stat st;

    for (size_t size = reserve;; size = size / 2 > commit ? size / 2 : commit) {
        void *base = MAP_FAILED;
        int error = EFBIG;

        if (size <= limit) {
            base = map(fd, front, size);
            error = errno;
        }
        if (base != MAP_FAILED) {
            if (ftruncate(fd, (off_t)size) == 0 && fstat(fd, &st) == 0) {
                *out = mapping_of(base, front, fd, &st);
                return 0;
            }
            error = errno;
            unmap(base, front, size);
        }
        if (size == commit)
            return mp__fail_os(-error, "cannot map %zu bytes", commit);
    }
}

int mp__mapping_new_noted(const char *name, size_t front, size_t reserve,
                          size_t commit, struct mp__mapping *out)
{
    struct mp__mapping m;
    int rc;
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd < 0)
        return mp__fail_os(-errno, "cannot make shared memory");
    commit = round_up(commit);
    reserve = round_up(reserve > commit ? reserve : commit);
    rc = size_and_map(fd, front, reserve, commit, &m);
    if (rc < 0)
        goto close_fd;
    rc = mp__file_allocate(fd, 0, commit);
    if (rc < 0) {
        mp__fail_os(rc, "cannot have %zu bytes of shared memory", commit);
        goto unmap_all;
    }
    if (fcntl(fd, F_ADD_SEALS, SIZE_SEALS | F_SEAL_SEAL) < 0) {
        rc = mp__fail_os(-errno, "cannot seal shared memory");
        goto unmap_all;
    }
    *out = m;
    return 0;

unmap_all:
    unmap(m.base, front, m.size);
close_fd:
    close(fd);
    return rc;
}

int mp__mapping_new(const char *name, size_t reserve, size_t commit,
                    struct mp__mapping *out)
{
    return mp__mapping_new_noted(name, 0, reserve, commit, out);
}

int mp__mapping_adopt_noted(int fd, size_t front, struct mp__mapping *out)
{
    struct stat st;
    int seals = fcntl(fd, F_GET_SEALS);
    void *base;

    if (seals < 0 || (seals & SIZE_SEALS) != SIZE_SEALS || fstat(fd, &st) < 0 ||
        st.st_size <= 0)
        return mp__fail(MP_VALUE_ERROR,
                        "the descriptor received is no sealed shared memory");
    base = map(fd, front, (size_t)st.st_size);
    if (base == MAP_FAILED)
        return mp__fail_os(-errno, "cannot map %lld bytes",
                           (long long)st.st_size);
    *out = mapping_of(base, front, fd, &st);
    return 0;
}

int mp__mapping_adopt(int fd, struct mp__mapping *out)
{
    return mp__mapping_adopt_noted(fd, 0, out);
}

void mp__mapping_free(struct mp__mapping *m)
{
    if (m->base == NULL)
        return;
    unmap(m->base, m->front, m->size);
    close(m->fd);
    *m = (struct mp__mapping){.fd = -1};
}

struct mp__mapping mp__mapping_part(const struct mp__mapping *m, size_t offset,
                                    size_t size)
{
    struct mp__mapping part = *m;

    part.base = (char *)m->base + offset;
    part.size = size;
    part.front = 0;
    part.at = m->at + offset;
    return part;
}

bool mp__mapping_is_of(const struct mp__mapping *m, int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && st.st_dev == m->device &&
           st.st_ino == m->inode;
}

/* A host that closes descriptors by number may have closed ours, and opened a
   file of its own in its place, which is not to grow. */
int mp__mapping_commit(const struct mp__mapping *m, size_t offset, size_t size)
{
    int rc = mp__mapping_is_of(m, m->fd)
                 ? mp__file_allocate(m->fd, m->at + offset, size)
                 : -EBADF;

    if (rc < 0)
        return mp__fail_os(rc, "cannot have %zu more bytes of shared memory",
                           size);
    if (size >= MP__POPULATE_SHARED)
        mp__populate((char *)m->base + offset, size);
    return 0;
}

void mp__mapping_release(const struct mp__mapping *m, size_t offset,
                         size_t size)
{
    (void)madvise((char *)m->base + offset, size, MADV_REMOVE);
}
