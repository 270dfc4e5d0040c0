/*
 * Event: the public face of event_state.c.
 */
#include "sync/event_state.h"
#include "sync/object.h"

#include "base/clock.h"
#include "base/error.h"

#include <mproc/condition.h>

#include <errno.h>
#include <stdio.h>

struct mp_event {
    struct mp__object object;
};

static int repr(const struct mp__handle *h, char *buf, size_t size);
static int rebuild(const struct mp__parcel *in, struct mp__handle **out);

static const struct mp__handle_type event_type = {
    .tag = MP__TAG_EVENT,
    .name = "Event",
    .destroy = mp__object_destroy,
    .repr = repr,
    .reduce = mp__object_reduce,
    .rebuild = rebuild,
};

__attribute__((constructor)) static void register_type(void)
{
    mp__handle_register(&event_type);
}

static int rebuild(const struct mp__parcel *in, struct mp__handle **out)
{
    return mp__object_rebuild(&event_type, sizeof(struct mp_event),
                              MP__EVENT_MAGIC, sizeof(struct mp__event_shared),
                              in, out);
}

mp_any mp_any_event(mp_event *e)
{
    return mp__any_handle(e == NULL ? NULL : &e->object.handle, "event");
}

mp_out mp_out_event(mp_event **p)
{
    return mp__out_handle(&event_type, p, false);
}

mp_out mp_out_event_view(mp_event **p)
{
    return mp__out_handle(&event_type, p, true);
}

static struct mp__event_shared *shared_of(const mp_event *e)
{
    return e->object.cell.shared;
}

mp_event *mp_event_new(void)
{
    return mp__object_new(&event_type, sizeof(struct mp_event), MP__EVENT_MAGIC,
                          sizeof(struct mp__event_shared));
}

void mp_event_free(mp_event *e)
{
    if (e != NULL)
        mp__handle_drop(&e->object.handle);
}

int mp_event_set(mp_event *e)
{
    if (e == NULL)
        return mp__fail_null("event");
    mp__event_set(shared_of(e));
    return 0;
}

int mp_event_clear(mp_event *e)
{
    if (e == NULL)
        return mp__fail_null("event");
    mp__event_clear(shared_of(e));
    return 0;
}

int mp_event_is_set(mp_event *e)
{
    return e == NULL ? mp__fail_null("event") : mp__event_is_set(shared_of(e));
}

int(mp_event_wait)(mp_event *e, double timeout)
{
    if (e == NULL)
        return mp__fail_null("event");
    if (mp__event_wait(shared_of(e), mp__deadline(timeout)) < 0)
        return mp__fail(MP_TIMEOUT, "the event was not set in time");
    return 0;
}

static int repr(const struct mp__handle *h, char *buf, size_t size)
{
    const struct mp_event *e = (const struct mp_event *)h;

    return snprintf(buf, size, "<Event at %p %s>", (const void *)h,
                    mp__event_is_set(shared_of(e)) ? "set" : "unset");
}
