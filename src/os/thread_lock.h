/*
 * A lock among the threads of one process that fork undoes.
 *
 * The word holds the generation in which the lock was taken, so a child never
 * waits for a thread that only its parent has. What such a lock guards may be
 * half changed in the child: the first to take it there is told so.
 */
#ifndef MP_OS_THREAD_LOCK_H
#define MP_OS_THREAD_LOCK_H

#include "os/futex.h"

/* generation << 2 | state. All zero is free. */
struct mp__thread_lock {
    mp__word word;
};

/* Taken, but a thread of the parent held it when this process was forked. */
#define MP__HELD_AT_FORK 1

/* 0 · MP__HELD_AT_FORK · -ETIMEDOUT not by `deadline`. */
int mp__thread_lock(struct mp__thread_lock *lock, int64_t deadline);
void mp__thread_unlock(struct mp__thread_lock *lock);

#endif
