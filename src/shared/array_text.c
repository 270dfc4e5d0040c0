/*
 * Arrays of char as texts: the value, up to the first NUL, and the raw bytes.
 */
#include "shared/variable.h"

#include "any/value.h"
#include "base/error.h"
#include "shared/element.h"

#include <mproc/array.h>

#include <string.h>

/* The array if it is of char; NULL with the record set. */
static struct mp__variable *text_of(const void *array)
{
    struct mp__variable *v = mp__variable_of(array);

    if (v == NULL || v->shape.elem == MP_ELEM_CHAR)
        return v;
    mp__fail(MP_TYPE_ERROR, "an %s of %s is no text", v->handle.type->name,
             mp__element_ctype(v->shape.elem));
    return NULL;
}

static mp_any value_of(const struct mp__variable *v)
{
    return mp_any_bytes(v->data, strnlen(v->data, v->shape.n));
}

mp_any mp_array_value(const void *array)
{
    const struct mp__variable *v = text_of(array);

    return v != NULL ? value_of(v) : mp__any_handle(NULL, "array");
}

mp_any mp_array_raw(const void *array)
{
    const struct mp__variable *v = text_of(array);

    return v != NULL ? mp__variable_piece(v, 0, v->shape.n)
                     : mp__any_handle(NULL, "array");
}

static int get_text(const void *array, bool all, mp_out out)
{
    const struct mp__variable *v = text_of(array);
    int acquired;

    if (v == NULL)
        return mp__fail_code();
    acquired = mp__variable_acquire(v, MP_FOREVER);
    if (acquired < 0)
        return acquired;
    return mp__variable_done(
        v, acquired,
        mp__store(all ? mp__variable_piece(v, 0, v->shape.n) : value_of(v),
                  out));
}

int(mp_array_get_value)(const void *array, mp_out out)
{
    return get_text(array, false, out);
}

int(mp_array_get_raw)(const void *array, mp_out out)
{
    return get_text(array, true, out);
}

/* A value ends in a NUL if there is room for it: the text and the NUL are set
   under one hold of the lock. */
static int set_text(void *array, mp_any text, bool ended)
{
    struct mp__variable *v = text_of(array);
    int acquired, kind = mp__kind(text.head);
    size_t n = mp__len(text.head);

    if (v == NULL)
        return mp__fail_code();
    if (kind == MP_KIND_BAD)
        return mp__bad_code(text);
    if (kind != MP_KIND_STR && kind != MP_KIND_BYTES)
        return mp__fail(MP_TYPE_ERROR, "bytes expected instead of %s instance",
                        mp__type_name(text));
    if (n > v->shape.n)
        return mp__fail(MP_VALUE_ERROR, "byte string too long");
    acquired = mp__variable_acquire(v, MP_FOREVER);
    if (acquired < 0)
        return acquired;
    mp__elements_store(text, MP_ELEM_CHAR, 1, v->data);
    if (ended && n < v->shape.n)
        ((char *)v->data)[n] = '\0';
    return mp__variable_done(v, acquired, 0);
}

int(mp_array_set_value)(void *array, mp_any text)
{
    return set_text(array, text, true);
}

int(mp_array_set_raw)(void *array, mp_any text)
{
    return set_text(array, text, false);
}
