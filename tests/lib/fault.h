/*
 * Faults: the n-th allocation, or the n-th system call of those that fail in
 * real life, fails from here on once.
 *
 *     for (int n = 1;; n++) {
 *         fault_arm(FAULT_ALLOCATION, n, ENOMEM);
 *         int rc = what_is_tested();
 *         if (!fault_disarm())
 *             break;      it makes fewer than n: all have had their turn
 *         assert_int_equal(rc, -ENOMEM);
 *     }
 *
 * The linker puts these in the way of the library's calls (--wrap, see
 * tests/CMakeLists.txt), so it works under sanitizers too. Counted are the
 * calls of the thread that armed.
 */
#ifndef TESTS_FAULT_H
#define TESTS_FAULT_H

#include <stdbool.h>

enum fault {
    FAULT_ALLOCATION, /* malloc, calloc, realloc                           */
    FAULT_CALL        /* see fault.c                                       */
};

/* The n-th from now, counted from 1, fails with errno `error`. */
void fault_arm(enum fault kind, int n, int error);

/* Fail no more; true if the fault has happened. */
bool fault_disarm(void);

#endif
