/*
 * Chunks: the memory that a ring's records lie in.
 *
 * The chunks form a cycle, and the records lie in an arc of it, from the
 * head's chunk to the tail's. When the tail's chunk is full the next one in
 * the cycle is used again, if the head has left it, or a new one is put in
 * between: one store. A record never crosses chunks; for a large one a chunk
 * is made to measure. When the arc has shrunk, chunks are taken out of the
 * cycle and their memory is given back.
 *
 * All of this is done under the put lock, and only the tail's own `next` is
 * ever changed: the consumers, who follow `next` behind the tail, never see
 * it move. If a producer dies in between, mp__chunks_mend rebuilds the list of
 * spare chunks from the cycle; it may be cut short and run again.
 */
#ifndef MP_QUEUE_CHUNK_H
#define MP_QUEUE_CHUNK_H

#include "queue/ring.h"

/* At the start of each chunk. span never changes once `end` is beyond it. */
struct chunk {
    _Atomic uint64_t next; /* in the cycle; or of the spare ones            */
    uint64_t span;         /* of the address range, a power of two          */
    uint64_t limit;        /* of it have memory behind them                 */
    uint64_t in_cycle;     /* scratch of mp__chunks_mend                    */
    uint64_t emptied;      /* its memory was given back while the tail was
                              in it; not to be used again                   */
    uint64_t unused[3];
};

#define CHUNK_FIRST_SPAN UINT64_C(65536)
#define CHUNK_USUAL_SPAN UINT64_C(1048576)

/* What is kept of an empty queue's memory: for the next burst while it is in
   use, and for good once somebody has found it empty and waited in vain. */
#define MP__CHUNKS_KEEP_BUSY (256 * CHUNK_USUAL_SPAN)
#define MP__CHUNKS_KEEP      (8 * CHUNK_USUAL_SPAN)

/* The word in place of a record's head: go on in the next chunk. */
#define CHUNK_ENDS UINT64_MAX

static inline struct chunk *chunk_at(const struct ring *r, uint64_t offset)
{
    return (struct chunk *)(void *)((char *)r->mapping.base + offset);
}

/* Make the first chunk of a new ring. */
void mp__chunks_begin(struct ring *r);

/*
 * A place for `size` bytes behind `tail`: moves tail there, not yet beyond.
 * Fails with -ENOMEM, -ENOSPC and the record set; nothing has changed then.
 */
int mp__chunks_reserve(struct ring *r, uint64_t size, uint64_t *tail_chunk,
                       uint64_t *tail_at);

/* Give memory back if the queue is empty and has more than it should keep. */
void mp__chunks_trim(struct ring *r, uint64_t keep);

/* After the death of a holder of the put lock. */
void mp__chunks_mend(struct ring *r);

#endif
