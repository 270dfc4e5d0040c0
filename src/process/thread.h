/*
 * The thread object, as the files of this room see it.
 *
 * What never changes after mp_thread_new needs no lock; all that does belongs
 * to the registry's gate, and so a child made by fork finds it in order. A
 * thread that was started in another process than the calling one is over: its
 * object says in which, and its pthread_t is not to be touched.
 */
#ifndef MP_PROCESS_THREAD_H
#define MP_PROCESS_THREAD_H

#include "any/handle.h"
#include "os/futex.h"

#include <mproc/thread.h>

#include <pthread.h>

enum mp__thread_state {
    MP__THREAD_INITIAL,
    MP__THREAD_STARTING, /* a thread is in mp_thread_start             */
    MP__THREAD_CREATED,  /* it is there, but has not come to its start */
    MP__THREAD_RUNS,
    MP__THREAD_ENDED, /* nothing of ours is left to do             */
    MP__THREAD_JOINED /* and the system has let go of it too       */
};

/* Which of Python's classes it stands for. */
enum mp__thread_role {
    MP__THREAD_MADE,   /* Thread: made by mp_thread_new                     */
    MP__THREAD_BORN,   /* _MainThread: what a process began as              */
    MP__THREAD_ADOPTED /* _DummyThread: the host's own, which asked for it  */
};

/* A name once told stays as long as its object: the thread may print it while
   another one gives it a new one. */
struct mp__thread_name {
    struct mp__thread_name *older;
    const char *text;
};

struct mp_thread {
    struct mp__handle handle;
    enum mp__thread_role role;
    char *type; /* the subclass; NULL: Thread */

    /* What it runs. The arguments go when it has ended; between start and end
       they are the thread's own. */
    mp_fn target;
    void *self;
    mp_any args;
    mp_any kwargs;

    /* All below: with the gate closed. */
    struct mp__thread_name *name;
    bool daemon;
    mp__word state;    /* enum mp__thread_state; those who wait sleep on it */
    unsigned sleepers; /* how many these are                                */
    bool reaping;      /* one of them is in pthread_join                    */
    struct mp_thread *awaited; /* it waits for that one's end, for ever     */
    uint32_t forks;  /* the process it was started in: as in the registry */
    pthread_t ident; /* from CREATED on                                   */
    pid_t native_id; /* from RUNS on                                      */

    /* The registry's list of what runs. It holds a reference. */
    struct mp_thread *next;
    struct mp_thread **link; /* NULL: it is not in the list */
};

extern const struct mp__handle_type mp__thread_type;

/* To be freed; NULL, with no record set: there is no memory. */
struct mp__thread_name *mp__thread_name_new(const char *text);

/* All below: with the gate closed. */

/* Its state, to the calling process. */
enum mp__thread_state mp__thread_look(const struct mp_thread *t);

/* Set the state and wake who waits for it; asserts that the move is legal. */
void mp__thread_move(struct mp_thread *t, enum mp__thread_state to);

/* Sleep until its state changes: 0 or -ETIMEDOUT. Opens the gate meanwhile. */
int mp__thread_sleep(struct mp_thread *t, int64_t deadline);

/* Whether t waits for ever for the end of the other, or for one that does. */
bool mp__thread_awaits(const struct mp_thread *t,
                       const struct mp_thread *other);

/* Without the gate: wait until t, held by the caller and not the calling
   thread, is over. 0, -ETIMEDOUT, or -EDEADLK: it waits for the caller. */
int mp__thread_wait(struct mp_thread *t, int64_t deadline);

#endif
