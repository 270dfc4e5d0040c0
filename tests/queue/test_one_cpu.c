/*
 * Queues where there is one CPU: the two sides give it to each other, and do
 * not sleep; but a stranger who would keep it is given it rarely.
 */
#include "child.h"
#include "expect.h"
#include "one_cpu.h"
#include "until.h"

#include <mproc.h>

#include <signal.h>
#include <sys/resource.h>

enum { BURST = 100, PATIENCE = 60 };

/* What is asked beside numbers. */
enum { LAST = -1, SLEEPS = -2 };

struct match {
    mp_queue *there;
    mp_queue *back;
    pid_t pid;
};

/* How often this thread has slept. Giving the CPU away is no sleep. */
static long sleeps(void)
{
    struct rusage usage;

    getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_nvcsw;
}

static int answers(void *arg)
{
    const struct match *m = arg;

    for (;;) {
        int v;

        if (mp_queue_get(m->there, &v, PATIENCE) < 0)
            return 1;
        if (v == LAST)
            return 0;
        if (mp_queue_put(m->back, v == SLEEPS ? sleeps() : v + 1L) < 0)
            return 2;
    }
}

static int begin(void **state)
{
    static struct match m;

    m = (struct match){.there = mp_queue_new(0), .back = mp_queue_new(1)};
    *state = &m;
    m.pid = child_start(answers, &m);
    return m.pid > 0 ? 0 : -1;
}

static int end(void **state)
{
    struct match *m = *state;
    int rc = mp_queue_put(m->there, LAST);

    if (child_wait(m->pid, PATIENCE) != 0)
        rc = -1;
    mp_queue_free(m->there);
    mp_queue_free(m->back);
    return rc;
}

static long ask(struct match *m, int question)
{
    long answer = 0;

    assert_ok(mp_queue_put(m->there, question));
    assert_ok(mp_queue_get(m->back, &answer, PATIENCE));
    return answer;
}

static void play_burst(struct match *m)
{
    for (int i = 0; i < BURST; i++)
        assert_int_equal(ask(m, i), i + 1);
}

/* Of both sides. */
static long sleeps_in_a_burst(struct match *m)
{
    long before = sleeps() + ask(m, SLEEPS);

    play_burst(m);
    return sleeps() + ask(m, SLEEPS) - before;
}

/* In a quiet moment: other programs may be on this CPU now and then. */
static void two_that_take_turns_need_not_sleep(void **state)
{
    assert_until(sleeps_in_a_burst(*state) < BURST / 10, PATIENCE);
}

static int uses_the_cpu(void *ended)
{
    while (!*(volatile bool *)ended)
        ;
    return 0;
}

static void beside_a_stranger_they_sleep(void **state)
{
    bool ended = false;
    pid_t stranger = child_start(uses_the_cpu, &ended);

    assert_until(sleeps_in_a_burst(*state) > BURST / 2, PATIENCE);
    kill(stranger, SIGKILL);
    assert_int_equal(child_wait(stranger, PATIENCE), -SIGKILL);
}

static void after_a_stranger_they_take_turns_again(void **state)
{
    beside_a_stranger_they_sleep(state);
    assert_until(sleeps_in_a_burst(*state) < BURST / 10, PATIENCE);
}

static void nobody_to_give_it_to_is_waited_for(void **state)
{
    struct match *m = *state;
    double from = until_now();
    int v;

    assert_raises(MP_EMPTY, mp_queue_get(m->back, &v, 0.1));
    assert_true(until_now() - from >= 0.1);
    play_burst(m);
}

#define test_match(fn_) cmocka_unit_test_setup_teardown(fn_, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_match(two_that_take_turns_need_not_sleep),
        test_match(beside_a_stranger_they_sleep),
        test_match(after_a_stranger_they_take_turns_again),
        test_match(nobody_to_give_it_to_is_waited_for),
    };

    if (keep_to_one_cpu() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
