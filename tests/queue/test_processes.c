/*
 * Processes at a queue: nothing is lost or doubled.
 */
#include "crowd.h"

static void run_processes(struct crowd *c, child_fn put, child_fn get)
{
    pid_t pids[2 * CROWD_MAX];
    int n = c->producers;
    for (int i = 0; i < 2 * n; i++)
        pids[i] = child_start(i < n ? put : get, c);
    for (int i = 0; i < 2 * n; i++) {
        for (int k = 0; i == n && k < n; k++)
            assert_ok(mp_queue_put(c->q, LAST));
        assert_int_equal(child_wait(pids[i], 60.0), 0);
    }
}

static void one_process_to_one(void **state)
{
    (void)state;
    conserve(run_processes, 1, 0, false);
    conserve(run_processes, 1, 1, false);
    conserve(run_processes, 1, 100, false);
}

static void two_processes_to_two(void **state)
{
    (void)state;
    conserve(run_processes, 2, 0, false);
    conserve(run_processes, 2, 7, false);
}

static void four_processes_to_four(void **state)
{
    (void)state;
    conserve(run_processes, 4, 0, false);
    conserve(run_processes, 4, 1, false);
}

static void four_processes_to_four_in_batches(void **state)
{
    (void)state;
    conserve(run_processes, 4, 0, true);
    conserve(run_processes, 4, 20, true);
}
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_process_to_one),
        cmocka_unit_test(two_processes_to_two),
        cmocka_unit_test(four_processes_to_four),
        cmocka_unit_test(four_processes_to_four_in_batches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
