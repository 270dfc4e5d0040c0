/*
 * An object whose histories are looked at.
 */
#ifndef LINEAR_SUBJECT_H
#define LINEAR_SUBJECT_H

#include "family.h"

struct linear_subject {
    const char *name;
    const struct linear_family *family;
    /* A new object; what it is in the beginning. */
    struct linear_state (*setup)(struct linear_random *r);
    /* Do it: answer, and what was got, are filled in. In any process. */
    void (*perform)(struct linear_op *op);
    void (*teardown)(void);
};

extern const struct linear_subject linear_lock;
extern const struct linear_subject linear_rlock;
extern const struct linear_subject linear_semaphore;
extern const struct linear_subject linear_bounded_semaphore;
extern const struct linear_subject linear_queue;

/*
 * Small objects of the rig's own, without the library: right, or wrong in a
 * way of their own, which has to be seen. See doubles.c.
 */
struct linear_double {
    const struct linear_subject *subject;
    const char *fault; /* NULL: it is right */
};
extern const struct linear_double linear_doubles[];
extern const int linear_doubles_count;

/* From now on the doubles are as this one says. Before any history. */
void linear_double_use(const struct linear_double *which);

#endif
