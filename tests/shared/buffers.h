/*
 * A pipe for each test of buffers, a pattern to know a buffer by, and the proof
 * that the test left nothing behind.
 */
#ifndef TESTS_SHARED_BUFFERS_H
#define TESTS_SHARED_BUFFERS_H

#include "expect.h"
#include "leak.h"

#include <mproc.h>

#include <stdlib.h>

#define MIB ((size_t)1 << 20)

struct fixture {
    mp_connection *here; /* of a duplex pipe */
    mp_connection *there;
    struct leak_snapshot *before;
};

MP__UNUSED static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    f->before = leak_take();
    *state = f;
    return mp_pipe(&f->here, &f->there);
}

MP__UNUSED static int tear_down(void **state)
{
    struct fixture *f = *state;
    int leaks;

    mp_connection_free(f->here);
    mp_connection_free(f->there);
    leaks = leak_count(f->before);
    leak_free(f->before);
    free(f);
    return leaks;
}

MP__UNUSED static void fill(mp_buffer *b, unsigned char seed)
{
    unsigned char *data = mp_buffer_data(b);

    for (size_t i = 0; i < mp_buffer_size(b); i++)
        data[i] = (unsigned char)(i * 7 + seed);
}

MP__UNUSED static bool is_filled(mp_buffer *b, unsigned char seed)
{
    const unsigned char *data = mp_buffer_data(b);
    size_t i = 0;

    while (data != NULL && i < mp_buffer_size(b) &&
           data[i] == (unsigned char)(i * 7 + seed))
        i++;
    return data != NULL && i == mp_buffer_size(b);
}

MP__UNUSED static int do_nothing(mp_call *c)
{
    (void)c;
    return 0;
}

/* What is made once in a process is made. */
MP__UNUSED static int start_all_that_stays(void **state)
{
    mp_auto(mp_process) p = mp_process_new(do_nothing);

    (void)state;
    MP_TRY(mp_process_start(p));
    return mp_process_join(p);
}

#define with_pipe(fn_) cmocka_unit_test_setup_teardown(fn_, set_up, tear_down)

#endif
