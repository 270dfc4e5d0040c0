/*
 * Barrier: the public face of barrier_state.c, and the action.
 *
 * A round is three steps: each party arrives; the last one runs the action,
 * while the others wait for it as they waited for one another; then it lets
 * them all go on. It holds nothing while it runs the action: should it die, the
 * others find a stamp of a dead process and the barrier is broken.
 */
#include "sync/barrier_state.h"
#include "sync/object.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/opts.h"
#include "process/call.h"

#include <mproc/condition.h>

#include <stdio.h>
#include <string.h>

/* What never changes: it is not in the cell, and travels beside it. A function
   lies at the same place in all processes of a family; a cell of another one is
   not adopted (os/cell.h). */
struct settings {
    uint64_t parties;
    double timeout; /* of a wait that names none; 0: none */
    mp_fn action;   /* NULL: none */
};

/* self is this process's own: where the barrier was made, or fork copied it
   to. */
struct mp_barrier {
    struct mp__object object;
    struct mp__barrier state;
    struct settings settings;
    void *self;
};

static int repr(const struct mp__handle *h, char *buf, size_t size);
static int reduce(struct mp__handle *h, struct mp__parcel *out);
static int rebuild(const struct mp__parcel *in, struct mp__handle **out);

static const struct mp__handle_type barrier_type = {
    .tag = MP__TAG_BARRIER,
    .name = "Barrier",
    .destroy = mp__object_destroy,
    .repr = repr,
    .reduce = reduce,
    .rebuild = rebuild,
};

__attribute__((constructor)) static void register_type(void)
{
    mp__handle_register(&barrier_type);
}

mp_any mp_any_barrier(mp_barrier *b)
{
    return mp__any_handle(b == NULL ? NULL : &b->object.handle, "barrier");
}

mp_out mp_out_barrier(mp_barrier **p)
{
    return mp__out_handle(&barrier_type, p, false);
}

mp_out mp_out_barrier_view(mp_barrier **p)
{
    return mp__out_handle(&barrier_type, p, true);
}

/* -- making ---------------------------------------------------------------- */

static void learn(mp_barrier *b, const struct settings *settings)
{
    b->state.shared = b->object.cell.shared;
    b->state.parties = (uint32_t)settings->parties;
    b->settings = *settings;
}

static mp_barrier *new_barrier(const struct settings *settings, void *self)
{
    mp_barrier *b =
        mp__object_new(&barrier_type, sizeof *b, MP__BARRIER_MAGIC,
                       mp__barrier_size((uint32_t)settings->parties));

    if (b == NULL)
        return NULL;
    learn(b, settings);
    b->self = self;
    return b;
}

mp_barrier *(mp_barrier_new)(const mp_barrier_opts *given)
{
    mp_barrier_opts opts;

    if (mp__read_opts(given, &opts, sizeof opts, "Barrier") < 0)
        return NULL;
    if (opts.parties <= 0 || opts.parties > INT32_MAX) {
        mp__fail(MP_VALUE_ERROR, "a Barrier has 1 to %d parties, not %lld",
                 INT32_MAX, (long long)opts.parties);
        return NULL;
    }
    return new_barrier(
        &(struct settings){(uint64_t)opts.parties, opts.timeout, opts.action},
        opts.self);
}

void mp_barrier_free(mp_barrier *b)
{
    if (b != NULL)
        mp__handle_drop(&b->object.handle);
}

/* -- travelling ------------------------------------------------------------ */

static int reduce(struct mp__handle *h, struct mp__parcel *out)
{
    const struct settings *settings = &((mp_barrier *)h)->settings;

    MP_TRY(mp__object_reduce(h, out));
    memcpy(out->bytes + out->size, settings, sizeof *settings);
    out->size += sizeof *settings;
    return 0;
}

/* The cell is looked at whether it has room for so many parties. */
static int rebuild(const struct mp__parcel *in, struct mp__handle **out)
{
    struct mp__parcel object = *in;
    struct settings settings;

    if (in->size < sizeof settings)
        return mp__fail(MP_VALUE_ERROR, "what was received is no Barrier");
    object.size -= sizeof settings;
    memcpy(&settings, in->bytes + object.size, sizeof settings);
    if (settings.parties == 0 || settings.parties > INT32_MAX)
        return mp__fail(MP_VALUE_ERROR, "what was received is no Barrier");
    MP_TRY(mp__object_rebuild(
        &barrier_type, sizeof(mp_barrier), MP__BARRIER_MAGIC,
        mp__barrier_size((uint32_t)settings.parties), &object, out));
    learn((mp_barrier *)*out, &settings);
    return 0;
}

/* -- a round --------------------------------------------------------------- */

static int run_action(const mp_barrier *b)
{
    mp_call call;
    int rc;

    if (b->settings.action == NULL)
        return 0;
    mp__call_init(&call, MP_NONE, MP_NONE, b->self);
    rc = mp__call_run(&call, b->settings.action);
    mp__call_end(&call);
    return rc;
}

/* The last to arrive. What the action raises is its own: the others find the
   barrier broken. */
static int lead(const mp_barrier *b, const struct mp__barrier_place *place)
{
    int rc = run_action(b);

    if (rc >= 0)
        return mp__barrier_release(&b->state, place);
    MP_TRY(mp__barrier_break(&b->state, place));
    return rc;
}

/* As in Python, who names no timeout has the barrier's. */
static int64_t deadline_of(const mp_barrier *b, double timeout)
{
    bool is_named = !(timeout >= MP_FOREVER); /* NaN is one, too */

    return mp__deadline(
        is_named || b->settings.timeout == 0 ? timeout : b->settings.timeout);
}

int(mp_barrier_wait)(mp_barrier *b, double timeout)
{
    struct mp__barrier_place place;
    int64_t deadline;
    int rc;

    if (b == NULL)
        return mp__fail_null("barrier");
    deadline = deadline_of(b, timeout);
    MP_TRY(mp__barrier_arrive(&b->state, deadline, &place));
    if (place.index < b->state.parties - 1)
        rc = mp__barrier_await(&b->state, &place, deadline);
    else
        rc = lead(b, &place);
    return rc < 0 ? rc : (int)place.index;
}

/* -- from outside ---------------------------------------------------------- */

int mp_barrier_reset(mp_barrier *b)
{
    return b == NULL ? mp__fail_null("barrier") : mp__barrier_reset(&b->state);
}

int mp_barrier_abort(mp_barrier *b)
{
    return b == NULL ? mp__fail_null("barrier") : mp__barrier_abort(&b->state);
}

int mp_barrier_parties(mp_barrier *b)
{
    return b == NULL ? mp__fail_null("barrier") : (int)b->state.parties;
}

int mp_barrier_n_waiting(mp_barrier *b)
{
    return b == NULL ? mp__fail_null("barrier")
                     : (int)mp__barrier_waiting(&b->state);
}

int mp_barrier_broken(mp_barrier *b)
{
    return b == NULL ? mp__fail_null("barrier")
                     : mp__barrier_is_broken(&b->state);
}

static int repr(const struct mp__handle *h, char *buf, size_t size)
{
    const struct mp__barrier *b = &((const mp_barrier *)h)->state;

    if (mp__barrier_is_broken(b))
        return snprintf(buf, size, "<Barrier at %p: broken>", (const void *)h);
    return snprintf(buf, size, "<Barrier at %p: waiters=%u/%u>",
                    (const void *)h, mp__barrier_waiting(b), b->parties);
}
