/*
 * Objects of the sync room; see object.h.
 */
#include "sync/object.h"

#include "base/clock.h"
#include "base/error.h"
#include "os/owner_lock.h"
#include "os/thread.h"
#include "process/thread_registry.h"

#include <mproc/process.h>
#include <mproc/sync.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct mp__object *new_object(const struct mp__handle_type *type,
                                     size_t size)
{
    struct mp__object *o = calloc(1, size);

    if (o == NULL) {
        mp__fail(-ENOMEM, "no memory for a %s", type->name);
        return NULL;
    }
    mp__handle_init(&o->handle, type);
    return o;
}

void *mp__object_new(const struct mp__handle_type *type, size_t size,
                     uint32_t magic, size_t shared)
{
    struct mp__object *o = new_object(type, size);

    if (o == NULL || mp__cell_new(magic, shared, &o->cell) < 0) {
        free(o);
        return NULL;
    }
    return o;
}

void mp__object_destroy(struct mp__handle *h)
{
    struct mp__object *o = (struct mp__object *)h;

    mp__cell_free(&o->cell);
    free(o);
}

int mp__object_reduce(struct mp__handle *h, struct mp__parcel *out)
{
    const struct mp__object *o = (const struct mp__object *)h;
    struct mp__cell_address at = mp__cell_address(&o->cell);

    out->size = sizeof at.offset;
    memcpy(out->bytes, &at.offset, sizeof at.offset);
    out->nfds = 1;
    out->fds[0] = at.fd;
    return 0;
}

int mp__object_rebuild_whole(const struct mp__object_wanted *w,
                             const struct mp__parcel *in,
                             struct mp__handle **out)
{
    struct mp__cell_address at = {.fd = in->fds[0]};
    struct mp__object *o;
    int rc;

    if (in->size != sizeof at.offset || in->nfds != 1)
        return mp__fail(MP_VALUE_ERROR, "what was received is no %s",
                        w->type->name);
    memcpy(&at.offset, in->bytes, sizeof at.offset);
    o = new_object(w->type, w->size);
    if (o == NULL)
        return -ENOMEM;
    rc = mp__cell_adopt_whole(at, w->magic, w->shared, w->is_whole, &o->cell);
    if (rc < 0) {
        free(o);
        return rc;
    }
    *out = &o->handle;
    return 0;
}

static bool always(const void *shared)
{
    (void)shared;
    return true;
}

int mp__object_rebuild(const struct mp__handle_type *type, size_t size,
                       uint32_t magic, size_t shared,
                       const struct mp__parcel *in, struct mp__handle **out)
{
    const struct mp__object_wanted w = {type, size, magic, shared, always};

    return mp__object_rebuild_whole(&w, in, out);
}

bool mp__object_is_due(struct mp__object *o)
{
    int64_t last = atomic_load_explicit(&o->looked_up, memory_order_relaxed);
    int64_t now = mp__now();

    return now - last >= MP__SECOND / 10 &&
           atomic_compare_exchange_strong_explicit(&o->looked_up, &last, now,
                                                   memory_order_relaxed,
                                                   memory_order_relaxed);
}

int mp__acquired(int rc, const char *what)
{
    if (rc == -ETIMEDOUT)
        return mp__fail(MP_TIMEOUT, "the %s was not to be had in time", what);
    return rc == MP__HOLDER_DIED ? MP_OWNER_DEAD : rc;
}

/* A thread that is not ours has a name if somebody gave it one. */
static void name_thread(char *name, size_t size)
{
    struct mp_thread *t = mp__thread_current();

    if (t != NULL)
        (void)snprintf(name, size, "%s", mp_thread_name(t));
    else if (pthread_getname_np(pthread_self(), name, size) != 0)
        name[0] = '\0';
}

/* The main thread is not named, as in Python: whoever is called as it is. */
static void text_of_self(char text[MP__OWNER_TEXT])
{
    const char *process = mp_process_name(mp_current_process());
    char thread[64];

    name_thread(thread, sizeof thread);
    if (thread[0] == '\0' || strcmp(thread, "MainThread") == 0)
        (void)snprintf(text, MP__OWNER_TEXT, "%s", process);
    else
        (void)snprintf(text, MP__OWNER_TEXT, "%s|%s", process, thread);
}

void mp__owner_text(mp__owner who, uint32_t thread, char text[MP__OWNER_TEXT])
{
    if (who == 0)
        (void)snprintf(text, MP__OWNER_TEXT, "None");
    else if (who != mp__identity->self)
        (void)snprintf(text, MP__OWNER_TEXT, "SomeOtherProcess");
    else if (thread != (uint32_t)mp__thread_id())
        (void)snprintf(text, MP__OWNER_TEXT, "SomeOtherThread");
    else
        text_of_self(text);
}
