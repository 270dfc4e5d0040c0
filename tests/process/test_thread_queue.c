/* ctest-label: thread */
/*
 * Queues between threads of one process: nothing is lost, what one put in comes
 * out in order, and each is told when there is nothing or no room.
 */
#include "crew.h"

#include <stdatomic.h>

enum { EACH = 2000 };

static atomic_long sum;

static int produce(mp_call *c)
{
    mp_queue *q;
    int i;
    MP_TRY(mp_call_args(c, &q, &i));
    for (int n = 0; n < EACH; n++)
        MP_TRY(mp_queue_put(q, MP_TUPLE(i, n), 20.0));
    return 0;
}

/* What one thread put in comes out in order. */
static int consume(mp_call *c)
{
    int last[THREADS], i, n;
    mp_queue *q;
    MP_TRY(mp_call_args(c, &q));
    for (i = 0; i < THREADS; i++)
        last[i] = -1;
    for (;;) {
        MP_TRY(mp_queue_get(q, MP_UNPACK(&i, &n), 20.0));
        if (i < 0)
            return 0;
        if (n <= last[i])
            return mp_raise(c, MP_VALUE_ERROR, "%d after %d", n, last[i]);
        last[i] = n;
        sum += n + 1;
    }
}

static void carry(int64_t maxsize)
{
    mp_auto(mp_queue) q = mp_queue_new(maxsize);
    mp_thread *consumers[THREADS];
    sum = 0;
    for (int i = 0; i < THREADS; i++) {
        consumers[i] = mp_thread_new(consume, .args = MP_ARGS(q));
        assert_ok(mp_thread_start(consumers[i]));
    }
    start_all(produce, MP(q));
    join_all();
    for (int i = 0; i < THREADS; i++)
        assert_ok(mp_queue_put(q, MP_TUPLE(-1, 0)));
    for (int i = 0; i < THREADS; i++) {
        assert_ok(mp_thread_join(consumers[i], 60.0));
        mp_thread_free(consumers[i]);
    }
    assert_int_equal(sum, (long)THREADS * EACH * (EACH + 1) / 2);
    assert_int_equal(mp_queue_empty(q), 1);
}

static void queue_loses_nothing_between_threads(void **state)
{
    (void)state;
    carry(0);
    carry(3);
}

static int try_get(mp_call *c)
{
    mp_queue *q;
    int n;
    MP_TRY(mp_call_args(c, &q));
    return mp_queue_get(q, &n, 0.05);
}

static int try_put(mp_call *c)
{
    mp_queue *q;
    MP_TRY(mp_call_args(c, &q));
    return mp_queue_put(q, 1, 0.05);
}

static void queue_tells_a_thread_that_it_is_empty_or_full(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new(1);
    assert_int_equal(of_another_thread(try_get, MP(q)), MP_EMPTY);
    assert_int_equal(of_another_thread(try_put, MP(q)), 0);
    assert_int_equal(of_another_thread(try_put, MP(q)), MP_FULL);
}

/* -- JoinableQueue --------------------------------------------------------- */

static int do_tasks(mp_call *c)
{
    mp_queue *q;
    int i, n;
    MP_TRY(mp_call_args(c, &q, &i));
    do {
        MP_TRY(mp_queue_get(q, &n, 20.0));
        sum += n;
        MP_TRY(mp_queue_task_done(q));
    } while (n != 0);
    return 0;
}

static void join_waits_for_the_tasks_of_threads(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_joinable_queue_new();
    sum = 0;
    start_all(do_tasks, MP(q));
    for (int n = 1; n <= EACH; n++)
        assert_ok(mp_queue_put(q, n));
    assert_ok(mp_queue_join(q));
    assert_int_equal(sum, (long)EACH * (EACH + 1) / 2);
    for (int i = 0; i < THREADS; i++)
        assert_ok(mp_queue_put(q, 0));
    join_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queue_loses_nothing_between_threads),
        cmocka_unit_test(queue_tells_a_thread_that_it_is_empty_or_full),
        cmocka_unit_test(join_waits_for_the_tasks_of_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
