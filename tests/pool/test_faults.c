/*
 * Memory, descriptors, processes and threads run out: a named error and
 * nothing left behind, or a wait until there are some again; never a hang.
 */
#include "child.h"
#include "fault.h"
#include "tasks.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

enum { ALL_HAD_THEIR_TURN = 50, HAPPENED = 51, WORKERS = 3 };

struct fault_at {
    enum fault kind;
    int n;
    int error;
    bool of_threads;
};

static int works(mp_pool *pool)
{
    long xs[20] = {3}, ys[20] = {0}, y = 0;
    return mp_pool_apply(pool, square, MP_ARGS(5), &y) == 0 && y == 25 &&
           mp_pool_map(pool, square, MP_ARRAY(xs), MP_INTO_ARRAY(ys)) == 0 &&
           ys[0] == 9;
}

/* Workers have inherited the fault, and each may have it once. */
static int works_in_the_end(mp_pool *pool)
{
    int left = 2 * WORKERS;
    while (!works(pool) && left > 0)
        left--;
    return left > 0;
}

static mp_pool *make(const struct fault_at *f)
{
    return f->of_threads ? mp_thread_pool_new(WORKERS) : mp_pool_new(WORKERS);
}

/* Child. The first pool makes what is made once and stays. */
static int make_with_fault(void *arg)
{
    const struct fault_at *f = arg;
    bool failed;
    mp_pool_free(make(f));
    struct leak_snapshot *before = leak_take();
    fault_arm(f->kind, f->n, f->error);
    mp_pool *pool = make(f);
    failed = fault_disarm();
    int code = pool == NULL ? mp_error_last()->code : 0;
    if (pool == NULL && !failed)
        return 1;
    /* EMFILE: no loop; EBADF: fstat says that it is another file by now. */
    if (pool == NULL && code != -f->error && code != -EMFILE && code != -EBADF)
        return 2;
    if (pool != NULL && !works_in_the_end(pool))
        return 3;
    mp_pool_free(pool);
    if (leak_count(before) != 0)
        return 4;
    leak_free(before);
    return failed ? HAPPENED : ALL_HAD_THEIR_TURN;
}

static void each_fault_in_turn(child_fn fn, struct fault_at f, int at_least)
{
    int rc;
    do {
        f.n++;
        rc = child_run(fn, &f, PATIENCE);
        if (rc != HAPPENED && rc != ALL_HAD_THEIR_TURN)
            fail_msg("fault %d: %d", f.n, rc);
    } while (rc != ALL_HAD_THEIR_TURN);
    assert_true(f.n > at_least);
}

static void constructor_survives_want_of_memory(void **state)
{
    (void)state;
    each_fault_in_turn(
        make_with_fault,
        (struct fault_at){.kind = FAULT_ALLOCATION, .error = ENOMEM}, 10);
}

/* fork among them: the second or third of the workers cannot be started. */
static void constructor_survives_every_call_that_fails(void **state)
{
    (void)state;
    each_fault_in_turn(make_with_fault,
                       (struct fault_at){.kind = FAULT_CALL, .error = EAGAIN},
                       20);
}

static void constructor_of_threads_survives_both(void **state)
{
    (void)state;
    each_fault_in_turn(make_with_fault,
                       (struct fault_at){.kind = FAULT_ALLOCATION,
                                         .error = ENOMEM,
                                         .of_threads = true},
                       4);
    each_fault_in_turn(make_with_fault,
                       (struct fault_at){.kind = FAULT_CALL,
                                         .error = EAGAIN,
                                         .of_threads = true},
                       10);
}

/* -- descriptors ----------------------------------------------------------- */

static void allow_descriptors(rlim_t n)
{
    struct rlimit limit;
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = n;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

static int make_with_few_descriptors(void *arg)
{
    int made = 0;
    (void)arg;
    mp_pool_free(mp_pool_new(WORKERS));
    struct leak_snapshot *before = leak_take();
    for (rlim_t n = 8; n < 64; n++) {
        allow_descriptors(n);
        mp_pool *pool = mp_pool_new(WORKERS);
        int code = pool == NULL ? mp_error_last()->code : 0;
        if (pool == NULL && code != -EMFILE)
            return 1;
        if (pool != NULL && !works(pool))
            return 2;
        made += pool != NULL;
        mp_pool_free(pool);
        allow_descriptors(256);
        if (leak_count(before) != 0)
            return 3;
    }
    leak_free(before);
    return made > 0 && made < 56 ? 0 : 4;
}

static void constructor_survives_want_of_descriptors(void **state)
{
    (void)state;
    assert_int_equal(child_run(make_with_few_descriptors, NULL, 100), 0);
}

static void *allow_more_soon(void *unused)
{
    (void)unused;
    usleep(300000);
    allow_descriptors(256);
    return NULL;
}

/* The seats of the dead cannot be taken until there are descriptors again. */
static int die_without_descriptors(void *arg)
{
    mp_auto(mp_pool) pool = mp_pool_new(2);
    pthread_t thread;
    (void)arg;
    if (!works(pool))
        return 1;
    allow_descriptors(4);
    for (int i = 0; i < 2; i++)
        if (mp_pool_apply(pool, kill_itself) != MP_WORKER_LOST)
            return 2;
    pthread_create(&thread, NULL, allow_more_soon, NULL);
    int rc = works(pool) ? 0 : 3;
    pthread_join(thread, NULL);
    return rc;
}

static void workers_are_replaced_once_there_are_descriptors(void **state)
{
    (void)state;
    assert_int_equal(child_run(die_without_descriptors, NULL, PATIENCE), 0);
}

/* -- at work --------------------------------------------------------------- */

static int is_fine(int rc)
{
    return rc >= 0 || rc == -ENOMEM;
}

static int use_once(mp_pool *pool)
{
    long xs[8] = {1, 2, 3, 4, 5, 6, 7, 8}, y;
    mp_any v = MP_NONE;
    int rc, results = 0;
    if (!is_fine(mp_pool_apply(pool, echo, MP_ARGS("text"), &v)))
        return 1;
    mp_any_clear(&v);
    if (!is_fine(mp_pool_map(pool, square, MP_ARRAY(xs), &v, .chunksize = 3,
                             .retries = 1)))
        return 2;
    mp_any_clear(&v);
    mp_auto(mp_iter) it =
        mp_pool_imap(pool, square, MP_ARRAY(xs), .chunksize = 3);
    if (it == NULL)
        return is_fine(mp_error_last()->code) ? 0 : 3;
    while ((rc = mp_iter_next(it, &y, PATIENCE)) != MP_STOP_ITERATION) {
        if (!is_fine(rc))
            return 4;
        if (++results > 100)
            return 5;
    }
    return 0;
}

static int use_with_fault(void *arg)
{
    const struct fault_at *f = arg;
    mp_auto(mp_pool) pool = make(f);
    if (pool == NULL)
        return 10;
    fault_arm(f->kind, f->n, f->error);
    int rc = use_once(pool);
    bool failed = fault_disarm();
    if (rc != 0)
        return rc;
    if (!works(pool))
        return 11;
    return failed ? HAPPENED : ALL_HAD_THEIR_TURN;
}

static void calls_survive_want_of_memory(void **state)
{
    (void)state;
    each_fault_in_turn(
        use_with_fault,
        (struct fault_at){.kind = FAULT_ALLOCATION, .error = ENOMEM}, 10);
}

struct source {
    long left;
};

static int give_text(mp_call *c)
{
    struct source *s = mp_call_self(c);
    return s->left-- > 0 ? mp_return(c, "a text") : MP_STOP_ITERATION;
}

static int read_with_fault(void *arg)
{
    const struct fault_at *f = arg;
    mp_auto(mp_pool) pool = make(f);
    struct source s = {10};
    mp_auto(mp_iter) it = mp_pool_imap(pool, echo, MP_NONE, .next = give_text,
                                       .self = &s, .chunksize = 2);
    int rc, results = 0;
    fault_arm(f->kind, f->n, f->error);
    for (;;) {
        mp_any v = MP_NONE;
        rc = mp_iter_next(it, &v, PATIENCE);
        mp_any_clear(&v);
        if (rc == MP_STOP_ITERATION)
            break;
        if (!is_fine(rc))
            return 1;
        if (++results > 100)
            return 2;
    }
    bool failed = fault_disarm();
    if (!failed && results != 10)
        return 3;
    return !works(pool) ? 4 : failed ? HAPPENED : ALL_HAD_THEIR_TURN;
}

static void endless_input_survives_want_of_memory(void **state)
{
    (void)state;
    each_fault_in_turn(
        read_with_fault,
        (struct fault_at){.kind = FAULT_ALLOCATION, .error = ENOMEM}, 10);
}

/* -- in workers ------------------------------------------------------------ */

/* The n-th allocation from now on fails in the worker, in or after its task:
   it fails, or the worker is lost, but it is told. */
static int arm_in_worker(mp_call *c)
{
    long n;
    MP_TRY(mp_call_args(c, &n));
    fault_arm(FAULT_ALLOCATION, (int)n, ENOMEM);
    return mp_return(c, MP_LIST("a", "b", 3));
}

static void worker_without_memory_fails_a_task_or_two(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(1);
    for (int n = 1; n < 40; n++) {
        mp_any v = MP_NONE;
        mp_auto(mp_result) r =
            mp_pool_apply_async(pool, arm_in_worker, MP_ARGS(n));
        int rc = mp_result_get(r, &v, PATIENCE);
        assert_true(rc == 0 || rc == -ENOMEM || rc == MP_WORKER_LOST ||
                    rc == MP_ENCODING_ERROR);
        mp_any_clear(&v);
        mp_auto(mp_result) m = mp_pool_map_async(
            pool, echo, MP_LIST("a", 1, "b", MP_LIST(2, 3)), .chunksize = 4);
        rc = mp_result_wait(m, PATIENCE);
        assert_ok(rc);
    }
}

/* -- no shared memory by name ---------------------------------------------- */

static void p43_pool_needs_no_dev_shm(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(2);
    char line[512];
    assert_works(pool);
    FILE *maps = fopen("/proc/self/maps", "r");
    while (fgets(line, sizeof line, maps) != NULL)
        assert_null(strstr(line, "/dev/shm"));
    fclose(maps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constructor_survives_want_of_memory),
        cmocka_unit_test(constructor_survives_every_call_that_fails),
        cmocka_unit_test(constructor_of_threads_survives_both),
        cmocka_unit_test(constructor_survives_want_of_descriptors),
        cmocka_unit_test(workers_are_replaced_once_there_are_descriptors),
        cmocka_unit_test(calls_survive_want_of_memory),
        cmocka_unit_test(endless_input_survives_want_of_memory),
        cmocka_unit_test(worker_without_memory_fails_a_task_or_two),
        cmocka_unit_test(p43_pool_needs_no_dev_shm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
