/*
 * The struct behind mp_queue: one process's handle of a ring. A SimpleQueue is
 * one under another name, with less that can be asked of it.
 */
#ifndef MP_QUEUE_QUEUE_H
#define MP_QUEUE_QUEUE_H

#include "any/handle.h"
#include "queue/ring.h"

struct mp_queue {
    struct mp__handle handle;
    struct ring ring;
    bool joinable;
    atomic_bool closed; /* in this process */
};

/* What the rows of both types say. A queue travels as the descriptors of its
   ring. */
void mp__queue_destroy(struct mp__handle *h);
int mp__queue_reduce(struct mp__handle *h, struct mp__parcel *out);

/* A new one of a type, or one that came in a parcel; both fail with the record
   set. maxsize 0: no limit. */
struct mp_queue *mp__queue_make(const struct mp__handle_type *type,
                                uint32_t maxsize, bool joinable);
int mp__queue_unpack(const struct mp__handle_type *type,
                     const struct mp__parcel *in, struct mp__handle **out);

#endif
