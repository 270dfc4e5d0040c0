/*
 * Messages that prove that they arrived whole.
 *
 * Message number v begins with v and, from 16 bytes on, ends with ~v. The
 * numbers 0 to count - 1 are sent once each, so the sum of those received is
 * known.
 */
#ifndef BENCH_MESSAGE_H
#define BENCH_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The message of 64 bytes, as the struct that a C program would send. */
struct small_message {
    uint64_t first;
    uint64_t filler[6];
    uint64_t last;
};

static inline void message_stamp(void *data, size_t size, uint64_t v)
{
    uint64_t last = ~v;

    memcpy(data, &v, sizeof v);
    if (size >= 2 * sizeof v)
        memcpy((char *)data + size - sizeof last, &last, sizeof last);
}

/* Whether it is whole; its number is added to *sum. */
static inline bool message_check(const void *data, size_t size, uint64_t *sum)
{
    uint64_t first, last;

    memcpy(&first, data, sizeof first);
    *sum += first;
    if (size < 2 * sizeof first)
        return true;
    memcpy(&last, (const char *)data + size - sizeof last, sizeof last);
    return last == ~first;
}

static inline uint64_t message_sum(long count)
{
    uint64_t n = (uint64_t)count;

    return n % 2 == 0 ? n / 2 * (n - 1) : (n - 1) / 2 * n;
}

#endif
