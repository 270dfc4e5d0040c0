/*
 * Passing: the descriptors of records, which cannot lie in memory.
 *
 * Each ring has a socket, both ends of it in every process that has the ring.
 * A record with descriptors goes with a message that holds them; both bear the
 * same ticket, a number used once. The kernel keeps what lies in the socket
 * alive, whoever dies, and frees it with the ring.
 *
 *   put   take a ticket, send the message, write the record, commit
 *   get   peek at the message, which duplicates its descriptors; decode the
 *         record; commit; then take the message out
 *
 * Messages lie in the order of their tickets, as their records do. A death in
 * put leaves a message without a record, one in get a message whose record is
 * gone: strays. A stray has a ticket below that of any record to come behind
 * it, so that the next consumer of descriptors drops it; and so does a
 * producer that finds the socket full, under both locks, for then nobody is
 * between a message and its commit. The get lock is taken before the put lock,
 * and by nobody the other way round.
 */
#ifndef MP_QUEUE_PASSING_H
#define MP_QUEUE_PASSING_H

#include "queue/ring.h"

/* In a record's head, where a value has its flags: descriptors belong to it,
   and the word behind the head is its ticket, which is never 0. */
#define RECORD_PASSES (UINT64_C(1) << 12)

/* The socket of a new ring, or the ends of one that another process made; both
   fail with the record set. The ends are taken over on success only. */
int mp__passing_new(struct ring *r);
int mp__passing_adopt(struct ring *r, int in, int out);
void mp__passing_free(struct ring *r);

/* Under the put lock: write the payload of a record with descriptors, and its
   ticket, and send these. 0 · 1
   the socket is full, and `seen` is for mp__passing_wait · a failure: -EMFILE
   too many are under way, -ENOMEM, -errno. */
int mp__passing_put(struct ring *r, mp_any v, const struct mp__measure *m,
                    uint64_t *ticket_out, void *payload, uint32_t *seen);

/* Under the get lock: decode a record with its descriptors; and once that is
   committed, take its message out. What mp__decode says · -EMFILE, -ENOMEM ·
   MP_RUNTIME_ERROR they are not there. */
int mp__passing_get(struct ring *r, struct mp__record *record, uint64_t ticket,
                    mp_out out);
void mp__passing_take_out(struct ring *r);

/* Drop strays, and unless there were any wait until a message has been taken
   out since `seen`. 0: look again; -ETIMEDOUT, -EAGAIN. */
int mp__passing_wait(struct ring *r, uint32_t seen, struct mp__sleep *sleep);

/* Of ring.c. Under both locks: the first ticket that a record in the ring has;
   UINT64_MAX: none has; 0: the memory is damaged. */
uint64_t mp__ring_first_ticket(const struct ring *r);

#endif
