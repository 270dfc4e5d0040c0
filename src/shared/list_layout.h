/*
 * How a ShareableList lies in shared memory: a head, a table that says where
 * each item is, and the items.
 *
 * Head and table never change once the memory has its name. Each process takes
 * them over into its own memory, checks them there, and believes nothing that
 * it reads later: so whatever another process may write, no access goes beyond
 * the mapping.
 */
#ifndef MP_SHARED_LIST_LAYOUT_H
#define MP_SHARED_LIST_LAYOUT_H

#include "shared/item.h"

/* Where an item is, and how much it holds. */
struct mp__list_slot {
    uint64_t offset;
    uint64_t capacity;
};

/* The table, in this process's memory. */
struct mp__list_table {
    size_t n;
    size_t size; /* of all the shared memory that the list takes */
    struct mp__list_slot slot[];
};

/* A table for n items, all but the capacities; NULL with the record set. */
struct mp__list_table *mp__list_table_new(size_t n);

/* The capacities are known: where do the items come to lie? Fails with
   -ENOMEM, if it is more than there can be. */
int mp__list_table_lay(struct mp__list_table *t);

/* Write head and table. */
void mp__list_write(void *base, const struct mp__list_table *t);

/* The table of the list that lies there, checked; NULL with the record set to
   MP_VALUE_ERROR if there is none, or -ENOMEM. */
struct mp__list_table *mp__list_read(const void *base, size_t size);

static inline struct mp__item mp__list_item(const struct mp__list_table *t,
                                            void *base, size_t i)
{
    return (struct mp__item){
        .word = (mp__item_word *)(void *)((char *)base + t->slot[i].offset),
        .capacity = t->slot[i].capacity,
    };
}

#endif
