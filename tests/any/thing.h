/*
 * For tests: a type of handle that travels, in the place of a real one. A
 * thing holds one descriptor, or none (-1), and counts how many of it live.
 */
#ifndef TESTS_ANY_THING_H
#define TESTS_ANY_THING_H

#include "any/handle.h"
#include "base/error.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

struct thing {
    struct mp__handle handle;
    int fd;
    bool closed;
};

static int things_alive;

static void thing_destroy(struct mp__handle *h)
{
    struct thing *t = (struct thing *)h;

    if (t->fd >= 0)
        close(t->fd);
    things_alive--;
    free(t);
}

static int thing_reduce(struct mp__handle *h, struct mp__parcel *out)
{
    struct thing *t = (struct thing *)h;

    if (t->closed)
        return mp__fail(MP_VALUE_ERROR, "thing is closed");
    out->size = 5;
    for (size_t i = 0; i < out->size; i++)
        out->bytes[i] = (unsigned char)"thing"[i];
    out->nfds = t->fd >= 0;
    out->fds[0] = t->fd;
    return 0;
}

static int thing_rebuild(const struct mp__parcel *in, struct mp__handle **out);

static const struct mp__handle_type thing_type = {
    .tag = MP__TAG_QUEUE,
    .name = "Thing",
    .destroy = thing_destroy,
    .reduce = thing_reduce,
    .rebuild = thing_rebuild,
};

static inline struct thing *thing_new(int fd)
{
    struct thing *t = malloc(sizeof *t);

    if (t == NULL)
        return NULL;
    *t = (struct thing){.fd = fd};
    mp__handle_init(&t->handle, &thing_type);
    things_alive++;
    return t;
}

static int thing_rebuild(const struct mp__parcel *in, struct mp__handle **out)
{
    if (in->size != 5)
        return mp__fail(MP_VALUE_ERROR, "no thing");

    struct thing *t = thing_new(in->nfds > 0 ? in->fds[0] : -1);
    if (t == NULL)
        return mp__fail_os(-ENOMEM, "cannot make a thing");
    *out = &t->handle;
    return 0;
}

static inline mp_any any_thing(struct thing *t)
{
    return mp__any_handle(t != NULL ? &t->handle : NULL, "thing");
}

static inline void thing_drop(struct thing *t)
{
    mp__handle_drop(t != NULL ? &t->handle : NULL);
}

#endif
