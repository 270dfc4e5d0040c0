/*
 * A queue and a pipe for each test of handles in queues, and the proof that it
 * left nothing behind.
 */
#ifndef TESTS_QUEUE_CARRY_H
#define TESTS_QUEUE_CARRY_H

#include "child.h"
#include "expect.h"
#include "leak.h"

#include "os/socket.h"
#include "queue/passing.h"
#include "queue/queue.h"

#include <mproc.h>

#include <errno.h>
#include <stdlib.h>

struct stage {
    mp_queue *q;
    mp_connection *a, *b; /* the two ends */
    struct leak_snapshot *before;
};

static inline int set_stage(void **state)
{
    struct stage *s = calloc(1, sizeof *s);
    mp_queue_free(mp_queue_new()); /* the context, made once and kept */
    s->before = leak_take();
    s->q = mp_queue_new();
    *state = s;
    return s->q == NULL ? -1 : mp_pipe(&s->a, &s->b);
}

static inline int clear_stage(void **state)
{
    struct stage *s = *state;
    mp_connection_free(s->a);
    mp_connection_free(s->b);
    mp_queue_free(s->q);
    int leaks = leak_count(s->before);
    leak_free(s->before);
    free(s);
    return leaks;
}

#define STAGED(name_) \
    cmocka_unit_test_setup_teardown(name_, set_stage, clear_stage)

/* What is sent at one of them comes out of the other. */
static inline void assert_answers_to(mp_connection *b, mp_connection *a)
{
    int n = 0;
    assert_ok(mp_connection_send(a, 12345));
    assert_ok(mp_connection_recv(b, &n, 10.0));
    assert_int_equal(n, 12345);
}

static inline void assert_socket_is_empty(mp_queue *q)
{
    uint64_t ticket;
    assert_int_equal(mp__socket_peek(q->ring.out, &ticket, sizeof ticket, NULL),
                     -EAGAIN);
}

#endif
