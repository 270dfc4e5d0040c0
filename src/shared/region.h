/*
 * Regions: the memory behind buffers, as one process has it mapped.
 *
 * A region is a memfd with a header page in front. Whoever holds its descriptor
 * owns it, and there is one at a time: a process, or a message. So the kernel
 * frees it with its last owner, whatever that one dies of.
 *
 * A process that has handed a large region over keeps it mapped: when it comes
 * back, its pages need not be mapped once more, which would cost more than all
 * else. What is kept is let go when nobody has a claim on the region any more
 * (os/claim.h), which is looked at when anything is done with regions and at
 * each death; and the oldest goes when there are too many.
 */
#ifndef MP_SHARED_REGION_H
#define MP_SHARED_REGION_H

#include <stdbool.h>
#include <stddef.h>

struct mp__region;

/* Make one, this process's, of `size` > 0 bytes of which all are zero; or take
   over what was received. Both NULL with the record set; the fd is taken over
   on success only. */
struct mp__region *mp__region_new(size_t size, int elem);
struct mp__region *mp__region_adopt(int fd);

size_t mp__region_size(const struct mp__region *r); /* of the data */
int mp__region_elem(const struct mp__region *r);    /* MP_ELEM_NONE: bytes */
void *mp__region_data(const struct mp__region *r);
int mp__region_fd(const struct mp__region *r); /* borrowed */

/* Whether it is the calling process's: in a child of its owner it is not; and
   make it so. */
bool mp__region_is_mine(const struct mp__region *r);
void mp__region_claim(struct mp__region *r);

/* A child that is forked now is to have it, too; any other child lets go of all
   regions at once, for they are not its own. */
void mp__region_pass(struct mp__region *r, bool on);

/* This process has handed it over; or it is done with it. If its content is
   `spent`, then its memory goes at once, even if others keep it mapped. */
void mp__region_leave(struct mp__region *r);
void mp__region_free(struct mp__region *r, bool spent);

#endif
