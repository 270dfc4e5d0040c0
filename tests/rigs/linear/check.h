/*
 * Is a history linearizable? Is there an order of its operations that keeps
 * to real time, and in which each answer is the one that the model gives?
 *
 * The search is Wing's and Gong's: of those that nothing unplaced has to come
 * before, try each; with Lowe's memory of what was tried, for the same
 * operations in another order mostly come to the same state.
 */
#ifndef LINEAR_CHECK_H
#define LINEAR_CHECK_H

#include "family.h"

enum linear_verdict {
    LINEAR_GOOD,
    LINEAR_BAD,
    LINEAR_UNDECIDED, /* the search would have been too long */
};

/* In *placed one bit for each operation: those that have a place in the
   longest order that was found. */
enum linear_verdict linear_check(const struct linear_family *family,
                                 const struct linear_history *h,
                                 uint64_t *placed);

/* How many bits of the 64 an operation needs. */
int linear_parts(const struct linear_family *family,
                 const struct linear_op *op);

#endif
