/*
 * The process object, as the files of this room see it.
 *
 * What never changes after mp_process_new needs no lock. `state` and all below
 * it belong to the registry's gate, and only in the process that made the
 * object: to any other one (a child that inherited it) it is foreign, and its
 * methods say so.
 */
#ifndef MP_PROCESS_PROCESS_H
#define MP_PROCESS_PROCESS_H

#include "any/handle.h"
#include "os/context.h"
#include "os/crash.h"

#include <mproc/process.h>

enum mp__process_state {
    MP__INITIAL,
    MP__STARTING, /* a thread is in mp_process_start */
    MP__STARTED,
    MP__STOPPED,
    MP__CLOSED /* from INITIAL or STOPPED */
};

/* Which of Python's classes it stands for. */
enum mp__process_role {
    MP__MADE,  /* Process: made by mp_process_new, here or by the parent */
    MP__MAIN,  /* _MainProcess: what the program began as                */
    MP__PARENT /* _ParentProcess: what made the calling process          */
};

struct mp_process {
    struct mp__handle handle;
    enum mp__process_role role;
    pid_t maker;    /* the process that made the object; 0: unknown        */
    char *identity; /* "1:2": second made by the first; "" in the main one */
    char *type;     /* the subclass; NULL: Process                         */
    char *name;     /* swapped under the gate                              */
    bool daemon;
    bool has_children; /* though it is a daemon: a pool's worker */
    size_t key_size;
    unsigned char *key; /* the authkey */

    /* What it runs. The arguments go when it has been started. */
    mp_fn target;
    void *self;
    mp_any args;
    mp_any kwargs;

    enum mp__process_state state;
    unsigned waiters; /* threads that sleep on pidfd; it stays open for them */
    pid_t pid;        /* 0 before the start                                  */
    int pidfd;        /* -1 if there is none                                 */
    bool watched;     /* pidfd is in the registry's watch                    */
    mp__owner slot;
    int64_t began;   /* when it was started                                 */
    int exitcode;    /* MP_NO_EXITCODE until it is STOPPED                  */
    bool crash_told; /* to the log                              */
    struct mp__crash crash; /* signal 0: no report; final when STOPPED */

    /* The registry's list of what runs. It holds a reference. */
    struct mp_process *next;
    struct mp_process **link;
};

extern const struct mp__handle_type mp__process_type;

/* Set the state; asserts that the move is legal. */
void mp__process_move(struct mp_process *p, enum mp__process_state to);

/* repr(p), as snprintf. */
int mp__process_repr(const struct mp__handle *h, char *buf, size_t size);

/* Without the gate: if it has ended by a crash of which the log was not told
   yet, tell. */
void mp__process_tell_crash(struct mp_process *p);

/* Run its function in the calling process. */
int mp__process_call(struct mp_process *p);

#endif
