/*
 * What the workers of these tests are given to do.
 */
#ifndef TESTS_POOL_TASKS_H
#define TESTS_POOL_TASKS_H

#include "expect.h"
#include "leak.h"
#include "output.h"
#include "until.h"

#include <mproc.h>

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

/* Seconds after which a test is sure that something hangs. */
enum { PATIENCE = 20 };

static inline int square(mp_call *c)
{
    long x;
    MP_TRY(mp_call_args(c, &x));
    return mp_return(c, x * x);
}

static inline int refuse_negative(mp_call *c)
{
    long x;
    MP_TRY(mp_call_args(c, &x));
    if (x < 0)
        return mp_raise(c, MP_VALUE_ERROR, "x=%ld is negative", x);
    return mp_return(c, x);
}

/* Any one value, back as it came. */
static inline int echo(mp_call *c)
{
    mp_any v;
    MP_TRY(mp_call_args(c, &v));
    return mp_return(c, v);
}

static inline int tell_pid(mp_call *c)
{
    return mp_return(c, (long)getpid());
}

/* For the usual wait of a task that is to be found at work. */
static inline int sleep_for_ms(mp_call *c)
{
    long ms;
    MP_TRY(mp_call_args(c, &ms));
    usleep((useconds_t)(ms * 1000));
    return mp_return(c, ms);
}

static inline int sleep_for_ever(mp_call *c)
{
    (void)c;
    while (pause() < 0)
        continue;
    return 0;
}

/* What workers and tests see together. */
struct board {
    _Atomic int begun;
    _Atomic int ended;
    _Atomic int pid;
    _Atomic int flag;
};
static struct board *board;

static inline int set_board(void **state)
{
    (void)state;
    if (board == NULL)
        board = shared_memory(sizeof *board);
    *board = (struct board){0};
    return 0;
}

/* Counts itself in, and then does not come to an end. */
static inline int begin_and_sleep(mp_call *c)
{
    (void)mp_call_argc(c);
    board->pid = getpid();
    board->begun++;
    return sleep_for_ever(c);
}

static inline int count_in(mp_call *c)
{
    (void)mp_call_argc(c);
    board->begun++;
    return 0;
}

/* Comes to an end when the flag is raised. */
static inline int await_flag(mp_call *c)
{
    (void)mp_call_argc(c);
    board->begun++;
    while (board->flag == 0)
        usleep(1000);
    board->ended++;
    return 0;
}

static inline int kill_itself(mp_call *c)
{
    (void)c;
    return raise(SIGKILL);
}

/* Negative: die of that signal; else leave with that code. */
static inline int end_by(mp_call *c)
{
    long how;
    MP_TRY(mp_call_args(c, &how));
    if (how < 0) {
        (void)signal((int)-how, SIG_DFL);
        (void)raise((int)-how);
    }
    exit((int)how);
}

static inline long pid_of_a_worker(mp_pool *pool)
{
    long pid = 0;
    return mp_pool_apply(pool, tell_pid, MP_NONE, &pid) < 0 ? -1 : pid;
}

/* What is made once and stays: the context, the watcher of children. */
static inline int warm_up(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(1);
    return pool == NULL;
}

/* A pool that all tests of a program share: *state. */
static mp_pool *shared_pool;

static inline int make_pool(void **state)
{
    (void)state;
    if (warm_up(state) != 0 || set_board(state) != 0)
        return -1;
    shared_pool = mp_pool_new(2);
    return shared_pool == NULL;
}

static inline int free_pool(void **state)
{
    (void)state;
    mp_pool_free(shared_pool);
    return 0;
}

static inline int lend_pool(void **state)
{
    (void)set_board(state);
    *state = shared_pool;
    return 0;
}

#define with_pool(test_) cmocka_unit_test_setup((test_), lend_pool)

/* The pool has not been harmed by what was done to it. */
#define assert_works(pool_)                                               \
    do {                                                                  \
        long squared_ = 0;                                                \
        assert_ok(mp_pool_apply((pool_), square, MP_ARGS(7), &squared_)); \
        assert_int_equal(squared_, 49);                                   \
    } while (0)

#endif
