/*
 * Lock, RLock, Semaphore and BoundedSemaphore: who may go on, and who waits.
 *
 * Any process may be killed at any moment, holding a lock or waiting for one:
 * the others go on. Whoever gets a lock after its holder died is told so by
 * MP_OWNER_DEAD: it has the lock, and what the lock guards may be half done.
 */
#ifndef MPROC_SYNC_H
#define MPROC_SYNC_H

#include <mproc/any.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A new lock, free.
 *
 * Python   lock = Lock()
 * Blocks   no
 * Returns  the lock; NULL with the record set: -EMFILE, -ENFILE, -ENOMEM,
 *          -ENOSPC, -EFBIG
 * Owns     the handle is the caller's: mp_lock_free()
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API mp_lock *mp_lock_new(void);

/*
 * Give back this process's handle. The lock stays while another process has
 * it, and as it is: freeing it does not release it.
 *
 * Python   del lock
 * Blocks   no
 * Returns  nothing
 * Owns     frees the handle; NULL is fine
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API void mp_lock_free(mp_lock *lock);

/*
 * Take the lock. It is not recursive: who has it and takes it once more waits
 * for itself.
 *
 * Python   lock.acquire(timeout=t), lock.acquire(False)
 * Blocks   while another has it, up to timeout seconds; MP_FOREVER is the
 *          default
 * Returns  0 it is held · MP_OWNER_DEAD it is held, and its last holder died
 *          holding it · MP_TIMEOUT it is not · -EAGAIN more than 4094
 *          processes share objects
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API MP__CHECK int mp_lock_acquire(mp_lock *lock, double timeout);

/*
 * Let go of the lock. Any thread of any process may, not only its holder.
 *
 * Python   lock.release()
 * Blocks   no
 * Returns  0 · MP_VALUE_ERROR nobody holds it
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API int mp_lock_release(mp_lock *lock);

/*
 * Whether anybody holds it.
 *
 * Python   lock.locked()
 * Blocks   no
 * Returns  1 or 0
 * Owns     nothing
 * Safe     in threads, in parent and child, in signal handlers
 */
MP_API int mp_lock_locked(mp_lock *lock);

#ifdef __cplusplus
}
#endif

MP__AUTO(mp_lock);

#ifdef MP__MACROS
#define mp_lock_acquire(...) \
    MP__PICK2(__VA_ARGS__, MP__lock2, MP__lock1, 0)(__VA_ARGS__)
#define MP__lock1(l_)     mp_lock_acquire((l_), MP_FOREVER)
#define MP__lock2(l_, t_) mp_lock_acquire((l_), (t_))
#endif

#endif
