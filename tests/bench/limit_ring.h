/*
 * The limit of a queue between two: a ring of slots of one size. Each side
 * keeps a copy of the other's index and looks at the original only when the
 * copy says full or empty.
 */
#ifndef BENCH_LIMIT_RING_H
#define BENCH_LIMIT_RING_H

#include "limit.h"

struct limit_ring {
    _Alignas(64) _Atomic uint64_t tail; /* written by the producer */
    _Alignas(64) _Atomic uint64_t head; /* written by the consumer */
    _Alignas(64) char slots[];
};

/* One side of it, in private memory. */
struct limit_end {
    struct limit_ring *ring;
    uint64_t mine;  /* the index of this side                          */
    uint64_t shown; /* of it, what the other side has been shown       */
    uint64_t other; /* the other's index as last seen                  */
    uint64_t nslots;
    size_t slot;
};

/* Bytes of a ring of so many slots, a power of two. */
static inline size_t limit_ring_size(size_t slot, uint64_t nslots)
{
    return sizeof(struct limit_ring) + slot * nslots;
}

static inline char *limit_slot(const struct limit_end *e)
{
    return e->ring->slots + (e->mine & (e->nslots - 1)) * e->slot;
}

/* The producer's next slot, once it is free, and handing it over. */
static inline void *limit_claim(struct limit_end *e)
{
    int looks = 0;

    while (e->mine - e->other == e->nslots) {
        e->other = atomic_load_explicit(&e->ring->head, memory_order_acquire);
        if (e->mine - e->other == e->nslots)
            limit_look(&looks);
    }
    return limit_slot(e);
}

static inline void limit_publish(struct limit_end *e)
{
    e->mine++;
    atomic_store_explicit(&e->ring->tail, e->mine, memory_order_release);
}

static inline void limit_show_head(struct limit_end *e)
{
    e->shown = e->mine;
    atomic_store_explicit(&e->ring->head, e->mine, memory_order_release);
}

/* The consumer's next slot, once it is full, and giving it back: several at a
   time, or all when there is nothing to do. */
static inline const void *limit_peek(struct limit_end *e)
{
    int looks = 0;

    while (e->mine == e->other) {
        e->other = atomic_load_explicit(&e->ring->tail, memory_order_acquire);
        if (e->mine != e->other)
            break;
        if (e->shown != e->mine)
            limit_show_head(e);
        limit_look(&looks);
    }
    return limit_slot(e);
}

static inline void limit_release(struct limit_end *e)
{
    e->mine++;
    if (e->mine - e->shown >= e->nslots / 4)
        limit_show_head(e);
}

/* A message of any size, in pieces of a slot. */
void limit_send(struct limit_end *e, const void *data, size_t size);
void limit_receive(struct limit_end *e, void *data, size_t size);

#endif
