/*
 * An Event in shared memory: one word.
 *
 * It counts how often the event was set and cleared: odd is set, even is
 * clear. So whoever waits sees a set even if a clear has followed it: the
 * count is not what it was.
 */
#ifndef MP_SYNC_EVENT_STATE_H
#define MP_SYNC_EVENT_STATE_H

#include "os/cell.h"
#include "os/futex.h"

#include <stdbool.h>

#define MP__EVENT_MAGIC 0x6d704576u

struct mp__event_shared {
    struct mp__cell_head head;
    mp__word word; /* the count; bit 31: somebody sleeps on it, or did.
                      Changed by anyone, by compare-and-swap or by the system
                      call that wakes */
};

/* These three take no lock and no memory: a signal handler may call them,
   whatever it has interrupted. */
void mp__event_set(struct mp__event_shared *e);
void mp__event_clear(struct mp__event_shared *e);
bool mp__event_is_set(const struct mp__event_shared *e);

/* 0: it is set, or was while we waited · -ETIMEDOUT */
int mp__event_wait(struct mp__event_shared *e, int64_t deadline);

#endif
