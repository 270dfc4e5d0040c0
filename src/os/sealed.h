/*
 * Sealed memory: bytes that one process wrote and another will read, in a
 * memfd of exactly their size that nobody can change any more.
 */
#ifndef MP_OS_SEALED_H
#define MP_OS_SEALED_H

#include <stddef.h>

/* The fd, the caller's to close · -ENOMEM, -ENOSPC, -EMFILE, -ENFILE, -EFBIG
   with the record set. */
int mp__sealed_new(const void *data, size_t size);

/* Map what another process sent for reading. The fd stays the caller's, and
   may be closed at once. MP_VALUE_ERROR (record set) if it is not sealed
   memory of that size, above 0 and without holes · -ENOMEM. */
int mp__sealed_map(int fd, size_t size, const void **out);
void mp__sealed_unmap(const void *base, size_t size);

#endif
