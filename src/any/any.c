/*
 * Values: making them of C's types, and looking into them.
 *
 * Making one never fails and never allocates: what cannot be built is a value
 * of kind BAD, and the call that is given it fails. A BAD value points to the
 * text that says why, and keeps the code to answer with in its length. If its
 * elem is set it is a NULL handle, and the text is the handle's name.
 */
#include "any/value.h"
#include "any/handle.h"
#include "base/error.h"

#include <string.h>

mp_any mp__bad(int code, const char *why)
{
    return (mp_any){.head = mp__head(MP_KIND_BAD, 0, (uint32_t)code),
                    .u.s = why};
}

int mp__bad_code(mp_any v)
{
    int code = (int)(uint32_t)mp__len(v.head);

    if (mp__elem(v.head) == 0)
        return mp__fail(code, "%s", v.u.s);
    /* The failure that made the handle NULL says more than we can. */
    if (code == mp__fail_code())
        return code;
    return mp__fail(code, "%s is NULL", v.u.s);
}

/* -- building -------------------------------------------------------------- */

mp_any mp_any_none(void)
{
    return (mp_any){.head = MP_KIND_NONE};
}

mp_any mp_any_bool(bool b)
{
    return (mp_any){.head = MP_KIND_BOOL, .u.i = b};
}

mp_any mp_any_int(int64_t i)
{
    return (mp_any){.head = MP_KIND_INT, .u.i = i};
}

mp_any mp_any_uint(uint64_t u)
{
    return (mp_any){.head = u > INT64_MAX ? MP_KIND_UINT : MP_KIND_INT,
                    .u.u = u};
}

mp_any mp_any_float(double f)
{
    return (mp_any){.head = MP_KIND_FLOAT, .u.f = f};
}

mp_any mp_any_str(const char *s)
{
    if (s == NULL)
        return mp__bad(MP_VALUE_ERROR, "a str argument is NULL");
    return (mp_any){.head = mp__head(MP_KIND_STR, 0, strlen(s)), .u.s = s};
}

/* Of something that has a length. */
static mp_any sized(int kind, int elem, const void *p, size_t n)
{
    if (n > MP__LEN_MAX)
        return mp__bad(MP_VALUE_ERROR, "a value is longer than 2**48");
    return (mp_any){.head = mp__head(kind, elem, n), .u.p = p};
}

mp_any mp_any_bytes(const void *data, size_t size)
{
    if (data == NULL && size > 0)
        return mp__bad(MP_VALUE_ERROR, "a bytes argument is NULL");
    return sized(MP_KIND_BYTES, 0, data, size);
}

mp_any mp_any_list(const mp_any *items, size_t n)
{
    if (items == NULL && n > 0)
        return mp__bad(MP_VALUE_ERROR, "a list argument is NULL");
    return sized(MP_KIND_LIST, 0, items, n);
}

mp_any mp_any_tuple(const mp_any *items, size_t n)
{
    if (items == NULL && n > 0)
        return mp__bad(MP_VALUE_ERROR, "a tuple argument is NULL");
    return sized(MP_KIND_TUPLE, 0, items, n);
}

mp_any mp_any_dict(const mp_any *items, size_t n)
{
    if (items == NULL && n > 0)
        return mp__bad(MP_VALUE_ERROR, "a dict argument is NULL");
    if (n % 2 != 0)
        return mp__bad(MP_VALUE_ERROR, "dict: a key without a value");
    return sized(MP_KIND_DICT, 0, items, n / 2);
}

mp_any mp_any_struct(const mp_struct *s)
{
    if (s == NULL || (s->data == NULL && s->size > 0))
        return mp__bad(MP_VALUE_ERROR, "a struct argument is NULL");
    return sized(MP_KIND_STRUCT, 0, s, s->size);
}

mp_any mp_any_array(int elem, const void *data, size_t n)
{
    if (elem == MP_ELEM_ANY)
        return mp_any_list(data, n);
    if (mp__elem_size(elem) == 0)
        return mp__bad(MP_VALUE_ERROR, "array: no such element type");
    if (data == NULL && n > 0)
        return mp__bad(MP_VALUE_ERROR, "an array argument is NULL");
    return sized(MP_KIND_ARRAY, elem, data, n);
}

mp_any mp_any_fn(mp_fn fn)
{
    if (fn == NULL)
        return mp__bad(MP_VALUE_ERROR, "a function argument is NULL");
    return (mp_any){.head = MP_KIND_FN, .u.fn = fn};
}

mp_any mp_any_same(mp_any v)
{
    return mp__borrow(v);
}

/* -- looking --------------------------------------------------------------- */

int mp_any_kind(mp_any v)
{
    return mp__kind(v.head);
}

size_t mp_any_len(mp_any v)
{
    return mp__kind(v.head) == MP_KIND_BAD ? 0 : mp__len(v.head);
}

const void *mp_any_data(mp_any v)
{
    switch (mp__kind(v.head)) {
    case MP_KIND_STR:
    case MP_KIND_BYTES:
    case MP_KIND_ARRAY:
        return v.u.p;
    case MP_KIND_STRUCT:
        return ((const mp_struct *)v.u.p)->data;
    default:
        return NULL;
    }
}

const char *mp__type_name(mp_any v)
{
    static const char *const names[] = {
        [MP_KIND_NONE] = "NoneType", [MP_KIND_BOOL] = "bool",
        [MP_KIND_INT] = "int",       [MP_KIND_UINT] = "int",
        [MP_KIND_FLOAT] = "float",   [MP_KIND_STR] = "str",
        [MP_KIND_BYTES] = "bytes",   [MP_KIND_LIST] = "list",
        [MP_KIND_TUPLE] = "tuple",   [MP_KIND_DICT] = "dict",
        [MP_KIND_STRUCT] = "struct", [MP_KIND_ARRAY] = "array",
        [MP_KIND_FN] = "function",   [MP_KIND_HANDLE] = "handle",
        [MP_KIND_BAD] = "NULL",
    };
    int kind = mp__kind(v.head);

    if (kind == MP_KIND_HANDLE)
        return ((const struct mp__handle *)v.u.p)->type->name;
    return kind <= MP_KIND_BAD ? names[kind] : "unknown";
}

bool mp__is_sequence(mp_any v)
{
    int kind = mp__kind(v.head);

    return kind == MP_KIND_LIST || kind == MP_KIND_TUPLE ||
           kind == MP_KIND_ARRAY;
}

mp_any mp_any_item(mp_any v, ptrdiff_t i)
{
    size_t n = mp_any_len(v);

    if (mp__kind(v.head) == MP_KIND_BAD) {
        mp__bad_code(v);
        return MP_NONE;
    }
    if (!mp__is_sequence(v)) {
        mp__fail(MP_TYPE_ERROR, "'%s' object has no items by index",
                 mp__type_name(v));
        return MP_NONE;
    }

    size_t at = i < 0 ? n + (size_t)i : (size_t)i;
    if (at >= n) {
        mp__fail(MP_INDEX_ERROR, "%s index out of range", mp__type_name(v));
        return MP_NONE;
    }
    return mp__item(v, at);
}

/* Item `side` (0 the key, 1 the value) of pair i. */
static mp_any of_pair(mp_any v, size_t i, size_t side)
{
    if (mp__kind(v.head) == MP_KIND_BAD) {
        mp__bad_code(v);
        return MP_NONE;
    }
    if (mp__kind(v.head) != MP_KIND_DICT) {
        mp__fail(MP_TYPE_ERROR, "expected dict, got %s", mp__type_name(v));
        return MP_NONE;
    }
    if (i >= mp__len(v.head)) {
        mp__fail(MP_INDEX_ERROR, "dict index out of range");
        return MP_NONE;
    }
    return mp__borrow(v.u.items[2 * i + side]);
}

mp_any mp_any_key(mp_any v, size_t i)
{
    return of_pair(v, i, 0);
}

mp_any mp_any_value(mp_any v, size_t i)
{
    return of_pair(v, i, 1);
}
