/*
 * A Condition in shared memory.
 *
 * Who waits and who is notified is written down under the condition's lock,
 * which waiter and notifier both hold; only `seq`, on which the waiters sleep,
 * is looked at without it. A notify hands out permits, each for one of those
 * who wait by then, and a waiter goes on when it has used one up. So nobody
 * waits for a waiter's answer; and if one that was woken dies before it comes
 * to its permit, the news of its death has the others look, and one of them
 * uses it.
 *
 * The holder of the lock may die between any two stores. The permits are
 * stored last: until then nothing has happened.
 */
#ifndef MP_SYNC_CONDITION_STATE_H
#define MP_SYNC_CONDITION_STATE_H

#include "sync/lock_state.h"
#include "sync/rlock_state.h"

#define MP__CONDITION_MAGIC 0x6d70436fu

/* Processes that wait at the same time and are told apart. Any others are
   counted together: of them the dead are not found out, so that a permit may
   be handed out for one, and let somebody else go on without need. */
#define MP__CONDITION_PLACES 20

/* Of one process, unless it is the place of all others: how many of its
   threads wait, and are not yet released. All changed under the lock. */
struct mp__condition_place {
    _Atomic uint64_t owner; /* mp__owner; 0: the others               */
    _Atomic uint64_t count;
    _Atomic uint64_t since; /* the clock, when the last of them came  */
};

struct mp__condition_shared {
    struct mp__cell_head head;
    mp__word seq;               /* goes up with each notify; futex        */
    mp__word unused;            /* 0                                      */
    _Atomic uint64_t clock;     /* as seq, without end                    */
    _Atomic uint64_t permits;   /* for those who came before clock        */
    _Atomic uint64_t all_until; /* released are all who came before this  */
    struct mp__condition_place place[MP__CONDITION_PLACES];
    struct mp__condition_place others;
};

/* One process's view: the condition, and its lock, which is one of the two;
   the other is NULL. */
struct mp__condition {
    struct mp__condition_shared *shared;
    struct mp__lock_shared *lock;
    struct mp__rlock_shared *rlock;
};

/* The lock. It is held by the calling thread, if it is an RLock; else by any
   of its process. Answers as mp__lock_acquire and mp__rlock_acquire. */
int mp__condition_acquire(const struct mp__condition *c, int64_t deadline);
int mp__condition_release(const struct mp__condition *c);
bool mp__condition_is_mine(const struct mp__condition *c);
bool mp__condition_is_held(const struct mp__condition *c);

/* All with the lock held, and it is held again as often as it was.
   wait: 0 notified · MP__HOLDER_DIED notified or not: whoever held the lock
   last died with it · -ETIMEDOUT · -EAGAIN (record set), and it is not held.
   notify lets so many of the waiters go on, or all there are. */
int mp__condition_wait(const struct mp__condition *c, int64_t deadline);
void mp__condition_notify(const struct mp__condition *c, uint64_t n);
void mp__condition_notify_all(const struct mp__condition *c);

/* How many wait and are not notified; without the lock it is a guess. */
uint64_t mp__condition_waiting(const struct mp__condition *c);

#endif
