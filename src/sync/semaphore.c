/*
 * Semaphore and BoundedSemaphore: the public face of semaphore_state.c, and of
 * undo_state.c for those whose units come back.
 */
#include "sync/object.h"
#include "sync/undo_state.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/opts.h"

#include <mproc/sync.h>

#include <stdio.h>

struct mp_semaphore {
    struct mp__object object;
    bool has_undo; /* which of the two structs its cell holds */
};

static int repr(const struct mp__handle *h, char *buf, size_t size);
static int rebuild(const struct mp__parcel *in, struct mp__handle **out);

static const struct mp__handle_type semaphore_type = {
    .tag = MP__TAG_SEMAPHORE,
    .name = "Semaphore",
    .destroy = mp__object_destroy,
    .repr = repr,
    .reduce = mp__object_reduce,
    .rebuild = rebuild,
};

__attribute__((constructor)) static void register_type(void)
{
    mp__handle_register(&semaphore_type);
}

static struct mp__semaphore_head *head_of(const mp_semaphore *s)
{
    return s->object.cell.shared;
}

static struct mp__semaphore_shared *plain_of(const mp_semaphore *s)
{
    return s->object.cell.shared;
}

static struct mp__undo_shared *undo_of(const mp_semaphore *s)
{
    return s->object.cell.shared;
}

static bool has_undo(const struct mp__semaphore_head *head)
{
    return (head->sort & MP__SEMAPHORE_UNDO) != 0;
}

/* A plain one is checked to be as large as it must be. */
static bool is_whole(const void *shared)
{
    const struct mp__semaphore_head *head = shared;

    if (head->max > MP__SEMAPHORE_MAX)
        return false;
    return !has_undo(head) ||
           (head->cell.size >= sizeof(struct mp__undo_shared) &&
            mp__undo_is_whole(shared));
}

static int rebuild(const struct mp__parcel *in, struct mp__handle **out)
{
    static const struct mp__object_wanted wanted = {
        .type = &semaphore_type,
        .size = sizeof(mp_semaphore),
        .magic = MP__SEMAPHORE_MAGIC,
        .shared = sizeof(struct mp__semaphore_shared),
        .is_whole = is_whole,
    };
    mp_semaphore *s;

    MP_TRY(mp__object_rebuild_whole(&wanted, in, out));
    s = (mp_semaphore *)*out;
    s->has_undo = has_undo(head_of(s));
    return 0;
}

mp_any mp_any_semaphore(mp_semaphore *s)
{
    return mp__any_handle(s == NULL ? NULL : &s->object.handle, "semaphore");
}

mp_out mp_out_semaphore(mp_semaphore **p)
{
    return mp__out_handle(&semaphore_type, p, false);
}

mp_out mp_out_semaphore_view(mp_semaphore **p)
{
    return mp__out_handle(&semaphore_type, p, true);
}

/* -- making --------------------------------------------------------------- */

static mp_semaphore *make(uint32_t value, uint32_t sort)
{
    bool undo = (sort & MP__SEMAPHORE_UNDO) != 0;
    size_t size =
        undo ? mp__undo_size(value) : sizeof(struct mp__semaphore_shared);
    mp_semaphore *s =
        mp__object_new(&semaphore_type, sizeof *s, MP__SEMAPHORE_MAGIC, size);

    if (s == NULL)
        return NULL;
    s->has_undo = undo;
    head_of(s)->sort = sort;
    head_of(s)->max = sort == 0 ? MP__SEMAPHORE_MAX : value;
    if (undo)
        mp__undo_begin(undo_of(s));
    else
        atomic_store(&plain_of(s)->value, value);
    return s;
}

static mp_semaphore *make_checked(int64_t value, uint32_t sort,
                                  const mp_semaphore_opts *given)
{
    mp_semaphore_opts opts;

    if (mp__read_opts(given, &opts, sizeof opts, "Semaphore") < 0)
        return NULL;
    if (value < 0 || value > MP__SEMAPHORE_MAX) {
        mp__fail(MP_VALUE_ERROR,
                 "a semaphore begins with 0 to %d units, not with %lld",
                 MP__SEMAPHORE_MAX, (long long)value);
        return NULL;
    }
    return make((uint32_t)value, sort | (opts.undo ? MP__SEMAPHORE_UNDO : 0));
}

mp_semaphore *(mp_semaphore_new)(int64_t value, const mp_semaphore_opts *opts)
{
    return make_checked(value, 0, opts);
}

mp_semaphore *(mp_bounded_semaphore_new)(int64_t value,
                                         const mp_semaphore_opts *opts)
{
    return make_checked(value, MP__SEMAPHORE_BOUNDED, opts);
}

void mp_semaphore_free(mp_semaphore *s)
{
    if (s != NULL)
        mp__handle_drop(&s->object.handle);
}

/* -- use ------------------------------------------------------------------ */

int(mp_semaphore_acquire)(mp_semaphore *s, double timeout)
{
    int64_t deadline = mp__deadline(timeout);
    int rc;

    if (s == NULL)
        return mp__fail_null("semaphore");
    rc = s->has_undo ? mp__undo_acquire(undo_of(s), deadline)
                     : mp__semaphore_acquire(plain_of(s), deadline);
    return mp__acquired(rc, "semaphore");
}

int mp_semaphore_release(mp_semaphore *s)
{
    if (s == NULL)
        return mp__fail_null("semaphore");
    return s->has_undo ? mp__undo_release(undo_of(s))
                       : mp__semaphore_release(plain_of(s));
}

static uint32_t value_of(const mp_semaphore *s)
{
    return s->has_undo ? mp__undo_value(undo_of(s))
                       : atomic_load(&plain_of(s)->value);
}

/* At most MP__SEMAPHORE_MAX. */
int mp_semaphore_get_value(mp_semaphore *s)
{
    return s == NULL ? mp__fail_null("semaphore") : (int)value_of(s);
}

int mp_semaphore_locked(mp_semaphore *s)
{
    return s == NULL ? mp__fail_null("semaphore") : value_of(s) == 0;
}

static int repr(const struct mp__handle *h, char *buf, size_t size)
{
    const mp_semaphore *s = (const mp_semaphore *)h;

    if ((head_of(s)->sort & MP__SEMAPHORE_BOUNDED) != 0)
        return snprintf(buf, size, "<BoundedSemaphore(value=%u, maxvalue=%u)>",
                        value_of(s), head_of(s)->max);
    return snprintf(buf, size, "<Semaphore(value=%u)>", value_of(s));
}
