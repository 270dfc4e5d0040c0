/*
 * For the tests of this room: a value sent and received at once, without a
 * queue in between.
 */
#ifndef TESTS_ANY_ROUNDTRIP_H
#define TESTS_ANY_ROUNDTRIP_H

#include "any/layout.h"
#include "any/record.h"
#include "expect.h"

#include <mproc.h>

#include <stdlib.h>
#include <string.h>

/* Measure, encode and decode; the code of whichever fails. */
static inline int roundtrip(mp_any v, mp_out out)
{
    struct mp__measure m;
    int fds[MP__FDS_MAX];
    int rc = mp__measure(v, &m);

    if (rc < 0)
        return rc;
    /* Of the exact size, so that a sanitizer sees the byte too many. */
    void *payload = malloc(m.size > 0 ? m.size : 1);
    assert_non_null(payload);
    mp__encode(v, &m, payload, fds);

    struct mp__record r = {m.head, payload, m.size, fds, m.nfds};
    rc = mp__decode(&r, out);
    free(payload);
    return rc;
}

/* Decode bytes as CBOR. */
static inline int decode_cbor(const void *bytes, size_t n, mp_out out)
{
    struct mp__record r = {
        .head = mp__head(MP__RECORD_CBOR, 0, n), .payload = bytes, .size = n};

    return mp__decode(&r, out);
}

/* repr() of a value, in one static buffer. */
static inline const char *repr_of(mp_any v)
{
    static char text[1024];

    assert_in_range(mp_repr(v, text, sizeof text), 0, sizeof text - 1);
    return text;
}

#define assert_repr(text_, v_) assert_string_equal(text_, repr_of(v_))

/* A value keeps its repr on the way. */
static inline void assert_travels(const char *text, mp_any v)
{
    mp_any got = MP_NONE;

    assert_repr(text, v);
    assert_ok(roundtrip(v, MP_TO(&got)));
    assert_repr(text, got);
    assert_true(mp_any_equal(v, got));
    mp_any_clear(&got);
}

#endif
