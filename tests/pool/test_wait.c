/*
 * Waiting for many futures: wait and as_completed.
 */
#include "futures.h"

#include <pthread.h>
#include <stdatomic.h>

/* Five futures of no executor, to be completed as a test wants it. */
enum { FIVE = 5 };

static void make_five(mp_future *fs[FIVE])
{
    for (int i = 0; i < FIVE; i++) {
        fs[i] = mp_future_new();
        assert_made(fs[i]);
    }
}

static void free_five(mp_future *fs[FIVE])
{
    for (int i = 0; i < FIVE; i++)
        mp_future_free(fs[i]);
}

static void finish(mp_future *f)
{
    assert_ok(mp_future_set_result(f, 1));
}

/* Completes what it is given, once the other thread waits. */
static void *finish_soon(void *f)
{
    (void)usleep(20000);
    return mp_future_set_result((mp_future *)f, 2) == 0 ? f : NULL;
}

static void *fail_soon(void *f)
{
    (void)usleep(20000);
    return mp_future_set_exception(f, MP_EOF, "over") == 0 ? f : NULL;
}

static void *cancel_soon(void *f)
{
    (void)usleep(20000);
    return mp_future_cancel(f) == 1 &&
                   mp_future_set_running_or_notify_cancel(f) == 0
               ? f
               : NULL;
}

static pthread_t begin(void *(*fn)(void *), void *f)
{
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, fn, f), 0);
    return thread;
}

static void end(pthread_t thread)
{
    void *ok = NULL;

    assert_int_equal(pthread_join(thread, &ok), 0);
    assert_non_null(ok);
}

/* -- wait ------------------------------------------------------------------ */

static void wait_for_all_puts_the_done_ones_first(void **state)
{
    (void)state;
    mp_future *fs[FIVE], *was[FIVE];
    make_five(fs);
    memcpy(was, fs, sizeof fs);
    finish(fs[1]);
    finish(fs[4]);
    assert_int_equal(mp_wait(fs, FIVE, MP_ALL_COMPLETED, 0.02), 2);
    assert_ptr_equal(fs[0], was[1]);
    assert_ptr_equal(fs[1], was[4]);
    assert_ptr_equal(fs[2], was[0]);
    assert_ptr_equal(fs[3], was[2]);
    assert_ptr_equal(fs[4], was[3]);
    free_five(fs);
}

static void wait_for_all_of_an_executor(void **state)
{
    (void)state;
    static mp_future *fs[1500];
    mp_auto(mp_executor) x = mp_executor_new(2);
    for (int i = 0; i < 1500; i++)
        fs[i] = i % 100 == 3 ? mp_executor_submit(x, refuse)
                             : mp_executor_submit(x, square, MP_ARGS(i));
    assert_int_equal(mp_wait(fs, 1500), 1500);
    for (int i = 0; i < 1500; i++) {
        assert_int_equal(mp_future_done(fs[i]), 1);
        mp_future_free(fs[i]);
    }
}

static void wait_for_the_first_ends_with_it(void **state)
{
    (void)state;
    mp_future *fs[FIVE], *first;
    make_five(fs);
    first = fs[3];
    pthread_t thread = begin(finish_soon, first);
    assert_int_equal(mp_wait(fs, FIVE, MP_FIRST_COMPLETED), 1);
    assert_ptr_equal(fs[0], first);
    end(thread);
    assert_int_equal(mp_wait(fs, FIVE, MP_FIRST_COMPLETED), 1);
    free_five(fs);
}

static void wait_for_an_exception_does_not_end_with_a_result(void **state)
{
    (void)state;
    mp_future *fs[FIVE];
    make_five(fs);
    finish(fs[0]);
    assert_int_equal(mp_wait(fs, FIVE, MP_FIRST_EXCEPTION, 0.02), 1);
    pthread_t thread = begin(fail_soon, fs[2]);
    assert_int_equal(mp_wait(fs, FIVE, MP_FIRST_EXCEPTION), 2);
    end(thread);
    assert_int_equal(mp_wait(fs, FIVE, MP_FIRST_EXCEPTION), 2);
    free_five(fs);
}

static void cancelled_is_no_exception_but_done_when_it_is_known(void **state)
{
    (void)state;
    mp_future *fs[FIVE], *f;
    make_five(fs);
    f = fs[0];
    assert_int_equal(mp_future_cancel(f), 1);
    assert_int_equal(mp_wait(fs, FIVE, MP_FIRST_COMPLETED, 0.02), 0);
    assert_int_equal(mp_future_set_running_or_notify_cancel(f), 0);
    assert_int_equal(mp_wait(fs, FIVE, MP_FIRST_COMPLETED), 1);
    assert_int_equal(mp_wait(fs, FIVE, MP_FIRST_EXCEPTION, 0.02), 1);
    pthread_t thread = begin(cancel_soon, fs[1]);
    assert_int_equal(mp_wait(fs, 2), 2);
    end(thread);
    free_five(fs);
}

static void wait_for_an_exception_ends_when_all_are_done(void **state)
{
    (void)state;
    mp_future *fs[FIVE];
    make_five(fs);
    for (int i = 1; i < FIVE; i++)
        finish(fs[i]);
    pthread_t thread = begin(finish_soon, fs[0]);
    assert_int_equal(mp_wait(fs, FIVE, MP_FIRST_EXCEPTION), FIVE);
    end(thread);
    free_five(fs);
}

static void timeout_is_no_error(void **state)
{
    (void)state;
    mp_future *fs[FIVE];
    make_five(fs);
    double start = until_now();
    assert_int_equal(mp_wait(fs, FIVE, MP_FIRST_COMPLETED, 0.1), 0);
    assert_true(until_now() - start >= 0.1);
    assert_int_equal(mp_wait(fs, FIVE, MP_ALL_COMPLETED, 0), 0);
    free_five(fs);
}

static void one_that_is_there_twice_counts_twice(void **state)
{
    (void)state;
    mp_auto(mp_future) f = mp_future_new();
    mp_auto(mp_future) g = mp_future_new();
    mp_future *fs[4] = {g, f, f, g};
    pthread_t thread = begin(finish_soon, f);
    assert_int_equal(mp_wait(fs, 4, MP_FIRST_COMPLETED), 2);
    assert_ptr_equal(fs[0], f);
    assert_ptr_equal(fs[1], f);
    end(thread);
    finish(g);
    assert_int_equal(mp_wait(fs, 4), 4);
}

static void wait_for_none_is_over_at_once(void **state)
{
    (void)state;
    assert_int_equal(mp_wait(NULL, 0), 0);
    assert_int_equal(mp_wait(NULL, 0, MP_FIRST_COMPLETED), 0);
}

static void bad_wait_is_refused_and_leaves_the_array(void **state)
{
    (void)state;
    mp_auto(mp_future) f = mp_future_new();
    mp_future *fs[2] = {f, NULL};
    assert_true(mp_wait(fs, 2) < 0);
    assert_ptr_equal(fs[0], f);
    assert_raises_saying(MP_VALUE_ERROR, "invalid return condition: 7",
                         mp_wait(fs, 1, 7));
    assert_null(mp_as_completed(fs, 2));
}

static void futures_of_several_kinds_may_be_waited_for_together(void **state)
{
    (void)state;
    mp_auto(mp_executor) x = mp_executor_new(1);
    mp_auto(mp_executor) y = mp_thread_executor_new(2);
    mp_future *fs[3] = {mp_executor_submit(x, square, MP_ARGS(2)),
                        mp_executor_submit(y, square, MP_ARGS(3)),
                        mp_future_new()};
    pthread_t thread = begin(finish_soon, fs[2]);
    assert_int_equal(mp_wait(fs, 3), 3);
    end(thread);
    for (int i = 0; i < 3; i++)
        mp_future_free(fs[i]);
}

struct other {
    mp_future *f;
    atomic_int refused;
};

static int wait_in_callback(mp_call *c)
{
    struct other *other = mp_call_self(c);

    atomic_store(&other->refused, mp_wait(&other->f, 1) == MP_RUNTIME_ERROR);
    return 0;
}

static void callback_cannot_wait_for_its_own_executor(void **state)
{
    (void)state;
    struct held h = hold_one_worker();
    struct other other = {.f = h.first};
    mp_auto(mp_future) f = mp_executor_submit(h.x, square, MP_ARGS(1));
    assert_ok(mp_future_add_done_callback(f, wait_in_callback, &other));
    assert_int_equal(mp_future_cancel(f), 1);
    assert_until(atomic_load(&other.refused), 10);
    release(&h);
}

struct waiter {
    mp_future *fs[FIVE];
    int done;
};

static void *wait_for_five(void *arg)
{
    struct waiter *w = arg;

    w->done = mp_wait(w->fs, FIVE);
    return w;
}

static void several_threads_may_wait_for_the_same(void **state)
{
    (void)state;
    mp_future *fs[FIVE];
    struct waiter w[4];
    pthread_t threads[4];
    make_five(fs);
    for (int i = 0; i < 4; i++) {
        memcpy(w[i].fs, fs, sizeof fs);
        threads[i] = begin(wait_for_five, &w[i]);
    }
    for (int i = 0; i < FIVE; i++)
        finish(fs[i]);
    for (int i = 0; i < 4; i++) {
        end(threads[i]);
        assert_int_equal(w[i].done, FIVE);
    }
    free_five(fs);
}

/* -- as_completed ---------------------------------------------------------- */

static mp_future *next_of(mp_iter *it)
{
    mp_future *f = NULL;

    assert_ok(mp_iter_next(it, &f));
    mp_future_free(f);
    return f;
}

static void each_comes_once_and_those_done_already_first(void **state)
{
    (void)state;
    mp_future *f;
    mp_future *fs[FIVE];
    make_five(fs);
    finish(fs[3]);
    finish(fs[1]);
    mp_iter *it = mp_as_completed(fs, FIVE);
    assert_made(it);
    assert_ptr_equal(next_of(it), fs[1]);
    assert_ptr_equal(next_of(it), fs[3]);
    for (int i = FIVE - 1; i >= 0; i -= 2) {
        finish(fs[i]);
        assert_ptr_equal(next_of(it), fs[i]);
    }
    assert_raises(MP_STOP_ITERATION, mp_iter_next(it, &f));
    assert_raises(MP_STOP_ITERATION, mp_iter_next(it, &f, 0));
    mp_iter_free(it);
    free_five(fs);
}

static void one_that_is_there_twice_comes_once(void **state)
{
    (void)state;
    mp_future *f;
    mp_auto(mp_future) a = mp_future_new();
    mp_auto(mp_future) b = mp_future_new();
    mp_future *fs[4] = {a, b, a, a};
    finish(a);
    mp_auto(mp_iter) it = mp_as_completed(fs, 4);
    assert_ptr_equal(next_of(it), a);
    finish(b);
    assert_ptr_equal(next_of(it), b);
    assert_raises(MP_STOP_ITERATION, mp_iter_next(it, &f));
}

static void iterator_is_over_after_its_timeout(void **state)
{
    (void)state;
    mp_future *fs[FIVE], *f;
    make_five(fs);
    finish(fs[0]);
    finish(fs[1]);
    mp_auto(mp_iter) it = mp_as_completed(fs, 4, 0.05);
    assert_ptr_equal(next_of(it), fs[0]);
    assert_ptr_equal(next_of(it), fs[1]);
    assert_raises_saying(MP_TIMEOUT, "2 (of 4) futures unfinished",
                         mp_iter_next(it, &f));
    finish(fs[2]);
    assert_raises(MP_STOP_ITERATION, mp_iter_next(it, &f));
    free_five(fs);
}

static void timeout_of_one_next_leaves_the_iterator(void **state)
{
    (void)state;
    mp_future *fs[FIVE], *f;
    make_five(fs);
    mp_auto(mp_iter) it = mp_as_completed(fs, FIVE);
    assert_raises(MP_TIMEOUT, mp_iter_next(it, &f, 0.01));
    finish(fs[4]);
    assert_ptr_equal(next_of(it), fs[4]);
    free_five(fs);
}

static void future_that_does_not_fit_comes_next(void **state)
{
    (void)state;
    mp_future *fs[FIVE];
    long n;
    make_five(fs);
    finish(fs[2]);
    mp_auto(mp_iter) it = mp_as_completed(fs, FIVE);
    assert_raises_saying(MP_TYPE_ERROR, "expected int, got Future",
                         mp_iter_next(it, &n));
    assert_ptr_equal(next_of(it), fs[2]);
    free_five(fs);
}

static void iterator_keeps_its_futures(void **state)
{
    (void)state;
    mp_future *fs[FIVE], *f = NULL;
    make_five(fs);
    finish(fs[0]);
    mp_auto(mp_iter) it = mp_as_completed(fs, FIVE);
    free_five(fs);
    assert_ok(mp_iter_next(it, &f));
    assert_int_equal(result_of(f), 1);
    mp_future_free(f);
}

static void thousands_come_as_they_are_completed(void **state)
{
    (void)state;
    static mp_future *fs[1000];
    long sum = 0, v;
    mp_auto(mp_executor) x = mp_executor_new(2);
    for (long i = 0; i < 1000; i++)
        fs[i] = mp_executor_submit(x, square, MP_ARGS(i));
    mp_auto(mp_iter) it = mp_as_completed(fs, 1000);
    for (mp_future *f; mp_iter_next(it, &f) == 0; mp_future_free(f)) {
        assert_int_equal(mp_future_done(f), 1);
        assert_ok(mp_future_result(f, &v));
        sum += v;
    }
    assert_int_equal(sum, 999L * 1000 * 1999 / 6);
    for (int i = 0; i < 1000; i++)
        mp_future_free(fs[i]);
}

static void cancelled_and_lost_ones_come_too(void **state)
{
    (void)state;
    struct held h = hold_one_worker();
    mp_future *fs[3] = {mp_executor_submit(h.x, square, MP_ARGS(1)), h.first,
                        mp_executor_submit(h.x, die)};
    mp_iter *it = mp_as_completed(fs, 3);
    assert_int_equal(mp_future_cancel(fs[0]), 1);
    assert_ptr_equal(next_of(it), fs[0]);
    assert_ok(mp_event_set(h.e));
    assert_ptr_equal(next_of(it), fs[1]);
    assert_ptr_equal(next_of(it), fs[2]);
    assert_raises(MP_WORKER_LOST, mp_future_result(fs[2]));
    mp_iter_free(it);
    release(&h);
    mp_future_free(fs[0]);
    mp_future_free(fs[2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wait_for_all_puts_the_done_ones_first),
        cmocka_unit_test(wait_for_all_of_an_executor),
        cmocka_unit_test(wait_for_the_first_ends_with_it),
        cmocka_unit_test(wait_for_an_exception_does_not_end_with_a_result),
        cmocka_unit_test(cancelled_is_no_exception_but_done_when_it_is_known),
        cmocka_unit_test(wait_for_an_exception_ends_when_all_are_done),
        cmocka_unit_test(timeout_is_no_error),
        cmocka_unit_test(one_that_is_there_twice_counts_twice),
        cmocka_unit_test(wait_for_none_is_over_at_once),
        cmocka_unit_test(bad_wait_is_refused_and_leaves_the_array),
        cmocka_unit_test(futures_of_several_kinds_may_be_waited_for_together),
        cmocka_unit_test(callback_cannot_wait_for_its_own_executor),
        cmocka_unit_test(several_threads_may_wait_for_the_same),
        cmocka_unit_test(each_comes_once_and_those_done_already_first),
        cmocka_unit_test(one_that_is_there_twice_comes_once),
        cmocka_unit_test(iterator_is_over_after_its_timeout),
        cmocka_unit_test(timeout_of_one_next_leaves_the_iterator),
        cmocka_unit_test(future_that_does_not_fit_comes_next),
        cmocka_unit_test(iterator_keeps_its_futures),
        cmocka_unit_test(thousands_come_as_they_are_completed),
        cmocka_unit_test(cancelled_and_lost_ones_come_too),
    };

    return cmocka_run_group_tests(tests, warm_up, NULL);
}
