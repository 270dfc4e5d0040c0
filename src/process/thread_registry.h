/*
 * The registry of threads: which one calls, which is the main one, which run.
 *
 * It is guarded by the gate of the registry of processes. The child of a fork
 * has the thread that forked, which is its main one from then on; the objects
 * of all others are left as they are, for their arguments may be half used.
 */
#ifndef MP_PROCESS_THREAD_REGISTRY_H
#define MP_PROCESS_THREAD_REGISTRY_H

#include "process/thread.h"

struct mp__threads {
    uint32_t forks;   /* that lie between the first process and this one */
    unsigned made;    /* threads named Thread-N so far                   */
    unsigned adopted; /* threads named Dummy-N so far                    */
    struct mp_thread *main;
    struct mp_thread *running; /* without the main one; oldest first */
    struct mp_thread **running_end;
    struct mp_thread *lost; /* the parents' */
};

extern struct mp__threads mp__threads;

/* The calling thread; NULL if it is the host's and never asked. Needs no
   gate. */
struct mp_thread *mp__thread_current(void);
void mp__thread_become(struct mp_thread *t);

/* The calling thread does no more for us: tell all, and let go of it. Needs no
   gate. */
void mp__threads_end(struct mp_thread *t);

/* All below: with the gate closed. */

void mp__threads_add(struct mp_thread *t);

/* Take it out; the list's reference is the caller's then. */
void mp__threads_remove(struct mp_thread *t);

/* child: only the calling thread is left. */
void mp__threads_forked(void);

/* The first that a program has to wait for before it ends, held; NULL: none. */
struct mp_thread *mp__threads_hold_first(void);

#endif
