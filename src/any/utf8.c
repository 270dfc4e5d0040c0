/*
 * UTF-8: texts are checked before they are sent and before they are believed.
 */
#include "any/utf8.h"

#include <string.h>

#define ASCII_MASK UINT64_C(0x8080808080808080)

static bool is_continuation(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

size_t mp__utf8_next(const char *s, size_t n, uint32_t *out)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *p = (const unsigned char *)s;
    size_t len;
    uint32_t c;

    if (n == 0)
        return 0;
    if (p[0] < 0x80) {
        *out = p[0];
        return 1;
    }
    if (p[0] < 0xc2 || p[0] > 0xf4)
        return 0;
    len = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    if (n < len)
        return 0;
    c = p[0] & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if (!is_continuation(p[i]))
            return 0;
        c = c << 6 | (p[i] & 0x3fu);
    }
    if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *out = c;
    return len;
}

bool mp__utf8_valid(const char *s, size_t n)
{
    size_t i = 0;

    while (i < n) {
        uint64_t eight;
        uint32_t c;

        if (n - i >= sizeof eight) {
            memcpy(&eight, s + i, sizeof eight);
            if ((eight & ASCII_MASK) == 0) {
                i += sizeof eight;
                continue;
            }
        }

        size_t len = mp__utf8_next(s + i, n - i, &c);
        if (len == 0)
            return false;
        i += len;
    }
    return true;
}
