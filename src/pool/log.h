/*
 * Logs: values one behind another, each as a record (any/record.h): its head
 * and its payload, filled up to whole words. What has descriptors does not go
 * into one.
 */
#ifndef MP_POOL_LOG_H
#define MP_POOL_LOG_H

#include "any/record.h"

/* Append a value to `size` bytes at `end`. How many bytes it took · 0 it has
   no room there · -EINVAL it has descriptors · what mp__measure says. */
ssize_t mp__log_append(void *end, size_t size, mp_any v);

struct log_reader {
    const unsigned char *at;
    size_t left;
};

/* Of bytes, which are borrowed. */
struct log_reader mp__log_read(mp_any bytes);

/* The next value. What mp__decode says · MP_RUNTIME_ERROR damaged. On failure
   the reader stays where it is. */
int mp__log_next(struct log_reader *r, mp_out out);

/* Beyond the next value. False: damaged, or there is none. */
bool mp__log_skip(struct log_reader *r);

#endif
