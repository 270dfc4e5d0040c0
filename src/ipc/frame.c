/*
 * The wire of connections; see frame.h.
 */
#include "ipc/frame.h"

#include <string.h>

enum { SHORT_HEAD = 4, LONG_HEAD = MP__FRAME_HEAD };

/* The share of a large message that its ballast is. */
enum { BALLAST_SHARE = 64 };

static const uint32_t LONG = UINT32_MAX; /* -1 */

bool mp__packet_parse(const void *data, size_t n, struct mp__packet *out)
{
    struct mp__packet p = {0};
    uint64_t size;

    if (n < sizeof p.head)
        return false;
    memcpy(&p.head, data, sizeof p.head);
    p.apart = (p.head & MP__APART) != 0;
    if (!p.apart) {
        p.payload = (const char *)data + sizeof p.head;
        p.size = n - sizeof p.head;
    } else {
        if (n < sizeof p.head + sizeof size)
            return false;
        memcpy(&size, (const char *)data + sizeof p.head, sizeof size);
        if (size == 0 || size > SIZE_MAX / 2)
            return false;
        p.head &= ~MP__APART;
        p.size = (size_t)size;
    }
    *out = p;
    return true;
}

size_t mp__ballast(size_t size)
{
    size_t n = size / BALLAST_SHARE;

    return n < MP__BALLAST_MAX ? n : MP__BALLAST_MAX;
}

static void put_big_endian(unsigned char *out, size_t n, uint64_t value)
{
    while (n-- > 0) {
        out[n] = (unsigned char)(value & 0xff);
        value >>= 8;
    }
}

static uint64_t get_big_endian(const unsigned char *in, size_t n)
{
    uint64_t value = 0;

    for (size_t i = 0; i < n; i++)
        value = value << 8 | in[i];
    return value;
}

size_t mp__frame_head(uint64_t size, unsigned char out[MP__FRAME_HEAD])
{
    if (size <= INT32_MAX) {
        put_big_endian(out, SHORT_HEAD, size);
        return SHORT_HEAD;
    }
    put_big_endian(out, SHORT_HEAD, LONG);
    put_big_endian(out + SHORT_HEAD, LONG_HEAD - SHORT_HEAD, size);
    return LONG_HEAD;
}

size_t mp__frame_head_size(const unsigned char *head)
{
    uint64_t length = get_big_endian(head, SHORT_HEAD);

    if (length <= INT32_MAX)
        return SHORT_HEAD;
    return length == LONG ? LONG_HEAD : 0;
}

bool mp__frame_size(const unsigned char *head, size_t *out)
{
    uint64_t length = get_big_endian(head, SHORT_HEAD);

    if (length == LONG)
        length = get_big_endian(head + SHORT_HEAD, LONG_HEAD - SHORT_HEAD);
    if (length > SIZE_MAX / 2)
        return false;
    *out = (size_t)length;
    return true;
}
