/*
 * The wire of connections, in both forms. Nothing here reads or writes.
 *
 * Packets (a socket that keeps messages apart): one packet is one message,
 *
 *   u64 head                 of the record, as in any/record.h
 *   the record's payload     at most MP__PACKET_MAX bytes
 *
 * or, if the payload is larger, with the flag MP__APART in the head,
 *
 *   u64 head
 *   u64 size of the payload  which lies in sealed memory: the last descriptor
 *   zeros                    see mp__ballast
 *
 * so that a message is there as a whole or not at all, whenever its sender
 * dies. Numbers are in the byte order of the machine: both ends are on it.
 *
 * Streams: the frames of Python's Connection, a 4-byte signed length, or -1
 * and an 8-byte length from 2^31 on, big-endian, and as many bytes. These are
 * what send_bytes was given; or of a value the head and the payload.
 */
#ifndef MP_IPC_FRAME_H
#define MP_IPC_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Most of what a socket takes in by default: up to here a copy through the
   socket is faster than memory of its own. */
#define MP__PACKET_MAX  ((size_t)160 * 1024)
#define MP__BALLAST_MAX ((size_t)64 * 1024)
#define MP__APART       (UINT64_C(1) << 15)

/* The largest packet there is. */
#define MP__PACKET_SIZE (MP__PACKET_MAX + sizeof(uint64_t))

struct mp__packet_head {
    uint64_t head;
    uint64_t size; /* only with MP__APART */
};

/* A packet taken apart, nothing in the record checked. */
struct mp__packet {
    uint64_t head;
    bool apart;
    const void *payload; /* NULL if apart */
    size_t size;
};

/* false: these bytes are no packet. */
bool mp__packet_parse(const void *data, size_t n, struct mp__packet *out);

/* How many zeros go with a payload that is apart: they make the limit of the
   socket a limit on how many large messages are under way. */
size_t mp__ballast(size_t size);

#define MP__FRAME_HEAD 12

/* Write the head of a frame; says how long it is: 4 or 12. */
size_t mp__frame_head(uint64_t size, unsigned char out[MP__FRAME_HEAD]);

/* How long the head of a frame is, of which the first 4 bytes are there:
   4 or 12; 0: these are no frame. */
size_t mp__frame_head_size(const unsigned char *head);

/* The length a whole head says; false: one that cannot be. */
bool mp__frame_size(const unsigned char *head, size_t *out);

#endif
