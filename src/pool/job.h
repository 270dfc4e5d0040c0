/*
 * Jobs: what a caller wants done, and the tasks that it is cut into.
 *
 * A job is one call of the API: an apply, a map, an imap. It is counted: the
 * caller's handle, the pool while it is not ready, and each of its tasks hold
 * it. All of it is changed under the pool's lock. `ready` goes from false to
 * true once; a job that is ready no longer changes, but for what an imap gives.
 */
#ifndef MP_POOL_JOB_H
#define MP_POOL_JOB_H

#include "any/handle.h"
#include "pool/lane.h"
#include "pool/progress.h"

#include <mproc/pool.h>

enum job_kind {
    JOB_APPLY, /* one call                          */
    JOB_MAP,   /* items, answered all at once       */
    JOB_IMAP,  /* items, answered one after another */
    JOB_UNORDERED
};

/* Answers that lie one behind another, as they came. */
struct piece {
    struct piece *next;
    uint64_t first; /* item           */
    uint32_t count; /* of items       */
    bool failed;    /* value is an error, see failure.h; count is 1       */
    bool is_log;    /* value is bytes, records with their heads           */
    size_t taken;   /* imap: bytes of the log that have been given out    */
    mp_any value;   /* owned                                              */
};

struct job {
    struct mp__handle handle; /* of a future; all of its own hold is one */
    _Atomic unsigned refs;
    struct mp_pool *pool; /* NULL: a future that no executor runs */
    enum job_kind kind;
    unsigned form; /* enum task_form of its tasks */
    mp_fn func;
    mp_any input;  /* apply: args, or (args, kwargs); else the items  */
    bool borrowed; /* the input is the caller's, who waits            */
    double timeout;
    double soft_timeout;
    int retries;

    /* The result thread calls these before it is ready. */
    mp_fn callback;
    mp_fn error_callback;
    mp_fn progress;
    bool has_bar;
    struct progress_bar bar; /* the result thread's */
    void *self;

    uint64_t total;  /* items; of an input without end: read so far  */
    uint64_t sent;   /* items that are in tasks                      */
    uint64_t done;   /* items that have been answered                */
    uint64_t given;  /* imap: items that the caller has had          */
    uint64_t window; /* imap: sent - given stays below               */
    uint32_t chunk;  /* items of a task                              */
    bool open;       /* of an input without end, that may have more    */
    bool reading;    /* ... and a thread is asking for it              */

    /* Of a future; see future.h. */
    bool is_future;
    bool cancelled;
    bool running;  /* of no executor: as its maker says           */
    bool notified; /* those who wait may know that it was cancelled */
    struct done_callback *callbacks;
    struct watch *watches;

    struct piece *pieces; /* imap: sorted by first, but if unordered */
    struct piece **pieces_end;
    mp_any failure; /* of the first failure to arrive; None: there is none */

    bool finished;  /* no answer counts any more; the callbacks are next */
    bool is_called; /* it is in the result thread's queue                */
    bool called_back;
    _Atomic bool ready;
    mp__word news; /* futex: moves with each answer that can be had        */
    unsigned sleepers; /* threads that sleep on it                           */
    bool is_waiting;   /* it has items to be cut into tasks, and so is in ... */
    struct job *next_waiting, **link_waiting; /* ... the pool's queue      */
    struct job *next, **link; /* of all that are not ready                 */
    struct job *next_called;  /* of those that wait for their callbacks    */
};

/* What is asked for by a map or an imap. */
struct map_call {
    enum job_kind kind;
    mp_fn func;
    mp_any iterable;
    unsigned star; /* TASK_STAR or 0                                  */
    bool borrow;   /* the items: the caller waits until all are done  */
    bool ints;     /* ... and has an array of int for the results     */
};

/* Items that go to a worker together. It is in a lane, in the queue of those
   that are to be sent again, or waits for its turn to be tried again. */
struct task {
    struct job *job;
    struct task *next, **link;
    uint64_t first;      /* item of the job                        */
    uint32_t count;      /* of items                               */
    uint32_t answered;   /* of them, in order                      */
    int attempts;        /* how often it has failed                */
    unsigned slot;       /* in a lane                              */
    int64_t not_before;  /* 0: at once                            */
    mp_any own;          /* items of its own, or none; owned       */
    int killed;          /* 0, or the code of why its worker is    */
    uint32_t seen_begun; /* the item that it was at, and ...       */
    int64_t seen_at;     /* ... when that was first seen           */
};

/* Nothing of it is set but what is given; the record says why it is NULL. */
struct job *mp__job_new(struct mp_pool *pool, enum job_kind kind, mp_fn func);

/* With the lock. */
struct job *mp__job_hold(struct job *job);
void mp__job_drop(struct job *job);

/* The value to be sent as a task, in place. */
mp_any mp__task_value(const struct task *task, mp_any *room);

/* A part of a sequence, borrowed. */
mp_any mp__part(mp_any sequence, uint64_t first, uint64_t count);

/* Keep an answer. Takes the value over. -ENOMEM: it is lost. */
int mp__job_keep(struct job *job, const struct piece *piece);

/* Of a job that is ready: its result to out, or its failure. */
int mp__job_result(struct job *job, mp_out out);

#endif
