/*
 * SharedMemory: this process's use of named memory.
 *
 * All uses of the process stand in a list, so that none outlives it: when the
 * program ends without having closed them, their names go all the same.
 */
#include "shared/shared_memory.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/opts.h"
#include "os/random.h"
#include "os/thread_lock.h"
#include "process/exit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ATTEMPTS = 100 }; /* at a name that nobody has */

/* Guards the list and what changes of those in it. A child finds it whole, for
   it is changed by one store at a time. */
static struct mp__thread_lock lock;
static struct mp_shared_memory *used; /* the newest first */

static void lock_list(void)
{
    (void)mp__thread_lock(&lock, MP__NEVER);
}

static void unlock_list(void)
{
    mp__thread_unlock(&lock);
}

static void add(struct mp_shared_memory *m)
{
    lock_list();
    m->next = used;
    used = m;
    unlock_list();
}

/* Under the lock. */
static void release(struct mp_shared_memory *m)
{
    struct mp_shared_memory **link = &used;

    while (*link != NULL && *link != m)
        link = &(*link)->next;
    if (*link == m)
        *link = m->next;
    mp__named_release(&m->file);
}

/* -- the end of the process ------------------------------------------------ */

/* A thread that still runs may have the lock: it is not waited for for long,
   what is left is swept by others. */
static void abandon_all(void)
{
    if (mp__thread_lock(&lock, mp__now() + MP__SECOND) < 0)
        return;
    while (used != NULL) {
        struct mp_shared_memory *m = used;

        used = m->next;
        atomic_store(&m->closed, true);
        mp__named_abandon(&m->file);
    }
    unlock_list();
}

__attribute__((destructor)) static void abandon_at_exit(void)
{
    abandon_all();
}

/* -- the handle ----------------------------------------------------------- */

static struct mp_shared_memory *memory_of(const struct mp__handle *h)
{
    return (struct mp_shared_memory *)(uintptr_t)h;
}

static void destroy(struct mp__handle *h)
{
    struct mp_shared_memory *m = memory_of(h);

    lock_list();
    release(m);
    unlock_list();
    free(m);
}

static int repr(const struct mp__handle *h, char *buf, size_t size)
{
    const struct mp_shared_memory *m = memory_of(h);
    char name[4 * sizeof m->file.name];

    if ((mp_repr)(mp_any_str(m->file.name), name, sizeof name) < 0)
        name[0] = '\0';
    return snprintf(buf, size, "SharedMemory(%s, size=%zu)", name,
                    m->file.size);
}

static int reduce(struct mp__handle *h, struct mp__parcel *out)
{
    return mp__memory_reduce(memory_of(h), out);
}

static int rebuild(const struct mp__parcel *in, struct mp__handle **out)
{
    struct mp_shared_memory *m = mp__memory_rebuild(in);

    if (m == NULL)
        return mp__fail_code();
    *out = &m->handle;
    return 0;
}

static const struct mp__handle_type memory_type = {
    .tag = MP__TAG_SHARED_MEMORY,
    .name = "SharedMemory",
    .destroy = destroy,
    .repr = repr,
    .reduce = reduce,
    .rebuild = rebuild,
};

__attribute__((constructor)) static void register_type(void)
{
    mp__handle_register(&memory_type);
    mp__exit_last = abandon_all;
}

mp_any mp_any_shared_memory(mp_shared_memory *m)
{
    return mp__any_handle(m == NULL ? NULL : &m->handle, "shared memory");
}

mp_out mp_out_shared_memory(mp_shared_memory **p)
{
    return mp__out_handle(&memory_type, p, false);
}

mp_out mp_out_shared_memory_view(mp_shared_memory **p)
{
    return mp__out_handle(&memory_type, p, true);
}

static struct mp_shared_memory *new_handle(bool maker)
{
    struct mp_shared_memory *m = calloc(1, sizeof *m);

    if (m == NULL) {
        mp__fail(-ENOMEM, "no memory for a SharedMemory");
        return NULL;
    }
    mp__handle_init(&m->handle, &memory_type);
    m->maker = maker;
    m->file.fd = -1;
    return m;
}

static struct mp_shared_memory *finish(struct mp_shared_memory *m, int rc)
{
    if (rc < 0) {
        free(m);
        return NULL;
    }
    add(m);
    return m;
}

/* -- making and attaching ------------------------------------------------- */

static int publish_as_any(struct mp__named *file)
{
    int rc = -EEXIST;

    for (int i = 0; rc == -EEXIST && i < ATTEMPTS; i++) {
        char name[sizeof "psm_00000000"];
        uint32_t number;

        mp__random(&number, sizeof number);
        (void)snprintf(name, sizeof name, "psm_%08" PRIx32, number);
        rc = mp__named_publish(file, name);
    }
    return rc;
}

static int make(const struct mp__memory_plan *plan, struct mp__named *out)
{
    int rc;

    MP_TRY(mp__named_make(plan->name, plan->size, plan->lasting, out));
    if (plan->fill != NULL)
        plan->fill(out->base, plan->arg);
    rc = plan->name != NULL ? mp__named_publish(out, plan->name)
                            : publish_as_any(out);
    if (rc < 0)
        mp__named_release(out);
    return rc;
}

struct mp_shared_memory *mp__memory_make(const struct mp__memory_plan *plan)
{
    struct mp_shared_memory *m = new_handle(true);

    return m == NULL ? NULL : finish(m, make(plan, &m->file));
}

struct mp_shared_memory *mp__memory_attach(const char *name, bool readonly)
{
    struct mp_shared_memory *m = new_handle(false);

    if (m == NULL)
        return NULL;
    return finish(m, mp__named_open(name, readonly, &m->file));
}

/* Python's words, and its order. */
static int check_opts(const mp_shared_memory_opts *o)
{
    if (o->size > PTRDIFF_MAX)
        return mp__fail(MP_VALUE_ERROR, "'size' must be a positive integer");
    if (o->create && o->size == 0)
        return mp__fail(MP_VALUE_ERROR,
                        "'size' must be a positive number different from zero");
    if (!o->create && o->name == NULL)
        return mp__fail(MP_VALUE_ERROR,
                        "'name' can only be NULL if create=true");
    if (o->create && o->readonly)
        return mp__fail(MP_VALUE_ERROR,
                        "what is read only cannot be made, only attached to");
    if (!o->create && o->persist)
        return mp__fail(MP_VALUE_ERROR,
                        "'persist' is decided when the memory is made");
    return 0;
}

mp_shared_memory *(mp_shared_memory_new)(const mp_shared_memory_opts *opts)
{
    mp_shared_memory_opts o;

    if (mp__read_opts(opts, &o, sizeof o, "SharedMemory") < 0 ||
        check_opts(&o) < 0)
        return NULL;
    if (!o.create)
        return mp__memory_attach(o.name, o.readonly);
    return mp__memory_make(&(struct mp__memory_plan){
        .name = o.name, .size = o.size, .lasting = o.persist});
}

void mp_shared_memory_free(mp_shared_memory *m)
{
    if (m != NULL)
        mp__handle_drop(&m->handle);
}

/* -- travelling ----------------------------------------------------------- */

int mp__memory_check_open(const struct mp_shared_memory *m)
{
    if (m == NULL)
        return mp__fail_null("shared memory");
    if (atomic_load_explicit(&m->closed, memory_order_relaxed))
        return mp__fail(MP_VALUE_ERROR, "the shared memory '%s' is closed",
                        m->file.name);
    return 0;
}

int mp__memory_reduce(const struct mp_shared_memory *m, struct mp__parcel *out)
{
    MP_TRY(mp__memory_check_open(m));
    out->size = 0;
    out->nfds = 1;
    out->fds[0] = m->file.fd;
    return 0;
}

struct mp_shared_memory *mp__memory_rebuild(const struct mp__parcel *in)
{
    struct mp_shared_memory *m;

    if (in->size != 0 || in->nfds != 1) {
        mp__fail(MP_VALUE_ERROR, "what was received is no shared memory");
        return NULL;
    }
    m = new_handle(false);
    return m == NULL ? NULL : finish(m, mp__named_adopt(in->fds[0], &m->file));
}

/* -- using ---------------------------------------------------------------- */

void *mp_shared_memory_buf(mp_shared_memory *m)
{
    return mp__memory_check_open(m) < 0 ? NULL : m->file.base;
}

const char *mp_shared_memory_name(mp_shared_memory *m)
{
    if (m != NULL)
        return m->file.name;
    mp__fail_null("shared memory");
    return NULL;
}

size_t mp_shared_memory_size(mp_shared_memory *m)
{
    if (m != NULL)
        return m->file.size;
    mp__fail_null("shared memory");
    return 0;
}

/* As in Python, closing what one has made leaves it for others to find. */
static bool keeps_name(const struct mp_shared_memory *m)
{
    return m->maker && !m->file.lasting && mp__named_has_name(&m->file);
}

int mp_shared_memory_close(mp_shared_memory *m)
{
    if (m == NULL)
        return mp__fail_null("shared memory");
    lock_list();
    if (!atomic_exchange(&m->closed, true)) {
        if (keeps_name(m))
            mp__named_unmap(&m->file);
        else
            release(m);
    }
    unlock_list();
    return 0;
}

int mp_shared_memory_unlink(mp_shared_memory *m)
{
    if (m == NULL)
        return mp__fail_null("shared memory");
    MP_TRY(mp__named_unlink(&m->file));
    lock_list();
    if (atomic_load(&m->closed))
        release(m);
    unlock_list();
    return 0;
}

int mp_shared_memory_gc(void)
{
    return mp__named_collect();
}
