/*
 * SharedMemory as the files of this room see it.
 */
#ifndef MP_SHARED_SHARED_MEMORY_H
#define MP_SHARED_SHARED_MEMORY_H

#include "any/handle.h"
#include "os/named.h"

#include <mproc/shared_memory.h>

struct mp_shared_memory {
    struct mp__handle handle;
    struct mp__named file;
    bool maker;                    /* its name stays when it is closed     */
    _Atomic bool closed;           /* of this process; written under a lock */
    struct mp_shared_memory *next; /* of those that hold a use, see there  */
};

/* What is to be made. `fill` writes to the memory, which is all zero, before
   any other process can find it; it may be NULL. */
struct mp__memory_plan {
    const char *name; /* or NULL: one is made up */
    size_t size;
    bool lasting;
    void (*fill)(void *base, const void *arg);
    const void *arg;
};

/* NULL with the record set. */
struct mp_shared_memory *mp__memory_make(const struct mp__memory_plan *plan);
struct mp_shared_memory *mp__memory_attach(const char *name, bool readonly);

/* 0, or the failure of a call that is handed what is closed, or NULL. */
int mp__memory_check_open(const struct mp_shared_memory *m);

/* How both types travel: by the descriptor alone, which holds the use. */
int mp__memory_reduce(const struct mp_shared_memory *m, struct mp__parcel *out);
struct mp_shared_memory *mp__memory_rebuild(const struct mp__parcel *in);

#endif
