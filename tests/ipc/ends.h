/*
 * A pipe for each test, and the proof that the test left nothing behind.
 */
#ifndef TESTS_IPC_ENDS_H
#define TESTS_IPC_ENDS_H

#include "child.h"
#include "expect.h"
#include "leak.h"
#include "until.h"

#include <mproc.h>
#include <stdlib.h>
#include <string.h>

struct ends {
    mp_connection *a; /* of a simplex pipe the one that reads */
    mp_connection *b;
    struct leak_snapshot *before;
};

static inline int open_ends(void **state, bool duplex)
{
    struct ends *e = calloc(1, sizeof *e);

    e->before = leak_take();
    *state = e;
    return mp_pipe(&e->a, &e->b, duplex);
}

MP__UNUSED static int open_duplex(void **state)
{
    return open_ends(state, true);
}

MP__UNUSED static int open_simplex(void **state)
{
    return open_ends(state, false);
}

MP__UNUSED static int close_ends(void **state)
{
    struct ends *e = *state;
    int leaks;

    mp_connection_free(e->a);
    mp_connection_free(e->b);
    leaks = leak_count(e->before);
    leak_free(e->before);
    free(e);
    return leaks;
}

/* Bytes that differ from place to place, and from seed to seed. */
MP__UNUSED static void *pattern(size_t size, unsigned seed)
{
    unsigned char *p = malloc(size + 1);

    for (size_t i = 0; i < size; i++)
        p[i] = (unsigned char)(i * 131 + i / 251 + seed);
    return p;
}

#define test_duplex(fn_) \
    cmocka_unit_test_setup_teardown(fn_, open_duplex, close_ends)
#define test_simplex(fn_) \
    cmocka_unit_test_setup_teardown(fn_, open_simplex, close_ends)

#endif
