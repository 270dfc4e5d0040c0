/*
 * Records: values as bytes. The only place that knows the wire.
 *
 * A record is a head word and a payload. The head is laid out as that of
 * mp_any (kind, element type, length, no flags). By kind, the payload is
 *
 *   NONE BOOL INT UINT FLOAT   8 bytes, the number as it lies in memory
 *   STR BYTES                  `length` bytes, no NUL
 *   ARRAY                      `length` elements as they lie in memory
 *   STRUCT                     u32 length of the tag with its NUL (0: none),
 *                              the tag, the struct's bytes; `length` is all
 *                              of that
 *   FN                         u64 family (mp__family), u64 address
 *   MP__RECORD_CBOR            `length` bytes of CBOR (RFC 8949): lists,
 *                              tuples, dicts, handles and all within them
 *
 * so that scalars, texts, structs and arrays are one copy, and the head of a
 * received scalar is the head of the value. Decoding trusts nothing.
 */
#ifndef MP_ANY_RECORD_H
#define MP_ANY_RECORD_H

#include <mproc/any.h>

#define MP__RECORD_CBOR 32

#define MP__DEPTH_MAX 1000 /* containers within containers           */
#define MP__FDS_MAX   250  /* descriptors of one message (SCM_MAX_FD) */

/* What a value will need as a record. */
struct mp__measure {
    uint64_t head;
    size_t size; /* of the payload, in bytes */
    size_t nfds;
};

/* How many bytes of payload follow a head; SIZE_MAX if it is no head. */
size_t mp__payload_size(uint64_t head);

/* Check that a value can travel and how large it is. Fails with MP_VALUE_ERROR
   (NULL in it, too deep, a handle that does not travel, text that is not
   UTF-8), or the failure that made a handle NULL. */
int mp__measure(mp_any v, struct mp__measure *out);

/* Write the payload of a measured value, and the descriptors (borrowed from
   the handles) if it has any. Cannot fail. If another thread closes a handle
   meanwhile, what is written is no value, and its descriptors are -1. */
void mp__encode(mp_any v, const struct mp__measure *m, void *payload, int *fds);

/* A record as it was received, nothing in it checked. */
struct mp__record {
    uint64_t head;
    const void *payload;
    size_t size;
    const int *fds; /* taken over on success only */
    size_t nfds;
};

/* Check a record and store it where out says. On failure *out is untouched:
   MP_TYPE_ERROR it does not fit, MP_VALUE_ERROR the bytes are no value, -ENOMEM.
   A record that holds descriptors is closed over by decode: on success all of
   its fds have been taken over or closed. */
int mp__decode(const struct mp__record *r, mp_out out);

#endif
