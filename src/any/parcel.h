/*
 * Parcels: what arrives of a handle, and the handle made of it.
 */
#ifndef MP_ANY_PARCEL_H
#define MP_ANY_PARCEL_H

#include "any/handle.h"

/* Of a handle, as it lies in the message; nothing in it is checked. */
struct mp__arrival {
    uint64_t tag;
    const void *bytes;
    size_t size;
    const int *fds;
    uint64_t nfds;
};

/* Make the handle. It gets duplicates of the descriptors: should a later part
   of the message not fit, all of them are still the caller's. */
int mp__parcel_open(const struct mp__arrival *a, struct mp__handle **out);

/* Duplicate descriptors: all, or none with the record set. */
int mp__parcel_dup_fds(const int *fds, size_t n, int *out);

/* Close the descriptors of a message that has been received. */
void mp__parcel_close_fds(const int *fds, size_t n);

#endif
