/*
 * How a variable travels: by the address of its cell and what it is, and, if
 * its lock is another object, behind it that lock's own parcel.
 */
#include "shared/variable.h"

#include "any/layout.h"
#include "any/parcel.h"
#include "base/error.h"

#include <errno.h>
#include <string.h>

/* At the beginning of the parcel. */
struct packed {
    uint64_t offset;
    uint64_t what; /* as in the header */
    uint32_t size;
    uint32_t lock_tag; /* of the parcel that follows; 0: none does */
};

static int pack_lock(struct mp__handle *lock, struct mp__parcel *out)
{
    struct mp__parcel p = {.size = 0};

    MP_TRY(lock->type->reduce(lock, &p));
    if (p.size > MP__PARCEL_BYTES - out->size ||
        p.nfds > MP__PARCEL_FDS - out->nfds)
        return mp__fail(MP_VALUE_ERROR, "the parcel of a %s is too large",
                        lock->type->name);
    memcpy(out->bytes + out->size, p.bytes, p.size);
    memcpy(out->fds + out->nfds, p.fds, p.nfds * sizeof *p.fds);
    out->size += p.size;
    out->nfds += p.nfds;
    return 0;
}

int mp__variable_reduce(struct mp__handle *h, struct mp__parcel *out)
{
    const struct mp__variable *v = (const struct mp__variable *)h;
    const struct mp__variable_shared *shared = v->cell.shared;
    struct mp__cell_address at = mp__cell_address(&v->cell);
    bool apart = (v->shape.flags & MP__LOCK_APART) != 0;
    struct packed packed = {
        .offset = at.offset,
        .what = shared->what,
        .size = shared->size,
        .lock_tag = apart ? (uint32_t)v->lock->type->tag : 0,
    };

    out->size = sizeof packed;
    memcpy(out->bytes, &packed, sizeof packed);
    out->nfds = 1;
    out->fds[0] = at.fd;
    return apart ? pack_lock(v->lock, out) : 0;
}

/* -- on arrival, where all of it may be hostile ---------------------------- */

static int fail_no_variable(void)
{
    return mp__fail(MP_VALUE_ERROR, "what was received is no Value or Array");
}

static bool is_lock_sound(const struct packed *p, const struct mp__parcel *in)
{
    unsigned kind =
        (unsigned)mp__kind(p->what) & (MP__LOCK_INSIDE | MP__LOCK_APART);

    if (kind != MP__LOCK_APART)
        return kind != (MP__LOCK_INSIDE | MP__LOCK_APART) && p->lock_tag == 0 &&
               in->size == sizeof *p && in->nfds == 1;
    return p->lock_tag == MP__TAG_LOCK || p->lock_tag == MP__TAG_RLOCK;
}

static int unpack(const struct mp__parcel *in, struct packed *p,
                  struct mp__shape *shape)
{
    size_t total;

    if (in->size < sizeof *p || in->nfds < 1)
        return fail_no_variable();
    memcpy(p, in->bytes, sizeof *p);
    *shape = (struct mp__shape){
        .flags = (unsigned)mp__kind(p->what),
        .elem = mp__elem(p->what),
        .size = p->size,
        .n = mp__len(p->what),
    };
    if ((p->what & MP__FLAGS) != 0 ||
        shape->flags > (MP__IS_ARRAY | MP__LOCK_INSIDE | MP__LOCK_APART) ||
        ((shape->flags & MP__IS_ARRAY) == 0 && shape->n != 1) ||
        !is_lock_sound(p, in) || mp__shape_total(shape, &total) < 0)
        return fail_no_variable();
    return 0;
}

/* Make the lock that is apart, NULL if none is. Takes over its descriptors on
   success only. */
static int unpack_lock(const struct packed *p, const struct mp__parcel *in,
                       struct mp__handle **out)
{
    const struct mp__handle_type *type = mp__handle_type_of((int)p->lock_tag);
    struct mp__parcel rest = {
        .size = in->size - sizeof *p,
        .nfds = in->nfds - 1,
    };

    *out = NULL;
    if (p->lock_tag == 0)
        return 0;
    if (type == NULL)
        return fail_no_variable();
    memcpy(rest.bytes, in->bytes + sizeof *p, rest.size);
    memcpy(rest.fds, in->fds + 1, rest.nfds * sizeof *rest.fds);
    return type->rebuild(&rest, out);
}

/* Of the descriptors some may be taken over before another step fails: work on
   duplicates, so that until the end all of `in` are the caller's. */
int mp__variable_rebuild(const struct mp__parcel *in, struct mp__handle **out)
{
    struct mp__cell_address at;
    struct mp__parcel mine = *in;
    struct mp__handle *apart;
    struct mp__variable *v;
    struct mp__shape shape;
    struct packed packed;
    int rc;

    MP_TRY(unpack(in, &packed, &shape));
    MP_TRY(mp__parcel_dup_fds(in->fds, in->nfds, mine.fds));
    rc = unpack_lock(&packed, &mine, &apart);
    if (rc < 0) {
        mp__parcel_close_fds(mine.fds, mine.nfds);
        return rc;
    }
    at = (struct mp__cell_address){mine.fds[0], packed.offset};
    MP_TRY(mp__variable_adopt(at, &shape, apart, &v));
    mp__parcel_close_fds(in->fds, in->nfds);
    *out = &v->handle;
    return 0;
}
