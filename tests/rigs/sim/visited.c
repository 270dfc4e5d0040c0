/*
 * Open addressing, at most two thirds full; see visited.h.
 */
#include "visited.h"

#include <stdio.h>
#include <stdlib.h>

enum { FIRST_CELLS = 1 << 16 };

static bool insert(uint64_t *cell, size_t cells, uint64_t hash)
{
    size_t i = (size_t)(hash ^ hash >> 32) & (cells - 1);

    while (cell[i] != 0 && cell[i] != hash)
        i = (i + 1) & (cells - 1);
    if (cell[i] == hash)
        return false;
    cell[i] = hash;
    return true;
}

static void grow(struct sim_visited *v)
{
    size_t cells = v->cells == 0 ? FIRST_CELLS : 2 * v->cells;
    uint64_t *cell = calloc(cells, sizeof *cell);

    if (cell == NULL) {
        (void)fprintf(stderr, "sim: no memory for %zu states\n", cells);
        abort();
    }
    for (size_t i = 0; i < v->cells; i++)
        if (v->cell[i] != 0)
            (void)insert(cell, cells, v->cell[i]);
    free(v->cell);
    v->cell = cell;
    v->cells = cells;
}

bool sim_visited_add(struct sim_visited *v, uint64_t hash)
{
    if (3 * (v->used + 1) > 2 * v->cells)
        grow(v);
    if (!insert(v->cell, v->cells, hash == 0 ? 1 : hash))
        return false;
    v->used++;
    return true;
}

void sim_visited_free(struct sim_visited *v)
{
    free(v->cell);
    *v = (struct sim_visited){0};
}
