/*
 * Futexes shared between processes: the only place that sleeps on a word.
 *
 * A change and its wake-up can be one system call (FUTEX_WAKE_OP), so that no
 * SIGKILL falls between them. A sleep can be on two words, so that a death can
 * end it: on the first one alone for 5 ms, then on both; so a death is learnt
 * of 5 ms late at most. Without futex_waitv (before Linux 5.16, or forbidden by
 * a filter) it is on the first word only, and the caller's time slices do.
 */
#ifndef MP_OS_FUTEX_H
#define MP_OS_FUTEX_H

#include <stdatomic.h>
#include <stdint.h>

typedef _Atomic uint32_t mp__word;

/*
 * Sleep while *word == expected and, if second is not NULL and 5 ms are over,
 * *second == second_expected, until woken or the absolute monotonic time `until`.
 * Returns 0 (look again: woken, changed or interrupted) or -ETIMEDOUT.
 */
int mp__futex_wait(const mp__word *word, uint32_t expected,
                   const mp__word *second, uint32_t second_expected,
                   int64_t until);

/* Wake up to n sleepers; says how many were woken. */
int mp__futex_wake(mp__word *word, int n);

/* In one step against kills: *word += add (below 2048) and wake up to n
   sleepers on it. */
int mp__futex_add_wake(mp__word *word, uint32_t add, int n);

/* In one step against kills: *word |= bits (below 2048) and wake up to n
   sleepers on it. */
int mp__futex_or_wake(mp__word *word, uint32_t bits, int n);

/* The same where the sleepers are on another word. */
int mp__futex_add_wake_on(mp__word *word, uint32_t add, mp__word *sleepers,
                          int n);

/* In one step against kills: *word = 1 << bit and wake up to n sleepers. */
int mp__futex_bit_wake(mp__word *word, int bit, int n);

#endif
