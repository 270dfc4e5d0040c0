/*
 * What a file of the registry begins with. It is written before the file gets
 * its name, read with pread(2) and never mapped: no stray write of a program
 * can hurt it, and no truncation the reader.
 */
#ifndef MP_OS_NAMED_HEAD_H
#define MP_OS_NAMED_HEAD_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#define MP__NAMED_MAGIC UINT64_C(0x316d656d636f7270) /* "procmem1" */

/* The first byte of a file's name is its kind, so a name can be this long. */
#define MP__NAME_MAX (NAME_MAX - 1)

struct mp__named_head {
    /* In every version of the library in this place. */
    uint64_t magic; /* tells the byte order, too */
    uint32_t version;
    uint32_t lasting; /* 1: only an unlink removes it */

    uint64_t layout; /* of this struct, see named_head.c */
    uint64_t id;     /* random: tells it from another one of its name */
    uint64_t offset; /* of the memory; whole pages */
    uint64_t size;   /* of the memory, to the byte */
    char name[MP__NAME_MAX + 1];
    char unused; /* to a round size */
};

/* A head that has all but the name. */
struct mp__named_head mp__named_head_new(uint64_t size, bool lasting);

/* 0 or -errno; a file that is too short reads as zero behind its end. */
int mp__named_head_read(int fd, struct mp__named_head *out);
int mp__named_head_write(int fd, const struct mp__named_head *head);

/* Read it, and check that the file is what it says. Fails with MP_VALUE_ERROR
   that says so; the file is called `name` there. */
int mp__named_head_check(int fd, const char *name, struct mp__named_head *out);

/* Whether this can be the name of shared memory. */
bool mp__named_is_name(const char *name);

#endif
