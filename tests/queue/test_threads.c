/* ctest-label: thread */
/*
 * Threads of one process at a queue: nothing is lost or doubled, and nothing
 * is for ThreadSanitizer to find.
 */
#include "crowd.h"

#include <pthread.h>

struct job {
    child_fn fn;
    struct crowd *crowd;
    int rc;
};

static void *run_job(void *arg)
{
    struct job *job = arg;
    job->rc = job->fn(job->crowd);
    return NULL;
}

static void run_threads(struct crowd *c, child_fn put, child_fn get)
{
    pthread_t threads[2 * CROWD_MAX];
    struct job jobs[2 * CROWD_MAX];
    int n = c->producers;
    for (int i = 0; i < 2 * n; i++) {
        jobs[i] = (struct job){i < n ? put : get, c, -1};
        pthread_create(&threads[i], NULL, run_job, &jobs[i]);
    }
    for (int i = 0; i < 2 * n; i++) {
        for (int k = 0; i == n && k < n; k++)
            assert_ok(mp_queue_put(c->q, LAST));
        pthread_join(threads[i], NULL);
        assert_int_equal(jobs[i].rc, 0);
    }
}

/* Each makes the first queue of the process, as far as it knows, and is the
   first to use it. */
static void *make_and_use(void *start)
{
    int n = 0;
    pthread_barrier_wait(start);
    mp_queue *q = mp_queue_new();
    int rc = mp_queue_put(q, 7);
    if (rc == 0)
        rc = mp_queue_get(q, &n);
    mp_queue_free(q);
    return rc == 0 && n == 7 ? NULL : start;
}

static void four_threads_make_the_first_queue_at_once(void **state)
{
    (void)state;
    pthread_barrier_t start;
    pthread_t threads[4];
    void *failed;
    pthread_barrier_init(&start, NULL, 4);
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, make_and_use, &start);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    pthread_barrier_destroy(&start);
}

static void one_thread_to_one(void **state)
{
    (void)state;
    conserve(run_threads, 1, 0, false);
    conserve(run_threads, 1, 10, false);
}

static void four_threads_to_four(void **state)
{
    (void)state;
    conserve(run_threads, 4, 0, false);
    conserve(run_threads, 4, 3, false);
}

static void four_threads_to_four_in_batches(void **state)
{
    (void)state;
    conserve(run_threads, 4, 0, true);
    conserve(run_threads, 4, 50, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_threads_make_the_first_queue_at_once),
        cmocka_unit_test(one_thread_to_one),
        cmocka_unit_test(four_threads_to_four),
        cmocka_unit_test(four_threads_to_four_in_batches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
