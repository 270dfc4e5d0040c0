/*
 * Making a history: processes at random work on an object, one of them killed
 * at a random moment or none.
 */
#ifndef LINEAR_RUN_H
#define LINEAR_RUN_H

#include "subject.h"

enum { LINEAR_WORKERS = 4 };

struct linear_made {
    struct linear_history history; /* in the order in which they were begun */
    bool killed;
    const char *wrong; /* NULL, or what went wrong besides the answers */
};

/* What the workers choose follows from the seed; what comes of it does not. */
void linear_make(const struct linear_subject *subject, uint64_t seed,
                 struct linear_made *out);

#endif
