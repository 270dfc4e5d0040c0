/*
 * Cells: the shared memory of small objects, locks and values.
 *
 * Cells lie side by side in arenas, one memfd for some hundreds of them; a
 * large one has an arena to itself. A cell is made by moving one word on, by
 * any process that has the arena, and is never used twice: an arena goes as a
 * whole, when no process has anything in it any more. So nobody has to know
 * who else may use a cell, and no death can leave one behind.
 *
 * A process that did not inherit an arena gets its descriptor in a message.
 */
#ifndef MP_OS_CELL_H
#define MP_OS_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mp__arena;

/* What lies in a cell begins with this. Never changes. */
struct mp__cell_head {
    uint32_t magic; /* what it is */
    uint32_t unused;
    uint64_t size; /* of the cell */
};

/* One process's hold on a cell. All zero holds nothing. */
struct mp__cell {
    void *shared; /* aligned to 64 bytes */
    struct mp__arena *arena;
};

/* Make one, all zero but for its head. Fails with -ENOMEM, -ENOSPC, -EMFILE, -ENFILE, -EFBIG and the
   record set. */
int mp__cell_new(uint32_t magic, size_t size, struct mp__cell *out);

/* Take hold of one that another process made: what it said of it, which may be
   hostile. It is checked to be what `magic` says, and of at least `least`
   bytes. Takes the fd over on success only. Fails with MP_VALUE_ERROR if there
   is no such cell of this family. */
struct mp__cell_address {
    int fd; /* borrowed from the cell, where it comes from one */
    uint64_t offset;
};
int mp__cell_adopt(struct mp__cell_address at, uint32_t magic, size_t least,
                   struct mp__cell *out);
struct mp__cell_address mp__cell_address(const struct mp__cell *cell);

/* The same where what lies in the cell says how large it is: `is_whole` has the
   last word. */
int mp__cell_adopt_whole(struct mp__cell_address at, uint32_t magic,
                         size_t least, bool (*is_whole)(const void *shared),
                         struct mp__cell *out);

void mp__cell_free(struct mp__cell *cell);

/* How far in front of a cell its note lies; as large as an arena of many. */
#define MP__NOTES ((size_t)65536)

/* A word of this process's own for each cell: NULL at first, copied by fork. */
static inline void **mp__cell_note(const void *shared)
{
    return (void **)(void *)((char *)(uintptr_t)shared - MP__NOTES);
}

#endif
