/*
 * What cannot be tried on this machine is told, and is no success.
 *
 * A case calls skip_for() instead of cmocka's skip(), and main returns what
 * skip_or_failures() says: all else that ran was good and something was
 * skipped, and ctest shows the program as skipped; but a failure beside it is
 * a failure. The program's first ten lines say that it may happen, with
 * ctest-may-skip (tests/CMakeLists.txt). Such a program has no other cases than
 * those that need the same: or theirs would not be seen to have been tried.
 */
#ifndef TESTS_SKIP_H
#define TESTS_SKIP_H

/* To ctest, of a program that may skip: it was. No count of failures is. */
enum { EXIT_SKIPPED = 77 };

/* Say what is missing here, and leave the case: it is not tried. */
_Noreturn void skip_for(const char *missing);

/* The program's exit code, of the number of cases that failed. */
int skip_or_failures(int failed);

#endif
