/*
 * The cycle of chunks; see chunk.h. All functions run under the put lock.
 */
#include "queue/chunk.h"

#include "base/clock.h"
#include "base/error.h"
#include "os/cpu.h"

#include <errno.h>

/* Of memory, for producers and consumers to work side by side. */
#define ENOUGH (3 * CHUNK_USUAL_SPAN)

/* Generous for the copy of a usual chunk, or of a record larger than that. */
#define COPY_NS(size_) ((int64_t)((size_) + CHUNK_USUAL_SPAN) / 4)

static unsigned log2_of(uint64_t power)
{
    return (unsigned)__builtin_ctzll(power);
}

static uint64_t power_for(uint64_t size)
{
    uint64_t power = CHUNK_FIRST_SPAN;

    while (power < size)
        power *= 2;
    return power;
}

static uint64_t next_of(const struct ring *r, uint64_t chunk)
{
    return atomic_load_explicit(&chunk_at(r, chunk)->next,
                                memory_order_relaxed);
}

static void set_next(const struct ring *r, uint64_t chunk, uint64_t next)
{
    atomic_store_explicit(&chunk_at(r, chunk)->next, next,
                          memory_order_release);
}

/* The chunk that the consumers are in. They may be further by now: then it
   only looks used for a little longer. */
static uint64_t head_chunk(const struct ring *r)
{
    struct ring_side *get = &r->shared->get;

    for (;;) {
        uint32_t head = atomic_load(&get->commit);
        uint64_t chunk = atomic_load(&get->cursor[head & 1].chunk);

        if (atomic_load(&get->commit) == head)
            return chunk;
    }
}

static uint64_t tail_chunk(const struct ring *r)
{
    struct ring_side *put = &r->shared->put;

    return atomic_load(&put->cursor[atomic_load(&put->commit) & 1].chunk);
}

static uint64_t memory_of(const struct ring *r)
{
    return atomic_load_explicit(&r->shared->memory, memory_order_relaxed);
}

static void set_memory(struct ring *r, uint64_t memory)
{
    atomic_store_explicit(&r->shared->memory, memory, memory_order_relaxed);
}

/* What a chunk of the cycle counts for. */
static uint64_t memory_in(const struct chunk *c)
{
    return c->emptied ? 0 : c->limit;
}

static void give_to_spares(struct ring *r, uint64_t offset)
{
    struct chunk *c = chunk_at(r, offset);
    uint64_t *list = &r->shared->spare[log2_of(c->span)];
    uint64_t page = mp__page_size();

    set_next(r, offset, *list);
    *list = offset;
    mp__mapping_release(&r->mapping, offset + page, c->span - page);
    c->limit = page;
    c->emptied = 0;
}

/* Take what follows the tail's chunk out of the cycle. */
static void unlink_after(struct ring *r, uint64_t tail)
{
    uint64_t gone = next_of(r, tail);

    set_memory(r, memory_of(r) - memory_in(chunk_at(r, gone)));
    set_next(r, tail, next_of(r, gone));
    give_to_spares(r, gone);
}

static int fresh_range(struct ring *r, uint64_t span, uint64_t *out)
{
    uint64_t offset = r->shared->end;

    if (span > r->shared->size - offset)
        return mp__fail(-ENOSPC,
                        "the queue has no room for a chunk of %llu "
                        "bytes more",
                        (unsigned long long)span);
    MP_TRY(mp__mapping_commit(&r->mapping, offset, mp__page_size()));
    chunk_at(r, offset)->span = span;
    chunk_at(r, offset)->limit = mp__page_size();
    atomic_store_explicit(&r->shared->end, offset + span, memory_order_release);
    *out = offset;
    return 0;
}

/* A chunk from the spares, or a fresh address range. It has memory for its
   header only. */
static int find_range(struct ring *r, uint64_t span, uint64_t *out)
{
    uint64_t *list = &r->shared->spare[log2_of(span)];

    if (*list == 0)
        return fresh_range(r, span, out);
    *out = *list;
    *list = next_of(r, *list);
    return 0;
}

/* A made to measure chunk has no more memory than its record needs. */
static uint64_t limit_for(uint64_t span, uint64_t size)
{
    uint64_t page = mp__page_size();

    if (span <= CHUNK_USUAL_SPAN)
        return span;
    return (sizeof(struct chunk) + size + page - 1) / page * page;
}

static int make_chunk(struct ring *r, uint64_t size, uint64_t *out)
{
    uint64_t memory = memory_of(r);
    uint64_t want = memory < CHUNK_USUAL_SPAN ? memory : CHUNK_USUAL_SPAN;
    uint64_t least = sizeof(struct chunk) + size;
    uint64_t span = power_for(least > want ? least : want);
    uint64_t limit = limit_for(span, size);
    uint64_t offset = 0;
    int rc = find_range(r, span, &offset);

    if (rc < 0)
        return rc;
    rc = mp__mapping_commit(&r->mapping, offset, limit);
    if (rc < 0) {
        give_to_spares(r, offset);
        return rc;
    }
    chunk_at(r, offset)->limit = limit;
    *out = offset;
    return 0;
}

static bool is_room(const struct ring *r, uint64_t chunk, uint64_t at,
                    uint64_t size)
{
    return chunk_at(r, chunk)->limit - (at - chunk) >= size;
}

void mp__chunks_begin(struct ring *r)
{
    uint64_t first = mp__page_size();
    struct chunk *c = chunk_at(r, first);

    c->span = c->limit = CHUNK_FIRST_SPAN;
    set_next(r, first, first);
    r->shared->end = first + CHUNK_FIRST_SPAN;
    set_memory(r, CHUNK_FIRST_SPAN);
    for (int i = 0; i < 2; i++) {
        atomic_store(&r->shared->put.cursor[i].chunk, first);
        atomic_store(&r->shared->put.cursor[i].at, first + sizeof *c);
        atomic_store(&r->shared->get.cursor[i].chunk, first);
        atomic_store(&r->shared->get.cursor[i].at, first + sizeof *c);
    }
}

/* Fresh memory costs more than a short wait for used memory: once there is
   enough for both sides to work side by side, let the consumers leave their
   chunk, for as long as they need to copy one. Once is enough for a chunk that
   they do not leave. */
static uint64_t await_head(struct ring *r, uint64_t next, uint64_t size)
{
    uint64_t head = head_chunk(r);
    int64_t until;

    if (next != head || memory_of(r) < ENOUGH || mp__spins() == 0 ||
        r->awaited == head)
        return head;
    r->awaited = head;
    until = mp__now() + COPY_NS(size);
    do {
        for (int i = 0; i < 16 && next == head; i++)
            mp__pause();
        head = head_chunk(r);
    } while (next == head && mp__now() < until);
    return head;
}

/* Use the chunk after the tail's if it is free and large enough; chunks that
   are free and too small have outlived their use. */
static int next_chunk(struct ring *r, uint64_t tail, uint64_t size,
                      uint64_t *out)
{
    uint64_t next = next_of(r, tail), made = 0;
    uint64_t head = await_head(r, next, size);
    int rc;

    while (next != head) {
        if (!chunk_at(r, next)->emptied &&
            is_room(r, next, next + sizeof(struct chunk), size)) {
            *out = next;
            return 0;
        }
        unlink_after(r, tail);
        next = next_of(r, tail);
    }
    rc = make_chunk(r, size, &made);
    if (rc < 0)
        return rc;
    set_next(r, made, next);
    set_next(r, tail, made);
    set_memory(r, memory_of(r) + chunk_at(r, made)->limit);
    *out = made;
    return 0;
}

int mp__chunks_reserve(struct ring *r, uint64_t size, uint64_t *tail_chunk_io,
                       uint64_t *tail_at_io)
{
    uint64_t chunk = *tail_chunk_io, at = *tail_at_io, next;
    int rc;

    if (is_room(r, chunk, at, size))
        return 0;
    rc = next_chunk(r, chunk, size, &next);
    if (rc < 0)
        return rc;
    if (is_room(r, chunk, at, sizeof(uint64_t)))
        *(uint64_t *)(void *)((char *)r->mapping.base + at) = CHUNK_ENDS;
    *tail_chunk_io = next;
    *tail_at_io = next + sizeof(struct chunk);
    return 0;
}

/*
 * The tail's own chunk cannot leave the cycle. Of a large one nothing is needed
 * but its header and its end, where both cursors stand: the queue is empty, so
 * no consumer is at work in it, and none can get to work without a put. Marked
 * before its memory goes, so that a kill in between makes it no trap.
 */
static void empty_tail(struct ring *r, uint64_t tail)
{
    struct ring_side *put = &r->shared->put;
    struct chunk *c = chunk_at(r, tail);
    uint64_t page = mp__page_size(), from = tail + page;
    uint64_t at = atomic_load(&put->cursor[atomic_load(&put->commit) & 1].at);
    uint64_t to = at / page * page;

    if (c->emptied || c->limit <= CHUNK_USUAL_SPAN || to <= from)
        return;
    set_memory(r, memory_of(r) - memory_in(c));
    c->emptied = 1;
    mp__mapping_release(&r->mapping, from, to - from);
}

void mp__chunks_trim(struct ring *r, uint64_t keep)
{
    uint64_t tail = tail_chunk(r);

    /* Not mp__ring_count: what is dropped may still be being read. */
    if (atomic_load(&r->shared->get.commit) !=
        atomic_load(&r->shared->put.commit))
        return;
    while (memory_of(r) > keep && next_of(r, tail) != tail)
        unlink_after(r, tail);
    if (memory_of(r) > keep)
        empty_tail(r, tail);
}

/* The cycle is the truth: all other chunks are spare. */
void mp__chunks_mend(struct ring *r)
{
    struct ring_shared *s = r->shared;
    uint64_t first = mp__page_size(), tail = tail_chunk(r), offset;
    uint64_t memory = 0;

    for (offset = first; offset < s->end; offset += chunk_at(r, offset)->span)
        chunk_at(r, offset)->in_cycle = 0;
    offset = tail;
    do {
        chunk_at(r, offset)->in_cycle = 1;
        memory += memory_in(chunk_at(r, offset));
        offset = next_of(r, offset);
    } while (offset != tail);
    set_memory(r, memory);
    for (size_t i = 0; i < sizeof s->spare / sizeof *s->spare; i++)
        s->spare[i] = 0;
    for (offset = first; offset < s->end; offset += chunk_at(r, offset)->span)
        if (chunk_at(r, offset)->in_cycle == 0)
            give_to_spares(r, offset);
}
