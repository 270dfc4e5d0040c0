/*
 * The ring: a queue of records in shared memory that any number of processes
 * put into and get out of, and any of which may be killed at any instruction.
 *
 * Records lie one after another in chunks, the chunks in a cycle (chunk.h).
 * Producers take turns by put_lock, consumers by get_lock; neither side ever
 * needs the other's lock to make progress. What is in the queue is said by
 * two commit words alone: records number head to tail - 1. Everything else is
 * derived from them or written before them, so a death leaves nothing to undo.
 *
 *   put   write the record behind the tail, write the cursor that goes with
 *         tail + 1, then store tail + 1
 *   get   copy the record at the head out, write the cursor that goes with
 *         head + 1, then store head + 1
 *
 * Whoever is to sleep says so under the *other* side's lock (wanted), so the
 * other side cannot commit unseen; a commit that is awaited is made and the
 * sleeper woken by one system call, between whose halves no kill can fall.
 */
#ifndef MP_QUEUE_RING_H
#define MP_QUEUE_RING_H

#include "any/record.h"
#include "os/mapping.h"
#include "os/owner_lock.h"
#include "os/sleep.h"

/* Where a side is: a chunk and a place in it, both offsets in the mapping. */
struct ring_cursor {
    _Atomic uint64_t chunk;
    _Atomic uint64_t at;
};

/*
 * One side of the ring. Its fields are changed under its lock only. So is
 * `wanted`, by both sides, but that it goes from one number to the next without.
 *
 * cursor[n & 1] is the place that belongs to commit n. The other one is being
 * written, or stale: hence a commit must move by an odd number.
 */
struct ring_side {
    _Alignas(64) struct mp__owner_lock lock;
    mp__word wanted; /* not 0: somebody may sleep on `commit`; errs so */
    uint32_t other;  /* the other side's commit as last seen: a bound. Of the
                        get side it is never behind its own commit         */
    struct ring_cursor cursor[2];
    _Alignas(64) mp__word commit; /* a count, modulo 2^32; futex */
};

/* RING_DROPPED: what is still in it counts as gone, and all tasks as done. */
enum ring_state { RING_OPEN, RING_SHUT_DOWN, RING_DROPPED };

struct ring_shared {
    uint32_t magic;
    uint32_t maxsize; /* records; 0: no limit. Never changes                */
    uint64_t family;  /* the tree whose context the locks refer to          */
    uint64_t size;    /* of the mapping; never changes                      */
    mp__word state;   /* enum ring_state, moves up only, without a lock     */

    struct ring_side put; /* commit is the tail */
    struct ring_side get; /* commit is the head */

    /* Tasks of a joinable queue: those put and not done are tail - done.
       done <= tail, checked under its lock. */
    struct ring_side task; /* commit is done; the rest is unused */

    /* Descriptors under way; see passing.h. */
    struct ring_passing {
        _Alignas(64) uint64_t ticket; /* the last one taken; under put.lock  */
        mp__word taken;  /* messages out of the socket, modulo 2^32; under
                            get.lock; futex                                  */
        uint32_t wanted; /* not 0: somebody may sleep on `taken`; errs so;
                            under get.lock                                   */
    } passing;

    /* Chunks, under put.lock; see chunk.h. */
    _Alignas(64) _Atomic uint64_t end; /* no chunk was ever made beyond      */
    _Atomic uint64_t memory; /* bytes behind the cycle; read without the lock */
    uint64_t spare[48]; /* chunks out of the cycle, by log2 of their span    */
};

/* What a room above this one writes on a record, beside the value. */
struct ring_label {
    uint64_t word[2];
};

/* This process's view. */
struct ring {
    struct ring_shared *shared;
    struct mp__mapping mapping;
    int in;  /* of the socket: descriptors go in here, ...  */
    int out; /* ... and come out here; see passing.h        */
    struct mp__spinner put_spinner;
    struct mp__spinner get_spinner;
    uint64_t awaited; /* the chunk last waited for; see chunk.c */
    struct mp__spinner linger_spinner;
    _Atomic size_t usual; /* bytes of the last record: how long to spin */
};

/* What a ring is for another process: its memory, and both ends of its
   socket. */
#define RING_FDS 3
void mp__ring_fds(const struct ring *r, int out[RING_FDS]);

/* Make one, or use one that another process made; both fail with the record
   set. The fds are taken over on success only. */
int mp__ring_new(struct ring *r, uint32_t maxsize);
int mp__ring_adopt(struct ring *r, const int fds[RING_FDS]);

/* Make one in memory that is all zero and has its own beginning committed,
   RING_BEGINS bytes; its descriptors go in and out there. It has nothing of
   its own, and is not freed. *r is all zero, or was laid there before: then
   others may count what is in it meanwhile. */
#define RING_BEGINS (2 * (size_t)65536)
void mp__ring_lay(struct ring *r, const struct mp__mapping *memory, int in,
                  int out);
void mp__ring_free(struct ring *r);

/* Put n <= INT_MAX values in, the i-th being item(from, i); says how many (the
   first ones), or why none: MP_FULL, MP_SHUT_DOWN, what mp__measure says,
   -ENOMEM, -ENOSPC, -EAGAIN, -EMFILE too many descriptors under way.
   mp__ring_put: one. */
struct ring_giver {
    mp_any (*item)(mp_any from, size_t i);
    mp_any from;
    size_t n;
    const struct ring_label *label; /* of each of them; NULL: they have none */
};
int mp__ring_put_many(struct ring *r, const struct ring_giver *giver,
                      int64_t deadline);
int mp__ring_put(struct ring *r, mp_any v, int64_t deadline);
int mp__ring_put_labelled(struct ring *r, mp_any v,
                          const struct ring_label *label, int64_t deadline);

/* Take up to n <= INT_MAX records out, the i-th to out(where, i); says how
   many, or why none: MP_EMPTY, MP_SHUT_DOWN, what mp__decode says, -EMFILE no
   room for descriptors, -EAGAIN. */
struct ring_taker {
    mp_out (*out)(mp_out where, size_t i);
    mp_out where;
    size_t n;
    struct ring_label *label; /* of a single one; NULL: not asked for    */
    int *failed;              /* ... and why its value could not be had  */
};
int mp__ring_get(struct ring *r, const struct ring_taker *taker,
                 int64_t deadline);

/* Take one labelled record out, even if its value cannot be had: 1 · 0 it is
   gone, and *failed says why · else as mp__ring_get. */
int mp__ring_get_labelled(struct ring *r, mp_out out, struct ring_label *label,
                          int *failed, int64_t deadline);

/* How many records there are: exact at an instant. */
uint32_t mp__ring_count(const struct ring *r);

/* No more puts, gets until empty; with drop no gets either, and all joins are
   released. Wakes all who wait. */
void mp__ring_shut_down(struct ring *r, bool drop);

/* 0 · MP_VALUE_ERROR called too many times. */
int mp__ring_task_done(struct ring *r);
/* 0 · MP_TIMEOUT */
int mp__ring_join(struct ring *r, int64_t deadline);

#endif
