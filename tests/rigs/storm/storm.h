/*
 * A storm: workers at random work on shared objects, one of them killed every
 * millisecond or so and replaced.
 *
 * To add one: write a struct storm and name it in main.c. work is called again
 * and again in each worker, which may die in it at any instruction, until the
 * storm is over; then check looks at what is left.
 */
#ifndef STORM_H
#define STORM_H

#include <stdbool.h>
#include <stdint.h>

enum { STORM_WORKERS = 6 };

struct storm_random {
    uint64_t state;
};
/* 0 to n - 1. */
uint32_t storm_pick(struct storm_random *r, uint32_t n);

struct storm {
    const char *name;
    void (*setup)(void);
    /* One piece of work of worker i; NULL, or what it found wrong. */
    const char *(*work)(int i, struct storm_random *r);
    uint64_t (*progress)(void); /* goes up while all is well */
    /* When no worker is left: NULL or what is wrong; prints its counts. */
    const char *(*check)(const long kills[STORM_WORKERS]);
    void (*teardown)(void);
};

extern const struct storm storm_lock;
extern const struct storm storm_queue;
extern const struct storm storm_semaphore;
extern const struct storm storm_condition;

/* Whether it went well. Says so, with counts. */
bool storm_run(const struct storm *s, double seconds, uint64_t seed);

/* True in a worker when it is to come to its end. */
bool storm_is_over(void);

#endif
