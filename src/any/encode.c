/*
 * Encoding: a list, tuple, dict or handle to CBOR (RFC 8949).
 *
 * The grammar; lengths are always definite:
 *
 *   value  = null | false | true | unsigned | negative | float64
 *          | text string                                str
 *          | byte string                                bytes
 *          | array of values                            list
 *          | map of values to values                    dict
 *          | TUPLE, array of values                     tuple
 *          | STRUCT, [text string or null, byte string] its tag, its bytes
 *          | tag of RFC 8746 or BOOLS, byte string      array
 *          | FN, [family, address]                      function
 *          | HANDLE, [tag, byte string, count]          its parcel
 *
 * The descriptors of a message belong to its handles in the order in which
 * these stand in it, `count` to each. decode.c is the mirror of this file.
 *
 * One walk serves measuring and writing, so that the two agree. All that can
 * be wrong with a value is found while measuring.
 */
#include "any/cbor.h"
#include "any/handle.h"
#include "any/value.h"
#include "base/error.h"
#include "os/family.h"

#include <cbor.h>
#include <string.h>

struct encoder {
    bool writing;      /* or only measuring              */
    unsigned char *at; /* while writing: where, ...      */
    size_t left;       /* ... and how much is left there */
    size_t size;       /* while measuring: bytes so far  */
    int *fds;
    size_t nfds; /* descriptors so far                   */
    size_t nfds_max;
    int depth;
};

typedef size_t (*write_head)(uint64_t n, unsigned char *buf, size_t size);

static int put_value(struct encoder *e, mp_any v);

/* -- bytes ----------------------------------------------------------------- */

static void count(struct encoder *e, size_t n)
{
    e->size = n < SIZE_MAX / 2 - e->size ? e->size + n : SIZE_MAX / 2;
}

static size_t head_size(uint64_t n)
{
    if (n < 24)
        return 1;
    if (n <= UINT8_MAX)
        return 2;
    if (n <= UINT16_MAX)
        return 3;
    return n <= UINT32_MAX ? 5 : 9;
}

static void advance(struct encoder *e, size_t n)
{
    e->at += n;
    e->left -= n;
}

static void put_head(struct encoder *e, write_head write, uint64_t n)
{
    if (e->writing)
        advance(e, write(n, e->at, e->left));
    else
        count(e, head_size(n));
}

static void put_raw(struct encoder *e, const void *data, size_t n)
{
    if (!e->writing) {
        count(e, n);
    } else if (n > 0 && n <= e->left) {
        memcpy(e->at, data, n);
        advance(e, n);
    }
}

/* -- values ---------------------------------------------------------------- */

static void put_null(struct encoder *e)
{
    if (e->writing)
        advance(e, cbor_encode_null(e->at, e->left));
    else
        count(e, 1);
}

static void put_bool(struct encoder *e, bool b)
{
    if (e->writing)
        advance(e, cbor_encode_bool(b, e->at, e->left));
    else
        count(e, 1);
}

static void put_int(struct encoder *e, int64_t i)
{
    if (i >= 0)
        put_head(e, cbor_encode_uint, (uint64_t)i);
    else
        put_head(e, cbor_encode_negint, (uint64_t)(-1 - i));
}

static void put_float(struct encoder *e, double f)
{
    if (e->writing)
        advance(e, cbor_encode_double(f, e->at, e->left));
    else
        count(e, 9);
}

static void put_bytes(struct encoder *e, const void *data, size_t n)
{
    put_head(e, cbor_encode_bytestring_start, n);
    put_raw(e, data, n);
}

static int put_text(struct encoder *e, const char *s, size_t n)
{
    if (!e->writing)
        MP_TRY(mp__check_text(s, n));
    put_head(e, cbor_encode_string_start, n);
    put_raw(e, s, n);
    return 0;
}

/* n items: of a list or tuple, or the keys and values of a dict. */
static int put_items(struct encoder *e, mp_any v, size_t n)
{
    bool is_dict = mp__kind(v.head) == MP_KIND_DICT;

    if (e->depth >= MP__DEPTH_MAX)
        return mp__fail(MP_VALUE_ERROR, "%s is nested too deep",
                        mp__type_name(v));
    e->depth++;
    for (size_t i = 0; i < n; i++) {
        if (is_dict && i % 2 == 0 && !e->writing)
            MP_TRY(mp__check_key(v.u.items[i]));
        MP_TRY(put_value(e, v.u.items[i]));
    }
    e->depth--;
    return 0;
}

static int put_list(struct encoder *e, mp_any v)
{
    size_t n = mp__len(v.head);

    put_head(e, cbor_encode_array_start, n);
    return put_items(e, v, n);
}

static int put_tuple(struct encoder *e, mp_any v)
{
    put_head(e, cbor_encode_tag, MP__CBOR_TUPLE);
    return put_list(e, v);
}

static int put_dict(struct encoder *e, mp_any v)
{
    size_t n = mp__len(v.head);

    put_head(e, cbor_encode_map_start, n);
    return put_items(e, v, 2 * n);
}

static int put_struct(struct encoder *e, const mp_struct *s)
{
    if (!e->writing)
        MP_TRY(mp__check_tag(s->tag));
    put_head(e, cbor_encode_tag, MP__CBOR_STRUCT);
    put_head(e, cbor_encode_array_start, 2);
    if (s->tag == NULL)
        put_null(e);
    else
        MP_TRY(put_text(e, s->tag, strlen(s->tag)));
    put_bytes(e, s->data, s->size);
    return 0;
}

static void put_array(struct encoder *e, mp_any v)
{
    int elem = mp__elem(v.head);

    put_head(e, cbor_encode_tag, mp__cbor_array(elem));
    put_bytes(e, v.u.p, mp__len(v.head) * mp__elem_size(elem));
}

static void put_fn(struct encoder *e, mp_fn fn)
{
    put_head(e, cbor_encode_tag, MP__CBOR_FN);
    put_head(e, cbor_encode_array_start, 2);
    put_head(e, cbor_encode_uint, mp__family());
    put_head(e, cbor_encode_uint, (uintptr_t)fn);
}

static int put_fds(struct encoder *e, const int *fds, size_t n)
{
    if (n > e->nfds_max - e->nfds)
        return mp__fail(MP_VALUE_ERROR,
                        "more than %zu descriptors in one message",
                        e->nfds_max);
    if (e->writing && n > 0)
        memcpy(e->fds + e->nfds, fds, n * sizeof *fds);
    e->nfds += n;
    return 0;
}

static int put_handle(struct encoder *e, struct mp__handle *h)
{
    struct mp__parcel parcel = {.size = 0};

    if (h->type->reduce == NULL || h->type->tag == MP__TAG_NONE)
        return mp__fail(MP_VALUE_ERROR, "a %s cannot be sent", h->type->name);
    MP_TRY(h->type->reduce(h, &parcel));
    put_head(e, cbor_encode_tag, MP__CBOR_HANDLE);
    put_head(e, cbor_encode_array_start, 3);
    put_head(e, cbor_encode_uint, (uint64_t)h->type->tag);
    put_bytes(e, parcel.bytes, parcel.size);
    put_head(e, cbor_encode_uint, parcel.nfds);
    return put_fds(e, parcel.fds, parcel.nfds);
}

static int put_value(struct encoder *e, mp_any v)
{
    switch (mp__kind(v.head)) {
    case MP_KIND_NONE:
        put_null(e);
        return 0;
    case MP_KIND_BOOL:
        put_bool(e, v.u.i != 0);
        return 0;
    case MP_KIND_INT:
        put_int(e, v.u.i);
        return 0;
    case MP_KIND_UINT:
        put_head(e, cbor_encode_uint, v.u.u);
        return 0;
    case MP_KIND_FLOAT:
        put_float(e, v.u.f);
        return 0;
    case MP_KIND_STR:
        return put_text(e, v.u.s, mp__len(v.head));
    case MP_KIND_BYTES:
        put_bytes(e, v.u.p, mp__len(v.head));
        return 0;
    case MP_KIND_LIST:
        return put_list(e, v);
    case MP_KIND_TUPLE:
        return put_tuple(e, v);
    case MP_KIND_DICT:
        return put_dict(e, v);
    case MP_KIND_STRUCT:
        return put_struct(e, v.u.p);
    case MP_KIND_ARRAY:
        put_array(e, v);
        return 0;
    case MP_KIND_FN:
        put_fn(e, v.u.fn);
        return 0;
    case MP_KIND_HANDLE:
        return put_handle(e, (struct mp__handle *)v.u.p);
    default:
        return mp__bad_code(v);
    }
}

/* -- the whole --------------------------------------------------------------- */

int mp__cbor_measure(mp_any v, struct mp__measure *out)
{
    struct encoder e = {.nfds_max = MP__FDS_MAX};

    MP_TRY(put_value(&e, v));
    if (e.size > MP__LEN_MAX)
        return mp__fail(MP_VALUE_ERROR, "%s is too large to be sent",
                        mp__type_name(v));
    *out = (struct mp__measure){
        .head = mp__head(MP__RECORD_CBOR, 0, e.size),
        .size = e.size,
        .nfds = e.nfds,
    };
    return 0;
}

void mp__cbor_encode(mp_any v, const struct mp__measure *m, void *payload,
                     int *fds)
{
    struct encoder e = {
        .writing = true,
        .at = payload,
        .left = m->size,
        .fds = fds,
        .nfds_max = m->nfds,
    };
    (void)put_value(&e, v);

    /* Only if a handle was closed meanwhile. */
    if (e.left > 0)
        memset(e.at, 0, e.left);
    while (e.nfds < m->nfds)
        fds[e.nfds++] = -1;
}
