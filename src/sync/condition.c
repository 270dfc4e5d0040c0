/*
 * Condition: the public face of condition_state.c, and wait_for.
 *
 * A condition is two objects: its own cell, and the lock, whose handle it
 * holds. It travels with the lock's parcel inside its own.
 */
#include "sync/condition_state.h"
#include "sync/lock.h"

#include "any/parcel.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/opts.h"
#include "process/call.h"

#include <mproc/condition.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct mp_condition {
    struct mp__object object;
    struct mp__handle *lock; /* held: a Lock or an RLock */
    struct mp__condition state;
};

static void destroy(struct mp__handle *h);
static int repr(const struct mp__handle *h, char *buf, size_t size);
static int reduce(struct mp__handle *h, struct mp__parcel *out);
static int rebuild(const struct mp__parcel *in, struct mp__handle **out);

static const struct mp__handle_type condition_type = {
    .tag = MP__TAG_CONDITION,
    .name = "Condition",
    .destroy = destroy,
    .repr = repr,
    .reduce = reduce,
    .rebuild = rebuild,
};

__attribute__((constructor)) static void register_type(void)
{
    mp__handle_register(&condition_type);
}

mp_any mp_any_condition(mp_condition *c)
{
    return mp__any_handle(c == NULL ? NULL : &c->object.handle, "condition");
}

mp_out mp_out_condition(mp_condition **p)
{
    return mp__out_handle(&condition_type, p, false);
}

mp_out mp_out_condition_view(mp_condition **p)
{
    return mp__out_handle(&condition_type, p, true);
}

/* -- making ---------------------------------------------------------------- */

static void learn(mp_condition *c, struct mp__handle *lock)
{
    struct mp__object *o = (struct mp__object *)lock;
    bool is_plain = lock->type == &mp__lock_type;

    c->lock = lock;
    c->state = (struct mp__condition){
        .shared = c->object.cell.shared,
        .lock = is_plain ? o->cell.shared : NULL,
        .rlock = is_plain ? NULL : o->cell.shared,
    };
}

/* A reference of the condition's own: to what was given, or to a new RLock. */
static struct mp__handle *lock_of(const mp_condition_opts *opts)
{
    mp_rlock *own;

    if (opts->lock != NULL && opts->rlock != NULL) {
        mp__fail(MP_VALUE_ERROR, "a Condition has one lock, not two");
        return NULL;
    }
    if (opts->lock != NULL)
        return mp__handle_hold(&opts->lock->object.handle);
    if (opts->rlock != NULL)
        return mp__handle_hold(&opts->rlock->object.handle);
    own = mp_rlock_new();
    return own == NULL ? NULL : &own->object.handle;
}

mp_condition *(mp_condition_new)(const mp_condition_opts *given)
{
    struct mp__handle *lock;
    mp_condition_opts opts;
    mp_condition *c;

    if (mp__read_opts(given, &opts, sizeof opts, "Condition") < 0)
        return NULL;
    lock = lock_of(&opts);
    if (lock == NULL)
        return NULL;
    c = mp__object_new(&condition_type, sizeof *c, MP__CONDITION_MAGIC,
                       sizeof(struct mp__condition_shared));
    if (c == NULL)
        mp__handle_drop(lock);
    else
        learn(c, lock);
    return c;
}

void mp_condition_free(mp_condition *c)
{
    if (c != NULL)
        mp__handle_drop(&c->object.handle);
}

static void destroy(struct mp__handle *h)
{
    struct mp__handle *lock = ((mp_condition *)h)->lock;

    mp__object_destroy(h);
    mp__handle_drop(lock);
}

/* -- travelling ------------------------------------------------------------ */

/* The condition's address, and then the lock: its type, its address. */
struct packed {
    uint64_t condition;
    uint64_t tag;
    uint64_t lock;
};

static int reduce(struct mp__handle *h, struct mp__parcel *out)
{
    struct mp__handle *lock = ((mp_condition *)h)->lock;
    struct packed packed = {.tag = (uint64_t)lock->type->tag};
    struct mp__parcel of_lock;

    MP_TRY(mp__object_reduce(lock, &of_lock));
    MP_TRY(mp__object_reduce(h, out));
    memcpy(&packed.condition, out->bytes, sizeof packed.condition);
    memcpy(&packed.lock, of_lock.bytes, sizeof packed.lock);
    memcpy(out->bytes, &packed, sizeof packed);
    out->size = sizeof packed;
    out->fds[out->nfds++] = of_lock.fds[0];
    return 0;
}

/* The lock gets a duplicate of its descriptor: the one that came is still the
   caller's, should the condition fail. */
static int rebuild_lock(const struct packed *packed, const int *fd,
                        struct mp__handle **out)
{
    if (packed->tag != MP__TAG_LOCK && packed->tag != MP__TAG_RLOCK)
        return mp__fail(MP_VALUE_ERROR, "what was received has no lock");
    return mp__parcel_open(&(struct mp__arrival){packed->tag, &packed->lock,
                                                 sizeof packed->lock, fd, 1},
                           out);
}

static int rebuild(const struct mp__parcel *in, struct mp__handle **out)
{
    struct mp__parcel own = {.size = sizeof(uint64_t), .nfds = 1};
    struct mp__handle *lock;
    struct packed packed;
    int rc;

    if (in->size != sizeof packed || in->nfds != 2)
        return mp__fail(MP_VALUE_ERROR, "what was received is no Condition");
    memcpy(&packed, in->bytes, sizeof packed);
    memcpy(own.bytes, &packed.condition, sizeof packed.condition);
    own.fds[0] = in->fds[0];
    MP_TRY(rebuild_lock(&packed, &in->fds[1], &lock));
    rc = mp__object_rebuild(&condition_type, sizeof(mp_condition),
                            MP__CONDITION_MAGIC,
                            sizeof(struct mp__condition_shared), &own, out);
    if (rc < 0) {
        mp__handle_drop(lock);
        return rc;
    }
    mp__parcel_close_fds(&in->fds[1], 1);
    learn((mp_condition *)*out, lock);
    return 0;
}

/* -- the lock -------------------------------------------------------------- */

int(mp_condition_acquire)(mp_condition *c, double timeout)
{
    int rc;

    if (c == NULL)
        return mp__fail_null("condition");
    rc = mp__condition_acquire(&c->state, mp__deadline(timeout));
    return mp__acquired(rc, "condition's lock");
}

int mp_condition_release(mp_condition *c)
{
    return c == NULL ? mp__fail_null("condition")
                     : mp__condition_release(&c->state);
}

int mp_condition_locked(mp_condition *c)
{
    return c == NULL ? mp__fail_null("condition")
                     : mp__condition_is_held(&c->state);
}

/* -- waiting and notifying ------------------------------------------------- */

static int need_lock(const mp_condition *c, const char *what)
{
    if (c == NULL)
        return mp__fail_null("condition");
    if (!mp__condition_is_mine(&c->state))
        return mp__fail(MP_ASSERTION_ERROR,
                        "cannot %s on un-acquired condition", what);
    return 0;
}

static int fail_late(void)
{
    return mp__fail(MP_TIMEOUT, "nobody notified the condition in time");
}

int(mp_condition_wait)(mp_condition *c, double timeout)
{
    int rc;

    MP_TRY(need_lock(c, "wait"));
    rc = mp__condition_wait(&c->state, mp__deadline(timeout));
    if (rc == -ETIMEDOUT)
        return fail_late();
    return rc == MP__HOLDER_DIED ? MP_OWNER_DEAD : rc;
}

static int ask(mp_fn predicate, void *self)
{
    mp_call call;
    int rc;

    mp__call_init(&call, MP_NONE, MP_NONE, self);
    rc = mp__call_run(&call, predicate);
    mp__call_end(&call);
    return rc;
}

/* A death is told at the end: the predicate has to be true all the same. */
int(mp_condition_wait_for)(mp_condition *c, mp_fn predicate, void *self,
                           double timeout)
{
    int64_t deadline = mp__deadline(timeout);
    bool is_late = false;
    int answer, told = 0;

    MP_TRY(need_lock(c, "wait"));
    if (predicate == NULL)
        return mp__fail(MP_VALUE_ERROR, "wait_for: the predicate is NULL");
    while ((answer = ask(predicate, self)) == 0 && !is_late) {
        int rc = mp__condition_wait(&c->state, deadline);

        is_late = rc == -ETIMEDOUT;
        if (rc < 0 && !is_late)
            return rc;
        if (rc == MP__HOLDER_DIED)
            told = MP_OWNER_DEAD;
    }
    if (answer == 0)
        return fail_late();
    return answer < 0 ? answer : told;
}

int(mp_condition_notify)(mp_condition *c, int n)
{
    MP_TRY(need_lock(c, "notify"));
    if (n > 0)
        mp__condition_notify(&c->state, (uint64_t)n);
    return 0;
}

int mp_condition_notify_all(mp_condition *c)
{
    MP_TRY(need_lock(c, "notify"));
    mp__condition_notify_all(&c->state);
    return 0;
}

static int repr(const struct mp__handle *h, char *buf, size_t size)
{
    const mp_condition *c = (const mp_condition *)h;
    char lock[MP__OWNER_TEXT + 32];

    (void)c->lock->type->repr(c->lock, lock, sizeof lock);
    return snprintf(buf, size, "<Condition(%s, %llu)>", lock,
                    (unsigned long long)mp__condition_waiting(&c->state));
}
