/*
 * How the head word of mp_any and mp_out is laid out, and the kinds of
 * receivers.
 *
 * Flags stand only in the variable that owns a received value; every copy of
 * it that is handed on is borrowed, so its flags are taken off.
 */
#ifndef MP_ANY_LAYOUT_H
#define MP_ANY_LAYOUT_H

#include <mproc/any.h>

/* The value's memory is one block, which begins where the value points to. */
#define MP__FLAG_OWNED (UINT64_C(1) << 12)
/* Each handle in the value is counted, and the value's to drop. */
#define MP__FLAG_HANDLES (UINT64_C(1) << 13)
/* Of a receiver: what it receives stays the value's. */
#define MP__FLAG_VIEW (UINT64_C(1) << 12)
#define MP__FLAGS     (UINT64_C(15) << 12)

#define MP__LEN_MAX ((UINT64_C(1) << 48) - 1)

/* Numbers are sent as they lie in memory, and C's types are named by size. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "the wire is little endian");
_Static_assert(sizeof(long) == 8 && sizeof(void *) == 8, "LP64");
_Static_assert(sizeof(bool) == 1 && sizeof(double) == 8, "C's usual sizes");
_Static_assert(sizeof(mp_any) == 16 && sizeof(mp_out) == 16, "the ABI");

/* What a receiver receives. The elem of a number and an array is its C type,
   the length of a handle its tag. */
enum mp__into {
    MP__INTO_BAD,
    MP__INTO_NUMBER,
    MP__INTO_STR,
    MP__INTO_BYTES,
    MP__INTO_ANY,
    MP__INTO_FN,
    MP__INTO_HANDLE,
    MP__INTO_SHARED, /* the length is the size of an element */
    MP__INTO_STRUCT,
    MP__INTO_ARRAY,
    MP__INTO_UNPACK
};

static inline uint64_t mp__head(int kind, int elem, size_t len)
{
    return (uint64_t)kind | (uint64_t)elem << 8 | (uint64_t)len << 16;
}

static inline int mp__kind(uint64_t head)
{
    return (int)(head & 0xff);
}

static inline int mp__elem(uint64_t head)
{
    return (int)(head >> 8 & 0xf);
}

static inline size_t mp__len(uint64_t head)
{
    return (size_t)(head >> 16);
}

static inline mp_any mp__borrow(mp_any v)
{
    v.head &= ~MP__FLAGS;
    return v;
}

#endif
