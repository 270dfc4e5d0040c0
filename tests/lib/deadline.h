/*
 * No test hangs, and no test leaves a process behind.
 *
 * Linking this is enough. Before main(), the program forks: the child becomes
 * the test, in a process group of its own, and the parent only watches. When
 * the deadline passes, or the test has ended and its descendants have not, the
 * parent says so, kills them all and fails the test. The watch is outside the
 * test, so a test that blocks signals, stops or crashes is caught as well.
 *
 * The deadline is MP_TEST_DEADLINE seconds from the start; ctest sets it from
 * the test's ctest-timeout, without it 115. MP_TEST_ALONE=1 runs the test
 * without the watch, for a debugger.
 */
#ifndef TESTS_DEADLINE_H
#define TESTS_DEADLINE_H

/* Give this test so many seconds from now, in place of the old deadline. */
void mp_test_deadline(double seconds);

#endif
