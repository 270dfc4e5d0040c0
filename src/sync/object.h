/*
 * What all objects of this room have in common: a handle, and a cell in shared
 * memory (os/cell.h).
 *
 * Each object has two files. <noun>_state.[ch] is the struct in shared memory
 * and how it changes, and knows nothing of handles: what the rigs look at.
 * <noun>.c is the public face: checks, names, printing, travelling.
 */
#ifndef MP_SYNC_OBJECT_H
#define MP_SYNC_OBJECT_H

#include "any/handle.h"
#include "os/cell.h"
#include "os/context.h"

/* A public object begins with this. */
struct mp__object {
    struct mp__handle handle;
    struct mp__cell cell;
};

/* Make the object, of `size` bytes, and its cell, of `shared` bytes, all zero
   but for its head; NULL with the record set. */
void *mp__object_new(const struct mp__handle_type *type, size_t size,
                     uint32_t magic, size_t shared);

/* The rows of a type: the object's memory and hold go; it travels by the
   address of its cell. */
void mp__object_destroy(struct mp__handle *h);
int mp__object_reduce(struct mp__handle *h, struct mp__parcel *out);

/* Make the object of what reduce packed; it is checked to have that magic and
   at least `shared` bytes. For a type's own rebuild. */
int mp__object_rebuild(const struct mp__handle_type *type, size_t size,
                       uint32_t magic, size_t shared,
                       const struct mp__parcel *in, struct mp__handle **out);

/* The same where what lies in the cell says how large it is: is_whole has the
   last word. */
struct mp__object_wanted {
    const struct mp__handle_type *type;
    size_t size;
    uint32_t magic;
    size_t shared;
    bool (*is_whole)(const void *shared);
};
int mp__object_rebuild_whole(const struct mp__object_wanted *w,
                             const struct mp__parcel *in,
                             struct mp__handle **out);

/* What a public acquire answers: 0, MP_OWNER_DEAD, MP_TIMEOUT with the record
   set, or the failure as it is. `what` was to be had, "lock". */
int mp__acquired(int rc, const char *what);

/* Who has a lock, as Python says it: "MainProcess|Thread-1", "None",
   "SomeOtherThread", "SomeOtherProcess". */
#define MP__OWNER_TEXT 300
void mp__owner_text(mp__owner who, uint32_t thread, char text[MP__OWNER_TEXT]);

#endif
