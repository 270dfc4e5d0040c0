/*
 * MP_WITH: a block that holds a lock, as Python's `with`.
 *
 *     MP_WITH(lock)
 *         (*counter)++;
 *
 * It takes a Lock, RLock, Semaphore or Condition, runs the block, and lets go
 * again however the block is left: by its end, break, continue, return or
 * goto. Only longjmp and the end of the thread pass it by. Where the lock is
 * not to be had the block is not run; the record says why. A second argument
 * is where the answer of acquire goes:
 *
 *     int rc;
 *     MP_WITH(lock, &rc) {
 *         if (rc == MP_OWNER_DEAD)
 *             mend();
 *     }
 *
 * The block is a loop that runs once: break and continue in it are its own. It
 * needs C11 and the cleanup attribute; without them there is no MP_WITH.
 */
#ifndef MPROC_WITH_H
#define MPROC_WITH_H

#include <mproc/condition.h>
#include <mproc/sync.h>

#if defined MP__MACROS && defined __GNUC__

/* What a block has; object is NULL if it has nothing. */
struct mp__with {
    void *object;
    void (*leave)(void *object);
    bool is_to_run;
};

static inline MP__UNUSED struct mp__with
mp__with_answer(void *object, void (*leave)(void *), int answer, int *rc)
{
    struct mp__with with = {answer < 0 ? NULL : object, leave, answer >= 0};

    if (rc != NULL)
        *rc = answer;
    return with;
}

static inline MP__UNUSED void mp__with_end(struct mp__with *with)
{
    if (with->object != NULL)
        with->leave(with->object);
}

/* clang-format off */
#define MP__WITH_SORT(T_)                                                    \
    static inline MP__UNUSED void mp__leave_##T_(void *object)               \
    {                                                                        \
        (void)(mp_##T_##_release)((mp_##T_ *)object);                        \
    }                                                                        \
    static inline MP__UNUSED struct mp__with mp__enter_##T_(mp_##T_ *object, \
                                                            int *rc)         \
    {                                                                        \
        return mp__with_answer(object, mp__leave_##T_,                       \
                               (mp_##T_##_acquire)(object, MP_FOREVER), rc); \
    }                                                                        \
    struct mp__need_semicolon
/* clang-format on */

MP__WITH_SORT(lock);
MP__WITH_SORT(rlock);
MP__WITH_SORT(semaphore);
MP__WITH_SORT(condition);

#define MP_WITH(...) \
    MP__PICK2(__VA_ARGS__, MP__with2, MP__with1, 0)(__VA_ARGS__)
#define MP__with1(l_)      MP__with2(l_, NULL)
#define MP__with2(l_, rc_) MP__WITH(MP__CAT(mp__with_, __COUNTER__), l_, rc_)
#define MP__WITH(name_, l_, rc_)                           \
    for (MP__CLEANUP(mp__with_end) struct mp__with name_ = \
             MP__ENTER(l_)((l_), (rc_));                   \
         name_.is_to_run; name_.is_to_run = false)
/* clang-format off */
#define MP__ENTER(l_)                        \
    _Generic((l_),                           \
        mp_lock *: mp__enter_lock,           \
        mp_rlock *: mp__enter_rlock,         \
        mp_semaphore *: mp__enter_semaphore, \
        mp_condition *: mp__enter_condition)
/* clang-format on */

#endif

#endif
