/*
 * RLock: the public face of rlock_state.c.
 */
#include "sync/lock.h"

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
    return mp__any_handle(lock == NULL ? NULL : &lock->object.handle, "lock");
}

mp_out mp_out_rlock(mp_rlock **p)
{
    return mp__out_handle(&mp__rlock_type, p, false);
}

mp_out mp_out_rlock_view(mp_rlock **p)
{
    return mp__out_handle(&mp__rlock_type, p, true);
}

static int repr(const struct mp__handle *h, char *buf, size_t size)
{
    const struct mp__rlock_shared *l =
        mp__rlock_shared_of((const struct mp_rlock *)h);
    char owner[MP__OWNER_TEXT];

    mp__owner_text(atomic_load(&l->lock.word) & ~MP__WAITERS,
                   atomic_load_explicit(&l->thread, memory_order_relaxed),
                   owner);
    return snprintf(
        buf, size, "<RLock(%s, %u)>", owner,
        (unsigned)atomic_load_explicit(&l->count, memory_order_relaxed));
}
