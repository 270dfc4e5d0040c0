/*
 * The CBOR in a record: its tags, and the walks that write and read it.
 * encode.c and decode.c show the grammar.
 */
#ifndef MP_ANY_CBOR_H
#define MP_ANY_CBOR_H

#include "any/record.h"

/* Of our own: three bytes each, "mp" and its number. */
#define MP__CBOR_TUPLE  0x6d70
#define MP__CBOR_STRUCT 0x6d71
#define MP__CBOR_FN     0x6d72
#define MP__CBOR_HANDLE 0x6d73
#define MP__CBOR_BOOLS  0x6d74

/* The longest name of a struct, without its NUL. */
#define MP__STRUCT_TAG_MAX 255

/* The tag of an array of that element type. */
static inline uint64_t mp__cbor_array(int elem)
{
    /* RFC 8746, little endian where it matters. */
    static const uint64_t tags[] = {
        [MP_ELEM_U8] = 64,
        [MP_ELEM_U16] = 69,
        [MP_ELEM_U32] = 70,
        [MP_ELEM_U64] = 71,
        [MP_ELEM_I8] = 72,
        [MP_ELEM_I16] = 77,
        [MP_ELEM_I32] = 78,
        [MP_ELEM_I64] = 79,
        [MP_ELEM_F32] = 85,
        [MP_ELEM_F64] = 86,
        [MP_ELEM_BOOL] = MP__CBOR_BOOLS,
    };
    return tags[elem];
}

/* The element type of an array of that tag, or MP_ELEM_NONE. */
static inline int mp__cbor_elem(uint64_t tag)
{
    for (int elem = MP_ELEM_I8; elem <= MP_ELEM_BOOL; elem++) {
        if (mp__cbor_array(elem) == tag)
            return elem;
    }
    return MP_ELEM_NONE;
}

/* mp__measure, mp__encode and mp__decode for what travels as CBOR. */
int mp__cbor_measure(mp_any v, struct mp__measure *out);
void mp__cbor_encode(mp_any v, const struct mp__measure *m, void *payload,
                     int *fds);
int mp__cbor_decode(const struct mp__record *r, mp_out out);

/* What both kinds of records share: the failure that says the bytes are none;
   a function of its parts. */
int mp__malformed(void);
int mp__make_fn(uint64_t family, uint64_t address, mp_any *out);

/* MP_VALUE_ERROR if a text is not UTF-8, or a struct's name (which may be
   NULL) is that or too long. */
int mp__check_text(const void *s, size_t n);
int mp__check_tag(const char *tag);

#endif
