/*
 * Tokens: the callbacks that libcbor's streaming decoder reports to, each of
 * which only notes what it was told. What has no callback of its own here
 * (indefinite lengths, undefined, break) is BAD.
 */
#include "any/token.h"

#include <cbor.h>

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

size_t mp__token_read(const unsigned char *at, size_t n, struct mp__token *out)
{
    struct cbor_decoder_result r = cbor_stream_decode(at, n, &callbacks, out);

    if (r.status != CBOR_DECODER_FINISHED || out->kind == MP__TOKEN_BAD) {
        out->kind = MP__TOKEN_BAD;
        return 0;
    }
    return r.read;
}
