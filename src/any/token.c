/*
 * Tokens: numbers are read here; the rest by libcbor's streaming decoder, whose
 * callbacks only note what they are told. Those that would be told of a number,
 * or of what is of no use to us, do nothing.
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

static void on_null(void *token)
{
    note(token, MP__TOKEN_NULL, 0);
}

static void on_bool(void *token, bool b)
{
    note(token, MP__TOKEN_BOOL, b);
}

/* What is left BAD: lengths that are not told, undefined, break. */
static const struct cbor_callbacks callbacks = {
    .uint8 = cbor_null_uint8_callback,
    .uint16 = cbor_null_uint16_callback,
    .uint32 = cbor_null_uint32_callback,
    .uint64 = cbor_null_uint64_callback,
    .negint8 = cbor_null_negint8_callback,
    .negint16 = cbor_null_negint16_callback,
    .negint32 = cbor_null_negint32_callback,
    .negint64 = cbor_null_negint64_callback,
    .byte_string_start = cbor_null_byte_string_start_callback,
    .byte_string = on_bytes,
    .string = on_text,
    .string_start = cbor_null_string_start_callback,
    .indef_array_start = cbor_null_indef_array_start_callback,
    .array_start = on_array,
    .indef_map_start = cbor_null_indef_map_start_callback,
    .map_start = on_map,
    .tag = on_tag,
    .float2 = on_float,
    .float4 = on_float,
    .float8 = cbor_null_float8_callback,
    .undefined = cbor_null_undefined_callback,
    .null = on_null,
    .boolean = on_bool,
    .indef_break = cbor_null_indef_break_callback,
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
    out->kind = MP__TOKEN_BAD;

    struct cbor_decoder_result r = cbor_stream_decode(at, n, &callbacks, out);
    if (r.status != CBOR_DECODER_FINISHED)
        out->kind = MP__TOKEN_BAD;
    return out->kind != MP__TOKEN_BAD ? r.read : 0;
}
