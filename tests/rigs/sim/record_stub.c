/*
 * Stands in for any/record.h: an item is a number, written as many times as
 * fit its size, in halves, so that one that is read before it is whole, or
 * after it was overwritten, shows.
 *
 * Of a value, head is the size in bytes and u.u the number.
 */
#include "sim.h"

#include "any/record.h"

#include <string.h>

int mp__measure(mp_any v, struct mp__measure *out)
{
    *out = (struct mp__measure){.head = v.head, .size = v.head};
    return 0;
}

size_t mp__payload_size(uint64_t head)
{
    return head;
}

void mp__encode(mp_any v, const struct mp__measure *m, void *payload, int *fds)
{
    uint32_t *half = payload;
    size_t halves = m->size / 4;

    (void)fds;
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
    *(uint64_t *)out.p = number;
    return 0;
}
