/*
 * A Semaphore in shared memory: how many units there are, and whether anybody
 * sleeps for one. Nobody owns a unit: any process may give one back that
 * another took, and those that a dead one had are gone. (For units that come
 * back, see undo_state.h.)
 */
#ifndef MP_SYNC_SEMAPHORE_STATE_H
#define MP_SYNC_SEMAPHORE_STATE_H

#include "os/cell.h"
#include "os/futex.h"

#define MP__SEMAPHORE_MAX   INT32_MAX
#define MP__SEMAPHORE_MAGIC 0x6d705370u

/* What a semaphore is; both may be. */
enum { MP__SEMAPHORE_BOUNDED = 1, MP__SEMAPHORE_UNDO = 2 };

/* The beginning of every semaphore. Never changes. */
struct mp__semaphore_head {
    struct mp__cell_head cell;
    uint32_t sort;
    uint32_t max; /* there are never more units than that */
};

/* value is at most max. wanted is not 0 while anybody sleeps, on this very
   half: it goes from one number to the next with everyone who is to sleep, and
   does so in one step that proves value to be 0. */
struct mp__semaphore_shared {
    struct mp__semaphore_head head;
    union {
        struct {
            mp__word value;
            mp__word wanted;
        };
        _Atomic uint64_t both;
    };
};

/* 0 · -ETIMEDOUT */
int mp__semaphore_acquire(struct mp__semaphore_shared *s, int64_t deadline);

/* 0 · MP_VALUE_ERROR there are as many as there may be */
int mp__semaphore_release(struct mp__semaphore_shared *s);

/* What a release that would go beyond the limit answers, of any sort. */
int mp__semaphore_fail_full(void);

#endif
