/*
 * Laying out a ShareableList, and checking what lies there; see list_layout.h.
 */
#include "shared/list_layout.h"

#include "base/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC UINT64_C(0x317473696c727068) /* "hprlist1" */

struct list_shared {
    uint64_t magic;
    uint64_t n;
    struct mp__list_slot slot[];
};

_Static_assert(sizeof(struct list_shared) == 16, "no padding");

struct mp__list_table *mp__list_table_new(size_t n)
{
    const size_t most = SIZE_MAX / 2 / sizeof(struct mp__list_slot);
    struct mp__list_table *t = NULL;

    if (n < most)
        t = calloc(1, sizeof *t + n * sizeof t->slot[0]);
    if (t == NULL)
        mp__fail(-ENOMEM, "no memory for a ShareableList of %zu items", n);
    else
        t->n = n;
    return t;
}

static size_t table_end(size_t n)
{
    return sizeof(struct list_shared) + n * sizeof(struct mp__list_slot);
}

int mp__list_table_lay(struct mp__list_table *t)
{
    size_t at = table_end(t->n);

    for (size_t i = 0; i < t->n; i++) {
        size_t size = mp__item_size(t->slot[i].capacity);

        if (size > PTRDIFF_MAX - at)
            return mp__fail(-ENOMEM, "a ShareableList of %zu items is too long",
                            t->n);
        t->slot[i].offset = at;
        at += size;
    }
    t->size = at;
    return 0;
}

void mp__list_write(void *base, const struct mp__list_table *t)
{
    struct list_shared *shared = base;

    shared->magic = MAGIC;
    shared->n = t->n;
    memcpy(shared->slot, t->slot, t->n * sizeof t->slot[0]);
}

static bool is_slot(const struct mp__list_slot *s, size_t begin, size_t end)
{
    return s->offset % sizeof(mp__item_word) == 0 && s->offset >= begin &&
           s->offset <= end && s->capacity > 0 && s->capacity % 8 == 0 &&
           s->capacity <= MP__ITEM_MAX &&
           mp__item_size(s->capacity) <= end - s->offset;
}

/* In order, and none within another: so all of them together hold no more than
   the memory does. */
static bool is_table(const struct mp__list_table *t)
{
    size_t at = table_end(t->n);

    for (size_t i = 0; i < t->n; i++) {
        const struct mp__list_slot *s = &t->slot[i];

        if (!is_slot(s, at, t->size))
            return false;
        at = s->offset + mp__item_size(s->capacity);
    }
    return true;
}

static struct mp__list_table *fail_no_list(void)
{
    mp__fail(MP_VALUE_ERROR, "the shared memory holds no ShareableList");
    return NULL;
}

/* Copied before it is checked: it may change under a hostile hand. */
struct mp__list_table *mp__list_read(const void *base, size_t size)
{
    struct list_shared head;
    struct mp__list_table *t;

    if (size < sizeof head)
        return fail_no_list();
    memcpy(&head, base, sizeof head);
    if (head.magic != MAGIC ||
        head.n > (size - sizeof head) / sizeof(struct mp__list_slot))
        return fail_no_list();
    t = mp__list_table_new(head.n);
    if (t == NULL)
        return NULL;
    t->size = size;
    memcpy(t->slot, (const char *)base + sizeof head,
           head.n * sizeof t->slot[0]);
    if (is_table(t))
        return t;
    free(t);
    return fail_no_list();
}
