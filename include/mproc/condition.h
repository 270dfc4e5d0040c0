/*
 * Barrier, Condition and Event: waiting for what another process does.
 *
 * Any process may be killed at any moment, waiting or waking others: nobody
 * waits for its answer. A condition's notify is not lost with one that was
 * woken by it and died, and a party's death breaks the barrier.
 */
#ifndef MPROC_CONDITION_H
#define MPROC_CONDITION_H

#include <mproc/any.h>

#ifdef __cplusplus
extern "C" {
#endif

/* -- Barrier --------------------------------------------------------------- */

typedef struct mp_barrier_opts {
    size_t size_;    /* filled in by the macro                              */
    int64_t parties; /* how many have to come                               */
    mp_fn action;    /* run by the last one to come; NULL: none             */
    void *self;      /* the action's mp_call_self(), in this process and its
                        children; NULL where the barrier came by message    */
    double timeout;  /* seconds, of a wait that names none; 0: for ever     */
} mp_barrier_opts;

/*
 * A new barrier.
 *
 * Python   b = Barrier(parties, action, timeout)
 * Blocks   no
 * Returns  the barrier; NULL with the record set: MP_VALUE_ERROR parties
 *          below 1 or above 2147483647, or options of a newer library;
 *          -EMFILE, -ENFILE, -ENOMEM, -ENOSPC, -EFBIG
 * Owns     the handle is the caller's: mp_barrier_free(); borrows self
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API mp_barrier *mp_barrier_new(const mp_barrier_opts *opts);

/*
 * Give back this process's handle. The barrier stays while another process
 * has it.
 *
 * Python   del b
 * Blocks   no
 * Returns  nothing
 * Owns     frees the handle; NULL is fine
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API void mp_barrier_free(mp_barrier *b);

/*
 * Wait until all parties have come, and the last of them has run the action.
 * If one of them is late, or dies while it waits or in the action, or if the
 * action fails, the barrier is broken for all of them, and stays so until it
 * is reset.
 *
 * Python   i = b.wait(timeout=t)
 * Blocks   until then, up to timeout seconds; MP_FOREVER, the default, is the
 *          timeout of the barrier
 * Returns  0 to parties - 1: as the how-manieth we came · MP_BROKEN_BARRIER
 *          · what the action raised, to the one who ran it · -EAGAIN more
 *          than 4094 processes share objects
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API MP__CHECK int mp_barrier_wait(mp_barrier *b, double timeout);

/*
 * Break it until it is reset; and make it as new. Both end the wait of those
 * who wait with MP_BROKEN_BARRIER.
 *
 * Python   b.abort(), b.reset()
 * Blocks   no
 * Returns  0 · -EAGAIN as mp_barrier_wait
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API int mp_barrier_abort(mp_barrier *b);
MP_API int mp_barrier_reset(mp_barrier *b);

/*
 * How many have to come, how many have, and whether it is broken.
 *
 * Python   b.parties, b.n_waiting, b.broken
 * Blocks   no
 * Returns  the number; 1 or 0
 * Owns     nothing
 * Safe     in threads, in parent and child, in signal handlers
 */
MP_API int mp_barrier_parties(mp_barrier *b);
MP_API int mp_barrier_n_waiting(mp_barrier *b);
MP_API int mp_barrier_broken(mp_barrier *b);

/* -- Condition ------------------------------------------------------------- */

typedef struct mp_condition_opts {
    size_t size_;    /* filled in by the macro                              */
    mp_lock *lock;   /* the lock to use, or ...                             */
    mp_rlock *rlock; /* ... the RLock; neither: an RLock of its own         */
} mp_condition_opts;

/*
 * A new condition. It keeps the lock that it is given, whose handle may be
 * freed; it travels with its lock.
 *
 * Python   cond = Condition(lock)
 * Blocks   no
 * Returns  the condition; NULL with the record set: MP_VALUE_ERROR two locks,
 *          or options of a newer library; -EMFILE, -ENFILE, -ENOMEM, -ENOSPC,
 *          -EFBIG
 * Owns     the handle is the caller's: mp_condition_free()
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API mp_condition *mp_condition_new(const mp_condition_opts *opts);

/*
 * Give back this process's handle. The condition stays while another process
 * has it; freeing it does not release its lock.
 *
 * Python   del cond
 * Blocks   no
 * Returns  nothing
 * Owns     frees the handle; NULL is fine
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API void mp_condition_free(mp_condition *c);

/*
 * Take the condition's lock, let go of it, and ask whether anybody has it: as
 * the functions of that lock.
 *
 * Python   cond.acquire(timeout=t), cond.release(), cond.locked()
 * Blocks   acquire while another has it, up to timeout seconds; MP_FOREVER is
 *          the default
 * Returns  acquire: 0 · MP_OWNER_DEAD it is held, and its last holder died
 *          holding it · MP_TIMEOUT it is not · -EAGAIN more than 4094
 *          processes share objects. release: 0 · MP_VALUE_ERROR a Lock that
 *          nobody holds · MP_ASSERTION_ERROR an RLock that another thread
 *          holds, or nobody. locked: 1 or 0
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API MP__CHECK int mp_condition_acquire(mp_condition *c, double timeout);
MP_API int mp_condition_release(mp_condition *c);
MP_API int mp_condition_locked(mp_condition *c);

/*
 * Let go of the lock, wait until notified, and take it again; however often
 * it is held. As long as nobody dies, who was not notified does not go on.
 *
 * Python   cond.wait(timeout=t)
 * Blocks   up to timeout seconds, MP_FOREVER is the default; and then until
 *          the lock is free
 * Returns  0 · MP_OWNER_DEAD who held the lock last died holding it, and
 *          whether we were notified is not known · MP_TIMEOUT nobody notified
 *          us; in all these cases the lock is held again
 *          · MP_ASSERTION_ERROR it was not held
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API MP__CHECK int mp_condition_wait(mp_condition *c, double timeout);

/*
 * Wait until predicate is true: it is called with the lock held, first at
 * once and then whenever notified, and gets self by mp_call_self(). A positive
 * answer is true, 0 false, a negative one an error that ends the wait.
 *
 * Python   cond.wait_for(predicate, timeout=t)
 * Blocks   up to timeout seconds in all, MP_FOREVER is the default; and then
 *          until the lock is free
 * Returns  0 it is true · MP_OWNER_DEAD it is, and meanwhile somebody died
 *          holding the lock · MP_TIMEOUT it was false to the last · what it
 *          raised · MP_ASSERTION_ERROR the lock was not held
 *          · MP_VALUE_ERROR predicate is NULL; the lock is held as before
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API MP__CHECK int mp_condition_wait_for(mp_condition *c, mp_fn predicate,
                                           void *self, double timeout);

/*
 * Let n of those who wait go on, or all of them; 1 is the default. Which ones
 * is not said. They go on when the lock is free.
 *
 * Python   cond.notify(n), cond.notify_all()
 * Blocks   no
 * Returns  0 · MP_ASSERTION_ERROR the lock is not held
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API int mp_condition_notify(mp_condition *c, int n);
MP_API int mp_condition_notify_all(mp_condition *c);

/* -- Event ----------------------------------------------------------------- */

/*
 * A new event, clear.
 *
 * Python   e = Event()
 * Blocks   no
 * Returns  the event; NULL with the record set: -EMFILE, -ENFILE, -ENOMEM,
 *          -ENOSPC, -EFBIG
 * Owns     the handle is the caller's: mp_event_free()
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API mp_event *mp_event_new(void);

/*
 * Give back this process's handle. The event stays while another process has
 * it.
 *
 * Python   del e
 * Blocks   no
 * Returns  nothing
 * Owns     frees the handle; NULL is fine
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API void mp_event_free(mp_event *e);

/*
 * Set it, which lets all go on who wait; clear it; and ask whether it is set.
 *
 * Python   e.set(), e.clear(), e.is_set()
 * Blocks   no
 * Returns  0; is_set: 1 or 0
 * Owns     nothing
 * Safe     in threads, in parent and child; in signal handlers, whatever they
 *          interrupt, unless e is NULL
 */
MP_API int mp_event_set(mp_event *e);
MP_API int mp_event_clear(mp_event *e);
MP_API int mp_event_is_set(mp_event *e);

/*
 * Wait until it is set. Who waits when it is set goes on, even if it is
 * cleared again at once; Python's may miss that.
 *
 * Python   e.wait(timeout=t)
 * Blocks   until it is set, up to timeout seconds; MP_FOREVER is the default
 * Returns  0 · MP_TIMEOUT it was not set in time
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API MP__CHECK int mp_event_wait(mp_event *e, double timeout);

#ifdef __cplusplus
}
#endif

MP__AUTO(mp_condition);
MP__AUTO(mp_event);
MP__AUTO(mp_barrier);

#ifdef MP__MACROS
#define mp_condition_new(...)                    \
    mp_condition_new(&(const mp_condition_opts){ \
        .size_ = sizeof(mp_condition_opts), __VA_ARGS__})
#define mp_condition_acquire(...) \
    MP__PICK2(__VA_ARGS__, MP__cacquire2, MP__cacquire1, 0)(__VA_ARGS__)
#define MP__cacquire1(c_)     mp_condition_acquire((c_), MP_FOREVER)
#define MP__cacquire2(c_, t_) mp_condition_acquire((c_), (t_))
#define mp_condition_wait(...) \
    MP__PICK2(__VA_ARGS__, MP__cwait2, MP__cwait1, 0)(__VA_ARGS__)
#define MP__cwait1(c_)     mp_condition_wait((c_), MP_FOREVER)
#define MP__cwait2(c_, t_) mp_condition_wait((c_), (t_))
#define mp_condition_wait_for(...) \
    MP__PICK4(__VA_ARGS__, MP__cwfor4, MP__cwfor3, 0, 0, 0)(__VA_ARGS__)
#define MP__cwfor3(c_, f_, s_) \
    mp_condition_wait_for((c_), (f_), (s_), MP_FOREVER)
#define MP__cwfor4(c_, f_, s_, t_) mp_condition_wait_for((c_), (f_), (s_), (t_))
#define mp_condition_notify(...) \
    MP__PICK2(__VA_ARGS__, MP__notify2, MP__notify1, 0)(__VA_ARGS__)
#define MP__notify1(c_)     mp_condition_notify((c_), 1)
#define MP__notify2(c_, n_) mp_condition_notify((c_), (n_))
#define mp_event_wait(...) \
    MP__PICK2(__VA_ARGS__, MP__ewait2, MP__ewait1, 0)(__VA_ARGS__)
#define MP__ewait1(e_)     mp_event_wait((e_), MP_FOREVER)
#define MP__ewait2(e_, t_) mp_event_wait((e_), (t_))
#define mp_barrier_new(...)                                                   \
    mp_barrier_new(&(const mp_barrier_opts){.size_ = sizeof(mp_barrier_opts), \
                                            __VA_ARGS__})
#define mp_barrier_wait(...) \
    MP__PICK2(__VA_ARGS__, MP__bwait2, MP__bwait1, 0)(__VA_ARGS__)
#define MP__bwait1(b_)     mp_barrier_wait((b_), MP_FOREVER)
#define MP__bwait2(b_, t_) mp_barrier_wait((b_), (t_))
#endif

#endif
