/*
 * ShareableList as the files of this room see it.
 */
#ifndef MP_SHARED_SHAREABLE_LIST_H
#define MP_SHARED_SHAREABLE_LIST_H

#include "shared/list_layout.h"
#include "shared/shared_memory.h"

struct mp_shareable_list {
    struct mp__handle handle;
    struct mp_shared_memory *shm; /* one reference is ours */
    struct mp__list_table *table;
};

/* -- shareable_list.c ------------------------------------------------------ */

/* 0, or the failure of a call that is handed NULL or a closed list. */
int mp__list_check(const struct mp_shareable_list *l);

static inline struct mp__item mp__list_at(const struct mp_shareable_list *l,
                                          size_t i)
{
    return mp__list_item(l->table, l->shm->file.base, i);
}

/* -- list_value.c: values to items and back -------------------------------- */

/* Whether a list can hold it, and how much room it takes then. */
int mp__list_check_value(mp_any v, size_t *capacity);

/* Of a value that has been checked, borrowed from `bytes` or the value. */
struct mp__item_data mp__list_data_of(mp_any v, unsigned char bytes[8]);

/* Item i, which lies in `room` of the item's capacity + 1 bytes. Fails with
   MP_VALUE_ERROR if it is damaged. */
int mp__list_load(const struct mp_shareable_list *l, size_t i,
                  unsigned char *room, mp_any *out);

/* All of them as one value, the caller's to free(). */
int mp__list_load_all(const struct mp_shareable_list *l, mp_any **out);

#endif
