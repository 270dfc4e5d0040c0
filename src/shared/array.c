/*
 * Array: making one, of a length or of data.
 */
#include "shared/variable.h"

#include "any/value.h"
#include "base/error.h"
#include "shared/element.h"

#include <mproc/array.h>

/* -- making ---------------------------------------------------------------- */

static bool is_length(mp_any data)
{
    int kind = mp__kind(data.head);

    return kind >= MP_KIND_BOOL && kind <= MP_KIND_UINT;
}

static int read_length(mp_any data, size_t *out)
{
    if (mp__kind(data.head) == MP_KIND_INT && data.u.i < 0)
        return mp__fail(MP_VALUE_ERROR, "an array of %lld elements",
                        (long long)data.u.i);
    *out = (size_t)data.u.u;
    return 0;
}

static int count(mp_any data, struct mp__shape *shape)
{
    size_t total;

    if (is_length(data))
        return read_length(data, &shape->n);
    MP_TRY(mp__shape_total(shape, &total));
    return mp__elements_count(data, shape->elem, shape->size, &shape->n);
}

static void *new_array(mp_any lock, int elem, size_t size, mp_any data)
{
    struct mp__shape shape = {
        .flags = MP__IS_ARRAY,
        .elem = elem,
        .size = size,
    };
    struct mp__variable *v;

    if (count(data, &shape) < 0)
        return NULL;
    v = mp__variable_new(shape, lock);
    if (v == NULL)
        return NULL;
    if (!is_length(data))
        mp__elements_store(data, elem, size, v->data);
    return v->data;
}

void *(mp_array_new)(int elem, size_t size, mp_any data)
{
    return new_array(MP_NONE, elem, size, data);
}

void *(mp_array_new_with)(mp_any lock, int elem, size_t size, mp_any data)
{
    return new_array(lock, elem, size, data);
}

void *(mp_raw_array_new)(int elem, size_t size, mp_any data)
{
    return new_array(MP_FALSE, elem, size, data);
}

/* -- looking, without the lock ---------------------------------------------- */

size_t mp_array_len(const void *array)
{
    const struct mp__variable *v = mp__variable_of(array);

    return v != NULL ? v->shape.n : 0;
}

mp_any mp_array_view(const void *array)
{
    const struct mp__variable *v = mp__variable_of(array);

    return v != NULL ? mp__variable_piece(v, 0, v->shape.n)
                     : mp__any_handle(NULL, "array");
}
