/*
 * Tokens: the callbacks that libcbor's streaming decoder reports to, each of
 * which only notes what it was told. What has no callback of its own here
 * (indefinite lengths, undefined, break) is BAD.
 */
#include "any/token.h"

#include <cbor.h>
#include <string.h>

/* RFC 8949, section 3: the first byte of a float64, and what its lower bits
   say of how many bytes of a number follow. */
#define CBOR_FLOAT64 0xfb
#define INFO_1_BYTE  24
#define INFO_8_BYTES 27

static void note(void *token, enum mp__token_kind kind, uint64_t n)
{
    struct mp__token *t = token;

    t->kind = kind;
    t->n = n;
}

static void on_uint8(void *token, uint8_t n)
{
    note(token, MP__TOKEN_UINT, n);
}

static void on_uint16(void *token, uint16_t n)
{
    note(token, MP__TOKEN_UINT, n);
}

static void on_uint32(void *token, uint32_t n)
{
    note(token, MP__TOKEN_UINT, n);
}

static void on_uint64(void *token, uint64_t n)
{
    note(token, MP__TOKEN_UINT, n);
}

static void on_negint8(void *token, uint8_t n)
{
    note(token, MP__TOKEN_NEGINT, n);
}

static void on_negint16(void *token, uint16_t n)
{
    note(token, MP__TOKEN_NEGINT, n);
}

static void on_negint32(void *token, uint32_t n)
{
    note(token, MP__TOKEN_NEGINT, n);
}

static void on_negint64(void *token, uint64_t n)
{
    note(token, MP__TOKEN_NEGINT, n);
}

static void on_text(void *token, cbor_data data, size_t n)
{
    note(token, MP__TOKEN_TEXT, n);
    ((struct mp__token *)token)->data = data;
}

static void on_bytes(void *token, cbor_data data, size_t n)
{
    note(token, MP__TOKEN_BYTES, n);
    ((struct mp__token *)token)->data = data;
}

static void on_array(void *token, size_t n)
{
    note(token, MP__TOKEN_ARRAY, n);
}

static void on_map(void *token, size_t n)
{
    note(token, MP__TOKEN_MAP, n);
}

static void on_tag(void *token, uint64_t n)
{
    note(token, MP__TOKEN_TAG, n);
}

static void on_float(void *token, float f)
{
    note(token, MP__TOKEN_FLOAT, 0);
    ((struct mp__token *)token)->f = (double)f;
}

static void on_double(void *token, double f)
{
    note(token, MP__TOKEN_FLOAT, 0);
    ((struct mp__token *)token)->f = f;
}

static void on_null(void *token)
{
    note(token, MP__TOKEN_NULL, 0);
}

static void on_bool(void *token, bool b)
{
    note(token, MP__TOKEN_BOOL, b);
}

static void on_bad(void *token)
{
    note(token, MP__TOKEN_BAD, 0);
}

static const struct cbor_callbacks callbacks = {
    .uint8 = on_uint8,
    .uint16 = on_uint16,
    .uint32 = on_uint32,
    .uint64 = on_uint64,
    .negint8 = on_negint8,
    .negint16 = on_negint16,
    .negint32 = on_negint32,
    .negint64 = on_negint64,
    .byte_string_start = on_bad,
    .byte_string = on_bytes,
    .string = on_text,
    .string_start = on_bad,
    .indef_array_start = on_bad,
    .array_start = on_array,
    .indef_map_start = on_bad,
    .map_start = on_map,
    .tag = on_tag,
    .float2 = on_float,
    .float4 = on_float,
    .float8 = on_double,
    .undefined = on_bad,
    .null = on_null,
    .boolean = on_bool,
    .indef_break = on_bad,
};

/* The n bytes at p, the most significant one first. */
static uint64_t big_endian(const unsigned char *p, size_t n)
{
    uint64_t value = 0;

    memcpy((unsigned char *)&value + sizeof value - n, p, n);
    return __builtin_bswap64(value);
}

/* An int or a float64, which most items of most lists are; 0 if it is none.
   Everything else is libcbor's. */
static size_t read_number(const unsigned char *at, size_t n,
                          struct mp__token *out)
{
    unsigned major = at[0] >> 5;
    unsigned info = at[0] & 0x1f;
    uint64_t bits;

    if (at[0] == CBOR_FLOAT64 && n >= 1 + sizeof bits) {
        bits = big_endian(at + 1, sizeof bits);
        out->kind = MP__TOKEN_FLOAT;
        memcpy(&out->f, &bits, sizeof bits);
        return 1 + sizeof bits;
    }
    if (major > 1 || info > INFO_8_BYTES)
        return 0;

    size_t follow = info < INFO_1_BYTE ? 0 : (size_t)1 << (info - INFO_1_BYTE);
    if (n <= follow)
        return 0;
    out->kind = major == 0 ? MP__TOKEN_UINT : MP__TOKEN_NEGINT;
    out->n = follow == 0 ? info : big_endian(at + 1, follow);
    return 1 + follow;
}

size_t mp__token_read(const unsigned char *at, size_t n, struct mp__token *out)
{
    size_t size = n > 0 ? read_number(at, n, out) : 0;

    if (size > 0)
        return size;

    struct cbor_decoder_result r = cbor_stream_decode(at, n, &callbacks, out);
    if (r.status != CBOR_DECODER_FINISHED || out->kind == MP__TOKEN_BAD) {
        out->kind = MP__TOKEN_BAD;
        return 0;
    }
    return r.read;
}
