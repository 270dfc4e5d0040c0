/*
 * The life of a variable, and how it is found from its data; see variable.h.
 */
#include "shared/variable.h"

#include "any/value.h"
#include "base/clock.h"
#include "base/error.h"
#include "os/thread_lock.h"
#include "shared/element.h"
#include "sync/lock.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define MAGIC ((uint32_t)0x6d705661)
#define LINE  ((size_t)64)

static void destroy(struct mp__handle *h);
static int data(struct mp__handle *h, int elem, size_t size, void **out);

const struct mp__handle_type mp__value_type = {
    .tag = MP__TAG_SHARED,
    .name = "Value",
    .destroy = destroy,
    .repr = mp__variable_repr,
    .reduce = mp__variable_reduce,
    .rebuild = mp__variable_rebuild,
    .data = data,
};

const struct mp__handle_type mp__array_type = {
    .tag = MP__TAG_SHARED,
    .name = "Array",
    .destroy = destroy,
    .repr = mp__variable_repr,
    .reduce = mp__variable_reduce,
    .rebuild = mp__variable_rebuild,
    .data = data,
};

/* Both have one tag: what is registered makes the right one of a parcel. */
__attribute__((constructor)) static void register_type(void)
{
    mp__handle_register(&mp__value_type);
}

/* Guards the notes of cells: whether this process has a view of one yet. */
static struct mp__thread_lock notes;

static struct mp__variable *variable_of(struct mp__handle *h)
{
    return (struct mp__variable *)h;
}

static struct mp__variable_shared *shared_of(const struct mp__variable *v)
{
    return v->cell.shared;
}

/* -- the shape ------------------------------------------------------------- */

int mp__shape_total(const struct mp__shape *s, size_t *out)
{
    size_t size = mp__element_size(s->elem);

    if (s->size == 0 || s->size > UINT32_MAX ||
        (s->elem != MP_ELEM_NONE && s->size != size))
        return mp__fail(MP_VALUE_ERROR, "shared memory: no such element type");
    if (s->n > MP__LEN_MAX || s->n > (size_t)PTRDIFF_MAX / s->size)
        return mp__fail(-ENOMEM, "cannot have %zu elements of %zu bytes", s->n,
                        s->size);
    *out = s->n * s->size;
    return 0;
}

/* Where the data lie in the cell; see variable.h. */
static size_t offset_of(size_t total)
{
    size_t header = sizeof(struct mp__variable_shared);

    return total <= LINE - header ? header : LINE;
}

static uint64_t what_of(const struct mp__shape *s)
{
    return mp__head((int)s->flags, s->elem, s->n);
}

/* -- making ---------------------------------------------------------------- */

static void destroy_half(struct mp__variable *v)
{
    mp__handle_drop(v->lock);
    mp__cell_free(&v->cell);
    free(v);
}

/* The mp_rlock of the words in the header, which gets its cell later. */
static struct mp__handle *new_lock_inside(void)
{
    struct mp_rlock *lock = calloc(1, sizeof *lock);

    if (lock == NULL)
        return NULL;
    mp__handle_init(&lock->object.handle, &mp__rlock_type);
    return &lock->object.handle;
}

/* A view of nothing yet. Takes over `apart`, also if it fails. */
static struct mp__variable *new_view(const struct mp__shape *shape,
                                     struct mp__handle *apart)
{
    bool inside = (shape->flags & MP__LOCK_INSIDE) != 0;
    struct mp__handle *lock = inside ? new_lock_inside() : apart;
    struct mp__variable *v = calloc(1, sizeof *v);

    if (v == NULL || (inside && lock == NULL)) {
        mp__handle_drop(lock);
        free(v);
        mp__fail(-ENOMEM, "no memory for a shared object");
        return NULL;
    }
    mp__handle_init(&v->handle, (shape->flags & MP__IS_ARRAY) != 0
                                    ? &mp__array_type
                                    : &mp__value_type);
    v->shape = *shape;
    v->lock = lock;
    return v;
}

/* Its cell is there: find the data, give the lock inside its words. */
static void complete(struct mp__variable *v, size_t total)
{
    v->data = (char *)v->cell.shared + offset_of(total);
    if ((v->shape.flags & MP__LOCK_INSIDE) != 0)
        ((struct mp_rlock *)v->lock)->object.cell = mp__cell_hold(&v->cell);
}

/* What the user said of the lock, as flags and the lock that is apart. */
static int choose_lock(mp_any lock, unsigned *flags, struct mp__handle **apart)
{
    int kind = mp__kind(lock.head);
    struct mp__handle *h = (struct mp__handle *)lock.u.p;

    if (kind == MP_KIND_BAD)
        return mp__bad_code(lock);
    if (kind == MP_KIND_NONE || kind == MP_KIND_BOOL) {
        *flags |= kind == MP_KIND_BOOL && lock.u.i == 0 ? 0 : MP__LOCK_INSIDE;
        return 0;
    }
    if (kind != MP_KIND_HANDLE ||
        (h->type->tag != MP__TAG_LOCK && h->type->tag != MP__TAG_RLOCK))
        return mp__fail(MP_TYPE_ERROR, "expected Lock or RLock, got %s",
                        mp__type_name(lock));
    *flags |= MP__LOCK_APART;
    *apart = mp__handle_hold(h);
    return 0;
}

struct mp__variable *mp__variable_new(struct mp__shape shape, mp_any lock)
{
    struct mp__handle *apart = NULL;
    struct mp__variable *v;
    size_t total = 0;

    if (mp__shape_total(&shape, &total) < 0 ||
        choose_lock(lock, &shape.flags, &apart) < 0)
        return NULL;
    v = new_view(&shape, apart);
    if (v == NULL)
        return NULL;
    if (mp__cell_new(MP__RLOCK_MAGIC, offset_of(total) + total, &v->cell) < 0) {
        destroy_half(v);
        return NULL;
    }
    complete(v, total);
    shared_of(v)->magic = MAGIC;
    shared_of(v)->size = (uint32_t)shape.size;
    shared_of(v)->what = what_of(&shape);
    *mp__cell_note(v->cell.shared) = v;
    return v;
}

/* -- this process's one view ----------------------------------------------- */

/* Hold a view, unless its last holder is letting go of it just now. Acquire,
   also where it fails: the partner of the release in mp__handle_drop, after
   which no holder looks at the note or at the view. */
static bool try_hold(struct mp__variable *v)
{
    _Atomic uint32_t *refs = &v->handle.refs;
    uint32_t n = atomic_load_explicit(refs, memory_order_acquire);

    while (n != 0)
        if (atomic_compare_exchange_weak_explicit(
                refs, &n, n + 1, memory_order_acquire, memory_order_acquire))
            return true;
    return false;
}

/* The view that this process has of the cell already, held; or else v. */
static struct mp__variable *enter(struct mp__variable *v)
{
    void **note = mp__cell_note(v->cell.shared);
    struct mp__variable *known;

    (void)mp__thread_lock(&notes, MP__NEVER);
    known = *note;
    if (known == NULL || !try_hold(known))
        *note = known = v;
    mp__thread_unlock(&notes);
    return known;
}

static void destroy(struct mp__handle *h)
{
    struct mp__variable *v = variable_of(h);
    void **note = mp__cell_note(v->cell.shared);

    (void)mp__thread_lock(&notes, MP__NEVER);
    if (*note == v)
        *note = NULL;
    mp__thread_unlock(&notes);
    destroy_half(v);
}

int mp__variable_adopt(struct mp__cell_address at,
                       const struct mp__shape *shape, struct mp__handle *apart,
                       struct mp__variable **out)
{
    struct mp__variable *v = new_view(shape, apart);
    size_t total = 0;
    int rc = v != NULL ? mp__shape_total(shape, &total) : -ENOMEM;

    if (rc == 0)
        rc = mp__cell_adopt(at, MP__RLOCK_MAGIC, offset_of(total) + total,
                            &v->cell);
    if (rc < 0) {
        close(at.fd);
        if (v != NULL)
            destroy_half(v);
        return rc;
    }
    if (shared_of(v)->magic != MAGIC || shared_of(v)->size != shape->size ||
        shared_of(v)->what != what_of(shape)) {
        destroy_half(v);
        return mp__fail(MP_VALUE_ERROR,
                        "what was received is no Value or Array");
    }
    complete(v, total);
    *out = enter(v);
    if (*out != v)
        destroy_half(v);
    return 0;
}

/* -- finding --------------------------------------------------------------- */

static struct mp__variable_shared *header_of(const void *data)
{
    uintptr_t at = (uintptr_t)data;

    return (struct mp__variable_shared *)((at - 1) / LINE * LINE);
}

struct mp__variable *mp__variable_of(const void *data)
{
    const struct mp__variable_shared *shared = header_of(data);
    size_t in_line = (uintptr_t)data % LINE;
    struct mp__variable *v = NULL;

    if (data == NULL) {
        mp__fail_null("shared object");
        return NULL;
    }
    if ((in_line == 0 || in_line == sizeof *shared) &&
        shared->lock.head.magic == MP__RLOCK_MAGIC && shared->magic == MAGIC)
        v = *mp__cell_note(shared);
    if (v == NULL)
        mp__fail(MP_VALUE_ERROR, "not the address of a Value or an Array");
    return v;
}

static int data(struct mp__handle *h, int elem, size_t size, void **out)
{
    const struct mp__variable *v = variable_of(h);
    char expected[MP__ELEMENT_TEXT], got[MP__ELEMENT_TEXT];

    if (v->shape.elem == elem && v->shape.size == size) {
        *out = v->data;
        return 0;
    }
    mp__element_text(elem, size, expected);
    mp__element_text(v->shape.elem, v->shape.size, got);
    return mp__fail(MP_TYPE_ERROR,
                    "expected Value or Array of %s, got %s of %s", expected,
                    h->type->name, got);
}

/* -- its lock --------------------------------------------------------------- */

int mp__variable_acquire(const struct mp__variable *v, double timeout)
{
    int rc;

    if (v->lock == NULL)
        return 0;
    if (v->lock->type->tag == MP__TAG_LOCK)
        return (mp_lock_acquire)((mp_lock *)v->lock, timeout);
    rc = mp__rlock_acquire(mp__rlock_shared_of((mp_rlock *)v->lock),
                           mp__deadline(timeout));
    return mp__acquired(rc, "lock of a shared object");
}

int mp__variable_release(const struct mp__variable *v)
{
    if (v->lock == NULL)
        return 0;
    if (v->lock->type->tag == MP__TAG_LOCK)
        return mp_lock_release((mp_lock *)v->lock);
    return mp__rlock_release(mp__rlock_shared_of((mp_rlock *)v->lock));
}

int mp__variable_done(const struct mp__variable *v, int acquired, int rc)
{
    (void)mp__variable_release(v);
    return rc < 0 ? rc : acquired;
}

/* -- its elements ---------------------------------------------------------- */

mp_any mp__variable_piece(const struct mp__variable *v, size_t start, size_t n)
{
    const char *at = (const char *)v->data + start * v->shape.size;

    if (v->shape.elem == MP_ELEM_NONE || v->shape.elem == MP_ELEM_CHAR)
        return mp_any_bytes(at, n * v->shape.size);
    return mp_any_array(v->shape.elem, at, n);
}

mp_any mp__variable_item(const struct mp__variable *v, size_t i,
                         mp_struct *room)
{
    char *at = (char *)v->data + i * v->shape.size;

    if (v->shape.elem == MP_ELEM_CHAR)
        return mp_any_bytes(at, 1);
    if (v->shape.elem != MP_ELEM_NONE)
        return mp__elem_load(v->shape.elem, v->data, i);
    *room = (mp_struct){.data = at, .size = v->shape.size};
    return mp_any_struct(room);
}
