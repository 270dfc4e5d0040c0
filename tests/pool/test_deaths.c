/*
 * Workers die in every way there is; each death costs one task, and the pool
 * goes on.
 */
#include "child.h"
#include "tasks.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

static int leave_at_once(mp_call *c)
{
    long code;
    MP_TRY(mp_call_args(c, &code));
    _exit((int)code);
}

/* -- one task -------------------------------------------------------------- */

static void p1_task_of_a_killed_worker_fails_and_says_why(void **state)
{
    mp_pool *pool = *state;
    assert_raises_saying(MP_WORKER_LOST, "was killed by signal 9",
                         mp_pool_apply(pool, kill_itself));
    assert_works(pool);
}

static void p6_exit_in_a_task_is_a_failure_of_the_task(void **state)
{
    mp_pool *pool = *state;
    for (long code = 0; code < 3; code++)
        assert_raises_saying(MP_WORKER_LOST, "exited with code",
                             mp_pool_apply(pool, end_by, MP_ARGS(code)));
    assert_works(pool);
}

static void p6_exit_at_once_in_a_task_is_one_too(void **state)
{
    mp_pool *pool = *state;
    assert_raises_saying(MP_WORKER_LOST, "exited with code 0",
                         mp_pool_apply(pool, leave_at_once, MP_ARGS(0)));
    assert_works(pool);
}

static void p49_failure_names_the_worker_and_how_it_ended(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(1);
    char expected[64];
    long pid = pid_of_a_worker(pool);
    snprintf(expected, sizeof expected, "worker %ld exited with code 99", pid);
    assert_raises_saying(MP_WORKER_LOST, expected,
                         mp_pool_apply(pool, leave_at_once, MP_ARGS(99)));
}

static void every_deadly_signal_is_named(void **state)
{
    mp_pool *pool = *state;
    const long signals[] = {SIGABRT, SIGSEGV, SIGTERM, SIGILL, SIGFPE, SIGKILL};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        char expected[32];
        snprintf(expected, sizeof expected, "signal %ld", signals[i]);
        assert_raises_saying(MP_WORKER_LOST, expected,
                             mp_pool_apply(pool, end_by, MP_ARGS(-signals[i])));
    }
    assert_works(pool);
}

static int end_thread(mp_call *c)
{
    (void)c;
    pthread_exit(NULL);
}

static void pthread_exit_in_a_task_fails_it(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_thread_pool_new(1);
    for (int i = 0; i < 5; i++)
        assert_raises_saying(MP_WORKER_LOST, "the thread of worker 0",
                             mp_pool_apply(pool, end_thread));
    assert_works(pool);
}

/* -- many tasks ------------------------------------------------------------ */

static int die_at_13(mp_call *c)
{
    long x;
    MP_TRY(mp_call_args(c, &x));
    board->begun++;
    if (x == 13)
        (void)raise(SIGKILL);
    return mp_return(c, x);
}

static void death_in_a_chunk_costs_one_item(void **state)
{
    mp_pool *pool = *state;
    long xs[100], y, sum = 0;
    int lost = 0, rc;
    for (long i = 0; i < 100; i++)
        xs[i] = i;
    mp_auto(mp_iter) it =
        mp_pool_imap(pool, die_at_13, MP_ARRAY(xs), .chunksize = 50);
    while ((rc = mp_iter_next(it, &y)) != MP_STOP_ITERATION) {
        lost += rc == MP_WORKER_LOST;
        sum += rc == 0 ? y : 0;
    }
    assert_int_equal(lost, 1);
    assert_int_equal(sum, 99 * 50 - 13);
    assert_int_equal(board->begun, 100);
}

static void p1_map_with_a_death_fails_after_all_others_are_done(void **state)
{
    mp_pool *pool = *state;
    long xs[100], ys[100];
    for (long i = 0; i < 100; i++)
        xs[i] = i;
    assert_raises(MP_WORKER_LOST, mp_pool_map(pool, die_at_13, MP_ARRAY(xs),
                                              MP_INTO_ARRAY(ys)));
    assert_int_equal(board->begun, 100);
}

static void what_waits_behind_a_deadly_task_is_done(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(1);
    mp_result *rs[40];
    for (int i = 0; i < 40; i++)
        rs[i] = i % 4 == 0 ? mp_pool_apply_async(pool, kill_itself)
                           : mp_pool_apply_async(pool, square, MP_ARGS(3));
    for (int i = 0; i < 40; i++) {
        int rc = mp_result_wait(rs[i], PATIENCE);
        assert_ok(rc);
        assert_int_equal(mp_result_successful(rs[i]), i % 4 != 0);
        mp_result_free(rs[i]);
    }
}

static void deaths_at_tasks_never_break_a_pool(void **state)
{
    mp_pool *pool = *state;
    for (int i = 0; i < 60; i++)
        assert_raises(MP_WORKER_LOST,
                      mp_pool_apply(pool, leave_at_once, MP_ARGS(1)));
    assert_works(pool);
}

/* -- idle workers ---------------------------------------------------------- */

static void p2_worker_killed_while_it_waits_harms_nobody(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(2);
    for (int i = 0; i < 10; i++) {
        long pid = pid_of_a_worker(pool);
        assert_int_equal(kill((pid_t)pid, SIGKILL), 0);
        for (int n = 0; n < 20; n++) {
            long y;
            int rc = mp_pool_apply(pool, square, MP_ARGS(7), &y);
            assert_true(rc == 0 || rc == MP_WORKER_LOST);
        }
    }
    assert_works(pool);
}

static int count_ready(mp_result **rs, int n)
{
    int ready = 0;
    for (int i = 0; i < n; i++)
        ready += mp_result_ready(rs[i]);
    return ready;
}

static void stopped_worker_holds_up_its_task_only(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(2);
    long pid = pid_of_a_worker(pool);
    assert_int_equal(kill((pid_t)pid, SIGSTOP), 0);
    mp_result *rs[50];
    for (int i = 0; i < 50; i++)
        rs[i] = mp_pool_apply_async(pool, square, MP_ARGS(2));
    assert_until(count_ready(rs, 50) >= 49, PATIENCE);
    assert_int_equal(kill((pid_t)pid, SIGCONT), 0);
    for (int i = 0; i < 50; i++) {
        assert_ok(mp_result_wait(rs[i], PATIENCE));
        mp_result_free(rs[i]);
    }
}

static void p40_ctrl_c_is_for_the_parent(void **state)
{
    mp_pool *pool = *state;
    long pid = pid_of_a_worker(pool);
    for (int i = 0; i < 20; i++)
        assert_int_equal(kill((pid_t)pid, SIGINT), 0);
    assert_works(pool);
    assert_int_equal(kill((pid_t)pid, 0), 0);
}

static int work_through_ctrl_c(void *arg)
{
    mp_auto(mp_pool) pool = mp_pool_new(2);
    long y = 0;
    (void)arg;
    (void)setpgid(0, 0);
    (void)signal(SIGINT, SIG_IGN);
    mp_auto(mp_result) r =
        mp_pool_apply_async(pool, sleep_for_ms, MP_ARGS(200));
    (void)kill(0, SIGINT);
    if (mp_result_get(r, &y, PATIENCE) < 0 || y != 200)
        return 1;
    return 0;
}

static void p40_interrupted_group_leaves_workers_at_work(void **state)
{
    (void)state;
    assert_int_equal(child_run(work_through_ctrl_c, NULL, PATIENCE), 0);
}

/* -- large and broken messages --------------------------------------------- */

static void p44_death_on_a_large_task_breaks_nothing(void **state)
{
    mp_pool *pool = *state;
    size_t n = 4 << 20;
    char *data = calloc(1, n);
    mp_result *rs[10];
    for (int i = 0; i < 10; i++)
        rs[i] =
            mp_pool_apply_async(pool, kill_itself, MP_ARGS(MP_BYTES(data, n)));
    for (int i = 0; i < 10; i++) {
        assert_raises(MP_WORKER_LOST,
                      mp_result_get(rs[i], (long *)NULL, PATIENCE));
        mp_result_free(rs[i]);
    }
    free(data);
    assert_works(pool);
}

static int return_much(mp_call *c)
{
    size_t n = 16 << 20;
    char *data = calloc(1, n);
    board->pid = getpid();
    board->begun++;
    int rc = mp_return(c, MP_BYTES(data, n));
    free(data);
    return rc;
}

static void p44_death_while_a_large_result_is_written(void **state)
{
    mp_pool *pool = *state;
    for (int i = 0; i < 30; i++) {
        mp_auto(mp_result) r = mp_pool_apply_async(pool, return_much);
        assert_until(board->begun == i + 1, PATIENCE);
        usleep((useconds_t)(i * 400));
        (void)kill(board->pid, SIGKILL);
        int rc = mp_result_get(r, (mp_any *)NULL, PATIENCE);
        assert_true(rc == 0 || rc == MP_WORKER_LOST);
    }
    assert_works(pool);
}

/* All mappings of shared memory that this worker can write to but the board,
   as a wild pointer would. */
static int scribble(mp_call *c)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    (void)c;
    while (fgets(line, sizeof line, maps) != NULL) {
        unsigned long from, to;
        if (strstr(line, "mproc-pool") == NULL ||
            sscanf(line, "%lx-%lx rw-s", &from, &to) != 2)
            continue;
        /* The answers: its second half. */
        char *at = (char *)from + (to - from) / 2 / 4096 * 4096;
        for (size_t i = 0; i < 32 * 4096; i += 8)
            if (i % 4096 >= 1024)
                memset(at + i, 0x5a, 8);
    }
    (void)fclose(maps);
    return 0;
}

static void worker_that_damages_its_answers_is_lost(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(1);
    mp_auto(mp_result) r = mp_pool_apply_async(pool, scribble);
    assert_ok(mp_result_wait(r, PATIENCE));
    assert_works(pool);
}

static int fill_descriptors(mp_call *c)
{
    (void)c;
    struct rlimit few = {16, 16};
    setrlimit(RLIMIT_NOFILE, &few);
    while (dup(0) >= 0)
        continue;
    return 0;
}

/* Nothing of the chunk can be had: each of its items must be answered. */
static void chunk_that_a_worker_cannot_receive_fails_whole(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(1);
    mp_auto(mp_queue) q = mp_queue_new(0);
    mp_any v;
    assert_ok(mp_pool_apply(pool, fill_descriptors));
    mp_auto(mp_result) r =
        mp_pool_map_async(pool, echo, MP_LIST(q, q, q, q), .chunksize = 4);
    assert_true(mp_result_get(r, &v, PATIENCE) < 0);
    assert_int_not_equal(mp_error_last()->code, MP_TIMEOUT);
    assert_works(pool);
}

/* -- replacements ---------------------------------------------------------- */

static void lost_worker_is_replaced(void **state)
{
    (void)state;
    struct leak_snapshot *before = leak_take();
    int others = mp_active_children(NULL, 0);
    mp_pool *pool = mp_pool_new(3);
    for (int i = 0; i < 30; i++)
        (void)mp_pool_apply(pool, kill_itself);
    assert_until(mp_active_children(NULL, 0) == others + 3, PATIENCE);
    mp_pool_free(pool);
    assert_no_leak(before);
}

static void *make_and_kill(void *arg)
{
    mp_pool *pool = mp_pool_new(2);
    (void)mp_pool_apply(pool, kill_itself);
    *(mp_pool **)arg = pool;
    return NULL;
}

static void pool_outlives_the_thread_that_made_it(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = NULL;
    pthread_t thread;
    pthread_create(&thread, NULL, make_and_kill, &pool);
    pthread_join(thread, NULL);
    for (int i = 0; i < 20; i++)
        assert_works(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_pool(p1_task_of_a_killed_worker_fails_and_says_why),
        with_pool(p6_exit_in_a_task_is_a_failure_of_the_task),
        with_pool(p6_exit_at_once_in_a_task_is_one_too),
        with_pool(p49_failure_names_the_worker_and_how_it_ended),
        with_pool(every_deadly_signal_is_named),
        with_pool(pthread_exit_in_a_task_fails_it),
        with_pool(death_in_a_chunk_costs_one_item),
        with_pool(p1_map_with_a_death_fails_after_all_others_are_done),
        with_pool(what_waits_behind_a_deadly_task_is_done),
        with_pool(deaths_at_tasks_never_break_a_pool),
        with_pool(p2_worker_killed_while_it_waits_harms_nobody),
        with_pool(stopped_worker_holds_up_its_task_only),
        with_pool(p40_ctrl_c_is_for_the_parent),
        with_pool(p40_interrupted_group_leaves_workers_at_work),
        with_pool(p44_death_on_a_large_task_breaks_nothing),
        with_pool(p44_death_while_a_large_result_is_written),
        with_pool(worker_that_damages_its_answers_is_lost),
        with_pool(chunk_that_a_worker_cannot_receive_fails_whole),
        with_pool(lost_worker_is_replaced),
        with_pool(pool_outlives_the_thread_that_made_it),
    };

    return cmocka_run_group_tests(tests, make_pool, free_pool);
}
