/*
 * Variables: what a Value and an Array have in common, C data in shared memory
 * and a process's view of it.
 *
 * A user has nothing but the address of the data. Right in front of it lies
 * the header, with the words of a lock: data of 16 bytes or less are in the
 * same cache line as their lock, larger ones begin with the line behind it.
 * From the header a process finds its own view by the note of the cell
 * (os/cell.h), so one object that arrives twice has one view, and one address.
 */
#ifndef MP_SHARED_VARIABLE_H
#define MP_SHARED_VARIABLE_H

#include "any/handle.h"
#include "os/cell.h"
#include "sync/rlock_state.h"

#include <stdbool.h>

/* What the data are. A copy that was checked is in each view: what another
   process may do to the header misleads nobody. */
struct mp__shape {
    unsigned flags;
    int elem;    /* enum mp_elem; MP_ELEM_NONE for a struct */
    size_t size; /* of an element */
    size_t n;    /* elements; 1 for a Value */
};

#define MP__IS_ARRAY    1u
#define MP__LOCK_INSIDE 2u /* its lock is the one in the header */
#define MP__LOCK_APART  4u /* its lock is another object; neither: it is raw */

/* In front of the data. Everything but the lock is written once, when it is
   made. As the cell begins with an RLock, that can be sent as any RLock. */
struct mp__variable_shared {
    struct mp__rlock_shared lock;
    uint32_t magic;
    uint32_t size; /* of an element */
    uint64_t what; /* as the head of an mp_any: flags, elem, n */
};

_Static_assert(sizeof(struct mp__variable_shared) == 48,
               "16 bytes of data share its cache line");

/* This process's view. */
struct mp__variable {
    struct mp__handle handle;
    struct mp__cell cell;
    struct mp__shape shape;
    void *data;
    struct mp__handle *lock; /* of an mp_rlock or mp_lock, held; or NULL */
};

extern const struct mp__handle_type mp__value_type;
extern const struct mp__handle_type mp__array_type;

/* The bytes of all elements. -ENOMEM if no memory can hold so many
   · MP_VALUE_ERROR if the element is none. */
int mp__shape_total(const struct mp__shape *s, size_t *out);

/* Make one, all zero. lock is a Lock or RLock, None for one of its own, or
   False for none. NULL with the record set. */
struct mp__variable *mp__variable_new(struct mp__shape shape, mp_any lock);

/* Take hold of one that another process made, with `apart` as its lock, or
   NULL. All of the address may be hostile. Takes over the fd and `apart`,
   also if it fails. */
int mp__variable_adopt(struct mp__cell_address at,
                       const struct mp__shape *shape, struct mp__handle *apart,
                       struct mp__variable **out);

/* The view that has its data there; NULL with the record set. */
struct mp__variable *mp__variable_of(const void *data);

/* Take and release its lock; a raw one has none, and is as it is. 0
   · MP_OWNER_DEAD it is held, and its last holder died · MP_TIMEOUT
   · -EAGAIN. */
int mp__variable_acquire(const struct mp__variable *v, double timeout);
int mp__variable_release(const struct mp__variable *v);

/* Release it, and answer: rc if that is a failure, else what acquiring said. */
int mp__variable_done(const struct mp__variable *v, int acquired, int rc);

/* Element i, or all of them, as a value that borrows the data. `room` is what
   a struct's value is made in. */
mp_any mp__variable_item(const struct mp__variable *v, size_t i,
                         mp_struct *room);
mp_any mp__variable_piece(const struct mp__variable *v, size_t start, size_t n);

/* Rows: travel.c and repr.c. */
int mp__variable_reduce(struct mp__handle *h, struct mp__parcel *out);
int mp__variable_rebuild(const struct mp__parcel *in, struct mp__handle **out);
int mp__variable_repr(const struct mp__handle *h, char *buf, size_t size);

#endif
