/*
 * The engine: the one truth about a pool's tasks, in the process that made it.
 *
 * All of it is guarded by one lock, which is held for a few hundred
 * instructions or the copy of a message, and never while user code runs.
 * Whoever waits for something collects answers meanwhile; when nobody does,
 * the result thread does. The supervisor sees workers die, and replaces them.
 *
 *   dispatch   jobs are cut into tasks, which go to the worker with the fewest
 *   collect    answers are taken off the lanes, and given to their jobs
 *   settle     what a dead worker leaves: one item is lost, the rest is sent
 *              again
 */
#ifndef MP_POOL_ENGINE_H
#define MP_POOL_ENGINE_H

#include "os/mapping.h"
#include "pool/job.h"
#include "pool/worker.h"

#include <pthread.h>

enum pool_state {
    POOL_RUN,
    POOL_CLOSE,     /* no more jobs */
    POOL_TERMINATE, /* and those that there are have failed */
};

/* One place for a worker. */
enum seat_state {
    SEAT_EMPTY,   /* nobody: `again` says when there shall be somebody */
    SEAT_WORKING, /* its worker takes tasks                            */
    SEAT_LEAVING, /* it has been told to leave, or left                */
};

#define POOL_SEATS 4096

/* No worker's wake-up is lost for longer, should it be stopped (SIGSTOP) just
   when it is about to; nor is what could not be done for want of memory put
   off for longer. */
#define POOL_SLICE (MP__SECOND / 10)

/* In nanoseconds, of a task of which nothing is known yet. */
#define POOL_USUAL_TIME INT64_C(1000000)

struct seat {
    struct mp_pool *pool;
    int index;
    enum seat_state state;
    struct lane lane;
    struct worker worker;
    struct mp_process *process; /* NULL: a thread */
    struct poller *poller;      /* the supervisor's, on the process */
    struct task *task[LANE_SLOTS];
    uint32_t number[LANE_SLOTS];     /* of the task that a slot had last */
    struct task *tasks, **tasks_end; /* in the order they were sent */
    unsigned load;                   /* tasks in the lane                    */
    unsigned sent;                   /* tasks to this worker, so far         */
    unsigned restarts;               /* workers before this one              */
    uint64_t items;                  /* ... and what they have run           */
    double busy, idle;               /* ... in seconds                       */
    uint64_t ended;                  /* tasks of this worker                  */
    uint64_t ended_seen;             /* ... when the usual time was last ...  */
    int64_t busy_seen;               /* ... thought over, and the lane's then */
    int64_t again;                   /* when an empty seat is to be taken    */
    bool broken; /* its lane is still to be made anew        */
    bool doomed; /* its worker has been killed               */
    bool alone;  /* its task is not to have others beside it */
};

struct mp_pool {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* a seat is empty, a thread has ended, ...    */
    _Atomic unsigned refs;  /* the handle, the threads, jobs               */
    uint32_t generation;    /* of the process that made it (os/generation.h) */
    bool of_threads;
    bool of_executor; /* it says so, and ends when its work is done */
    enum pool_state state;
    mp_any broken; /* why no task can be run any more; None: all is well */

    /* As it was made with. */
    struct worker pattern;
    unsigned maxtasksperchild;
    size_t max_pending;
    bool pin;

    struct bell *bell;
    struct mp__mapping bell_memory;

    struct seat **seats; /* room for POOL_SEATS; each stays where it is, with
                            its lane, as long as the pool                  */
    _Atomic int nseats;
    int wanted; /* of them */
    int alive;  /* workers that have not ended */

    size_t pending; /* jobs that are not ready */
    struct job *jobs;
    struct job *waiting, **waiting_end; /* with items not yet sent */
    struct task *again;                 /* to be sent first        */
    struct job *called, **called_end;   /* for the result thread   */
    unsigned helpers;         /* threads that collect while they wait */
    const struct job *helped; /* ... for this; NULL: until any is ready       */
    struct mp__spinner spinner; /* ... and spin first                     */
    unsigned submitters;     /* threads that wait until less is pending       */
    int64_t usual;           /* nanoseconds of a task, lately             */
    uint64_t collected;      /* answers, so far                           */
    uint64_t seen_collected; /* ... as the result thread last saw them    */
    bool sleeps_long;        /* the result thread, unless it is woken     */
    unsigned timed;          /* jobs that have a timeout             */

    /* Restarts; see settle.c. */
    unsigned deaths;    /* in a row, without a task done between them */
    int64_t last_death; /* of them */

    struct supervisor *supervisor;
    bool ticks;         /* it looks every few milliseconds                  */
    int threads;        /* of the pool that run */
    pthread_t resulter; /* the result thread, once it runs */
    _Atomic bool has_resulter;

    struct mp_pool *next_live, **link_live; /* see exit.c */
};

/* -- engine.c: with the lock ----------------------------------------------- */

void mp__pool_lock(struct mp_pool *pool);
void mp__pool_unlock(struct mp_pool *pool);
void mp__pool_drop(struct mp_pool *pool); /* without the lock */

/* A job comes in; it is held until it is ready. */
void mp__pool_add(struct mp_pool *pool, struct job *job);

/* It has items that can be sent; or has none any more. */
void mp__pool_wait_in_line(struct job *job);
void mp__pool_out_of_line(struct job *job);

/* `n` items of it have been answered. It is ready with the last one. */
void mp__job_advance(struct job *job, uint64_t n);

/* It fails as a whole, unless it has finished: nothing more of it is begun.
   Copies the failure. */
void mp__job_fail(struct job *job, mp_any failure);
void mp__pool_fail_all(struct mp_pool *pool, mp_any failure);

/* It is no longer wanted: what has not begun does not; and what has is ended
   with its worker. */
void mp__job_abandon(struct job *job);
void mp__job_cancel(struct job *job);

/* The callbacks have been called. */
void mp__job_is_ready(struct job *job);

/* Those who wait for it are to look again; and who collects meanwhile. */
void mp__job_news(struct job *job);

/* -- dispatch.c: with the lock --------------------------------------------- */

void mp__dispatch(struct mp_pool *pool);

/* To be sent before all others. */
void mp__send_again(struct mp_pool *pool, struct task *task);

/* To be sent when its turn comes. */
void mp__send_last(struct mp_pool *pool, struct task *task);

void mp__task_free(struct task *task);

/* A task of some of another one's items; NULL: no memory. */
struct task *mp__task_rest(const struct task *task, uint32_t from,
                           uint32_t count);

/* The task is no longer in its lane. */
void mp__seat_forget(struct seat *seat, struct task *task);

/* Take back from the lanes what has not begun: of a job that has finished; and
   half of what the busiest worker has, for those that have nothing. */
void mp__take_back_job(struct job *job);
void mp__share_out(struct mp_pool *pool);
void mp__take_back_all(struct seat *seat);

/* Whether one worker has nothing to do and another one several tasks. */
bool mp__is_uneven(const struct mp_pool *pool);

/* Of a job that is one task: whether a worker has begun it; and whether none
   has, and none will any more, for it has been taken back. */
bool mp__job_has_begun(const struct job *job);
bool mp__job_take_back(struct job *job);

/* -- collect.c ------------------------------------------------------------- */

/* With the lock: take all answers. */
void mp__collect(struct mp_pool *pool);
void mp__collect_from(struct seat *seat);

/* With the lock, which is let go meanwhile: wait until there may be answers;
   or until something of the job is there. 0 · -ETIMEDOUT. */
int mp__await_answers(struct mp_pool *pool, bool spins, int64_t deadline);
int mp__job_await(struct job *job, bool (*is_there)(const struct job *job),
                  int64_t deadline);

/* With the lock, which is let go meanwhile: wait until a job gets ready. */
void mp__pool_await_room(struct mp_pool *pool);

/* Answers that were in the log of a dead worker. */
void mp__task_log(struct task *task, uint32_t index, uint32_t count,
                  mp_any *bytes);

/* An item's answer is an error, which is taken over. */
void mp__task_error(struct task *task, uint32_t index, mp_any failure);

/* -- settle.c: with the lock ------------------------------------------------ */

/* Whether the worker has begun the task, or is about to. */
bool mp__is_taken(const struct seat *seat, const struct task *task);

/* The worker of a seat has ended. */
void mp__seat_settle(struct seat *seat, int exitcode);

/* -- seat.c ----------------------------------------------------------------- */

/* With the lock. */
int mp__seat_add(struct mp_pool *pool);   /* the index, or a failure */
int mp__seat_take(struct seat *seat);     /* start a worker          */
void mp__seat_dismiss(struct seat *seat); /* tell it to leave        */
void mp__seat_clear(struct seat *seat);   /* its worker has ended    */
void mp__seat_kill(struct seat *seat, int signal);

int mp__seat_start_thread(struct seat *seat);

/* End the worker's task with the worker, if it is still at it: it cannot leave
   it for another one meanwhile. */
void mp__seat_end_task(struct seat *seat, const struct task *task, int why);
void mp__seat_end_job(struct seat *seat, const struct job *job, int why);

/* -- supervisor.c ----------------------------------------------------------- */

int mp__supervisor_start(struct mp_pool *pool);
void mp__supervisor_wake(struct mp_pool *pool);

/* There is something to be looked at every few milliseconds. */
void mp__supervisor_needed(struct mp_pool *pool);

/* -- resulter.c ------------------------------------------------------------- */

int mp__resulter_start(struct mp_pool *pool);

/* With the lock: have the job's callbacks called. */
void mp__resulter_call(struct job *job);
bool mp__is_resulter(const struct mp_pool *pool);

/* -- pool.c: with the lock -------------------------------------------------- */

/* There is no job; the workers of a closed pool may go. */
void mp__pool_is_idle(struct mp_pool *pool);

/* Sleep until something has changed. 0 · -ETIMEDOUT. */
int mp__pool_sleep(struct mp_pool *pool, int64_t deadline);

/* All jobs fail with MP_CANCELLED, and no task is left. */
void mp__pool_cancel_all(struct mp_pool *pool);

/* Without: the same as mp__pool_runs. */
int mp__pool_check_running(struct mp_pool *pool);
int mp__pool_runs(struct mp_pool *pool); /* with the lock */

/* Whether the calling process is a child of the one that made it: there even
   its lock means nothing. */
bool mp__pool_is_foreign(const struct mp_pool *pool);
int mp__pool_fail_foreign(void);

/* 0, or why it is none that can be used here. */
int mp__pool_check(struct mp_pool *pool);

/* A thread that is counted and holds the pool, and its end. */
int mp__pool_start_thread(struct mp_pool *pool, void *(*fn)(void *), void *arg);
void mp__pool_thread_ends(struct mp_pool *pool);

/* Nobody has it any more; nobody was ever given it. */
void mp__pool_destroy(struct mp_pool *pool);
void mp__pool_undo(struct mp_pool *pool);

/* -- call.c, imap.c --------------------------------------------------------- */

struct job *mp__apply(struct mp_pool *pool, mp_fn func, mp_any args,
                      const mp_apply_opts *opts, bool as_future);
struct job *mp__map(struct mp_pool *pool, const struct map_call *m,
                    const mp_map_opts *opts);
int mp__imap_set(struct job *job, const struct map_call *m,
                 const mp_map_opts *opts);

/* -- exit.c ----------------------------------------------------------------- */

void mp__pool_is_live(struct mp_pool *pool);
void mp__pool_is_dead(struct mp_pool *pool);

#endif
