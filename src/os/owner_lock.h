/*
 * A lock whose one word says everything: who holds it, and whether anybody
 * waits. No list, no thread, no limit; it is robust because the holder can be
 * looked up: if it is dead the next one takes over and is told so.
 *
 * It guards the state of shared objects: held for a few instructions or the
 * copy of a message, never while user code runs. Not recursive.
 */
#ifndef MP_OS_OWNER_LOCK_H
#define MP_OS_OWNER_LOCK_H

#include "os/context.h"

/* 0 free; else the holder; MP__WAITERS set in either: somebody sleeps on it,
   or did. Keeping the bit in the free word is what saves the sleepers when
   the one who was woken is killed, or another barges in. */
struct mp__owner_lock {
    mp__word word;
};

#define MP__WAITERS (UINT32_C(1) << 31)

/* mp__owner_lock answers this when it took the lock from a dead holder: the
   caller holds it, and must first mend what the lock guards. */
#define MP__HOLDER_DIED 1

/* 0 · MP__HOLDER_DIED · -ETIMEDOUT not by `deadline` · -EAGAIN (record set)
   this process has no slot. */
int mp__owner_lock(struct mp__owner_lock *lock, int64_t deadline);
void mp__owner_unlock(struct mp__owner_lock *lock);

#endif
