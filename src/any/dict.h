/*
 * The index of a dict, for those who look at all of its pairs. A small dict
 * needs none, and one that there is no memory for is looked through: making
 * an index cannot fail.
 */
#ifndef MP_ANY_DICT_H
#define MP_ANY_DICT_H

#include "any/value.h"

#define MP__REPEATED SIZE_MAX

struct mp__dict_index {
    mp_any dict;
    size_t *slots; /* NULL: no index; else slots, then last */
    size_t *last;  /* of each pair: see mp__dict_index_last */
    size_t mask;   /* how many slots, less 1                */
};

void mp__dict_index_make(struct mp__dict_index *x, mp_any dict);
void mp__dict_index_free(struct mp__dict_index *x);

/* Where the value is for the key of pair i; MP__REPEATED if the key stands in
   an earlier pair too. */
size_t mp__dict_index_last(const struct mp__dict_index *x, size_t i);

/* Where the value of a key is; the length of the dict if nowhere. */
size_t mp__dict_index_find(const struct mp__dict_index *x, mp_any key);

#endif
