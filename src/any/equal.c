/*
 * Equality, by Python's rules: numbers by what they are worth, whatever their
 * type; a list is no tuple; a dict is equal in any order. An array is a list
 * of its numbers.
 */
#include "any/dict.h"
#include "any/record.h"
#include "any/value.h"

#include <string.h>

#define TWO_63 9223372036854775808.0

static bool equal(mp_any a, mp_any b, int depth);

static bool is_int(mp_any v)
{
    int kind = mp__kind(v.head);

    return kind == MP_KIND_BOOL || kind == MP_KIND_INT || kind == MP_KIND_UINT;
}

static bool is_number(mp_any v)
{
    return is_int(v) || mp__kind(v.head) == MP_KIND_FLOAT;
}

/* Exactly, without rounding the int to a double. */
static bool equal_to_float(mp_any i, double f)
{
    if (mp__kind(i.head) == MP_KIND_UINT)
        return f >= TWO_63 && f < 2 * TWO_63 && (uint64_t)f == i.u.u &&
               (double)(uint64_t)f == f;
    return f >= -TWO_63 && f < TWO_63 && (int64_t)f == i.u.i &&
           (double)(int64_t)f == f;
}

static bool equal_numbers(mp_any a, mp_any b)
{
    if (is_int(a) && is_int(b))
        return (mp__kind(a.head) == MP_KIND_UINT) ==
                   (mp__kind(b.head) == MP_KIND_UINT) &&
               a.u.i == b.u.i;
    if (is_int(a))
        return equal_to_float(a, b.u.f);
    if (is_int(b))
        return equal_to_float(b, a.u.f);
    return a.u.f == b.u.f;
}

static bool equal_bytes(mp_any a, mp_any b)
{
    size_t n = mp__len(a.head);

    return n == mp__len(b.head) && (n == 0 || memcmp(a.u.p, b.u.p, n) == 0);
}

static bool equal_items(mp_any a, mp_any b, int depth)
{
    size_t n = mp__len(a.head);

    if (n != mp__len(b.head))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!equal(mp__item(a, i), mp__item(b, i), depth + 1))
            return false;
    }
    return true;
}

/* Whether every key of a is in b, with an equal value. */
static bool covers(const struct mp__dict_index *b,
                   const struct mp__dict_index *a, int depth)
{
    size_t n = mp__len(a->dict.head);

    for (size_t i = 0; i < n; i++) {
        size_t mine = mp__dict_index_last(a, i);
        if (mine == MP__REPEATED)
            continue;

        size_t other = mp__dict_index_find(b, a->dict.u.items[2 * i]);
        if (other == mp__len(b->dict.head) ||
            !equal(a->dict.u.items[2 * mine + 1],
                   b->dict.u.items[2 * other + 1], depth + 1))
            return false;
    }
    return true;
}

static bool equal_dicts(mp_any a, mp_any b, int depth)
{
    struct mp__dict_index x, y;

    mp__dict_index_make(&x, a);
    mp__dict_index_make(&y, b);
    bool same = covers(&x, &y, depth) && covers(&y, &x, depth);
    mp__dict_index_free(&x);
    mp__dict_index_free(&y);
    return same;
}

bool mp__same_tag(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool equal_structs(const mp_struct *a, const mp_struct *b)
{
    return a->size == b->size && mp__same_tag(a->tag, b->tag) &&
           (a->size == 0 || memcmp(a->data, b->data, a->size) == 0);
}

/* Python sees lists in arrays. */
static int shape(mp_any v)
{
    int kind = mp__kind(v.head);

    return kind == MP_KIND_ARRAY ? MP_KIND_LIST : kind;
}

static bool equal(mp_any a, mp_any b, int depth)
{
    if (is_number(a) && is_number(b))
        return equal_numbers(a, b);
    if (shape(a) != shape(b) || depth > MP__DEPTH_MAX)
        return false;
    switch (shape(a)) {
    case MP_KIND_NONE:
        return true;
    case MP_KIND_STR:
    case MP_KIND_BYTES:
        return equal_bytes(a, b);
    case MP_KIND_LIST:
    case MP_KIND_TUPLE:
        return equal_items(a, b, depth);
    case MP_KIND_DICT:
        return equal_dicts(a, b, depth);
    case MP_KIND_STRUCT:
        return equal_structs(a.u.p, b.u.p);
    case MP_KIND_FN:
        return a.u.fn == b.u.fn;
    case MP_KIND_HANDLE:
        return a.u.p == b.u.p;
    default:
        return false;
    }
}

bool(mp_any_equal)(mp_any a, mp_any b)
{
    return equal(a, b, 0);
}
