/*
 * Workers: what runs at the other end of a lane, in a process or a thread.
 */
#ifndef MP_POOL_WORKER_H
#define MP_POOL_WORKER_H

#include "pool/lane.h"

#include <mproc/pool.h>

#include <signal.h>

/* What a worker is told when it is made; never changes. */
struct worker {
    struct lane *lane;
    struct bell *bell;
    int index;
    bool is_thread;
    int cpu; /* to be pinned to; -1: none */
    mp_fn initializer;
    mp_fn finalizer;
    mp_any initargs;
    void *self;
    size_t memory_limit;
    sigset_t signals; /* that are blocked; as in who made the pool */
};

/* Take tasks until there are no more. 0 · a failure: the initializer's, which
   the parent has been told. */
int mp__worker_run(const struct worker *w);

/* A task has ended the calling thread: what it was given is of no use. */
void mp__worker_gone(void);

#endif
