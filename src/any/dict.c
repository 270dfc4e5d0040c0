/*
 * Dicts: the pairs they were built of. Of pairs with equal keys the last one
 * counts, as in Python; so lookup goes from the end.
 */
#include "any/dict.h"
#include "any/record.h"
#include "any/value.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

#define SMALL 16 /* pairs that are faster looked through than indexed */

static const char *unhashable(mp_any key, int depth)
{
    switch (mp__kind(key.head)) {
    case MP_KIND_LIST:
    case MP_KIND_DICT:
    case MP_KIND_ARRAY:
        return mp__type_name(key);
    case MP_KIND_TUPLE:
        break;
    default:
        return NULL;
    }
    if (depth == MP__DEPTH_MAX)
        return NULL; /* nested too deep, which the caller will find */
    for (size_t i = 0; i < mp__len(key.head); i++) {
        const char *name = unhashable(key.u.items[i], depth + 1);
        if (name != NULL)
            return name;
    }
    return NULL;
}

int mp__check_key(mp_any key)
{
    const char *name = unhashable(key, 0);

    if (name != NULL)
        return mp__fail(MP_TYPE_ERROR, "unhashable type: '%s'", name);
    return 0;
}

/* -- lookup ---------------------------------------------------------------- */

static mp_any key_of(mp_any dict, size_t i)
{
    return dict.u.items[2 * i];
}

static size_t find_last(mp_any dict, mp_any key)
{
    size_t n = mp__len(dict.head);

    for (size_t i = n; i > 0; i--) {
        if ((mp_any_equal)(key_of(dict, i - 1), key))
            return i - 1;
    }
    return n;
}

static size_t find_first(mp_any dict, mp_any key)
{
    size_t i = 0;

    while (i < mp__len(dict.head) && !(mp_any_equal)(key_of(dict, i), key))
        i++;
    return i;
}

int(mp_any_get)(mp_any v, mp_any key, mp_out out)
{
    char text[128];

    if (mp__kind(v.head) == MP_KIND_BAD)
        return mp__bad_code(v);
    if (mp__kind(key.head) == MP_KIND_BAD)
        return mp__bad_code(key);
    if (mp__kind(v.head) != MP_KIND_DICT)
        return mp__fail(MP_TYPE_ERROR, "expected dict, got %s",
                        mp__type_name(v));
    MP_TRY(mp__check_key(key));

    size_t i = find_last(v, key);
    if (i == mp__len(v.head)) {
        (mp_repr)(key, text, sizeof text);
        return mp__fail(MP_KEY_ERROR, "%s", text);
    }
    return mp__store(v.u.items[2 * i + 1], out);
}

/* -- the index ------------------------------------------------------------- */

static uint64_t mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ h >> 32;
}

static uint64_t hash_bytes(const unsigned char *p, size_t n)
{
    uint64_t h = n;

    for (size_t i = 0; i < n; i++)
        h = mix(h, p[i]);
    return h;
}

static uint64_t hash_double(double f)
{
    uint64_t bits;

    f = f == 0 ? 0 : f; /* -0.0 is 0 */
    memcpy(&bits, &f, sizeof bits);
    return mix(0, bits);
}

/* Keys that are equal hash alike: 1, 1.0 and True. */
static uint64_t hash(mp_any key, int depth)
{
    uint64_t h = mix(1, (uint64_t)mp__kind(key.head));

    switch (mp__kind(key.head)) {
    case MP_KIND_BOOL:
    case MP_KIND_INT:
        return hash_double((double)key.u.i);
    case MP_KIND_UINT:
        return hash_double((double)key.u.u);
    case MP_KIND_FLOAT:
        return hash_double(key.u.f);
    case MP_KIND_STR:
    case MP_KIND_BYTES:
        return mix(h, hash_bytes(key.u.p, mp__len(key.head)));
    case MP_KIND_TUPLE:
        for (size_t i = 0; i < mp__len(key.head) && depth < MP__DEPTH_MAX; i++)
            h = mix(h, hash(key.u.items[i], depth + 1));
        return h;
    case MP_KIND_FN:
    case MP_KIND_HANDLE:
        return mix(h, key.u.u);
    default:
        return h;
    }
}

/* The slot of a key: empty, or the number of the first pair with it, plus 1. */
static size_t slot_of(const struct mp__dict_index *x, mp_any key)
{
    size_t slot = (size_t)hash(key, 0) & x->mask;

    while (x->slots[slot] != 0 &&
           !(mp_any_equal)(key_of(x->dict, x->slots[slot] - 1), key))
        slot = (slot + 1) & x->mask;
    return slot;
}

static void enter(struct mp__dict_index *x, size_t i)
{
    size_t slot = slot_of(x, key_of(x->dict, i));

    x->last[i] = i;
    if (x->slots[slot] == 0) {
        x->slots[slot] = i + 1;
    } else {
        x->last[x->slots[slot] - 1] = i;
        x->last[i] = MP__REPEATED;
    }
}

void mp__dict_index_make(struct mp__dict_index *x, mp_any dict)
{
    size_t n = mp__len(dict.head);
    size_t slots = 2 * SMALL;

    *x = (struct mp__dict_index){.dict = dict};
    if (n <= SMALL)
        return;
    while (slots < 2 * n)
        slots *= 2;
    x->slots = calloc(slots + n, sizeof *x->slots);
    if (x->slots == NULL)
        return;
    x->last = x->slots + slots;
    x->mask = slots - 1;
    for (size_t i = 0; i < n; i++)
        enter(x, i);
}

void mp__dict_index_free(struct mp__dict_index *x)
{
    free(x->slots);
}

size_t mp__dict_index_last(const struct mp__dict_index *x, size_t i)
{
    if (x->slots != NULL)
        return x->last[i];
    if (find_first(x->dict, key_of(x->dict, i)) < i)
        return MP__REPEATED;

    size_t last = find_last(x->dict, key_of(x->dict, i));
    return last < mp__len(x->dict.head) ? last : i; /* a NaN equals nothing */
}

size_t mp__dict_index_find(const struct mp__dict_index *x, mp_any key)
{
    if (x->slots == NULL)
        return find_last(x->dict, key);

    size_t slot = slot_of(x, key);
    return x->slots[slot] != 0 ? x->last[x->slots[slot] - 1]
                               : mp__len(x->dict.head);
}
