/*
 * Shared memory by name: a file in the user's registry, mapped.
 *
 * There is no process that keeps the books: a name lives as long as it is used
 * (named_life.h), and what the killed leave behind goes at the next making.
 * The memory is had before the file gets its name, so that want of it is an
 * error of that call and never a SIGBUS; and a file that has its name is whole.
 */
#ifndef MP_OS_NAMED_H
#define MP_OS_NAMED_H

#include "os/named_head.h"

#include <stddef.h>

/* One use of one file. */
struct mp__named {
    void *base;  /* page-aligned; NULL: not mapped            */
    size_t size; /* to the byte, as it was asked for          */
    uint64_t id;
    int fd; /* holds the use, as the mapping does; or -1 */
    bool lasting;
    bool readonly;
    char name[MP__NAME_MAX + 1]; /* "" before it has one */
};

/* Make memory, all zero, that has no name yet. `name`, unless it is NULL, is
   the one that it is to have: -EEXIST if it is taken. Fails with -EFBIG above
   the limit on files, -ENOSPC, -ENOMEM, -EMFILE, -ENFILE and the record set,
   MP_VALUE_ERROR if it can be no name. */
int mp__named_make(const char *name, size_t size, bool lasting,
                   struct mp__named *out);

/* Give it its name. -EEXIST there is one; it can be tried with another. */
int mp__named_publish(struct mp__named *n, const char *name);

/* Use what another process made. -ENOENT (record set) there is none, or
   nobody is left who uses it · MP_VALUE_ERROR it is damaged, or no shared
   memory · -EMFILE, -ENFILE, -ENOMEM. */
int mp__named_open(const char *name, bool readonly, struct mp__named *out);

/* Use what another process sent. Takes the fd over on success only. */
int mp__named_adopt(int fd, struct mp__named *out);

/* Whether it has a name, and use no memory, but still hold the name. */
bool mp__named_has_name(const struct mp__named *n);
void mp__named_unmap(struct mp__named *n);

/* Use it no more: if nobody else does, its name goes. */
void mp__named_release(struct mp__named *n);

/* The same at the end of a process, when other threads may still be at work
   in the memory: zeros are laid in its place. */
void mp__named_abandon(struct mp__named *n);

/* Take its name away, whoever uses it, also after it was released. -ENOENT
   (record set) it has none. */
int mp__named_unlink(const struct mp__named *n);

/* Remove what nobody uses any more; how many, or a failure. */
int mp__named_collect(void);

#endif
