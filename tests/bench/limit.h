/*
 * What the limit's programs are made of: shared memory, processes and a start
 * line. They do nothing that the job does not need, and so are no library:
 * a message has a fixed size, nobody may die, no wait has an end.
 */
#ifndef BENCH_LIMIT_H
#define BENCH_LIMIT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Looks before a wait gives the CPU away: a few microseconds. */
enum { LIMIT_LOOKS = 400 };

/* Shared with all children made later; NULL and the reason on stderr. */
void *limit_memory(size_t size);

/* Fork n children, the i-th of which runs fn(arg, i) and ends with exit code
   0 if that says true; -1 if a fork failed. */
int limit_fork(bool (*fn)(void *arg, int i), void *arg, int n);

/* Wait for n children; -1 unless all ended with exit code 0. */
int limit_join(int n);

/* All wait at the line until everybody has come. */
struct limit_line {
    _Atomic int missing;
};
void limit_meet(struct limit_line *line);

void limit_yield(void);

static inline void limit_pause(void)
{
#if defined __x86_64__ || defined __i386__
    __builtin_ia32_pause();
#endif
}

/* One more fruitless look. */
static inline void limit_look(int *looks)
{
    if (++*looks < LIMIT_LOOKS) {
        limit_pause();
    } else {
        limit_yield();
        *looks = 0;
    }
}

#endif
