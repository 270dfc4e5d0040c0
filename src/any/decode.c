/*
 * Decoding: CBOR to a value, or to where a receiver says.
 *
 * The mirror of encode.c, and its grammar:
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
 * Nothing in a record is believed. Items that containers announce are taken
 * from one budget, the bytes of the record, since each takes at least one; so
 * no record is decoded into more than a small multiple of its size. The bytes
 * are walked twice, by the same functions: to measure the block, and to fill
 * it. Handles are made in the second walk only.
 */
#include "any/block.h"
#include "any/cbor.h"
#include "any/handle.h"
#include "any/parcel.h"
#include "any/token.h"
#include "any/value.h"
#include "base/error.h"

#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

/* A message is taken apart without malloc if its items fit in here. */
#define AT_HAND 4096

struct decoder {
    const unsigned char *at;
    size_t left;
    size_t budget; /* items that containers may still announce     */
    struct mp__block block;
    bool in_place; /* texts and arrays stay where they are          */
    bool handles;  /* there are some                                */
    int depth;
    const int *fds;
    size_t nfds; /* not yet given to a handle                       */
};

static int get_value(struct decoder *d, mp_any *out);

/* -- tokens ---------------------------------------------------------------- */

static enum mp__token_kind next(struct decoder *d, struct mp__token *out)
{
    size_t n = mp__token_read(d->at, d->left, out);

    if (n > 0)
        d->at += n;
    d->left -= n;
    return out->kind;
}

/* The next token, of this kind and no other. */
static int expect(struct decoder *d, enum mp__token_kind kind,
                  struct mp__token *out)
{
    return next(d, out) == kind ? 0 : mp__malformed();
}

static int expect_array(struct decoder *d, size_t n)
{
    struct mp__token t;

    MP_TRY(expect(d, MP__TOKEN_ARRAY, &t));
    return t.n == n ? 0 : mp__malformed();
}

/* -- values ---------------------------------------------------------------- */

static int get_negative(uint64_t n, mp_any *out)
{
    if (n > INT64_MAX)
        return mp__fail(MP_VALUE_ERROR, "int is below -2**63");
    *out = mp_any_int(-1 - (int64_t)n);
    return 0;
}

static const void *keep(struct decoder *d, const struct mp__token *t)
{
    if (d->in_place)
        return t->data;
    return mp__block_text(&d->block, t->data, t->n);
}

static void get_bytes(struct decoder *d, const struct mp__token *t, mp_any *out)
{
    *out =
        (mp_any){.head = mp__head(MP_KIND_BYTES, 0, t->n), .u.p = keep(d, t)};
}

static int get_text(struct decoder *d, const struct mp__token *t, mp_any *out)
{
    if (!d->block.filling)
        MP_TRY(mp__check_text(t->data, t->n));
    *out = (mp_any){.head = mp__head(MP_KIND_STR, 0, t->n), .u.p = keep(d, t)};
    return 0;
}

/* The handles among the first n items, when the next one has failed. */
static int undo_items(struct decoder *d, const mp_any *items, size_t n, int rc)
{
    if (d->block.filling && d->handles)
        mp__drop(mp_any_list(items, n));
    return rc;
}

/* n items, already announced: of a list or tuple, or a dict's keys and
   values. A key is looked at when it is there: while filling. */
static int get_items(struct decoder *d, int kind, size_t n, mp_any *out)
{
    mp_any *items = mp__block_take(&d->block, n, sizeof *items);
    mp_any measured;

    for (size_t i = 0; i < n; i++) {
        int rc = get_value(d, items != NULL ? &items[i] : &measured);
        if (rc < 0)
            return undo_items(d, items, i, rc);
        if (kind == MP_KIND_DICT && i % 2 == 0 && items != NULL)
            rc = mp__check_key(items[i]);
        if (rc < 0)
            return undo_items(d, items, i + 1, rc);
    }
    n = kind == MP_KIND_DICT ? n / 2 : n;
    *out = (mp_any){.head = mp__head(kind, 0, n), .u.items = items};
    return 0;
}

/* A container of n items. */
static int get_container(struct decoder *d, int kind, size_t n, mp_any *out)
{
    if (n > d->budget || n > d->left)
        return mp__malformed();
    if (d->depth >= MP__DEPTH_MAX)
        return mp__fail(MP_VALUE_ERROR, "the bytes are nested too deep");
    d->budget -= n;
    d->depth++;
    MP_TRY(get_items(d, kind, n, out));
    d->depth--;
    return 0;
}

static int get_dict(struct decoder *d, uint64_t pairs, mp_any *out)
{
    if (pairs > d->left / 2)
        return mp__malformed();
    return get_container(d, MP_KIND_DICT, 2 * (size_t)pairs, out);
}

static int get_tuple(struct decoder *d, mp_any *out)
{
    struct mp__token t;

    MP_TRY(expect(d, MP__TOKEN_ARRAY, &t));
    return get_container(d, MP_KIND_TUPLE, t.n, out);
}

/* The tag is copied in any case, for the sake of its NUL. */
static int get_struct(struct decoder *d, mp_any *out)
{
    mp_struct *s = mp__block_take(&d->block, 1, sizeof *s);
    const char *tag = NULL;
    struct mp__token t;

    MP_TRY(expect_array(d, 2));
    if (next(d, &t) == MP__TOKEN_TEXT) {
        if (t.n > MP__STRUCT_TAG_MAX || memchr(t.data, '\0', t.n) != NULL)
            return mp__malformed();
        MP_TRY(mp__check_text(t.data, t.n));
        tag = mp__block_text(&d->block, t.data, t.n);
    } else if (t.kind != MP__TOKEN_NULL) {
        return mp__malformed();
    }

    MP_TRY(expect(d, MP__TOKEN_BYTES, &t));
    void *data = (void *)t.data;
    if (!d->in_place) {
        data = mp__block_take(&d->block, t.n, 1);
        if (data != NULL)
            memcpy(data, t.data, t.n);
    }
    if (s != NULL)
        *s = (mp_struct){.tag = tag, .data = data, .size = t.n};
    *out = (mp_any){.head = mp__head(MP_KIND_STRUCT, 0, t.n), .u.p = s};
    return 0;
}

static int get_array(struct decoder *d, int elem, mp_any *out)
{
    size_t size = mp__elem_size(elem);
    struct mp__token t;

    MP_TRY(expect(d, MP__TOKEN_BYTES, &t));
    if (t.n % size != 0 || !mp__elems_valid(elem, t.data, t.n / size))
        return mp__malformed();

    const void *data = t.data;
    if (!d->in_place) {
        void *copy = mp__block_take(&d->block, t.n, 1);
        if (copy != NULL)
            memcpy(copy, t.data, t.n);
        data = copy;
    }
    *out = (mp_any){.head = mp__head(MP_KIND_ARRAY, elem, t.n / size),
                    .u.p = data};
    return 0;
}

static int get_fn(struct decoder *d, mp_any *out)
{
    struct mp__token family, address;

    MP_TRY(expect_array(d, 2));
    MP_TRY(expect(d, MP__TOKEN_UINT, &family));
    MP_TRY(expect(d, MP__TOKEN_UINT, &address));
    return mp__make_fn(family.n, address.n, out);
}

static int get_handle(struct decoder *d, mp_any *out)
{
    struct mp__arrival a = {.fds = d->fds};
    struct mp__token t;
    struct mp__handle *h;

    MP_TRY(expect_array(d, 3));
    MP_TRY(expect(d, MP__TOKEN_UINT, &t));
    a.tag = t.n;
    MP_TRY(expect(d, MP__TOKEN_BYTES, &t));
    a.bytes = t.data;
    a.size = t.n;
    MP_TRY(expect(d, MP__TOKEN_UINT, &t));
    a.nfds = t.n;
    if (a.nfds > d->nfds)
        return mp__malformed();
    d->handles = true;
    d->nfds -= a.nfds;
    if (a.nfds > 0)
        d->fds += a.nfds;
    if (!d->block.filling)
        return 0;
    MP_TRY(mp__parcel_open(&a, &h));
    *out = (mp_any){.head = MP_KIND_HANDLE, .u.p = h};
    return 0;
}

static int get_tagged(struct decoder *d, uint64_t tag, mp_any *out)
{
    int elem = mp__cbor_elem(tag);

    if (elem != MP_ELEM_NONE)
        return get_array(d, elem, out);
    switch (tag) {
    case MP__CBOR_TUPLE:
        return get_tuple(d, out);
    case MP__CBOR_STRUCT:
        return get_struct(d, out);
    case MP__CBOR_FN:
        return get_fn(d, out);
    case MP__CBOR_HANDLE:
        return get_handle(d, out);
    default:
        return mp__malformed();
    }
}

static int get_value(struct decoder *d, mp_any *out)
{
    struct mp__token t;

    switch (next(d, &t)) {
    case MP__TOKEN_NULL:
        *out = mp_any_none();
        return 0;
    case MP__TOKEN_BOOL:
        *out = mp_any_bool(t.n != 0);
        return 0;
    case MP__TOKEN_UINT:
        *out = mp_any_uint(t.n);
        return 0;
    case MP__TOKEN_NEGINT:
        return get_negative(t.n, out);
    case MP__TOKEN_FLOAT:
        *out = mp_any_float(t.f);
        return 0;
    case MP__TOKEN_TEXT:
        return get_text(d, &t, out);
    case MP__TOKEN_BYTES:
        get_bytes(d, &t, out);
        return 0;
    case MP__TOKEN_ARRAY:
        return get_container(d, MP_KIND_LIST, t.n, out);
    case MP__TOKEN_MAP:
        return get_dict(d, t.n, out);
    case MP__TOKEN_TAG:
        return get_tagged(d, t.n, out);
    default:
        return mp__malformed();
    }
}

/* -- CBOR records ---------------------------------------------------------- */

static struct decoder begin(const struct mp__record *r, bool in_place)
{
    return (struct decoder){
        .at = r->payload,
        .left = r->size,
        .budget = r->size,
        .in_place = in_place,
        .fds = r->fds,
        .nfds = r->nfds,
    };
}

/* Check it all, and learn how large a block the value will need. */
static int measure(struct decoder *d)
{
    mp_any v;

    MP_TRY(get_value(d, &v));
    if (d->left > 0)
        return mp__malformed();
    return 0;
}

/* Walk the bytes again, now with the memory that was measured. */
static int fill(const struct mp__record *r, struct decoder *d, void *base,
                mp_any *out)
{
    struct mp__block block = d->block;
    bool handles = d->handles;

    mp__block_fill(&block, base);
    *d = begin(r, d->in_place);
    d->block = block;
    d->handles = handles;
    return get_value(d, out);
}

/* A value for good: in one block of its own. */
static int decode_value(const struct mp__record *r, mp_any *out)
{
    struct decoder d = begin(r, false);
    void *base = NULL;
    mp_any v;

    MP_TRY(measure(&d));

    size_t size = mp__block_size(&d.block);
    if (size > 0) {
        base = malloc(size);
        if (base == NULL)
            return mp__fail_os(-ENOMEM, "cannot receive %zu bytes", size);
    }

    int rc = fill(r, &d, base, &v);
    if (rc < 0) {
        free(base);
        return rc;
    }
    v.head |= base != NULL ? MP__FLAG_OWNED : 0;
    v.head |= d.handles ? MP__FLAG_HANDLES : 0;
    *out = v;
    return 0;
}

/* A value that is taken apart at once, and texts in place. */
static int decode_apart(const struct mp__record *r, mp_out out)
{
    alignas(max_align_t) unsigned char at_hand[AT_HAND];
    struct decoder d = begin(r, true);
    void *base = at_hand;
    mp_any v;

    MP_TRY(measure(&d));

    size_t size = mp__block_size(&d.block);
    if (size > sizeof at_hand) {
        base = malloc(size);
        if (base == NULL)
            return mp__fail_os(-ENOMEM, "cannot receive %zu bytes", size);
    }

    int rc = fill(r, &d, base, &v);
    if (rc >= 0) {
        rc = mp__store(v, out);
        if (d.handles)
            mp__drop(v);
    }
    if (base != at_hand)
        free(base);
    return rc;
}

int mp__cbor_decode(const struct mp__record *r, mp_out out)
{
    if (mp__kind(out.head) == MP__INTO_ANY)
        return decode_value(r, out.p);
    return decode_apart(r, out);
}
