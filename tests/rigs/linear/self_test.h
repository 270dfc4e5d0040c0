/*
 * Does the rig see what is wrong, and let pass what is right?
 */
#ifndef LINEAR_SELF_TEST_H
#define LINEAR_SELF_TEST_H

/* Histories written by hand, and objects with faults. 0, or 1 if anything was
   judged wrongly. */
int linear_self_test(void);

#endif
