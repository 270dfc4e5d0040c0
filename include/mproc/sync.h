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

/*
 * A new recursive lock, free. Its owner is a thread of a process.
 *
 * Python   lock = RLock()
 * Blocks   no
 * Returns  the lock; NULL with the record set: -EMFILE, -ENFILE, -ENOMEM,
 *          -ENOSPC, -EFBIG
 * Owns     the handle is the caller's: mp_rlock_free(), which does not
 *          release it
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API mp_rlock *mp_rlock_new(void);
MP_API void mp_rlock_free(mp_rlock *lock);

/*
 * Take the lock, or take it once more: who has it never waits. A child made
 * by fork does not have what its parent has.
 *
 * Python   lock.acquire(timeout=t), lock.acquire(False)
 * Blocks   while another thread has it, up to timeout seconds; MP_FOREVER is
 *          the default
 * Returns  0 it is held · MP_OWNER_DEAD it is held, and its last holder died
 *          holding it, be it a process or a thread · MP_TIMEOUT it is not
 *          · -EAGAIN more than 4094 processes share objects
 *          · MP_VALUE_ERROR 2147483647 times already
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API MP__CHECK int mp_rlock_acquire(mp_rlock *lock, double timeout);

/*
 * Let go of the lock once; it is free when that was done as often as it was
 * taken.
 *
 * Python   lock.release()
 * Blocks   no
 * Returns  0 · MP_ASSERTION_ERROR the calling thread does not have it
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API int mp_rlock_release(mp_rlock *lock);

/*
 * Whether anybody holds it.
 *
 * Python   lock.locked()
 * Blocks   no
 * Returns  1 or 0
 * Owns     nothing
 * Safe     in threads, in parent and child, in signal handlers
 */
MP_API int mp_rlock_locked(mp_rlock *lock);

typedef struct mp_semaphore_opts {
    size_t size_; /* filled in by the macro                                 */
    bool undo;    /* units come back when the process that took them dies;
                     only that process can give them back                   */
} mp_semaphore_opts;

/*
 * A new semaphore that begins with value units; a bounded one never has more
 * than these, and neither has one with undo.
 *
 * Python   s = Semaphore(value), BoundedSemaphore(value)
 * Blocks   no
 * Returns  the semaphore; NULL with the record set: MP_VALUE_ERROR value below
 *          0 or above 2147483647, or options of a newer library; -EMFILE,
 *          -ENFILE, -ENOMEM, -ENOSPC, -EFBIG
 * Owns     the handle is the caller's: mp_semaphore_free(), which gives no
 *          units back
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API mp_semaphore *mp_semaphore_new(int64_t value,
                                      const mp_semaphore_opts *opts);
MP_API mp_semaphore *mp_bounded_semaphore_new(int64_t value,
                                              const mp_semaphore_opts *opts);
MP_API void mp_semaphore_free(mp_semaphore *s);

/*
 * Take a unit. What a process had when it died is lost, unless the semaphore
 * is one with undo.
 *
 * Python   s.acquire(timeout=t), s.acquire(False)
 * Blocks   while there is none, up to timeout seconds; MP_FOREVER is the
 *          default
 * Returns  0 · MP_TIMEOUT there was none · -EAGAIN with undo only: more than
 *          4094 processes share objects
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API MP__CHECK int mp_semaphore_acquire(mp_semaphore *s, double timeout);

/*
 * Give a unit back, or one more than was taken.
 *
 * Python   s.release()
 * Blocks   no
 * Returns  0 · MP_VALUE_ERROR there are as many as there may be, or with undo:
 *          this process has none · -EAGAIN as acquire
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API int mp_semaphore_release(mp_semaphore *s);

/*
 * How many units there are now, and whether there is none.
 *
 * Python   s.get_value(), s.locked()
 * Blocks   no
 * Returns  the number; 1 or 0
 * Owns     nothing
 * Safe     in threads, in parent and child, in signal handlers
 */
MP_API int mp_semaphore_get_value(mp_semaphore *s);
MP_API int mp_semaphore_locked(mp_semaphore *s);

#ifdef __cplusplus
}
#endif

MP__AUTO(mp_lock);
MP__AUTO(mp_rlock);
MP__AUTO(mp_semaphore);

#ifdef MP__MACROS
#define mp_lock_acquire(...) \
    MP__PICK2(__VA_ARGS__, MP__lock2, MP__lock1, 0)(__VA_ARGS__)
#define MP__lock1(l_)     mp_lock_acquire((l_), MP_FOREVER)
#define MP__lock2(l_, t_) mp_lock_acquire((l_), (t_))
#define mp_rlock_acquire(...) \
    MP__PICK2(__VA_ARGS__, MP__rlock2, MP__rlock1, 0)(__VA_ARGS__)
#define MP__rlock1(l_)     mp_rlock_acquire((l_), MP_FOREVER)
#define MP__rlock2(l_, t_) mp_rlock_acquire((l_), (t_))
#define MP__semaphore_opts(...)  \
    (&(const mp_semaphore_opts){ \
        MP__REST(__VA_ARGS__, .size_ = sizeof(mp_semaphore_opts))})
#define mp_semaphore_new(...) \
    mp_semaphore_new(MP__FIRST(__VA_ARGS__, 0), MP__semaphore_opts(__VA_ARGS__))
#define mp_bounded_semaphore_new(...)                   \
    mp_bounded_semaphore_new(MP__FIRST(__VA_ARGS__, 0), \
                             MP__semaphore_opts(__VA_ARGS__))
#define mp_semaphore_acquire(...) \
    MP__PICK2(__VA_ARGS__, MP__sem2, MP__sem1, 0)(__VA_ARGS__)
#define MP__sem1(s_)     mp_semaphore_acquire((s_), MP_FOREVER)
#define MP__sem2(s_, t_) mp_semaphore_acquire((s_), (t_))
#endif

#endif
