/*
 * Handles: what stands for a queue, a connection, ... inside a value.
 *
 * Every public object begins with a struct mp__handle. A higher room tells
 * the any room by its type row how one is freed, printed and sent; so no
 * arrow points the wrong way. Handles are counted: a value that holds one
 * (copied arguments, a received list) keeps it alive.
 */
#ifndef MP_ANY_HANDLE_H
#define MP_ANY_HANDLE_H

#include <mproc/any.h>

#include <stdatomic.h>

struct mp__handle;

/* What a handle becomes in a message: a few bytes and a few descriptors. */
#define MP__PARCEL_BYTES 64
#define MP__PARCEL_FDS   4

struct mp__parcel {
    size_t size;
    size_t nfds;
    unsigned char bytes[MP__PARCEL_BYTES];
    int fds[MP__PARCEL_FDS]; /* reduce: borrowed; rebuild: taken over */
};

/* What becomes of a handle that only one process can have at a time. */
enum mp__move {
    MP__MOVE_GONE,    /* it has been sent, or given to a child           */
    MP__MOVE_FORKING, /* it is to be given to a child that is forked now */
    MP__MOVE_FORKED,  /* ... who is there, or is not to be               */
    MP__MOVE_ARRIVED  /* it has been given to this process by fork       */
};

/* The types that may travel, by their number on the wire. */
enum mp__handle_tag {
    MP__TAG_NONE, /* does not travel */
    MP__TAG_CONNECTION,
    MP__TAG_QUEUE,
    MP__TAG_SIMPLE_QUEUE,
    MP__TAG_LOCK,
    MP__TAG_RLOCK,
    MP__TAG_SEMAPHORE,
    MP__TAG_CONDITION,
    MP__TAG_EVENT,
    MP__TAG_BARRIER,
    MP__TAG_SHARED, /* a Value or an Array */
    MP__TAG_SHARED_MEMORY,
    MP__TAG_SHAREABLE_LIST,
    MP__TAG_BUFFER,
    MP__TAG_FUTURE, /* to be received here; it does not travel */
    MP__TAGS
};

struct mp__handle_type {
    int tag;          /* enum mp__handle_tag                           */
    const char *name; /* as Python says it: "Queue"                    */

    /* The last reference is gone: free the object. */
    void (*destroy)(struct mp__handle *h);

    /* As snprintf; NULL: <Name at 0x...>. */
    int (*repr)(const struct mp__handle *h, char *buf, size_t size);

    /* Pack for sending; NULL if it never travels. Fails with the record set,
       for one, if it is closed. */
    int (*reduce)(struct mp__handle *h, struct mp__parcel *out);

    /* Make a handle of what reduce packed somewhere else. Takes over the
       descriptors on success only. The bytes may be hostile. */
    int (*rebuild)(const struct mp__parcel *in, struct mp__handle **out);

    /* A descriptor that polls readable when the object is ready, borrowed; it
       fails with the record set if there is none now. NULL: the object cannot
       be waited for. */
    int (*waitable_fd)(struct mp__handle *h);

    /* Of a Value or an Array: where its data lie. Fails with MP_TYPE_ERROR if
       they are not of this element type and size. NULL for all others. */
    int (*data)(struct mp__handle *h, int elem, size_t size, void **out);

    /* Of what only one process can have. NULL for all others. */
    void (*move)(struct mp__handle *h, enum mp__move how);
};

struct mp__handle {
    const struct mp__handle_type *type;
    _Atomic uint32_t refs; /* born as 1 */
};

void mp__handle_init(struct mp__handle *h, const struct mp__handle_type *type);
struct mp__handle *mp__handle_hold(struct mp__handle *h);
void mp__handle_drop(struct mp__handle *h); /* NULL is fine */

/* Tell all handles in a value what becomes of them. */
void mp__move(mp_any v, enum mp__move how);

/* The row of a type that travels, registered once by its room's constructor
   (an __attribute__((constructor)) function); NULL if there is none. */
void mp__handle_register(const struct mp__handle_type *type);
const struct mp__handle_type *mp__handle_type_of(int tag);

/* The value of a handle; kind BAD if it is NULL. */
mp_any mp__any_handle(struct mp__handle *h, const char *what);

/* A receiver of handles of one type: stores a struct mp__handle *. */
mp_out mp__out_handle(const struct mp__handle_type *type, void *p, bool view);

#endif
