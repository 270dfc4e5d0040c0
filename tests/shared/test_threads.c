/* ctest-label: thread */
/*
 * Threads of one process receive the same value at once and let go of it at
 * once: it has one view or none, and nothing is for ThreadSanitizer to find.
 */
#include "child.h"
#include "expect.h"
#include "leak.h"

#include <mproc.h>

#include <pthread.h>

enum { ROUNDS = 3000, ROUNDS_OF_ONE = 50 };

static mp_connection *ours[2], *theirs[2];

/* A new value now and then, each many times to both. */
static int send_to_both(void *unused)
{
    int *n = NULL;
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        if (i % ROUNDS_OF_ONE == 0) {
            mp_value_free(n);
            n = mp_value_new(int, 0);
        }
        if (mp_connection_send(theirs[0], MP_SHARED(n), 20) < 0 ||
            mp_connection_send(theirs[1], MP_SHARED(n), 20) < 0)
            return 1;
    }
    mp_value_free(n);
    return 0;
}

/* Says by its answer whether it failed. */
static void *receive_count_and_free(void *connection)
{
    for (int i = 0; i < ROUNDS; i++) {
        int *n = NULL, *same = NULL;
        if (mp_connection_recv(connection, MP_INTO_SHARED(&n), 20) < 0 ||
            mp_shared_acquire(n) != 0)
            return connection;
        ++*n;
        if (mp_shared_release(n) != 0 ||
            mp_any_into(MP_SHARED(n), MP_INTO_SHARED(&same)) < 0 || same != n)
            return connection;
        mp_value_free(n);
        mp_value_free(same);
    }
    return NULL;
}

static void two_threads_that_receive_at_once_share_one_view(void **state)
{
    (void)state;
    pthread_t other;
    void *failed = NULL;
    mp_value_free(mp_value_new(int, 0)); /* the context, made once and kept */
    struct leak_snapshot *before = leak_take();
    assert_ok(mp_pipe(&ours[0], &theirs[0]));
    assert_ok(mp_pipe(&ours[1], &theirs[1]));
    pid_t pid = child_start(send_to_both, NULL);
    pthread_create(&other, NULL, receive_count_and_free, ours[1]);
    assert_null(receive_count_and_free(ours[0]));
    pthread_join(other, &failed);
    assert_null(failed);
    assert_int_equal(child_wait(pid, 30), 0);
    for (int i = 0; i < 2; i++) {
        mp_connection_free(ours[i]);
        mp_connection_free(theirs[i]);
    }
    assert_no_leak(before);
}

/* -- one value, two threads --------------------------------------------------- */

static void *count_under_the_lock(void *shared)
{
    int *n = shared;
    for (int i = 0; i < ROUNDS; i++) {
        if (mp_shared_acquire(n) != 0)
            return n;
        ++*n;
        (void)mp_shared_release(n);
        mp_value_add(&n[1], 1);
    }
    return NULL;
}

static void two_threads_count_and_lose_nothing(void **state)
{
    (void)state;
    pthread_t other;
    void *failed = NULL;
    mp_auto_shared int *n = mp_array_new(int, 2);
    pthread_create(&other, NULL, count_under_the_lock, n);
    assert_null(count_under_the_lock(n));
    pthread_join(other, &failed);
    assert_null(failed);
    assert_int_equal(n[0], 2 * ROUNDS);
    assert_int_equal(n[1], 2 * ROUNDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_threads_that_receive_at_once_share_one_view),
        cmocka_unit_test(two_threads_count_and_lose_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
