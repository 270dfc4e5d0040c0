/*
 * The block of a received value: one allocation for all of it.
 *
 * A value is built twice by the same function: first with a block that only
 * measures, where every pointer it gives out is NULL, then with one that has
 * the memory. What needs alignment lies in front, texts behind it; so the
 * first thing asked for, the root's, is where the block begins.
 */
#ifndef MP_ANY_BLOCK_H
#define MP_ANY_BLOCK_H

#include <stdbool.h>
#include <stddef.h>

struct mp__block {
    bool filling;        /* or only measuring                            */
    unsigned char *base; /* NULL while measuring, and of an empty block  */
    size_t aligned;      /* bytes given out in front                     */
    size_t texts;        /* bytes given out behind                       */
    size_t front;        /* where the texts begin; while filling         */
    bool overflow;       /* more than a size_t can say; while measuring  */
};

/* n things of that size, aligned for all of C's types. */
void *mp__block_take(struct mp__block *b, size_t n, size_t size);

/* A copy of n bytes, with a NUL after them. */
const char *mp__block_text(struct mp__block *b, const void *data, size_t n);

/* The whole size that was measured, or SIZE_MAX. */
size_t mp__block_size(const struct mp__block *b);

/* Begin to fill base, which has the size that was measured. */
void mp__block_fill(struct mp__block *b, void *base);

#endif
