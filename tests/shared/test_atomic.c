/*
 * Atomic changes: of every type, and exact among processes that do not wait
 * for one another.
 */
#include "child.h"
#include "expect.h"

#include <mproc.h>

enum { PROCESSES = 4, TIMES = 50000 };

#define ASSERT_INT_OPS(T_)                                           \
    do {                                                             \
        T_ n_ = 12, expected_ = 1;                                   \
        assert_true(mp_value_add(&n_, 3) == 15 && n_ == 15);         \
        assert_true(mp_value_sub(&n_, 1) == 14 && n_ == 14);         \
        assert_true(mp_value_and(&n_, 6) == 6 && n_ == 6);           \
        assert_true(mp_value_or(&n_, 1) == 7 && n_ == 7);            \
        assert_true(mp_value_exchange(&n_, 9) == 7 && n_ == 9);      \
        assert_false(mp_value_compare_exchange(&n_, &expected_, 2)); \
        assert_true(expected_ == 9 && n_ == 9);                      \
        assert_true(mp_value_compare_exchange(&n_, &expected_, 2));  \
        assert_true(mp_value_load(&n_) == 2);                        \
        mp_value_store(&n_, 5);                                      \
        assert_true(n_ == 5);                                        \
    } while (0)

static void every_integer_has_every_operation(void **state)
{
    (void)state;
    ASSERT_INT_OPS(char);
    ASSERT_INT_OPS(signed char);
    ASSERT_INT_OPS(unsigned char);
    ASSERT_INT_OPS(short);
    ASSERT_INT_OPS(unsigned short);
    ASSERT_INT_OPS(int);
    ASSERT_INT_OPS(unsigned);
    ASSERT_INT_OPS(long);
    ASSERT_INT_OPS(unsigned long);
    ASSERT_INT_OPS(long long);
    ASSERT_INT_OPS(unsigned long long);
}

#define ASSERT_FLOAT_OPS(T_)                                         \
    do {                                                             \
        T_ f_ = 1, expected_ = 0;                                    \
        assert_true(mp_value_add(&f_, (T_)0.5) == (T_)1.5);          \
        assert_true(mp_value_sub(&f_, (T_)2) == (T_)-0.5);           \
        assert_true(mp_value_exchange(&f_, (T_)4) == (T_)-0.5);      \
        assert_false(mp_value_compare_exchange(&f_, &expected_, 1)); \
        assert_true(mp_value_compare_exchange(&f_, &expected_, 1));  \
        mp_value_store(&f_, (T_)8);                                  \
        assert_true(mp_value_load(&f_) == (T_)8 && expected_ == 4);  \
    } while (0)

static void floats_are_added_and_exchanged(void **state)
{
    (void)state;
    ASSERT_FLOAT_OPS(float);
    ASSERT_FLOAT_OPS(double);
}

static void bool_is_exchanged(void **state)
{
    (void)state;
    mp_auto_shared bool *b = mp_value_new(bool, false);
    bool expected = false;
    assert_false(mp_value_exchange(b, true));
    assert_false(mp_value_compare_exchange(b, &expected, true));
    assert_true(expected && mp_value_load(b));
    mp_value_store(b, false);
    assert_false(*b);
}

static void integers_wrap_around(void **state)
{
    (void)state;
    mp_auto_shared int *n = mp_value_new(int, INT32_MAX);
    mp_auto_shared unsigned char *u = mp_value_new(unsigned char, 255);
    assert_int_equal(mp_value_add(n, 1), INT32_MIN);
    assert_int_equal(mp_value_add(u, 1), 0);
}

static void functions_do_what_the_macros_do(void **state)
{
    (void)state;
    mp_auto_shared short *n = mp_value_new(short, 12);
    int64_t expected = 1;
    assert_int_equal((mp_value_add)(n, sizeof *n, 3), 15);
    assert_int_equal((mp_value_sub)(n, sizeof *n, 1), 14);
    assert_int_equal((mp_value_and)(n, sizeof *n, 6), 6);
    assert_int_equal((mp_value_or)(n, sizeof *n, 1), 7);
    assert_int_equal((mp_value_exchange)(n, sizeof *n, -1), 7);
    assert_false((mp_value_compare_exchange)(n, sizeof *n, &expected, 2));
    assert_int_equal(expected, -1);
    assert_true((mp_value_compare_exchange)(n, sizeof *n, &expected, 2));
    assert_int_equal((mp_value_load)(n, sizeof *n), 2);
    (mp_value_store)(n, sizeof *n, 5);
    assert_int_equal(*n, 5);
}

static void functions_know_four_sizes_only(void **state)
{
    (void)state;
    _Alignas(8) char bytes[8] = {1};
    for (size_t size = 1; size <= 8; size *= 2)
        assert_int_equal((mp_value_load)(bytes, size), 1);
    assert_int_equal((mp_value_add)(bytes, 3, 1), 0);
    assert_int_equal(mp_error_last()->code, MP_VALUE_ERROR);
    assert_int_equal((mp_value_load)(NULL, 4), 0);
    (mp_value_store)(bytes, 0, 9);
    assert_int_equal(bytes[0], 1);
}

/* -- among processes --------------------------------------------------------- */

struct counters {
    int *n;
    double *d;
    unsigned char *bits;
};

static int add(void *arg)
{
    struct counters *c = arg;
    for (int i = 0; i < TIMES; i++) {
        mp_value_add(c->n, 1);
        mp_value_add(&c->d[1], 0.5);
        mp_value_sub(c->bits, 1);
    }
    return 0;
}

static void four_processes_add_and_lose_nothing(void **state)
{
    (void)state;
    mp_auto_shared int *n = mp_value_new(int, 0);
    mp_auto_shared double *d = mp_raw_array_new(double, 2);
    mp_auto_shared unsigned char *bits = mp_value_new(unsigned char, 0);
    struct counters c = {n, d, bits};
    pid_t pids[PROCESSES];
    for (int i = 0; i < PROCESSES; i++)
        pids[i] = child_start(add, &c);
    for (int i = 0; i < PROCESSES; i++)
        assert_int_equal(child_wait(pids[i], 60), 0);
    assert_int_equal(*n, PROCESSES * TIMES);
    assert_true(d[1] == PROCESSES * TIMES * 0.5 && d[0] == 0);
    assert_int_equal(*bits, (unsigned char)(0 - PROCESSES * TIMES));
}

static void atomic_add_waits_for_no_lock(void **state)
{
    (void)state;
    mp_auto_shared int *n = mp_value_new(int, 0);
    struct counters c = {n, (double[2]){0}, &(unsigned char){0}};
    assert_ok(mp_shared_acquire(n));
    assert_int_equal(child_run(add, &c, 20), 0);
    assert_int_equal(*n, TIMES);
    assert_ok(mp_shared_release(n));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_integer_has_every_operation),
        cmocka_unit_test(floats_are_added_and_exchanged),
        cmocka_unit_test(bool_is_exchanged),
        cmocka_unit_test(integers_wrap_around),
        cmocka_unit_test(functions_do_what_the_macros_do),
        cmocka_unit_test(functions_know_four_sizes_only),
        cmocka_unit_test(four_processes_add_and_lose_nothing),
        cmocka_unit_test(atomic_add_waits_for_no_lock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
