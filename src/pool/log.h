/*
 * Logs: values one behind another. Numbers of one kind lie as in an array; else
 * each is a record (any/record.h): its head and its payload, filled up to whole
 * words. What has descriptors does not go into one.
 */
#ifndef MP_POOL_LOG_H
#define MP_POOL_LOG_H

#include "any/record.h"

/* What kind of log a value begins: an enum mp_elem, or 0 for records. With
   `ints` those that fit are C's int. */
uint32_t mp__log_kind(mp_any v, bool ints);

/* Append a value to `size` bytes at `end`. How many bytes it took · 0 it has
   no room there, or does not go with the others · -EINVAL it has descriptors ·
   what mp__measure says. */
ssize_t mp__log_append(void *end, size_t size, uint32_t kind, mp_any v);

/* A log as a value: an array, or bytes. Borrowed. */
mp_any mp__log_value(const void *log, size_t size, uint32_t kind);

struct log_reader {
    const unsigned char *at;
    size_t left;
    int elem; /* of an array; 0: records */
};

/* Of the value, which is borrowed, from byte `from` on. */
struct log_reader mp__log_read(mp_any log, size_t from);
size_t mp__log_size(mp_any log);

/* The next value. What mp__decode says · MP_RUNTIME_ERROR damaged. On failure
   the reader stays where it is. */
int mp__log_next(struct log_reader *r, mp_out out);

/* Whether there are that many in it. */
bool mp__log_holds(mp_any log, uint32_t count);

/* Beyond the next value. False: damaged, or there is none. */
bool mp__log_skip(struct log_reader *r);

#endif
