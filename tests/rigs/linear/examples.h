/*
 * Histories written by hand, and whether they are linearizable.
 */
#ifndef LINEAR_EXAMPLES_H
#define LINEAR_EXAMPLES_H

#include "family.h"

enum { LINEAR_EXAMPLE_OPS = 8 };

struct linear_example {
    const char *name;
    bool good;
    const struct linear_family *family;
    struct linear_state begin;
    struct linear_op op[LINEAR_EXAMPLE_OPS]; /* up to one without times */
};
extern const struct linear_example linear_examples[];
extern const int linear_examples_count;

#endif
