/*
 * Items and slices of arrays, by Python's indices.
 *
 * What is to be stored is checked before the lock is taken: an array is set as
 * a whole, or not at all.
 */
#include "shared/variable.h"

#include "any/value.h"
#include "base/error.h"
#include "shared/element.h"

#include <mproc/array.h>

/* -- slices ---------------------------------------------------------------- */

static size_t clamp(ptrdiff_t at, size_t n)
{
    if (at < 0)
        at = at + (ptrdiff_t)n < 0 ? 0 : at + (ptrdiff_t)n;
    return (size_t)at < n ? (size_t)at : n;
}

/* From start on; *stop becomes how many there are. */
static size_t slice(const struct mp__variable *v, ptrdiff_t start,
                    ptrdiff_t stop, size_t *length)
{
    size_t from = clamp(start, v->shape.n);
    size_t to = clamp(stop, v->shape.n);

    *length = to > from ? to - from : 0;
    return from;
}

int(mp_array_get)(const void *array, ptrdiff_t start, ptrdiff_t stop,
                  mp_out out)
{
    const struct mp__variable *v = mp__variable_of(array);
    size_t n, from;
    int acquired;

    if (v == NULL)
        return mp__fail_code();
    from = slice(v, start, stop, &n);
    acquired = mp__variable_acquire(v, MP_FOREVER);
    if (acquired < 0)
        return acquired;
    return mp__variable_done(v, acquired,
                             mp__store(mp__variable_piece(v, from, n), out));
}

static int store(struct mp__variable *v, size_t from, mp_any data)
{
    char *at = (char *)v->data + from * v->shape.size;
    int acquired = mp__variable_acquire(v, MP_FOREVER);

    if (acquired < 0)
        return acquired;
    mp__elements_store(data, v->shape.elem, v->shape.size, at);
    return mp__variable_done(v, acquired, 0);
}

int(mp_array_set)(void *array, ptrdiff_t start, ptrdiff_t stop, mp_any data)
{
    struct mp__variable *v = mp__variable_of(array);
    size_t n, from, given;

    if (v == NULL)
        return mp__fail_code();
    from = slice(v, start, stop, &n);
    MP_TRY(mp__elements_count(data, v->shape.elem, v->shape.size, &given));
    if (given != n)
        return mp__fail(MP_VALUE_ERROR,
                        "cannot assign %zu elements to a slice of %zu", given,
                        n);
    return store(v, from, data);
}

/* -- items ----------------------------------------------------------------- */

static int find_item(const struct mp__variable *v, ptrdiff_t i, size_t *out)
{
    size_t at = i < 0 ? v->shape.n + (size_t)i : (size_t)i;

    if (at >= v->shape.n)
        return mp__fail(MP_INDEX_ERROR, "array index out of range");
    *out = at;
    return 0;
}

int(mp_array_get_item)(const void *array, ptrdiff_t i, mp_out out)
{
    const struct mp__variable *v = mp__variable_of(array);
    mp_struct room;
    int acquired;
    size_t at = 0;

    if (v == NULL)
        return mp__fail_code();
    MP_TRY(find_item(v, i, &at));
    acquired = mp__variable_acquire(v, MP_FOREVER);
    if (acquired < 0)
        return acquired;
    return mp__variable_done(v, acquired,
                             mp__store(mp__variable_item(v, at, &room), out));
}

int(mp_array_set_item)(void *array, ptrdiff_t i, mp_any item)
{
    struct mp__variable *v = mp__variable_of(array);
    int acquired;
    size_t at = 0;

    if (v == NULL)
        return mp__fail_code();
    MP_TRY(find_item(v, i, &at));
    MP_TRY(mp__element_check(item, v->shape.elem, v->shape.size));
    acquired = mp__variable_acquire(v, MP_FOREVER);
    if (acquired < 0)
        return acquired;
    mp__element_store(item, v->shape.elem, v->shape.size,
                      (char *)v->data + at * v->shape.size);
    return mp__variable_done(v, acquired, 0);
}
