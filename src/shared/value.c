/*
 * Value, and what Value and Array have in common: the lock, copying, freeing.
 */
#include "shared/variable.h"

#include "base/error.h"
#include "sync/lock.h"

#include <mproc/shared.h>

#include <string.h>

mp_any mp_any_shared(const void *value)
{
    struct mp__variable *v = value != NULL ? mp__variable_of(value) : NULL;

    return mp__any_handle(v == NULL ? NULL : &v->handle, "shared object");
}

/* -- making and freeing ---------------------------------------------------- */

static void *new_value(mp_any lock, int elem, size_t size, const void *init)
{
    struct mp__shape shape = {.elem = elem, .size = size, .n = 1};
    struct mp__variable *v = mp__variable_new(shape, lock);

    if (v == NULL)
        return NULL;
    if (init != NULL)
        memcpy(v->data, init, size);
    return v->data;
}

void *(mp_value_new)(int elem, size_t size, const void *init)
{
    return new_value(MP_NONE, elem, size, init);
}

void *(mp_value_new_with)(mp_any lock, int elem, size_t size, const void *init)
{
    return new_value(lock, elem, size, init);
}

void *(mp_raw_value_new)(int elem, size_t size, const void *init)
{
    return new_value(MP_FALSE, elem, size, init);
}

void mp_value_free(void *value)
{
    struct mp__variable *v = value != NULL ? mp__variable_of(value) : NULL;

    if (v != NULL)
        mp__handle_drop(&v->handle);
}

void mp_array_free(void *array)
{
    mp_value_free(array);
}

void *(mp_shared_copy)(const void *shared)
{
    const struct mp__variable *from = mp__variable_of(shared);
    struct mp__variable *to;
    struct mp__shape shape;

    if (from == NULL)
        return NULL;
    shape = from->shape;
    shape.flags &= MP__IS_ARRAY;
    to = mp__variable_new(shape, from->lock != NULL ? MP_NONE : MP_FALSE);
    if (to == NULL)
        return NULL;
    if (mp__variable_acquire(from, MP_FOREVER) < 0) {
        mp__handle_drop(&to->handle);
        return NULL;
    }
    memcpy(to->data, from->data, shape.n * shape.size);
    (void)mp__variable_release(from);
    return to->data;
}

/* -- its lock --------------------------------------------------------------- */

static int fail_raw(void)
{
    return mp__fail(MP_ASSERTION_ERROR,
                    "a raw Value or Array has no lock: it was made without");
}

/* The lock if it is of this type; NULL with the record set. */
static struct mp__handle *lock_of(const void *shared, int tag, const char *say)
{
    const struct mp__variable *v = mp__variable_of(shared);

    if (v == NULL)
        return NULL;
    if (v->lock != NULL && v->lock->type->tag == tag)
        return v->lock;
    if (v->lock == NULL)
        fail_raw();
    else
        mp__fail(MP_TYPE_ERROR, "its lock is a %s: %s", v->lock->type->name,
                 say);
    return NULL;
}

mp_rlock *mp_shared_lock(const void *shared)
{
    return (mp_rlock *)lock_of(shared, MP__TAG_RLOCK,
                               "mp_shared_own_lock has it");
}

mp_lock *mp_shared_own_lock(const void *shared)
{
    return (mp_lock *)lock_of(shared, MP__TAG_LOCK, "mp_shared_lock has it");
}

static const struct mp__variable *locked_variable(const void *shared)
{
    const struct mp__variable *v = mp__variable_of(shared);

    if (v == NULL || v->lock != NULL)
        return v;
    fail_raw();
    return NULL;
}

int(mp_shared_acquire)(const void *shared, double timeout)
{
    const struct mp__variable *v = locked_variable(shared);

    return v != NULL ? mp__variable_acquire(v, timeout) : mp__fail_code();
}

int mp_shared_release(const void *shared)
{
    const struct mp__variable *v = locked_variable(shared);

    return v != NULL ? mp__variable_release(v) : mp__fail_code();
}
