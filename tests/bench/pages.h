/*
 * Memory that is handed over and not copied: whoever has it changes a byte of
 * every page, so that all of it is proven to have come along.
 */
#ifndef BENCH_PAGES_H
#define BENCH_PAGES_H

#include <stdbool.h>
#include <stddef.h>

enum { PAGE = 4096 };

static inline void pages_count_up(unsigned char *data, size_t size)
{
    for (size_t i = 0; i < size; i += PAGE)
        data[i]++;
}

static inline bool pages_are_at(const unsigned char *data, size_t size, long n)
{
    size_t i = 0;

    while (i < size && data[i] == (unsigned char)n)
        i += PAGE;
    return i >= size;
}

#endif
