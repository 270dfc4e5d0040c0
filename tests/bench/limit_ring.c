/*
 * Messages of any size through a ring of slots; see limit_ring.h.
 */
#include "limit_ring.h"

#include <string.h>

static size_t piece(const struct limit_end *e, size_t left)
{
    return left < e->slot ? left : e->slot;
}

void limit_send(struct limit_end *e, const void *data, size_t size)
{
    for (size_t done = 0; done < size; done += e->slot) {
        void *slot = limit_claim(e);

        memcpy(slot, (const char *)data + done, piece(e, size - done));
        limit_publish(e);
    }
}

void limit_receive(struct limit_end *e, void *data, size_t size)
{
    for (size_t done = 0; done < size; done += e->slot) {
        const void *slot = limit_peek(e);

        memcpy((char *)data + done, slot, piece(e, size - done));
        limit_release(e);
    }
}
