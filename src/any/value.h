/*
 * What the files of the any room share about values.
 */
#ifndef MP_ANY_VALUE_H
#define MP_ANY_VALUE_H

#include "any/layout.h"

#include <string.h>

struct mp__handle;

/* -- any.c ----------------------------------------------------------------- */

/* A value that could not be built: code, and a text that lives for ever. */
mp_any mp__bad(int code, const char *why);

/* The code of a BAD value; the record says why. */
int mp__bad_code(mp_any v);

/* Python's name of a value's type: "int", "NoneType", "Queue". */
const char *mp__type_name(mp_any v);

bool mp__is_sequence(mp_any v); /* a list, a tuple or an array */

/* -- number.c -------------------------------------------------------------- */

size_t mp__elem_size(int elem);
const char *mp__elem_name(int elem); /* C's: "unsigned char" */

/* Element i of an array, which may be unaligned. */
mp_any mp__elem_load(int elem, const void *data, size_t i);

/* Item i < length of a list, tuple or array, borrowed. */
static inline mp_any mp__item(mp_any v, size_t i)
{
    int elem = mp__elem(v.head);
    int64_t n;
    int32_t narrow;

    if (mp__kind(v.head) != MP_KIND_ARRAY)
        return mp__borrow(v.u.items[i]);
    if (elem == MP_ELEM_I64) {
        memcpy(&n, (const char *)v.u.p + i * sizeof n, sizeof n);
    } else if (elem == MP_ELEM_I32) {
        memcpy(&narrow, (const char *)v.u.p + i * sizeof narrow, sizeof narrow);
        n = narrow;
    } else {
        return mp__elem_load(elem, v.u.p, i);
    }
    return (mp_any){.head = MP_KIND_INT, .u.i = n};
}

/* The usual numbers into the usual variables, without a call. False: it is
   another one, or does not fit. */
static inline bool mp__store_usual(mp_any v, mp_out out)
{
    if (v.head == MP_KIND_INT &&
        out.head == mp__head(MP__INTO_NUMBER, MP_ELEM_I64, 0)) {
        memcpy(out.p, &v.u.i, sizeof(int64_t));
        return true;
    }
    if (v.head == MP_KIND_INT && v.u.i == (int32_t)v.u.i &&
        out.head == mp__head(MP__INTO_NUMBER, MP_ELEM_I32, 0)) {
        memcpy(out.p, &v.u.i, sizeof(int32_t));
        return true;
    }
    if (v.head == MP_KIND_FLOAT &&
        out.head == mp__head(MP__INTO_NUMBER, MP_ELEM_F64, 0)) {
        memcpy(out.p, &v.u.f, sizeof(double));
        return true;
    }
    return false;
}

/* Whether a value is a number that fits the C type; store it. */
bool mp__elem_fits(int elem, mp_any v);
void mp__elem_store(int elem, void *p, mp_any v);

/* The same for many ints at once. */
bool mp__longs_fit(int elem, const int64_t *from, size_t n);
void mp__longs_store(int elem, void *to, const int64_t *from, size_t n);

/* A bool is 0 or 1: whether all of an array of elem are what they can be. */
bool mp__elems_valid(int elem, const void *data, size_t n);

/* -- dict.c ---------------------------------------------------------------- */

/* MP_TYPE_ERROR if the key of a dict cannot be hashed. */
int mp__check_key(mp_any key);

/* -- equal.c --------------------------------------------------------------- */

/* Whether two structs travel under the same name, NULL being one too. */
bool mp__same_tag(const char *a, const char *b);

/* -- store.c --------------------------------------------------------------- */

/* Store a value where out says; on failure nothing was stored. Arrays, structs
   and texts of v may be unaligned and without a NUL. */
int mp__store(mp_any v, mp_out out);

/* 0, or why a value does not fit, without storing it. */
int mp__fits(mp_any v, mp_out out);

/* -- copy.c ---------------------------------------------------------------- */

/* Call fn for each handle in a value; drop them all. */
void mp__each_handle(mp_any v, void (*fn)(struct mp__handle *h, int arg),
                     int arg);
void mp__drop(mp_any v);

#endif
