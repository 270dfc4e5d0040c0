/*
 * Values and the items of a ShareableList; see shareable_list.h.
 */
#include "shared/shareable_list.h"

#include "any/layout.h"
#include "any/utf8.h"
#include "any/value.h"
#include "base/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER = 8 }; /* bytes that every item has, as in Python */

static int check_text(mp_any v, size_t *capacity)
{
    size_t length = mp__len(v.head);

    if (length >= MP__ITEM_MAX - NUMBER)
        return mp__fail(MP_VALUE_ERROR,
                        "%zu bytes are too long for a ShareableList", length);
    if (mp__kind(v.head) == MP_KIND_STR && !mp__utf8_valid(v.u.s, length))
        return mp__fail(MP_VALUE_ERROR, "text is not UTF-8");
    *capacity = NUMBER * (length / NUMBER + 1);
    return 0;
}

int mp__list_check_value(mp_any v, size_t *capacity)
{
    switch (mp__kind(v.head)) {
    case MP_KIND_NONE:
    case MP_KIND_BOOL:
    case MP_KIND_INT:
    case MP_KIND_FLOAT:
        *capacity = NUMBER;
        return 0;
    case MP_KIND_UINT:
        return mp__fail(MP_VALUE_ERROR,
                        "a ShareableList holds ints of 64 bits only");
    case MP_KIND_STR:
    case MP_KIND_BYTES:
        return check_text(v, capacity);
    case MP_KIND_BAD:
        return mp__bad_code(v);
    default:
        return mp__fail(MP_TYPE_ERROR, "a ShareableList cannot hold %s",
                        mp__type_name(v));
    }
}

struct mp__item_data mp__list_data_of(mp_any v, unsigned char bytes[8])
{
    struct mp__item_data data = {.kind = mp__kind(v.head), .bytes = bytes};

    switch (data.kind) {
    case MP_KIND_NONE:
        break;
    case MP_KIND_BOOL:
        bytes[0] = v.u.i != 0;
        data.length = 1;
        break;
    case MP_KIND_INT:
    case MP_KIND_FLOAT:
        memcpy(bytes, &v.u, sizeof v.u.i);
        data.length = sizeof v.u.i;
        break;
    default:
        data.bytes = (unsigned char *)(uintptr_t)v.u.p;
        data.length = mp__len(v.head);
    }
    return data;
}

/* -- and back ------------------------------------------------------------- */

static mp_any number_of(const struct mp__item_data *data)
{
    int64_t i;
    double f;

    switch (data->kind) {
    case MP_KIND_BOOL:
        return mp_any_bool(data->bytes[0] != 0);
    case MP_KIND_INT:
        memcpy(&i, data->bytes, sizeof i);
        return mp_any_int(i);
    case MP_KIND_FLOAT:
        memcpy(&f, data->bytes, sizeof f);
        return mp_any_float(f);
    default:
        return mp_any_none();
    }
}

int mp__list_load(const struct mp_shareable_list *l, size_t i,
                  unsigned char *room, mp_any *out)
{
    struct mp__item_data data = {.bytes = room};

    MP_TRY(mp__item_read(mp__list_at(l, i), &data));
    room[data.length] = '\0';
    if (data.kind != MP_KIND_STR && data.kind != MP_KIND_BYTES) {
        *out = number_of(&data);
        return 0;
    }
    if (data.kind == MP_KIND_STR &&
        !mp__utf8_valid((const char *)room, data.length))
        return mp__fail(MP_VALUE_ERROR,
                        "an item of the ShareableList is not UTF-8");
    *out = (mp_any){.head = mp__head(data.kind, 0, data.length), .u.p = room};
    return 0;
}

/* The values, and behind them the room for their texts. */
int mp__list_load_all(const struct mp_shareable_list *l, mp_any **out)
{
    size_t n = l->table->n;
    mp_any *values = malloc((n + 1) * sizeof *values + l->table->size);
    unsigned char *room = (unsigned char *)(values + n + 1);
    int rc = 0;

    if (values == NULL)
        return mp__fail(-ENOMEM, "no memory for the items of a ShareableList");
    for (size_t i = 0; rc == 0 && i < n; i++) {
        rc = mp__list_load(l, i, room, &values[i]);
        room += l->table->slot[i].capacity + 1;
    }
    if (rc < 0)
        free(values);
    else
        *out = values;
    return rc;
}
