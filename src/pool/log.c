/*
 * Values one behind another; see log.h.
 */
#include "pool/log.h"

#include "any/value.h"
#include "base/error.h"

#include <errno.h>
#include <string.h>

static size_t whole_words(size_t size)
{
    return (size + 7) & ~(size_t)7;
}

uint32_t mp__log_kind(mp_any v, bool ints)
{
    switch (mp__kind(v.head)) {
    case MP_KIND_INT:
        return ints && v.u.i == (int32_t)v.u.i ? MP_ELEM_I32 : MP_ELEM_I64;
    case MP_KIND_FLOAT:
        return MP_ELEM_F64;
    default:
        return 0;
    }
}

ssize_t mp__log_append(void *end, size_t size, uint32_t kind, mp_any v)
{
    struct mp__measure m;
    uint64_t *at = end;
    size_t bytes;

    if (kind != mp__log_kind(v, kind == MP_ELEM_I32))
        return 0;
    if (kind != 0) {
        size_t word = mp__elem_size((int)kind);

        if (size < word)
            return 0;
        mp__elem_store((int)kind, end, v);
        return (ssize_t)word;
    }
    MP_TRY(mp__measure(v, &m));
    if (m.nfds > 0)
        return -EINVAL;
    bytes = sizeof m.head + whole_words(m.size);
    if (bytes > size || bytes < m.size)
        return 0;
    at[0] = m.head;
    mp__encode(v, &m, at + 1, NULL);
    return (ssize_t)bytes;
}

mp_any mp__log_value(const void *log, size_t size, uint32_t kind)
{
    return kind == 0
               ? mp_any_bytes(log, size)
               : mp_any_array((int)kind, log, size / mp__elem_size((int)kind));
}

size_t mp__log_size(mp_any log)
{
    return mp_any_len(log) * (mp__kind(log.head) == MP_KIND_ARRAY
                                  ? mp__elem_size(mp__elem(log.head))
                                  : 1);
}

struct log_reader mp__log_read(mp_any log, size_t from)
{
    return (struct log_reader){
        .at = (const unsigned char *)log.u.p + from,
        .left = mp__log_size(log) - from,
        .elem = mp__kind(log.head) == MP_KIND_ARRAY ? mp__elem(log.head) : 0,
    };
}

static bool has_word(const struct log_reader *r)
{
    return r->left >= mp__elem_size(r->elem);
}

static void advance_word(struct log_reader *r)
{
    r->at += mp__elem_size(r->elem);
    r->left -= mp__elem_size(r->elem);
}

static bool find(const struct log_reader *r, struct mp__record *out)
{
    struct mp__record record = {.nfds = 0};

    if (r->left < sizeof record.head)
        return false;
    memcpy(&record.head, r->at, sizeof record.head);
    record.payload = r->at + sizeof record.head;
    record.size = mp__payload_size(record.head);
    if (record.size > r->left - sizeof record.head)
        return false;
    *out = record;
    return true;
}

static void advance(struct log_reader *r, const struct mp__record *record)
{
    size_t bytes = sizeof record->head + whole_words(record->size);

    bytes = bytes < r->left ? bytes : r->left;
    r->at += bytes;
    r->left -= bytes;
}

int mp__log_next(struct log_reader *r, mp_out out)
{
    struct mp__record record;
    int rc;

    if (r->elem != 0 && has_word(r)) {
        MP_TRY(mp__store(mp__elem_load(r->elem, r->at, 0), out));
        advance_word(r);
        return 0;
    }
    if (r->elem != 0 || !find(r, &record))
        return mp__fail(MP_RUNTIME_ERROR, "the results received are damaged");
    rc = mp__decode(&record, out);
    if (rc == 0)
        advance(r, &record);
    return rc;
}

bool mp__log_skip(struct log_reader *r)
{
    struct mp__record record;

    if (r->elem != 0) {
        if (!has_word(r))
            return false;
        advance_word(r);
        return true;
    }
    if (!find(r, &record))
        return false;
    advance(r, &record);
    return true;
}

bool mp__log_holds(mp_any log, uint32_t count)
{
    struct log_reader r;

    if (mp__kind(log.head) != MP_KIND_ARRAY &&
        mp__kind(log.head) != MP_KIND_BYTES)
        return false;
    r = mp__log_read(log, 0);
    if (r.elem != 0)
        return r.left == count * mp__elem_size(r.elem);
    while (count > 0 && mp__log_skip(&r))
        count--;
    return count == 0 && r.left == 0;
}
