/*
 * The n-th allocation fails.
 *
 *     for (size_t n = 1; fault_at(n), rc = call(), fault_hit(); n++)
 *         ... rc is -ENOMEM, and nothing has changed
 *
 * Only what the library and the test allocate is counted, in all threads; the
 * C library and the harness do as they like.
 */
#ifndef TESTS_FAULT_WRAP_H
#define TESTS_FAULT_WRAP_H

#include <stdbool.h>
#include <stddef.h>

/* Let the n-th allocation from now on fail; 0: none. */
void fault_at(size_t n);

/* Whether it has come to that. None fails afterwards. */
bool fault_hit(void);

#endif
