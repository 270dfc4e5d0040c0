/*
 * Stands in for any/record.h: an item is a number, written as many times as
 * fit its size, in halves, so that one that is read before it is whole, or
 * after it was overwritten, shows.
 *
 * Of a value, head is the size in bytes and u.u the number. With HANDLE in its
 * head it has one descriptor, which is the same number; whoever receives it
 * with REFUSED does not take it.
 */
#include "record_stub.h"
#include "sim.h"

#include "any/handle.h"
#include "any/record.h"

#include <string.h>

int mp__measure(mp_any v, struct mp__measure *out)
{
    *out = (struct mp__measure){.head = v.head,
                                .size = mp__payload_size(v.head),
                                .nfds = (v.head & HANDLE) != 0};
    return 0;
}

size_t mp__payload_size(uint64_t head)
{
    return head & ~HANDLE;
}

void mp__encode(mp_any v, const struct mp__measure *m, void *payload, int *fds)
{
    uint32_t *half = payload;
    size_t halves = m->size / 4;

    if (m->nfds > 0)
        fds[0] = (int)v.u.u;
    sim_point();
    SIM_DEMAND(sim_has_memory(payload, m->size), "writes where no memory is");
    for (size_t i = 0; i < halves; i++) {
        if (i == halves / 2)
            sim_point();
        half[i] = (uint32_t)v.u.u;
    }
}

int mp__decode(const struct mp__record *r, mp_out out)
{
    const uint32_t *half = r->payload;
    uint64_t number = half[0];

    sim_point();
    SIM_DEMAND(sim_has_memory(half, r->size), "reads where no memory is");
    for (size_t i = 0; i < r->size / 4; i++) {
        if (i == r->size / 8)
            sim_point();
        if (half[i] != number)
            sim_fail("an item is torn");
    }
    if (out.head == REFUSED)
        return MP_TYPE_ERROR;
    SIM_DEMAND(r->nfds == ((r->head & HANDLE) != 0), "%zu descriptors came",
               r->nfds);
    if (r->nfds > 0) {
        SIM_DEMAND(r->fds[0] == (int)number, "item %d came with descriptor %d",
                   (int)number, r->fds[0]);
        sim_let_go(r->fds[0]);
    }
    *(uint64_t *)out.p = number;
    return 0;
}

/* Nothing in these records can only one process have. */
void mp__move(mp_any v, enum mp__move how)
{
    (void)v;
    (void)how;
}
