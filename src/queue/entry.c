/*
 * How a record lies in a ring; see entry.h.
 */
#include "queue/entry.h"

#include "base/error.h"
#include "queue/chunk.h"
#include "queue/passing.h"

/* In a record's head, where a value has its flags. */
#define RECORD_LABELLED (UINT64_C(1) << 13)

#define LABEL_WORDS 2u

uint64_t mp__entry_bytes(size_t payload, bool passes, bool labelled)
{
    size_t words = 1u + (passes ? 1u : 0u) + (labelled ? LABEL_WORDS : 0u);

    return (sizeof(uint64_t) * words + payload + 7) & ~UINT64_C(7);
}

uint64_t mp__entry_size(const struct mp__entry *e)
{
    return mp__entry_bytes(e->record.size, e->ticket != 0, e->label != NULL);
}

uint64_t *mp__entry_front(uint64_t *at, const struct mp__measure *m,
                          const struct ring_label *label)
{
    uint64_t *next = at + (m->nfds > 0 ? 2 : 1);

    *at = m->head | (m->nfds > 0 ? RECORD_PASSES : 0);
    if (label == NULL)
        return next;
    *at |= RECORD_LABELLED;
    next[0] = label->word[0];
    next[1] = label->word[1];
    return next + LABEL_WORDS;
}

int mp__entry_damaged(void)
{
    return mp__fail(MP_RUNTIME_ERROR, "the memory of the queue is damaged");
}

/* `words` more are there, as many as are taken. */
static inline const uint64_t *take(const uint64_t **at, uint64_t *left,
                                   unsigned words)
{
    const uint64_t *from = *at;

    if (*left < words * sizeof **at)
        return NULL;
    *left -= words * sizeof **at;
    *at += words;
    return from;
}

/* `left` bytes are there, enough for a head. */
static inline int look_at(const uint64_t *at, uint64_t left,
                          struct mp__entry *out)
{
    uint64_t head = *take(&at, &left, 1);
    const uint64_t *ticket;

    *out = (struct mp__entry){.ticket = 0};
    if ((head & RECORD_PASSES) != 0) {
        ticket = take(&at, &left, 1);
        if (ticket == NULL || *ticket == 0)
            return mp__entry_damaged();
        out->ticket = *ticket;
    }
    if ((head & RECORD_LABELLED) != 0) {
        out->label = take(&at, &left, LABEL_WORDS);
        if (out->label == NULL)
            return mp__entry_damaged();
    }
    head &= ~(RECORD_PASSES | RECORD_LABELLED);
    out->record = (struct mp__record){
        .head = head, .payload = at, .size = mp__payload_size(head)};
    return out->record.size > left ? mp__entry_damaged() : 0;
}

int mp__entry_find(const struct ring *r, struct place *from,
                   struct mp__entry *out)
{
    for (int chunks = 0; chunks < 2; chunks++) {
        const struct chunk *c = chunk_at(r, from->chunk);
        uint64_t left = c->limit - (from->at - from->chunk);
        const uint64_t *at;

        if (left > c->span)
            return mp__entry_damaged();
        at = (const uint64_t *)(const void *)((char *)r->mapping.base +
                                              from->at);
        if (left >= sizeof *at && *at != CHUNK_ENDS)
            return look_at(at, left, out);
        from->chunk = atomic_load(&c->next);
        from->at = from->chunk + sizeof *c;
        if (from->chunk > r->mapping.size - CHUNK_FIRST_SPAN)
            break;
    }
    return mp__entry_damaged();
}
