/*
 * Copying a value into one block of its own, and clearing it.
 */
#include "any/block.h"
#include "any/handle.h"
#include "any/record.h"
#include "any/value.h"
#include "base/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct copier {
    struct mp__block block;
    int depth;
    bool handles;
};

static int copy_value(struct copier *c, mp_any v, mp_any *out);

/* The items of a list or tuple, the keys and values of a dict. */
static int copy_items(struct copier *c, mp_any v, size_t n, mp_any *out)
{
    bool is_dict = mp__kind(v.head) == MP_KIND_DICT;
    mp_any *items = mp__block_take(&c->block, n, sizeof *items);
    mp_any measured;

    if (c->depth >= MP__DEPTH_MAX)
        return mp__fail(MP_VALUE_ERROR, "%s is nested too deep",
                        mp__type_name(v));
    c->depth++;
    for (size_t i = 0; i < n; i++) {
        if (is_dict && i % 2 == 0 && !c->block.filling)
            MP_TRY(mp__check_key(v.u.items[i]));
        MP_TRY(
            copy_value(c, v.u.items[i], items != NULL ? &items[i] : &measured));
    }
    c->depth--;
    *out = (mp_any){.head = v.head, .u.items = items};
    return 0;
}

static mp_any copy_struct(struct copier *c, mp_any v)
{
    const mp_struct *from = v.u.p;
    mp_struct *to = mp__block_take(&c->block, 1, sizeof *to);
    void *data = mp__block_take(&c->block, from->size, 1);
    const char *tag = NULL;

    if (from->tag != NULL)
        tag = mp__block_text(&c->block, from->tag, strlen(from->tag));
    if (to != NULL) {
        *to = (mp_struct){.tag = tag, .data = data, .size = from->size};
        if (from->size > 0)
            memcpy(data, from->data, from->size);
    }
    return (mp_any){.head = v.head, .u.p = to};
}

static mp_any copy_array(struct copier *c, mp_any v)
{
    size_t n = mp__len(v.head);
    size_t size = mp__elem_size(mp__elem(v.head));
    void *data = mp__block_take(&c->block, n, size);

    if (data != NULL)
        memcpy(data, v.u.p, n * size);
    return (mp_any){.head = v.head, .u.p = data};
}

/* Measure or fill, as the block is. Only measuring can fail. */
static int copy_value(struct copier *c, mp_any v, mp_any *out)
{
    size_t n = mp__len(v.head);

    v = mp__borrow(v);
    switch (mp__kind(v.head)) {
    case MP_KIND_STR:
    case MP_KIND_BYTES:
        v.u.s = mp__block_text(&c->block, v.u.p, n);
        break;
    case MP_KIND_LIST:
    case MP_KIND_TUPLE:
        return copy_items(c, v, n, out);
    case MP_KIND_DICT:
        return copy_items(c, v, 2 * n, out);
    case MP_KIND_STRUCT:
        v = copy_struct(c, v);
        break;
    case MP_KIND_ARRAY:
        v = copy_array(c, v);
        break;
    case MP_KIND_HANDLE:
        c->handles = true;
        if (c->block.filling)
            mp__handle_hold((struct mp__handle *)v.u.p);
        break;
    case MP_KIND_BAD:
        return mp__bad_code(v);
    default:
        break;
    }
    *out = v;
    return 0;
}

int(mp_any_copy)(mp_any v, mp_any *out)
{
    struct copier c = {.depth = 0};
    mp_any copy = v;

    if (mp__kind(v.head) <= MP_KIND_FLOAT) {
        *out = mp__borrow(v);
        return 0;
    }
    MP_TRY(copy_value(&c, v, &copy));

    size_t size = mp__block_size(&c.block);
    void *base = NULL;
    if (size > 0) {
        base = size < SIZE_MAX ? malloc(size) : NULL;
        if (base == NULL)
            return mp__fail_os(-ENOMEM, "cannot copy a %s", mp__type_name(v));
    }
    mp__block_fill(&c.block, base);
    (void)copy_value(&c, v, &copy);
    copy.head |= base != NULL ? MP__FLAG_OWNED : 0;
    copy.head |= c.handles ? MP__FLAG_HANDLES : 0;
    *out = copy;
    return 0;
}

/* As deep as copying or decoding let it become. */
void mp__each_handle(mp_any v, void (*fn)(struct mp__handle *h, int arg),
                     int arg)
{
    int kind = mp__kind(v.head);
    size_t n = mp__len(v.head);

    if (kind == MP_KIND_HANDLE) {
        fn((struct mp__handle *)v.u.p, arg);
        return;
    }
    if (kind != MP_KIND_LIST && kind != MP_KIND_TUPLE && kind != MP_KIND_DICT)
        return;
    if (kind == MP_KIND_DICT)
        n *= 2;
    for (size_t i = 0; i < n; i++)
        mp__each_handle(v.u.items[i], fn, arg);
}

static void drop(struct mp__handle *h, int unused)
{
    (void)unused;
    mp__handle_drop(h);
}

void mp__drop(mp_any v)
{
    mp__each_handle(v, drop, 0);
}

static void move(struct mp__handle *h, int how)
{
    if (h->type->move != NULL)
        h->type->move(h, (enum mp__move)how);
}

void mp__move(mp_any v, enum mp__move how)
{
    mp__each_handle(v, move, (int)how);
}

void mp_any_clear(mp_any *v)
{
    if (v == NULL)
        return;
    if (v->head & MP__FLAG_HANDLES)
        mp__drop(*v);
    if (v->head & MP__FLAG_OWNED)
        free((void *)v->u.p);
    *v = MP_NONE;
}
