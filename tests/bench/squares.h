/*
 * What a pool is asked for: the squares of the numbers 0 to count - 1, once
 * each, so the sum of those that come back is known. It wraps round.
 */
#ifndef BENCH_SQUARES_H
#define BENCH_SQUARES_H

#include <stddef.h>
#include <stdint.h>

/* Ints of one call of map. */
enum { BATCH_MAX = 1000 * 1000 };

static inline size_t numbers_batch(long count)
{
    return count < BATCH_MAX ? (size_t)count : BATCH_MAX;
}

static inline uint64_t squares_sum(long count)
{
    uint64_t sum = 0;

    for (uint64_t v = 0; v < (uint64_t)count; v++)
        sum += v * v;
    return sum;
}

static inline void numbers_fill(int64_t *numbers, size_t n, int64_t first)
{
    for (size_t i = 0; i < n; i++)
        numbers[i] = first + (int64_t)i;
}

static inline uint64_t numbers_sum(const int64_t *numbers, size_t n)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (uint64_t)numbers[i];
    return sum;
}

#endif
