/*
 * The end of an executor: shutdown, also by several threads and at the end of
 * the program.
 */
#include "futures.h"

#include <pthread.h>
#include <stdatomic.h>

/* -- shutdown -------------------------------------------------------------- */

static void shutdown_runs_what_is_pending(void **state)
{
    (void)state;
    mp_future *fs[50];
    mp_auto(mp_executor) x = mp_executor_new(2);
    for (int i = 0; i < 50; i++)
        fs[i] = mp_executor_submit(x, square, MP_ARGS(i));
    assert_ok(mp_executor_shutdown(x));
    for (int i = 0; i < 50; i++) {
        assert_int_equal(mp_future_done(fs[i]), 1);
        assert_int_equal(result_of(fs[i]), i * i);
        mp_future_free(fs[i]);
    }
    assert_no_new_futures(x);
    assert_ok(mp_executor_shutdown(x));
    assert_ok(mp_executor_shutdown(x, true, true));
}

static void shutdown_before_the_first_task_starts_nothing(void **state)
{
    (void)state;
    mp_auto(mp_executor) x = mp_executor_new(2);
    assert_ok(mp_executor_shutdown(x));
    assert_no_new_futures(x);
}

static void shutdown_need_not_wait(void **state)
{
    (void)state;
    struct held h = hold_one_worker();
    mp_auto(mp_future) f = mp_executor_submit(h.x, square, MP_ARGS(3));
    assert_ok(mp_executor_shutdown(h.x, false));
    assert_int_equal(mp_future_running(h.first), 1);
    assert_no_new_futures(h.x);
    assert_ok(mp_event_set(h.e));
    assert_int_equal(result_of(f), 9);
    release(&h);
}

static void shutdown_may_cancel_what_has_not_begun(void **state)
{
    (void)state;
    mp_future *fs[500];
    struct held h = hold_one_worker();
    for (int i = 0; i < 500; i++)
        fs[i] = mp_executor_submit(h.x, square, MP_ARGS(i));
    assert_ok(mp_executor_shutdown(h.x, false, true));
    for (int i = 0; i < 500; i++) {
        assert_int_equal(mp_future_cancelled(fs[i]), 1);
        mp_future_free(fs[i]);
    }
    assert_int_equal(mp_future_done(h.first), 0);
    assert_ok(mp_event_set(h.e));
    assert_int_equal(result_of(h.first), 7);
    release(&h);
}

struct crew {
    mp_executor *x;
    atomic_int submitted;
    atomic_int done;
    atomic_int wrong;
};

static int count_done(mp_call *c)
{
    struct crew *crew = mp_call_self(c);

    atomic_fetch_add(&crew->done, 1);
    return 0;
}

static void *submit_until_shut(void *arg)
{
    struct crew *crew = arg;
    mp_future *f;

    while ((f = mp_executor_submit(crew->x, square, MP_ARGS(2))) != NULL) {
        atomic_fetch_add(&crew->submitted, 1);
        if (mp_future_add_done_callback(f, count_done, crew) < 0)
            atomic_fetch_add(&crew->wrong, 1);
        mp_future_free(f);
    }
    if (mp_error_last()->code != MP_RUNTIME_ERROR)
        atomic_fetch_add(&crew->wrong, 1);
    return NULL;
}

static void *shut_it_down(void *arg)
{
    struct crew *crew = arg;

    if (mp_executor_shutdown(crew->x, true, true) < 0)
        atomic_fetch_add(&crew->wrong, 1);
    return NULL;
}

static void several_threads_may_submit_and_shut_down(void **state)
{
    (void)state;
    pthread_t submit[3], shut[3];
    struct crew crew = {.x = mp_executor_new(2)};
    for (int i = 0; i < 3; i++)
        (void)pthread_create(&submit[i], NULL, submit_until_shut, &crew);
    assert_until(atomic_load(&crew.submitted) > 500, 20);
    for (int i = 0; i < 3; i++)
        (void)pthread_create(&shut[i], NULL, shut_it_down, &crew);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pthread_join(shut[i], NULL), 0);
        assert_int_equal(pthread_join(submit[i], NULL), 0);
    }
    mp_executor_free(crew.x);
    assert_int_equal(atomic_load(&crew.wrong), 0);
    assert_int_equal(atomic_load(&crew.done), atomic_load(&crew.submitted));
}

static int shut_down_here(mp_call *c)
{
    struct crew *crew = mp_call_self(c);

    if (mp_executor_shutdown(crew->x, true) == MP_RUNTIME_ERROR)
        atomic_fetch_add(&crew->done, 1);
    return 0;
}

static void callback_that_waits_for_the_shutdown_is_refused(void **state)
{
    (void)state;
    struct held h = hold_one_worker();
    struct crew crew = {.x = h.x};
    assert_ok(mp_future_add_done_callback(h.first, shut_down_here, &crew));
    release(&h);
    assert_int_equal(atomic_load(&crew.done), 1);
}

static int submit_next(mp_call *c)
{
    struct crew *crew = mp_call_self(c);
    mp_future *f = mp_executor_submit(crew->x, square, MP_ARGS(2));

    if (f == NULL)
        return mp_error_last()->code;
    atomic_fetch_add(&crew->submitted, 1);
    mp_future_free(f);
    return 0;
}

static void callback_may_submit(void **state)
{
    (void)state;
    struct held h = hold_one_worker();
    struct crew crew = {.x = h.x};
    assert_ok(mp_future_add_done_callback(h.first, submit_next, &crew));
    assert_ok(mp_event_set(h.e));
    assert_until(atomic_load(&crew.submitted) == 1, 10);
    release(&h);
}

/* Spec of Python: a program does not end before its executor's work. */
static int end_with_work_left(void *arg)
{
    static mp_executor *x;

    x = mp_executor_new(2);
    for (int i = 0; i < 200; i++)
        mp_future_free(mp_executor_submit(x, count, MP_ARGS(MP_SHARED(arg))));
    exit(0);
}

static void program_ends_after_the_work_of_its_executor(void **state)
{
    (void)state;
    int *n = mp_value_new(int, 0);
    assert_int_equal(child_run(end_with_work_left, n, 30), 0);
    assert_int_equal(*n, 200);
    mp_value_free(n);
}

static int main_with_a_map_left(mp_call *c)
{
    static mp_executor *x; /* it is left behind, not lost; and so is ... */
    static mp_iter *it;

    (void)c;
    x = mp_executor_new(2);
    it = mp_executor_map(x, square, MP_LIST(1, 2, 3, 4, 5, 6), .buffersize = 2);
    return it == NULL ? mp_error_last()->code : 0;
}

static int end_with_a_map_left(void *arg)
{
    (void)arg;
    exit(mp_main(main_with_a_map_left));
}

static void program_ends_though_nobody_asks_for_a_map(void **state)
{
    (void)state;
    assert_int_equal(child_run(end_with_a_map_left, NULL, 30), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shutdown_runs_what_is_pending),
        cmocka_unit_test(shutdown_before_the_first_task_starts_nothing),
        cmocka_unit_test(shutdown_need_not_wait),
        cmocka_unit_test(shutdown_may_cancel_what_has_not_begun),
        cmocka_unit_test(several_threads_may_submit_and_shut_down),
        cmocka_unit_test(callback_that_waits_for_the_shutdown_is_refused),
        cmocka_unit_test(callback_may_submit),
        cmocka_unit_test(program_ends_after_the_work_of_its_executor),
        cmocka_unit_test(program_ends_though_nobody_asks_for_a_map),
    };

    return cmocka_run_group_tests(tests, warm_up, NULL);
}
