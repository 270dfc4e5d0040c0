/*
 * Records: a value as a head word and a payload, and back.
 *
 * What is one thing (a number, text, struct, array or function) is copied as
 * it lies in memory, and what arrives of it is looked at in place. All else is
 * left to encode.c and decode.c. Numbers come first everywhere: they are what
 * most messages are.
 */
#include "any/record.h"
#include "any/cbor.h"
#include "any/parcel.h"
#include "any/utf8.h"
#include "any/value.h"
#include "base/error.h"
#include "os/family.h"

#include <string.h>

int mp__malformed(void)
{
    return mp__fail(MP_VALUE_ERROR, "the bytes are no value");
}

int mp__check_text(const void *s, size_t n)
{
    if (!mp__utf8_valid(s, n))
        return mp__fail(MP_VALUE_ERROR, "text is not UTF-8");
    return 0;
}

int mp__check_tag(const char *tag)
{
    if (tag == NULL)
        return 0;

    size_t n = strnlen(tag, MP__STRUCT_TAG_MAX + 1);
    if (n > MP__STRUCT_TAG_MAX)
        return mp__fail(MP_VALUE_ERROR, "the name of a struct is too long");
    return mp__check_text(tag, n);
}

int mp__make_fn(uint64_t family, uint64_t address, mp_any *out)
{
    if (family != mp__family())
        return mp__fail(MP_VALUE_ERROR, "a function of another program");
    if (address == 0)
        return mp__malformed();
    *out = mp_any_fn((mp_fn)(uintptr_t)address);
    return 0;
}

/* -- encoding ---------------------------------------------------------------- */

static size_t tag_size(const mp_struct *s)
{
    return s->tag != NULL ? strlen(s->tag) + 1 : 0;
}

static int measure_struct(const mp_struct *s, struct mp__measure *out)
{
    MP_TRY(mp__check_tag(s->tag));

    size_t size = sizeof(uint32_t) + tag_size(s) + s->size;
    *out = (struct mp__measure){
        .head = mp__head(MP_KIND_STRUCT, 0, size),
        .size = size,
    };
    return 0;
}

/* What is not a number, and one copy. */
static int measure_copied(mp_any v, struct mp__measure *out)
{
    size_t n = mp__len(v.head);
    int kind = mp__kind(v.head);
    size_t size = n;

    if (kind == MP_KIND_STR)
        MP_TRY(mp__check_text(v.u.s, n));
    if (kind == MP_KIND_ARRAY)
        size = n * mp__elem_size(mp__elem(v.head));
    if (kind == MP_KIND_FN)
        n = size = 2 * sizeof(uint64_t);
    *out = (struct mp__measure){
        .head = mp__head(kind, mp__elem(v.head), n),
        .size = size,
    };
    return 0;
}

int mp__measure(mp_any v, struct mp__measure *out)
{
    int kind = mp__kind(v.head);

    if (kind <= MP_KIND_FLOAT) {
        *out = (struct mp__measure){.head = (uint64_t)kind, .size = 8};
        return 0;
    }
    switch (kind) {
    case MP_KIND_STR:
    case MP_KIND_BYTES:
    case MP_KIND_ARRAY:
    case MP_KIND_FN:
        return measure_copied(v, out);
    case MP_KIND_STRUCT:
        return measure_struct(v.u.p, out);
    default:
        return mp__cbor_measure(v, out);
    }
}

size_t mp__payload_size(uint64_t head)
{
    int kind = mp__kind(head);
    size_t n = mp__len(head);

    if (kind <= MP_KIND_FLOAT)
        return 8;
    switch (kind) {
    case MP_KIND_STR:
    case MP_KIND_BYTES:
    case MP_KIND_STRUCT:
    case MP_KIND_FN:
    case MP__RECORD_CBOR:
        return n;
    case MP_KIND_ARRAY:
        return n * mp__elem_size(mp__elem(head));
    default:
        return SIZE_MAX;
    }
}

static void encode_struct(const mp_struct *s, unsigned char *payload)
{
    uint32_t n = (uint32_t)tag_size(s);

    memcpy(payload, &n, sizeof n);
    if (n > 0)
        memcpy(payload + sizeof n, s->tag, n);
    if (s->size > 0)
        memcpy(payload + sizeof n + n, s->data, s->size);
}

static void encode_fn(mp_fn fn, void *payload)
{
    uint64_t words[] = {mp__family(), (uintptr_t)fn};

    memcpy(payload, words, sizeof words);
}

void mp__encode(mp_any v, const struct mp__measure *m, void *payload, int *fds)
{
    int kind = mp__kind(m->head);

    if (kind <= MP_KIND_FLOAT) {
        memcpy(payload, &v.u, 8);
        return;
    }
    switch (kind) {
    case MP_KIND_STRUCT:
        encode_struct(v.u.p, payload);
        break;
    case MP_KIND_FN:
        encode_fn(v.u.fn, payload);
        break;
    case MP__RECORD_CBOR:
        mp__cbor_encode(v, m, payload, fds);
        break;
    default:
        if (m->size > 0)
            memcpy(payload, v.u.p, m->size);
    }
}

/* -- decoding ---------------------------------------------------------------- */

static int decode_number(const struct mp__record *r, mp_any *out)
{
    int kind = mp__kind(r->head);
    uint64_t u;

    if (r->head != (uint64_t)kind || r->size != sizeof u)
        return mp__malformed();
    memcpy(&u, r->payload, sizeof u);
    if ((kind == MP_KIND_BOOL && u > 1) || (kind == MP_KIND_NONE && u != 0) ||
        (kind == MP_KIND_UINT && u <= INT64_MAX))
        return mp__malformed();
    *out = (mp_any){.head = r->head, .u.u = u};
    return 0;
}

static int decode_array(const struct mp__record *r, mp_any *out)
{
    int elem = mp__elem(r->head);
    size_t n = mp__len(r->head);

    if (mp__elem_size(elem) == 0 || n * mp__elem_size(elem) != r->size ||
        !mp__elems_valid(elem, r->payload, n))
        return mp__malformed();
    *out =
        (mp_any){.head = mp__head(MP_KIND_ARRAY, elem, n), .u.p = r->payload};
    return 0;
}

/* The struct is described in *s, in place. */
static int decode_struct(const struct mp__record *r, mp_struct *s, mp_any *out)
{
    const char *p = r->payload;
    uint32_t n;

    if (mp__len(r->head) != r->size || r->size < sizeof n)
        return mp__malformed();
    memcpy(&n, p, sizeof n);
    p += sizeof n;
    if (n > r->size - sizeof n || n > MP__STRUCT_TAG_MAX + 1 ||
        (n > 0 && memchr(p, '\0', n) != p + n - 1))
        return mp__malformed();
    if (n > 0)
        MP_TRY(mp__check_text(p, n - 1));
    *s = (mp_struct){
        .tag = n > 0 ? p : NULL,
        .data = (void *)(p + n),
        .size = r->size - sizeof n - n,
    };
    *out = mp_any_struct(s);
    return 0;
}

static int decode_fn(const struct mp__record *r, mp_any *out)
{
    uint64_t words[2];

    if (r->size != sizeof words || mp__len(r->head) != sizeof words)
        return mp__malformed();
    memcpy(words, r->payload, sizeof words);
    return mp__make_fn(words[0], words[1], out);
}

/* A value in place, of a record that is neither a number nor CBOR. */
static int decode_copied(const struct mp__record *r, mp_struct *s, mp_any *out)
{
    int kind = mp__kind(r->head);

    switch (kind) {
    case MP_KIND_STR:
    case MP_KIND_BYTES:
        if (mp__len(r->head) != r->size)
            return mp__malformed();
        if (kind == MP_KIND_STR)
            MP_TRY(mp__check_text(r->payload, r->size));
        *out = (mp_any){.head = mp__head(kind, 0, r->size),
                        .u.p = r->size > 0 ? r->payload : ""};
        return 0;
    case MP_KIND_ARRAY:
        return decode_array(r, out);
    case MP_KIND_STRUCT:
        return decode_struct(r, s, out);
    case MP_KIND_FN:
        return decode_fn(r, out);
    default:
        return mp__malformed();
    }
}

/* A view would outlive the message. */
static bool has_view(mp_out out)
{
    const mp_out *outs = out.p;

    if (mp__kind(out.head) != MP__INTO_UNPACK)
        return (out.head & MP__FLAG_VIEW) != 0;
    for (size_t i = 0; i < mp__len(out.head); i++) {
        if (has_view(outs[i]))
            return true;
    }
    return false;
}

static int decode(const struct mp__record *r, mp_out out)
{
    mp_struct s;
    mp_any v;

    if (mp__kind(r->head) <= MP_KIND_FLOAT) {
        MP_TRY(decode_number(r, &v));
        return mp__store(v, out);
    }
    if (has_view(out))
        return mp__fail(MP_VALUE_ERROR,
                        "only an argument of a call can be borrowed");
    if (mp__kind(r->head) != MP__RECORD_CBOR) {
        MP_TRY(decode_copied(r, &s, &v));
        return mp__store(v, out);
    }
    return mp__len(r->head) == r->size ? mp__cbor_decode(r, out)
                                       : mp__malformed();
}

/* An int into an int or a long, or false: most messages are that. */
static inline bool take_int(const struct mp__record *r, mp_out out)
{
    int64_t i;
    int32_t n;

    memcpy(&i, r->payload, sizeof i);
    if (out.head == mp__head(MP__INTO_NUMBER, MP_ELEM_I64, 0)) {
        memcpy(out.p, &i, sizeof i);
        return true;
    }
    n = (int32_t)i;
    if (out.head != mp__head(MP__INTO_NUMBER, MP_ELEM_I32, 0) || n != i)
        return false;
    memcpy(out.p, &n, sizeof n);
    return true;
}

int mp__decode(const struct mp__record *r, mp_out out)
{
    if (r->head == MP_KIND_INT && r->size == sizeof(int64_t) && r->nfds == 0 &&
        take_int(r, out))
        return 0;
    MP_TRY(decode(r, out));
    mp__parcel_close_fds(r->fds, r->nfds);
    return 0;
}
