/*
 * An item of a ShareableList: a register in shared memory that any number of
 * processes read and write without a lock, and that none can leave torn.
 *
 * It is one word and two copies of the data. The word says which copy counts,
 * of what kind and how long it is; a write fills the other copy and then
 * changes the word. The processes need not know one another, so nobody can be
 * asked whether a writer is still alive: instead a write begins by claiming the
 * item, with a number that is the word's, too, and the latest claim wins. Who
 * has lost its claim finds the word changed, stops, and begins anew.
 *
 * A writer that was stopped in the middle can do no harm when it goes on: the
 * data lie in units that carry the number of the claim they were written for,
 * and are changed by compare-and-swap, after a look at the word.
 */
#ifndef MP_SHARED_ITEM_H
#define MP_SHARED_ITEM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * kind:3     an enum mp_kind up to MP_KIND_BYTES
 * copy:1     the one that counts
 * pending:1  a claim has been made since, and its data are not there yet
 * length:27  in bytes
 * claim:32   goes up with every claim
 */
typedef _Atomic uint64_t mp__item_word;

/* data:32 below, the claim they were written for above */
typedef _Atomic uint64_t mp__item_unit;

#define MP__ITEM_UNIT 4 /* bytes of data in a unit */
#define MP__ITEM_MAX  ((size_t)1 << 27)

/* How long another writer is given, in nanoseconds, before its claim is
   overruled: a microsecond is enough, unless it sleeps, or the text is long.
   Doubled each time that this does not lead to an end. */
#define MP__ITEM_PATIENCE INT64_C(200000)

/* One item: a word, and behind it both copies. */
struct mp__item {
    mp__item_word *word;
    size_t capacity; /* bytes of data; a multiple of 8 below MP__ITEM_MAX */
};

/* Bytes of shared memory. */
static inline size_t mp__item_size(size_t capacity)
{
    return sizeof(mp__item_word) +
           2 * (capacity / MP__ITEM_UNIT) * sizeof(mp__item_unit);
}

/* What was read. The room for the data is of `capacity` bytes. */
struct mp__item_data {
    int kind;
    size_t length;
    unsigned char *bytes;
};

/* 0, or MP_VALUE_ERROR with the record set: there is garbage. */
int mp__item_read(struct mp__item item, struct mp__item_data *data);
int mp__item_kind(struct mp__item item);

/* Waits for another writer, but not long. The length is within capacity. */
void mp__item_write(struct mp__item item, const struct mp__item_data *data);

#endif
