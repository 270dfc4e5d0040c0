/*
 * Lock: the public face of lock_state.c.
 */
#include "sync/lock.h"

#include "base/clock.h"
#include "base/error.h"

#include <errno.h>
#include <stdio.h>

static int repr(const struct mp__handle *h, char *buf, size_t size);
static int rebuild(const struct mp__parcel *in, struct mp__handle **out);

const struct mp__handle_type mp__lock_type = {
    .tag = MP__TAG_LOCK,
    .name = "Lock",
    .destroy = mp__object_destroy,
    .repr = repr,
    .reduce = mp__object_reduce,
    .rebuild = rebuild,
};

__attribute__((constructor)) static void register_type(void)
{
    mp__handle_register(&mp__lock_type);
}

static int rebuild(const struct mp__parcel *in, struct mp__handle **out)
{
    return mp__object_rebuild(&mp__lock_type, sizeof(struct mp_lock),
                              MP__LOCK_MAGIC, sizeof(struct mp__lock_shared),
                              in, out);
}

mp_any mp_any_lock(mp_lock *lock)
{
    return mp__any_handle(lock == NULL ? NULL : &lock->object.handle, "lock");
}

mp_out mp_out_lock(mp_lock **p)
{
    return mp__out_handle(&mp__lock_type, p, false);
}

mp_out mp_out_lock_view(mp_lock **p)
{
    return mp__out_handle(&mp__lock_type, p, true);
}

mp_lock *mp_lock_new(void)
{
    return mp__object_new(&mp__lock_type, sizeof(struct mp_lock),
                          MP__LOCK_MAGIC, sizeof(struct mp__lock_shared));
}

void mp_lock_free(mp_lock *lock)
{
    if (lock != NULL)
        mp__handle_drop(&lock->object.handle);
}

int(mp_lock_acquire)(mp_lock *lock, double timeout)
{
    int64_t deadline = mp__deadline(timeout);
    struct mp__lock_shared *l;
    int rc;

    if (lock == NULL)
        return mp__fail_null("lock");
    l = mp__lock_shared_of(lock);
    rc = mp__lock_acquire(l, deadline);
    if (rc == -ETIMEDOUT && deadline == 0 &&
        mp__is_worth_another(&lock->object, &l->lock))
        rc = mp__lock_acquire(l, deadline);
    return mp__acquired(rc, "lock");
}

int mp_lock_release(mp_lock *lock)
{
    return lock == NULL ? mp__fail_null("lock")
                        : mp__lock_release(mp__lock_shared_of(lock));
}

int mp_lock_locked(mp_lock *lock)
{
    return lock == NULL ? mp__fail_null("lock")
                        : mp__lock_is_held(mp__lock_shared_of(lock));
}

static int repr(const struct mp__handle *h, char *buf, size_t size)
{
    const struct mp__lock_shared *l =
        mp__lock_shared_of((const struct mp_lock *)h);
    char owner[MP__OWNER_TEXT];

    mp__owner_text(atomic_load(&l->lock.word) & ~MP__WAITERS,
                   atomic_load_explicit(&l->thread, memory_order_relaxed),
                   owner);
    return snprintf(buf, size, "<Lock(owner=%s)>", owner);
}
