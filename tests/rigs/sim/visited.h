/*
 * A set of 64-bit hashes that grows as needed.
 */
#ifndef SIM_VISITED_H
#define SIM_VISITED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_visited {
    uint64_t *cell; /* 0: empty */
    size_t cells;   /* a power of two, or 0 */
    size_t used;
};

/* Whether it is new. */
bool sim_visited_add(struct sim_visited *v, uint64_t hash);
void sim_visited_free(struct sim_visited *v);

#endif
