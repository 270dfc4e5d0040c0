/*
 * repr of a Value and an Array, as Python's: <Synchronized wrapper for
 * c_int(5)>. What is raw has no wrapper.
 */
#include "shared/variable.h"

#include "any/value.h"
#include "shared/element.h"

#include <stdio.h>

#define TEXT 128

static void write_value(const struct mp__variable *v, char text[TEXT])
{
    char number[64];
    mp_struct room;

    (void)(mp_repr)(mp__variable_item(v, 0, &room), number, sizeof number);
    if (v->shape.elem == MP_ELEM_NONE)
        (void)snprintf(text, TEXT, "%s", number);
    else
        (void)snprintf(text, TEXT, "%s(%s)", mp__element_ctype(v->shape.elem),
                       number);
}

static void write_array(const struct mp__variable *v, char text[TEXT])
{
    (void)snprintf(text, TEXT, "<%s_Array_%zu at %p>",
                   mp__element_ctype(v->shape.elem), v->shape.n, v->data);
}

int mp__variable_repr(const struct mp__handle *h, char *buf, size_t size)
{
    const struct mp__variable *v = (const struct mp__variable *)h;
    const char *wrapper = "Synchronized";
    char text[TEXT];

    if ((v->shape.flags & MP__IS_ARRAY) != 0) {
        write_array(v, text);
        wrapper = v->shape.elem == MP_ELEM_CHAR ? "SynchronizedString"
                                                : "SynchronizedArray";
    } else {
        write_value(v, text);
    }
    if (v->lock == NULL)
        return snprintf(buf, size, "%s", text);
    return snprintf(buf, size, "<%s wrapper for %s>", wrapper, text);
}
