/*
 * Entries: how a record lies in a ring.
 *
 *   head      the record's (any/record.h), and RECORD_PASSES, RECORD_LABELLED
 *   ticket    if it has descriptors; never 0
 *   label     if it has one; two words
 *   payload   the record's, filled up to whole words
 */
#ifndef MP_QUEUE_ENTRY_H
#define MP_QUEUE_ENTRY_H

#include "queue/side.h"

/* One where it lies. */
struct mp__entry {
    struct mp__record record;
    uint64_t ticket;       /* 0: no descriptors belong to it */
    const uint64_t *label; /* NULL: it has none              */
};

/* How many bytes one takes. */
uint64_t mp__entry_bytes(size_t payload, bool passes, bool labelled);
uint64_t mp__entry_size(const struct mp__entry *e);

/* Write what is in front of the payload, but for the ticket, whose place is
   word 1. Where the payload is. */
uint64_t *mp__entry_front(uint64_t *at, const struct mp__measure *m,
                          const struct ring_label *label);

/* Find the entry at `from`, which may be in the next chunk. The memory is
   checked, for a stray pointer of any process may have written to it. 0 ·
   MP_RUNTIME_ERROR. */
int mp__entry_find(const struct ring *r, struct place *from,
                   struct mp__entry *out);

int mp__entry_damaged(void);

#endif
