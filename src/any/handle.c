/*
 * Handles: counting them, the rows of the types that travel, and the values
 * and receivers made of them.
 */
#include "any/handle.h"
#include "any/value.h"
#include "base/error.h"

#include <assert.h>

/* Written by the rooms' constructors, before main; only read afterwards. */
static const struct mp__handle_type *types[MP__TAGS];

void mp__handle_init(struct mp__handle *h, const struct mp__handle_type *type)
{
    h->type = type;
    atomic_init(&h->refs, 1);
}

struct mp__handle *mp__handle_hold(struct mp__handle *h)
{
    /* Whoever holds one reference may make another: nothing to order. */
    atomic_fetch_add_explicit(&h->refs, 1, memory_order_relaxed);
    return h;
}

void mp__handle_drop(struct mp__handle *h)
{
    if (h == NULL)
        return;
    /* Release: what this holder did to the object comes before its end.
       Acquire: the last one sees what all the others did. */
    if (atomic_fetch_sub_explicit(&h->refs, 1, memory_order_acq_rel) == 1)
        h->type->destroy(h);
}

void mp__handle_register(const struct mp__handle_type *type)
{
    assert(type->tag > MP__TAG_NONE && type->tag < MP__TAGS);
    assert(types[type->tag] == NULL || types[type->tag] == type);
    types[type->tag] = type;
}

const struct mp__handle_type *mp__handle_type_of(int tag)
{
    return tag > MP__TAG_NONE && tag < MP__TAGS ? types[tag] : NULL;
}

mp_any mp__any_handle(struct mp__handle *h, const char *what)
{
    if (h != NULL)
        return (mp_any){.head = MP_KIND_HANDLE, .u.p = h};

    int code = mp__fail_code() < 0 ? mp__fail_code() : MP_VALUE_ERROR;
    return (mp_any){.head = mp__head(MP_KIND_BAD, 1, (uint32_t)code),
                    .u.s = what};
}

mp_out mp__out_handle(const struct mp__handle_type *type, void *p, bool view)
{
    assert(type->tag > MP__TAG_NONE && type->tag < MP__TAGS);
    if (p == NULL)
        return (mp_out){.head = MP__INTO_BAD};
    return (mp_out){
        .head = mp__head(MP__INTO_HANDLE, 0, (size_t)type->tag) |
                (view ? MP__FLAG_VIEW : 0),
        .p = p,
    };
}
