/*
 * Blocks: the memory behind buffers, as one process has it mapped.
 *
 * A block is a memfd with a header page in front. Whoever holds its descriptor
 * owns it, and there is one at a time: a process, or a message. So the kernel
 * frees it with its last owner, whatever that one dies of.
 *
 * A process that has handed a large block over keeps it mapped: when it comes
 * back, its pages need not be mapped once more, which would cost more than all
 * else. What is kept is let go when nobody has a claim on the block any more
 * (os/claim.h), which is looked at when anything is done with blocks and at
 * each death; and the oldest goes when there are too many.
 */
#ifndef MP_SHARED_BLOCK_H
#define MP_SHARED_BLOCK_H

#include "os/futex.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* At the beginning of the mapping. Only `owner` ever changes: written by who
   gets it. */
struct mp__block_shared {
    uint32_t magic;
    uint32_t elem;  /* enum mp_elem; NONE: bytes                            */
    uint64_t size;  /* of the data, in bytes                                */
    mp__word owner; /* mp__owner of who had it last                         */
};

struct mp__block;

/* Make one, this process's, of `size` > 0 bytes of which all are zero; or take
   over what was received. Both NULL with the record set; the fd is taken over
   on success only. */
struct mp__block *mp__block_new(size_t size, int elem);
struct mp__block *mp__block_adopt(int fd);

const struct mp__block_shared *mp__block_shared(const struct mp__block *b);
void *mp__block_data(const struct mp__block *b);
int mp__block_fd(const struct mp__block *b); /* borrowed */

/* Whether it is the calling process's: in a child of its owner it is not; and
   make it so. */
bool mp__block_is_mine(const struct mp__block *b);
void mp__block_claim(struct mp__block *b);

/* A child that is forked now is to have it, too; any other child lets go of all
   blocks at once, for they are not its own. */
void mp__block_pass(struct mp__block *b, bool on);

/* This process has handed it over; or it is done with it. If its content is
   `spent`, then its memory goes at once, even if others keep it mapped. */
void mp__block_leave(struct mp__block *b);
void mp__block_free(struct mp__block *b, bool spent);

#endif
