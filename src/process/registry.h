/*
 * The registry: the calling process's own view of the tree. Who it is, who
 * made it, which children of its own run.
 *
 * One lock, the gate, guards it and the changing part of every process object.
 * fork closes the gate first, so a child always finds a registry that makes
 * sense; the child's copy is emptied at once, since none of it is its own. The
 * gate is held for a few system calls, never while user code runs.
 */
#ifndef MP_PROCESS_REGISTRY_H
#define MP_PROCESS_REGISTRY_H

#include "process/process.h"

#include <pthread.h>

struct mp__exit_handler;

struct mp__registry {
    pthread_mutex_t gate;
    pid_t pid;      /* whose registry this is; not moved by a bare clone(2) */
    bool is_child;  /* this process, or one that it was forked from, was
                      started by mp_process_start                          */
    bool hooked;    /* exit(3) calls us in this process                     */
    bool is_ending; /* it has said that it ends */
    unsigned made;  /* process objects made so far                          */
    struct mp_process *current;
    struct mp_process *parent;  /* NULL in the main process */
    struct mp_process *running; /* oldest first */
    struct mp_process **running_end;
    int watch; /* what the watcher sleeps on; -1: there is none */
    struct mp__exit_handler *handlers;
};

extern struct mp__registry mp__registry;

/* The name and key that the main process was born with were not allocated. */
bool mp__is_main_own(const void *p);

void mp__gate_close(void);
void mp__gate_open(void);

/* All below: with the gate closed. */

/* A started process becomes one of the running; the list holds it. */
void mp__registry_add(struct mp_process *p);

/* Look whether it has ended, and if so take its status, tell everybody, and
   let go of it. Whether it has ended. */
bool mp__registry_reap(struct mp_process *p);
void mp__registry_reap_all(void);

/* child: be p from now on. */
void mp__registry_become(struct mp_process *p, int parent_pidfd);

/* Without the gate: sleep until p has ended, which is STARTED or STOPPED, made
   here, and held by the caller. 0 or -ETIMEDOUT. */
int mp__registry_wait(struct mp_process *p, int64_t deadline);

#endif
