/*
 * Tokens: one item of CBOR at a time, pulled out of libcbor's callbacks.
 *
 * A container is announced by its length and its items follow; a tag by its
 * number and what it tags follows.
 */
#ifndef MP_ANY_TOKEN_H
#define MP_ANY_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mp__token_kind {
    MP__TOKEN_BAD, /* no CBOR, cut off, or of no use to us */
    MP__TOKEN_NULL,
    MP__TOKEN_BOOL,
    MP__TOKEN_UINT,
    MP__TOKEN_NEGINT, /* -1 - n */
    MP__TOKEN_FLOAT,
    MP__TOKEN_TEXT,
    MP__TOKEN_BYTES,
    MP__TOKEN_ARRAY,
    MP__TOKEN_MAP,
    MP__TOKEN_TAG
};

struct mp__token {
    enum mp__token_kind kind;
    uint64_t n; /* the number, length or tag */
    double f;
    const unsigned char *data; /* of a text or bytes */
};

/* The token at the first of n bytes; returns how many it takes, 0 for a BAD
   one. */
size_t mp__token_read(const unsigned char *at, size_t n, struct mp__token *out);

#endif
