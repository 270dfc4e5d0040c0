/*
 * Buffers: the public face of regions.
 */
#include "any/handle.h"
#include "any/value.h"
#include "base/error.h"
#include "shared/region.h"

#include <mproc/buffer.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mp_buffer {
    struct mp__handle handle;
    struct mp__region *_Atomic region; /* NULL: it was handed over */
    size_t size;
    atomic_bool used; /* somebody has seen it: else it may lie in a message that
                         did not fit its receiver, and come once more */
};

static void destroy(struct mp__handle *h);
static int repr(const struct mp__handle *h, char *buf, size_t size);
static int reduce(struct mp__handle *h, struct mp__parcel *out);
static int rebuild(const struct mp__parcel *in, struct mp__handle **out);
static void move(struct mp__handle *h, enum mp__move how);

static const struct mp__handle_type buffer_type = {
    .tag = MP__TAG_BUFFER,
    .name = "Buffer",
    .destroy = destroy,
    .repr = repr,
    .reduce = reduce,
    .rebuild = rebuild,
    .move = move,
};

__attribute__((constructor)) static void register_type(void)
{
    mp__handle_register(&buffer_type);
}

mp_any mp_any_buffer(mp_buffer *b)
{
    return mp__any_handle(b == NULL ? NULL : &b->handle, "buffer");
}

mp_out mp_out_buffer(mp_buffer **p)
{
    return mp__out_handle(&buffer_type, p, false);
}

mp_out mp_out_buffer_view(mp_buffer **p)
{
    return mp__out_handle(&buffer_type, p, true);
}

/* -- making and freeing --------------------------------------------------- */

/* Takes the region over. */
static mp_buffer *wrap(struct mp__region *region)
{
    mp_buffer *b;

    if (region == NULL)
        return NULL;
    b = calloc(1, sizeof *b);
    if (b == NULL) {
        mp__fail(-ENOMEM, "no memory for a buffer");
        mp__region_free(region, true);
        return NULL;
    }
    mp__handle_init(&b->handle, &buffer_type);
    b->size = mp__region_size(region);
    b->region = region;
    return b;
}

static mp_buffer *make(int elem, size_t size)
{
    if (size == 0) {
        mp__fail(MP_VALUE_ERROR, "a buffer has at least one byte");
        return NULL;
    }
    return wrap(mp__region_new(size, elem));
}

mp_buffer *mp_buffer_new(size_t size)
{
    return make(MP_ELEM_NONE, size);
}

mp_buffer *(mp_buffer_new_array)(int elem, size_t n)
{
    if (elem <= MP_ELEM_NONE || elem >= MP_ELEM_ANY) {
        mp__fail(MP_VALUE_ERROR, "a buffer of elements of no C type");
        return NULL;
    }
    if (n > SIZE_MAX / mp__elem_size(elem)) {
        mp__fail(-ENOMEM, "cannot have %zu elements in shared memory", n);
        return NULL;
    }
    return make(elem, n * mp__elem_size(elem));
}

mp_buffer *(mp_buffer_from)(mp_any v)
{
    int kind = mp_any_kind(v);
    size_t n = mp_any_len(v);
    mp_buffer *b = NULL;

    if (kind == MP_KIND_BAD)
        (void)mp__bad_code(v);
    else if (kind == MP_KIND_ARRAY)
        b = (mp_buffer_new_array)(mp__elem(v.head), n);
    else if (kind == MP_KIND_BYTES || kind == MP_KIND_STR)
        b = mp_buffer_new(n);
    else
        mp__fail(MP_TYPE_ERROR, "buffer: expected bytes, str or array, got %s",
                 mp__type_name(v));
    if (b != NULL)
        memcpy(mp__region_data(b->region), mp_any_data(v), b->size);
    return b;
}

void mp_buffer_free(mp_buffer *b)
{
    if (b != NULL)
        mp__handle_drop(&b->handle);
}

static void destroy(struct mp__handle *h)
{
    mp_buffer *b = (mp_buffer *)h;

    if (b->region != NULL)
        mp__region_free(b->region, b->used);
    free(b);
}

/* -- looking at it --------------------------------------------------------- */

/* The region, if it is this process's; else NULL with the record set. */
static struct mp__region *own_region(mp_buffer *b)
{
    struct mp__region *region;

    if (b == NULL) {
        (void)mp__fail_null("buffer");
        return NULL;
    }
    region = b->region;
    if (region == NULL)
        mp__fail(MP_VALUE_ERROR, "the buffer has been handed over");
    else if (!mp__region_is_mine(region))
        mp__fail(MP_VALUE_ERROR, "the buffer is another process's: it has to "
                                 "be given as an argument, or sent");
    else {
        b->used = true;
        return region;
    }
    return NULL;
}

void *mp_buffer_data(mp_buffer *b)
{
    struct mp__region *region = own_region(b);

    return region == NULL ? NULL : mp__region_data(region);
}

size_t mp_buffer_size(mp_buffer *b)
{
    return b == NULL ? 0 : b->size;
}

mp_any mp_buffer_view(mp_buffer *b)
{
    struct mp__region *region = own_region(b);
    int elem;

    if (region == NULL)
        return mp__bad(mp__fail_code(), "buffer");
    elem = mp__region_elem(region);
    if (elem == MP_ELEM_NONE)
        return mp_any_bytes(mp__region_data(region), b->size);
    return mp_any_array(elem, mp__region_data(region),
                        b->size / mp__elem_size(elem));
}

static int repr(const struct mp__handle *h, char *buf, size_t size)
{
    const mp_buffer *b = (const mp_buffer *)h;

    return snprintf(buf, size, "<Buffer size=%zu%s>", b->size,
                    b->region == NULL ? " handed over" : "");
}

/* -- handing it over ------------------------------------------------------- */

static int reduce(struct mp__handle *h, struct mp__parcel *out)
{
    struct mp__region *region = own_region((mp_buffer *)h);

    if (region == NULL)
        return mp__fail_code();
    out->size = 0;
    out->nfds = 1;
    out->fds[0] = mp__region_fd(region);
    return 0;
}

/* It is the receiver's once it is here: the sender does not touch it again. */
static int rebuild(const struct mp__parcel *in, struct mp__handle **out)
{
    struct mp__region *region;
    mp_buffer *b;

    if (in->size != 0 || in->nfds != 1)
        return mp__fail(MP_VALUE_ERROR, "what was received is no buffer");
    b = calloc(1, sizeof *b);
    if (b == NULL)
        return mp__fail(-ENOMEM, "no memory for a buffer");
    region = mp__region_adopt(in->fds[0]);
    if (region == NULL) {
        free(b);
        return mp__fail_code();
    }
    mp__region_claim(region);
    mp__handle_init(&b->handle, &buffer_type);
    b->size = mp__region_size(region);
    b->region = region;
    *out = &b->handle;
    return 0;
}

static void move(struct mp__handle *h, enum mp__move how)
{
    mp_buffer *b = (mp_buffer *)h;
    struct mp__region *region = b->region;

    if (region == NULL)
        return;
    switch (how) {
    case MP__MOVE_GONE:
        b->region = NULL;
        mp__region_leave(region);
        break;
    case MP__MOVE_FORKING:
    case MP__MOVE_FORKED:
        mp__region_pass(region, how == MP__MOVE_FORKING);
        break;
    case MP__MOVE_ARRIVED:
        mp__region_pass(region, false);
        mp__region_claim(region);
        break;
    }
}
