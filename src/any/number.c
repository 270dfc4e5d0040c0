/*
 * Numbers: C's number types by their element type, and Python's rules of what
 * fits where: an int by its value, a float only a float, True and False as the
 * ints 1 and 0.
 */
#include "any/value.h"

#include <float.h>
#include <math.h>
#include <string.h>

struct elem {
    size_t size; /* 0: no number type */
    const char *name;
    int64_t low, high; /* of the ints; what is above INT64_MAX fits a U64 */
};

/* clang-format off */
static const struct elem elems[16] = {
    [MP_ELEM_I8]   = {1, "signed char", INT8_MIN, INT8_MAX},
    [MP_ELEM_U8]   = {1, "unsigned char", 0, UINT8_MAX},
    [MP_ELEM_I16]  = {2, "short", INT16_MIN, INT16_MAX},
    [MP_ELEM_U16]  = {2, "unsigned short", 0, UINT16_MAX},
    [MP_ELEM_I32]  = {4, "int", INT32_MIN, INT32_MAX},
    [MP_ELEM_U32]  = {4, "unsigned int", 0, UINT32_MAX},
    [MP_ELEM_I64]  = {8, "long", INT64_MIN, INT64_MAX},
    [MP_ELEM_U64]  = {8, "unsigned long", 0, INT64_MAX},
    [MP_ELEM_F32]  = {4, "float", INT64_MIN, INT64_MAX},
    [MP_ELEM_F64]  = {8, "double", INT64_MIN, INT64_MAX},
    [MP_ELEM_BOOL] = {1, "bool", 0, 1},
};
/* clang-format on */

size_t mp__elem_size(int elem)
{
    return elem >= 0 && elem < 16 ? elems[elem].size : 0;
}

const char *mp__elem_name(int elem)
{
    return elems[elem].name;
}

static bool is_real(int elem)
{
    return elem == MP_ELEM_F32 || elem == MP_ELEM_F64;
}

/* Copies of a size that is known here are one instruction each. */
#define LOAD(type_, make_, to_)  \
    {                            \
        type_ n;                 \
        memcpy(&n, p, sizeof n); \
        return make_((to_)n);    \
    }

mp_any mp__elem_load(int elem, const void *data, size_t i)
{
    const char *p = (const char *)data + i * elems[elem].size;

    switch (elem) {
    case MP_ELEM_I8:
        LOAD(int8_t, mp_any_int, int64_t)
    case MP_ELEM_I16:
        LOAD(int16_t, mp_any_int, int64_t)
    case MP_ELEM_I32:
        LOAD(int32_t, mp_any_int, int64_t)
    case MP_ELEM_I64:
        LOAD(int64_t, mp_any_int, int64_t)
    case MP_ELEM_U8:
        LOAD(uint8_t, mp_any_uint, uint64_t)
    case MP_ELEM_U16:
        LOAD(uint16_t, mp_any_uint, uint64_t)
    case MP_ELEM_U32:
        LOAD(uint32_t, mp_any_uint, uint64_t)
    case MP_ELEM_F32:
        LOAD(float, mp_any_float, double)
    case MP_ELEM_F64:
        LOAD(double, mp_any_float, double)
    case MP_ELEM_BOOL:
        return mp_any_bool(*p != 0);
    default:
        LOAD(uint64_t, mp_any_uint, uint64_t)
    }
}

bool mp__elem_fits(int elem, mp_any v)
{
    switch (mp__kind(v.head)) {
    case MP_KIND_BOOL:
    case MP_KIND_INT:
        return v.u.i >= elems[elem].low && v.u.i <= elems[elem].high;
    case MP_KIND_UINT:
        return elem == MP_ELEM_U64 || is_real(elem);
    case MP_KIND_FLOAT:
        return elem == MP_ELEM_F64 ||
               (elem == MP_ELEM_F32 &&
                (isinf(v.u.f) || !(fabs(v.u.f) > (double)FLT_MAX)));
    default:
        return false;
    }
}

static double real(mp_any v)
{
    switch (mp__kind(v.head)) {
    case MP_KIND_FLOAT:
        return v.u.f;
    case MP_KIND_UINT:
        return (double)v.u.u;
    default:
        return (double)v.u.i;
    }
}

static void store_real(int elem, void *p, mp_any v)
{
    double f = real(v);
    float narrow = (float)f;

    if (elem == MP_ELEM_F64)
        memcpy(p, &f, sizeof f);
    else
        memcpy(p, &narrow, sizeof narrow);
}

void mp__elem_store(int elem, void *p, mp_any v)
{
    if (is_real(elem)) {
        store_real(elem, p, v);
        return;
    }
    switch (elems[elem].size) {
    case 8:
        memcpy(p, &v.u.u, 8);
        break;
    case 4:
        memcpy(p, &v.u.u, 4);
        break;
    case 2:
        memcpy(p, &v.u.u, 2);
        break;
    default:
        memcpy(p, &v.u.u, 1);
    }
}

/* The least and the greatest; n > 0. */
static void find_bounds(const int64_t *from, size_t n, int64_t *low,
                        int64_t *high)
{
    *low = *high = from[0];
    for (size_t i = 1; i < n; i++) {
        *low = from[i] < *low ? from[i] : *low;
        *high = from[i] > *high ? from[i] : *high;
    }
}

bool mp__longs_fit(int elem, const int64_t *from, size_t n)
{
    int64_t low, high;

    if (n == 0)
        return true;
    find_bounds(from, n, &low, &high);
    return low >= elems[elem].low && high <= elems[elem].high;
}

void mp__longs_store(int elem, void *to, const int64_t *from, size_t n)
{
    if (elem == MP_ELEM_I64 || elem == MP_ELEM_U64) {
        memcpy(to, from, n * sizeof *from);
    } else if (elem == MP_ELEM_I32 || elem == MP_ELEM_U32) {
        for (size_t i = 0; i < n; i++)
            ((int32_t *)to)[i] = (int32_t)from[i];
    } else {
        for (size_t i = 0; i < n; i++)
            mp__elem_store(elem, (char *)to + i * elems[elem].size,
                           mp_any_int(from[i]));
    }
}

bool mp__elems_valid(int elem, const void *data, size_t n)
{
    const unsigned char *p = data;

    for (size_t i = 0; elem == MP_ELEM_BOOL && i < n; i++) {
        if (p[i] > 1)
            return false;
    }
    return true;
}
