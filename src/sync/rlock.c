/*
 * RLock: the public face of rlock_state.c.
 */
#include "sync/lock.h"

#include "base/clock.h"
#include "base/error.h"

#include <stdio.h>

static int repr(const struct mp__handle *h, char *buf, size_t size);
static int rebuild(const struct mp__parcel *in, struct mp__handle **out);

const struct mp__handle_type mp__rlock_type = {
    .tag = MP__TAG_RLOCK,
    .name = "RLock",
    .destroy = mp__object_destroy,
    .repr = repr,
    .reduce = mp__object_reduce,
    .rebuild = rebuild,
};

__attribute__((constructor)) static void register_type(void)
{
    mp__handle_register(&mp__rlock_type);
}

static int rebuild(const struct mp__parcel *in, struct mp__handle **out)
{
    return mp__object_rebuild(&mp__rlock_type, sizeof(struct mp_rlock),
                              MP__RLOCK_MAGIC, sizeof(struct mp__rlock_shared),
                              in, out);
}

mp_any mp_any_rlock(mp_rlock *lock)
{
    return mp__any_handle(lock == NULL ? NULL : &lock->object.handle, "rlock");
}

mp_out mp_out_rlock(mp_rlock **p)
{
    return mp__out_handle(&mp__rlock_type, p, false);
}

mp_out mp_out_rlock_view(mp_rlock **p)
{
    return mp__out_handle(&mp__rlock_type, p, true);
}

mp_rlock *mp_rlock_new(void)
{
    return mp__object_new(&mp__rlock_type, sizeof(struct mp_rlock),
                          MP__RLOCK_MAGIC, sizeof(struct mp__rlock_shared));
}

void mp_rlock_free(mp_rlock *lock)
{
    if (lock != NULL)
        mp__handle_drop(&lock->object.handle);
}

int(mp_rlock_acquire)(mp_rlock *lock, double timeout)
{
    int rc;

    if (lock == NULL)
        return mp__fail_null("rlock");
    rc = mp__rlock_acquire(mp__rlock_shared_of(lock), mp__deadline(timeout));
    return mp__acquired(rc, "rlock");
}

int mp_rlock_release(mp_rlock *lock)
{
    return lock == NULL ? mp__fail_null("rlock")
                        : mp__rlock_release(mp__rlock_shared_of(lock));
}

int mp_rlock_locked(mp_rlock *lock)
{
    return lock == NULL ? mp__fail_null("rlock")
                        : mp__rlock_is_held(mp__rlock_shared_of(lock));
}

/* How often another one has it is not told, as in Python. */
static int repr(const struct mp__handle *h, char *buf, size_t size)
{
    const struct mp__rlock_shared *l =
        mp__rlock_shared_of((const struct mp_rlock *)h);
    mp__owner who = atomic_load(&l->lock.word) & ~MP__WAITERS;
    char owner[MP__OWNER_TEXT];

    mp__owner_text(who, atomic_load(&l->thread), owner);
    if (mp__rlock_is_mine(l))
        return snprintf(buf, size, "<RLock(%s, %u)>", owner,
                        atomic_load_explicit(&l->count, memory_order_relaxed));
    return snprintf(buf, size, "<RLock(%s, %s)>", owner,
                    who == 0 ? "0" : "nonzero");
}
