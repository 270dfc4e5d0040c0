/*
 * The struct behind mp_queue: one process's handle of a ring.
 */
#ifndef MP_QUEUE_QUEUE_H
#define MP_QUEUE_QUEUE_H

#include "any/handle.h"
#include "queue/ring.h"

struct mp_queue {
    struct mp__handle handle;
    struct ring ring;
    bool joinable;
    atomic_bool closed; /* in this process */
};

#endif
