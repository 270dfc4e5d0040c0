/*
 * Receivers: where a value is to land, made of C's pointers.
 */
#include "any/layout.h"

#include <limits.h>

static mp_out into(int kind, int elem, size_t len, void *p)
{
    return (mp_out){
        .head = p != NULL ? mp__head(kind, elem, len) : MP__INTO_BAD,
        .p = p,
    };
}

static mp_out number(int elem, void *p)
{
    return into(MP__INTO_NUMBER, elem, 0, p);
}

static mp_out view(mp_out out)
{
    if (out.p != NULL)
        out.head |= MP__FLAG_VIEW;
    return out;
}

mp_out mp_out_bool(bool *p)
{
    return number(MP_ELEM_BOOL, p);
}

mp_out mp_out_char(char *p)
{
    return number(CHAR_MIN < 0 ? MP_ELEM_I8 : MP_ELEM_U8, p);
}

mp_out mp_out_schar(signed char *p)
{
    return number(MP_ELEM_I8, p);
}

mp_out mp_out_uchar(unsigned char *p)
{
    return number(MP_ELEM_U8, p);
}

mp_out mp_out_short(short *p)
{
    return number(MP_ELEM_I16, p);
}

mp_out mp_out_ushort(unsigned short *p)
{
    return number(MP_ELEM_U16, p);
}

mp_out mp_out_int(int *p)
{
    return number(MP_ELEM_I32, p);
}

mp_out mp_out_uint(unsigned int *p)
{
    return number(MP_ELEM_U32, p);
}

mp_out mp_out_long(long *p)
{
    return number(MP_ELEM_I64, p);
}

mp_out mp_out_ulong(unsigned long *p)
{
    return number(MP_ELEM_U64, p);
}

mp_out mp_out_llong(long long *p)
{
    return number(MP_ELEM_I64, p);
}

mp_out mp_out_ullong(unsigned long long *p)
{
    return number(MP_ELEM_U64, p);
}

mp_out mp_out_float(float *p)
{
    return number(MP_ELEM_F32, p);
}

mp_out mp_out_double(double *p)
{
    return number(MP_ELEM_F64, p);
}

mp_out mp_out_str(char **p)
{
    return into(MP__INTO_STR, 0, 0, p);
}

mp_out mp_out_str_view(const char **p)
{
    return view(into(MP__INTO_STR, 0, 0, p));
}

mp_out mp_out_bytes(mp_bytes *p)
{
    return into(MP__INTO_BYTES, 0, 0, p);
}

mp_out mp_out_any(mp_any *p)
{
    return into(MP__INTO_ANY, 0, 0, p);
}

mp_out mp_out_any_view(mp_any *p)
{
    return view(into(MP__INTO_ANY, 0, 0, p));
}

mp_out mp_out_fn(mp_fn *p)
{
    return into(MP__INTO_FN, 0, 0, p);
}

mp_out mp_out_struct(const mp_struct *s)
{
    if (s != NULL && s->data == NULL)
        s = NULL;
    return into(MP__INTO_STRUCT, 0, 0, (void *)s);
}

mp_out mp_out_array(int elem, void *p, size_t n)
{
    static char nothing; /* an array of no elements may be NULL */

    if (elem <= MP_ELEM_NONE || elem > MP_ELEM_ANY || n > MP__LEN_MAX)
        return (mp_out){.head = MP__INTO_BAD};
    return into(MP__INTO_ARRAY, elem, n, p == NULL && n == 0 ? &nothing : p);
}

mp_out mp_out_unpack(const mp_out *outs, size_t n)
{
    static mp_out nothing;

    if (n > MP__LEN_MAX)
        return (mp_out){.head = MP__INTO_BAD};
    return into(MP__INTO_UNPACK, 0, n,
                outs == NULL && n == 0 ? &nothing : (void *)outs);
}

mp_out mp_out_shared(int elem, size_t size, void *p)
{
    if (elem < MP_ELEM_NONE || elem > MP_ELEM_CHAR || elem == MP_ELEM_ANY ||
        size > MP__LEN_MAX)
        return (mp_out){.head = MP__INTO_BAD};
    return into(MP__INTO_SHARED, elem, size, p);
}

mp_out mp_out_same(mp_out out)
{
    return out;
}

/* Of what comes as a receiver already, only shared data can be borrowed. */
mp_out mp_out_borrow(mp_out out)
{
    return mp__kind(out.head) == MP__INTO_SHARED ? view(out) : out;
}
