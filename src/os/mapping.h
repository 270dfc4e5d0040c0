/*
 * Memory shared between processes: a memfd, mapped.
 *
 * Nothing has a name, so nothing can be left behind: the kernel frees the
 * memory with its last user. A page is taken with fallocate before anybody
 * writes to it: want of memory is an error of that call, never a SIGBUS. The
 * size is sealed: no process can cut it off under another.
 */
#ifndef MP_OS_MAPPING_H
#define MP_OS_MAPPING_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct mp__mapping {
    void *base;
    size_t size;  /* of the address range; mostly without memory behind it */
    size_t front; /* bytes before base that are this process's own */
    size_t at;    /* where in the file base is: 0, but of a part   */
    int fd;
    dev_t device; /* of the fd, to tell it from another of the same number */
    ino_t inode;
};

/* Map `reserve` bytes, `commit` of them with memory behind them, all zero.
   Fewer than reserve, but at least commit, if there is a limit. Fails with
   -ENOMEM, -ENOSPC, -EMFILE, -ENFILE and the record set. */
int mp__mapping_new(const char *name, size_t reserve, size_t commit,
                    struct mp__mapping *out);

/* Map what another process sent. Takes the fd over on success only. Fails
   with MP_VALUE_ERROR if it is not a memfd whose size is sealed. */
int mp__mapping_adopt(int fd, struct mp__mapping *out);

void mp__mapping_free(struct mp__mapping *m); /* all zero is fine */

/* [offset, offset + size) of a mapping as one of its own; it has the same
   descriptor, and is not freed. */
struct mp__mapping mp__mapping_part(const struct mp__mapping *m, size_t offset,
                                    size_t size);

/*
 * The same with memory of this process's own in front of base, all zero and
 * copied by fork like any other: for notes about what is shared, which are
 * found from where it lies.
 */
int mp__mapping_new_noted(const char *name, size_t front, size_t reserve,
                          size_t commit, struct mp__mapping *out);
int mp__mapping_adopt_noted(int fd, size_t front, struct mp__mapping *out);

/* Whether fd is of the memory that is mapped there. */
bool mp__mapping_is_of(const struct mp__mapping *m, int fd);

/* Have memory behind [offset, offset + size). On failure some of it may have;
   what was there before is as it was. */
int mp__mapping_commit(const struct mp__mapping *m, size_t offset, size_t size);

/* Give the memory behind it back; it reads as zero when committed again. */
void mp__mapping_release(const struct mp__mapping *m, size_t offset,
                         size_t size);

size_t mp__page_size(void);

/* Have memory (or disk) behind [offset, offset + size) of a file, which grows
   if it is shorter. 0 or -errno. */
int mp__file_allocate(int fd, size_t offset, size_t size);

/* RLIMIT_FSIZE: a write beyond it would not only fail but raise SIGXFSZ. */
size_t mp__file_size_limit(void);

#endif
