/*
 * Barriers: who arrives gets a number of its own, the action runs once, and
 * whatever breaks a barrier breaks it for all.
 */
#include "says.h"
#include "took.h"

#include <mproc.h>

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

static struct board {
    atomic_int indices; /* bit i: somebody came as the i-th */
    atomic_int actions;
    atomic_int after; /* how many went on, as the action saw it */
} * board;

static int set_up(void **state)
{
    (void)state;
    memset(board, 0, sizeof *board);
    return 0;
}

/* A child's exit code: its number, or one of these. */
enum { WAS_BROKEN = 100, OTHER_ERROR };

static int wait_once(void *b)
{
    int rc = mp_barrier_wait((mp_barrier *)b, PATIENCE);
    if (rc >= 0)
        atomic_fetch_or(&board->indices, 1 << rc);
    if (rc < 0)
        return rc == MP_BROKEN_BARRIER ? WAS_BROKEN : OTHER_ERROR;
    atomic_fetch_add(&board->after, 1);
    return rc;
}

static int wait_for_ever(void *b)
{
    int rc = mp_barrier_wait((mp_barrier *)b);
    return rc == MP_BROKEN_BARRIER ? WAS_BROKEN : rc < 0 ? OTHER_ERROR : rc;
}

/* -- numbers --------------------------------------------------------------- */

static void numbers_are_given_in_order_of_arrival(void **state)
{
    (void)state;
    mp_auto(mp_barrier) b = mp_barrier_new(4);
    pid_t pids[3];
    assert_made(b);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(mp_barrier_n_waiting(b), i);
        pids[i] = start_asleep(wait_once, b);
    }
    assert_int_equal(mp_barrier_wait(b), 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(child_wait(pids[i], PATIENCE), i);
    assert_int_equal(mp_barrier_n_waiting(b), 0);
    assert_int_equal(mp_barrier_parties(b), 4);
    assert_int_equal(mp_barrier_broken(b), 0);
}

static void barrier_for_one_never_waits(void **state)
{
    (void)state;
    mp_auto(mp_barrier) b = mp_barrier_new(1);
    for (int i = 0; i < 200; i++)
        assert_int_equal(mp_barrier_wait(b, 0), 0);
}

enum { ROUNDS = 500, PARTIES = 4 };

static int many_rounds(void *arg)
{
    mp_barrier *b = arg;
    for (int i = 0; i < ROUNDS; i++) {
        atomic_fetch_add(&board->after, 1);
        int rc = mp_barrier_wait(b, PATIENCE);
        if (rc < 0)
            return 1;
        if (atomic_load(&board->after) < (i + 1) * PARTIES)
            return 2;
    }
    return 0;
}

static void *many_rounds_in_thread(void *b)
{
    return (void *)(intptr_t)many_rounds(b);
}

/* Two threads of one process are two parties. */
static void threads_and_processes_go_in_step(void **state)
{
    (void)state;
    mp_auto(mp_barrier) b = mp_barrier_new(PARTIES);
    pid_t first = child_start(many_rounds, b);
    pid_t second = child_start(many_rounds, b);
    pthread_t thread;
    void *rc;
    pthread_create(&thread, NULL, many_rounds_in_thread, b);
    assert_int_equal(many_rounds(b), 0);
    pthread_join(thread, &rc);
    assert_null(rc);
    assert_int_equal(child_wait(first, PATIENCE), 0);
    assert_int_equal(child_wait(second, PATIENCE), 0);
}

/* -- the action ------------------------------------------------------------ */

static int act(mp_call *call)
{
    int *own = mp_call_self(call);
    atomic_fetch_add(&board->actions, 1);
    if (atomic_load(&board->after) != 0)
        return mp_raise(call, MP_RUNTIME_ERROR, "the others did not wait");
    if (own != NULL)
        ++*own;
    return 0;
}

static void action_runs_once_and_before_the_others_go_on(void **state)
{
    (void)state;
    int own = 0;
    mp_auto(mp_barrier) b = mp_barrier_new(3, .action = act, .self = &own);
    pid_t first = start_asleep(wait_once, b);
    pid_t second = start_asleep(wait_once, b);
    assert_int_equal(mp_barrier_wait(b), 2);
    assert_int_equal(own, 1);
    assert_int_equal(child_wait(first, PATIENCE), 0);
    assert_int_equal(child_wait(second, PATIENCE), 1);
    assert_int_equal(atomic_load(&board->actions), 1);
}

static int raise_an_error(mp_call *call)
{
    return mp_raise(call, MP_KEY_ERROR, "no such key");
}

static void error_of_the_action_breaks_the_barrier(void **state)
{
    (void)state;
    mp_auto(mp_barrier) b = mp_barrier_new(2, .action = raise_an_error);
    pid_t pid = start_asleep(wait_once, b);
    assert_raises_saying(MP_KEY_ERROR, "no such key", mp_barrier_wait(b));
    assert_int_equal(child_wait(pid, PATIENCE), WAS_BROKEN);
    assert_int_equal(mp_barrier_broken(b), 1);
}

static int abort_it(mp_call *call)
{
    mp_barrier **b = mp_call_self(call);
    return mp_barrier_abort(*b);
}

/* It runs without any lock of ours. */
static void action_may_use_the_barrier(void **state)
{
    (void)state;
    mp_barrier *b = NULL;
    mp_auto(mp_barrier) same =
        mp_barrier_new(1, .action = abort_it, .self = &b);
    b = same;
    assert_raises(MP_BROKEN_BARRIER, mp_barrier_wait(b));
    assert_int_equal(mp_barrier_broken(b), 1);
}

/* -- timeouts -------------------------------------------------------------- */

static void late_party_breaks_it_for_all(void **state)
{
    (void)state;
    mp_auto(mp_barrier) b = mp_barrier_new(3);
    pid_t pid = start_asleep(wait_once, b);
    double start = until_now();
    assert_raises_saying(MP_BROKEN_BARRIER, "broken", mp_barrier_wait(b, 0.1));
    assert_took(0.1, start);
    assert_int_equal(child_wait(pid, PATIENCE), WAS_BROKEN);
    assert_raises(MP_BROKEN_BARRIER, mp_barrier_wait(b, 0));
}

static void timeout_of_the_barrier_is_that_of_its_waits(void **state)
{
    (void)state;
    mp_auto(mp_barrier) b = mp_barrier_new(2, .timeout = 0.1);
    double start = until_now();
    assert_raises(MP_BROKEN_BARRIER, mp_barrier_wait(b));
    assert_took(0.1, start);
    assert_ok(mp_barrier_reset(b));
    start = until_now();
    assert_raises(MP_BROKEN_BARRIER, mp_barrier_wait(b, 0.3));
    assert_took(0.3, start);
    assert_ok(mp_barrier_reset(b));
    start = until_now();
    assert_raises(MP_BROKEN_BARRIER, mp_barrier_wait(b, NAN));
    assert_took(0., start);
}

/* -- abort and reset ------------------------------------------------------- */

static void abort_breaks_it_until_it_is_reset(void **state)
{
    (void)state;
    mp_auto(mp_barrier) b = mp_barrier_new(2);
    pid_t pid = start_asleep(wait_for_ever, b);
    assert_ok(mp_barrier_abort(b));
    assert_ok(mp_barrier_abort(b));
    assert_int_equal(child_wait(pid, PATIENCE), WAS_BROKEN);
    assert_int_equal(mp_barrier_n_waiting(b), 0);
    assert_raises(MP_BROKEN_BARRIER, mp_barrier_wait(b));
    assert_ok(mp_barrier_reset(b));
    assert_int_equal(mp_barrier_broken(b), 0);
    pid = start_asleep(wait_for_ever, b);
    assert_int_equal(mp_barrier_wait(b), 1);
    assert_int_equal(child_wait(pid, PATIENCE), 0);
}

static void reset_sends_those_who_wait_away(void **state)
{
    (void)state;
    mp_auto(mp_barrier) b = mp_barrier_new(2);
    assert_ok(mp_barrier_reset(b));
    pid_t pid = start_asleep(wait_for_ever, b);
    assert_ok(mp_barrier_reset(b));
    assert_int_equal(child_wait(pid, PATIENCE), WAS_BROKEN);
    assert_int_equal(mp_barrier_broken(b), 0);
    pid = start_asleep(wait_for_ever, b);
    assert_int_equal(mp_barrier_wait(b), 1);
    assert_int_equal(child_wait(pid, PATIENCE), 0);
}

/* -- one too many ---------------------------------------------------------- */

static int act_until_told(mp_call *call)
{
    mp_event **e = mp_call_self(call);
    MP_TRY(mp_event_set(e[0]));
    return mp_event_wait(e[1], PATIENCE);
}

static void who_comes_during_the_action_waits_for_the_next_round(void **state)
{
    (void)state;
    mp_event *e[] = {mp_event_new(), mp_event_new()};
    mp_auto(mp_barrier) b =
        mp_barrier_new(2, .action = act_until_told, .self = e);
    pid_t first = start_asleep(wait_for_ever, b);
    pid_t last = child_start(wait_for_ever, b);
    assert_ok(mp_event_wait(e[0], PATIENCE));
    pid_t third = start_asleep(wait_for_ever, b);
    assert_ok(mp_event_set(e[1]));
    assert_int_equal(child_wait(first, PATIENCE), 0);
    assert_int_equal(child_wait(last, PATIENCE), 1);
    int ours = mp_barrier_wait(b); /* it, or the third one, comes first */
    assert_in_range(ours, 0, 1);
    assert_int_equal(child_wait(third, PATIENCE), 1 - ours);
    mp_event_free(e[0]);
    mp_event_free(e[1]);
}

/* -- processes ------------------------------------------------------------- */

static int wait_for_argument(mp_call *call)
{
    mp_barrier *b;
    MP_TRY(mp_call_args(call, &b));
    MP_TRY(mp_barrier_wait(b, PATIENCE));
    return 0;
}

static void processes_meet_their_parent(void **state)
{
    (void)state;
    mp_auto(mp_barrier) b = mp_barrier_new(3, .action = act);
    mp_auto(mp_process) p =
        mp_process_new(wait_for_argument, .args = MP_ARGS(b));
    mp_auto(mp_process) r =
        mp_process_new(wait_for_argument, .args = MP_ARGS(b));
    assert_ok(mp_process_start(p));
    assert_ok(mp_process_start(r));
    assert_ok(mp_barrier_wait(b, PATIENCE));
    assert_ok(mp_process_join(p));
    assert_ok(mp_process_join(r));
    assert_int_equal(mp_process_exitcode(p), 0);
    assert_int_equal(mp_process_exitcode(r), 0);
    assert_int_equal(atomic_load(&board->actions), 1);
}

/* -- words ----------------------------------------------------------------- */

#define assert_barrier_says(b_, expected_)                           \
    do {                                                             \
        char whole_[100];                                            \
        (void)snprintf(whole_, sizeof whole_, "<Barrier at %p: %s>", \
                       (void *)(b_), (expected_));                   \
        assert_says((b_), whole_);                                   \
    } while (0)

static void barrier_says_how_many_wait(void **state)
{
    (void)state;
    mp_auto(mp_barrier) b = mp_barrier_new(4);
    assert_barrier_says(b, "waiters=0/4");
    pid_t pid = start_asleep(wait_for_ever, b);
    assert_barrier_says(b, "waiters=1/4");
    assert_ok(mp_barrier_abort(b));
    assert_barrier_says(b, "broken");
    assert_int_equal(child_wait(pid, PATIENCE), WAS_BROKEN);
}

static void number_of_parties_has_to_make_sense(void **state)
{
    (void)state;
    assert_null(mp_barrier_new(0));
    assert_int_equal(mp_error_last()->code, MP_VALUE_ERROR);
    assert_null(mp_barrier_new(-1));
    assert_null(mp_barrier_new());
    assert_null(mp_barrier_new(INT64_C(1) << 31));
    assert_int_equal(mp_error_last()->code, MP_VALUE_ERROR);
}

static void null_is_answered_in_words(void **state)
{
    (void)state;
    mp_barrier_free(NULL);
    assert_raises_saying(MP_VALUE_ERROR, "barrier", mp_barrier_wait(NULL));
    assert_raises(MP_VALUE_ERROR, mp_barrier_abort(NULL));
    assert_raises(MP_VALUE_ERROR, mp_barrier_reset(NULL));
    assert_raises(MP_VALUE_ERROR, mp_barrier_parties(NULL));
    assert_raises(MP_VALUE_ERROR, mp_barrier_n_waiting(NULL));
    assert_raises(MP_VALUE_ERROR, mp_barrier_broken(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(null_is_answered_in_words),
        cmocka_unit_test(number_of_parties_has_to_make_sense),
        cmocka_unit_test_setup(numbers_are_given_in_order_of_arrival, set_up),
        cmocka_unit_test(barrier_for_one_never_waits),
        cmocka_unit_test_setup(threads_and_processes_go_in_step, set_up),
        cmocka_unit_test_setup(action_runs_once_and_before_the_others_go_on,
                               set_up),
        cmocka_unit_test_setup(error_of_the_action_breaks_the_barrier, set_up),
        cmocka_unit_test(action_may_use_the_barrier),
        cmocka_unit_test_setup(late_party_breaks_it_for_all, set_up),
        cmocka_unit_test(timeout_of_the_barrier_is_that_of_its_waits),
        cmocka_unit_test(abort_breaks_it_until_it_is_reset),
        cmocka_unit_test(reset_sends_those_who_wait_away),
        cmocka_unit_test(who_comes_during_the_action_waits_for_the_next_round),
        cmocka_unit_test_setup(processes_meet_their_parent, set_up),
        cmocka_unit_test(barrier_says_how_many_wait),
    };
    board = shared_memory(sizeof *board);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
