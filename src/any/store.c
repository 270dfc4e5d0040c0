/*
 * Storing a value where a receiver says: all of it, or nothing.
 *
 * Three walks over the receivers, in the same order: check that all fits and
 * count what has to be allocated, acquire that, and commit, which cannot fail.
 * What was acquired waits in slots, one for each text, bytes and value.
 */
#include "any/handle.h"
#include "any/value.h"
#include "base/error.h"
#include "os/populate.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_AT_HAND 16

struct store {
    mp_any *slots; /* texts and bytes as a pointer, values as they are */
    size_t n;      /* needed; counted by check                         */
    size_t at;     /* acquired, or committed                           */
};

static bool is_view(mp_out out)
{
    return (out.head & MP__FLAG_VIEW) != 0;
}

/* -- check ----------------------------------------------------------------- */

static int check(struct store *s, mp_any v, mp_out out);

static int misfit(const char *expected, mp_any v)
{
    return mp__fail(MP_TYPE_ERROR, "expected %s, got %s", expected,
                    mp__type_name(v));
}

/* What Python calls the values that a C number takes. */
static const char *expected_number(int elem)
{
    if (elem == MP_ELEM_F32 || elem == MP_ELEM_F64)
        return "float";
    return elem == MP_ELEM_BOOL ? "bool" : "int";
}

static int check_number(mp_any v, int elem)
{
    char text[32];

    if (mp__elem_fits(elem, v))
        return 0;
    if (mp__kind(v.head) > MP_KIND_FLOAT || mp__kind(v.head) == MP_KIND_NONE)
        return misfit(expected_number(elem), v);
    if (mp__kind(v.head) == MP_KIND_FLOAT && elem != MP_ELEM_F32)
        return misfit(expected_number(elem), v);
    (mp_repr)(v, text, sizeof text);
    return mp__fail(MP_TYPE_ERROR, "%s does not fit %s", text,
                    mp__elem_name(elem));
}

static int check_text(struct store *s, mp_any v, mp_out out)
{
    if (mp__kind(v.head) != MP_KIND_STR)
        return misfit("str", v);
    if (memchr(v.u.s, '\0', mp__len(v.head)) != NULL)
        return mp__fail(MP_VALUE_ERROR, "embedded null character");
    s->n += !is_view(out);
    return 0;
}

/* "struct point of 16 bytes" */
static void describe(const mp_struct *s, char *text, size_t size)
{
    snprintf(text, size, "struct%s%s of %zu bytes", s->tag != NULL ? " " : "",
             s->tag != NULL ? s->tag : "", s->size);
}

static int check_struct(mp_any v, const mp_struct *out)
{
    const mp_struct *in = v.u.p;
    bool is_struct = mp__kind(v.head) == MP_KIND_STRUCT;
    char expected[128], got[128];

    if (is_struct && in->size == out->size && mp__same_tag(in->tag, out->tag))
        return 0;
    describe(out, expected, sizeof expected);
    if (!is_struct)
        return misfit(expected, v);
    describe(in, got, sizeof got);
    return mp__fail(MP_TYPE_ERROR, "expected %s, got %s", expected, got);
}

static int check_array(struct store *s, mp_any v, mp_out out)
{
    int elem = mp__elem(out.head);
    size_t n = mp__len(out.head);

    if (!mp__is_sequence(v))
        return misfit("array", v);
    if (mp__len(v.head) != n)
        return mp__fail(MP_TYPE_ERROR, "expected %zu elements, got %zu", n,
                        mp__len(v.head));
    if (elem == MP_ELEM_ANY) {
        s->n += n;
        return 0;
    }
    if (mp__kind(v.head) == MP_KIND_ARRAY) {
        if (mp__elem(v.head) == elem)
            return 0;
        return mp__fail(MP_TYPE_ERROR, "expected array of %s, got array of %s",
                        mp__elem_name(elem), mp__elem_name(mp__elem(v.head)));
    }
    for (size_t i = 0; i < n; i++)
        MP_TRY(check_number(v.u.items[i], elem));
    return 0;
}

static int check_unpack(struct store *s, mp_any v, mp_out out)
{
    const mp_out *outs = out.p;
    size_t n = mp__len(out.head);

    if (!mp__is_sequence(v))
        return mp__fail(MP_TYPE_ERROR, "cannot unpack non-sequence %s",
                        mp__type_name(v));
    if (mp__len(v.head) < n)
        return mp__fail(MP_VALUE_ERROR,
                        "not enough values to unpack (expected %zu, got %zu)",
                        n, mp__len(v.head));
    if (mp__len(v.head) > n)
        return mp__fail(MP_VALUE_ERROR,
                        "too many values to unpack (expected %zu)", n);
    for (size_t i = 0; i < n; i++)
        MP_TRY(check(s, mp__item(v, i), outs[i]));
    return 0;
}

static int check_handle(mp_any v, mp_out out)
{
    int tag = (int)mp__len(out.head);
    const struct mp__handle *h = v.u.p;

    if (mp__kind(v.head) == MP_KIND_HANDLE && h->type->tag == tag)
        return 0;
    return misfit(mp__handle_type_of(tag) != NULL
                      ? mp__handle_type_of(tag)->name
                      : "handle",
                  v);
}

static int check_shared(mp_any v, mp_out out)
{
    struct mp__handle *h = (struct mp__handle *)v.u.p;
    void *data;

    if (mp__kind(v.head) != MP_KIND_HANDLE || h->type->data == NULL)
        return misfit("Value or Array", v);
    return h->type->data(h, mp__elem(out.head), mp__len(out.head), &data);
}

static int check(struct store *s, mp_any v, mp_out out)
{
    if (mp__kind(v.head) == MP_KIND_BAD)
        return mp__bad_code(v);
    switch (mp__kind(out.head)) {
    case MP__INTO_NUMBER:
        return check_number(v, mp__elem(out.head));
    case MP__INTO_STR:
        return check_text(s, v, out);
    case MP__INTO_BYTES:
        s->n++;
        return mp__kind(v.head) == MP_KIND_BYTES ? 0 : misfit("bytes", v);
    case MP__INTO_ANY:
        s->n += !is_view(out);
        return 0;
    case MP__INTO_FN:
        return mp__kind(v.head) == MP_KIND_FN ? 0 : misfit("function", v);
    case MP__INTO_HANDLE:
        return check_handle(v, out);
    case MP__INTO_SHARED:
        return check_shared(v, out);
    case MP__INTO_STRUCT:
        return check_struct(v, out.p);
    case MP__INTO_ARRAY:
        return check_array(s, v, out);
    case MP__INTO_UNPACK:
        return check_unpack(s, v, out);
    default:
        return mp__fail(MP_VALUE_ERROR, "a receiver is NULL");
    }
}

/* -- acquire --------------------------------------------------------------- */

/* A copy of n bytes with a NUL behind them, in the next slot. */
static int acquire_bytes(struct store *s, const void *data, size_t n)
{
    char *copy = malloc(n + 1);

    if (copy == NULL)
        return mp__fail_os(-ENOMEM, "cannot receive %zu bytes", n);
    if (n >= MP__POPULATE_PRIVATE)
        mp__populate(copy, n);
    if (n > 0)
        memcpy(copy, data, n);
    copy[n] = '\0';
    s->slots[s->at++] = (mp_any){.head = MP__FLAG_OWNED, .u.p = copy};
    return 0;
}

static int acquire_value(struct store *s, mp_any v)
{
    MP_TRY((mp_any_copy)(v, &s->slots[s->at]));
    s->at++;
    return 0;
}

static int acquire(struct store *s, mp_any v, mp_out out)
{
    int kind = mp__kind(out.head);
    const mp_out *outs = out.p;

    if (kind == MP__INTO_BYTES || (kind == MP__INTO_STR && !is_view(out)))
        return acquire_bytes(s, v.u.p, mp__len(v.head));
    if (kind == MP__INTO_ANY && !is_view(out))
        return acquire_value(s, v);
    if (kind == MP__INTO_ARRAY && mp__elem(out.head) == MP_ELEM_ANY) {
        for (size_t i = 0; i < mp__len(out.head); i++)
            MP_TRY(acquire_value(s, mp__item(v, i)));
    }
    if (kind == MP__INTO_UNPACK) {
        for (size_t i = 0; i < mp__len(out.head); i++)
            MP_TRY(acquire(s, mp__item(v, i), outs[i]));
    }
    return 0;
}

/* -- commit ---------------------------------------------------------------- */

static void commit_array(struct store *s, mp_any v, mp_out out)
{
    int elem = mp__elem(out.head);
    size_t n = mp__len(out.head);
    size_t size = mp__elem_size(elem);

    if (elem == MP_ELEM_ANY) {
        memcpy(out.p, s->slots + s->at, n * sizeof(mp_any));
        s->at += n;
    } else if (mp__kind(v.head) == MP_KIND_ARRAY) {
        if (n > 0)
            memcpy(out.p, v.u.p, n * size);
    } else {
        for (size_t i = 0; i < n; i++)
            mp__elem_store(elem, (char *)out.p + i * size, v.u.items[i]);
    }
}

/* Whatever type of pointer it is that lies at out. */
static void commit_pointer(const void *p, void *out)
{
    memcpy(out, &p, sizeof p);
}

static void commit_handle(mp_any v, mp_out out)
{
    if (!is_view(out))
        mp__handle_hold((struct mp__handle *)v.u.p);
    commit_pointer(v.u.p, out.p);
}

static void commit_shared(mp_any v, mp_out out)
{
    struct mp__handle *h = (struct mp__handle *)v.u.p;
    void *data = NULL;

    (void)h->type->data(h, mp__elem(out.head), mp__len(out.head), &data);
    if (!is_view(out))
        mp__handle_hold(h);
    commit_pointer(data, out.p);
}

static void commit_struct(mp_any v, const mp_struct *out)
{
    const mp_struct *in = v.u.p;

    if (in->size > 0)
        memcpy(out->data, in->data, in->size);
}

static void commit(struct store *s, mp_any v, mp_out out)
{
    const mp_out *outs = out.p;

    switch (mp__kind(out.head)) {
    case MP__INTO_NUMBER:
        mp__elem_store(mp__elem(out.head), out.p, v);
        break;
    case MP__INTO_STR:
        commit_pointer(is_view(out) ? v.u.s : s->slots[s->at++].u.s, out.p);
        break;
    case MP__INTO_BYTES:
        *(mp_bytes *)out.p = (mp_bytes){.data = (void *)s->slots[s->at++].u.p,
                                        .size = mp__len(v.head)};
        break;
    case MP__INTO_ANY:
        *(mp_any *)out.p = is_view(out) ? mp__borrow(v) : s->slots[s->at++];
        break;
    case MP__INTO_FN:
        *(mp_fn *)out.p = v.u.fn;
        break;
    case MP__INTO_HANDLE:
        commit_handle(v, out);
        break;
    case MP__INTO_SHARED:
        commit_shared(v, out);
        break;
    case MP__INTO_STRUCT:
        commit_struct(v, out.p);
        break;
    case MP__INTO_ARRAY:
        commit_array(s, v, out);
        break;
    default:
        for (size_t i = 0; i < mp__len(out.head); i++)
            commit(s, mp__item(v, i), outs[i]);
    }
}

int mp__fits(mp_any v, mp_out out)
{
    struct store unused = {.n = 0};

    return check(&unused, v, out);
}

static void give_back(struct store *s)
{
    while (s->at > 0)
        mp_any_clear(&s->slots[--s->at]);
}

static int store(mp_any v, mp_out out)
{
    mp_any at_hand[SLOTS_AT_HAND];
    struct store s = {.slots = at_hand};
    int rc;

    MP_TRY(check(&s, v, out));
    if (s.n > SLOTS_AT_HAND) {
        s.slots = calloc(s.n, sizeof *s.slots);
        if (s.slots == NULL)
            return mp__fail_os(-ENOMEM, "cannot receive %zu values", s.n);
    }
    rc = acquire(&s, v, out);
    if (rc < 0) {
        give_back(&s);
    } else {
        assert(s.at == s.n);
        s.at = 0;
        commit(&s, v, out);
    }
    if (s.slots != at_hand)
        free(s.slots);
    return rc;
}

/* A number into a variable of a number type or a value: most messages. */
static inline bool store_number(mp_any v, mp_out out)
{
    if (mp__kind(v.head) > MP_KIND_FLOAT)
        return false;
    if (mp__kind(out.head) == MP__INTO_ANY) {
        *(mp_any *)out.p = mp__borrow(v);
        return true;
    }
    if (mp__kind(out.head) != MP__INTO_NUMBER ||
        !mp__elem_fits(mp__elem(out.head), v))
        return false;
    mp__elem_store(mp__elem(out.head), out.p, v);
    return true;
}

int mp__store(mp_any v, mp_out out)
{
    if (mp__store_usual(v, out) || store_number(v, out))
        return 0;
    return store(v, out);
}

int(mp_any_into)(mp_any v, mp_out out)
{
    return mp__store(v, out);
}
