/*
 * The block of a received value: measuring it, and giving out its parts.
 */
#include "any/block.h"

#include <assert.h>
#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#define ALIGN alignof(max_align_t)

/* Add to *total; beyond SIZE_MAX / 4 nothing can be allocated anyway. */
static void grow(struct mp__block *b, size_t *total, size_t n)
{
    if (n > SIZE_MAX / 4 || *total > SIZE_MAX / 4 - n)
        b->overflow = true;
    else
        *total += n;
}

void *mp__block_take(struct mp__block *b, size_t n, size_t size)
{
    size_t at = b->aligned;
    size_t bytes;

    if (n > SIZE_MAX / 8 / size) {
        b->overflow = true;
        return NULL;
    }
    bytes = (n * size + ALIGN - 1) / ALIGN * ALIGN;
    grow(b, &b->aligned, bytes);
    if (b->base == NULL || bytes == 0)
        return NULL;
    assert(b->aligned <= b->front);
    return b->base + at;
}

const char *mp__block_text(struct mp__block *b, const void *data, size_t n)
{
    size_t at = b->texts;

    if (n == 0)
        return "";
    grow(b, &b->texts, n + 1);
    if (b->base == NULL)
        return NULL;

    char *text = (char *)b->base + b->front + at;
    memcpy(text, data, n);
    text[n] = '\0';
    return text;
}

size_t mp__block_size(const struct mp__block *b)
{
    return b->overflow ? SIZE_MAX : b->aligned + b->texts;
}

void mp__block_fill(struct mp__block *b, void *base)
{
    *b = (struct mp__block){.filling = true, .base = base, .front = b->aligned};
}
