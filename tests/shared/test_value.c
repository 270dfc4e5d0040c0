/*
 * Values: one C variable for all processes, and its lock.
 */
#include "child.h"
#include "expect.h"
#include "leak.h"

#include <mproc.h>

#include <fcntl.h>
#include <string.h>
#include <wchar.h>

struct point {
    double x, y;
};

enum { PROCESSES = 4, TIMES = 5000 };

/* -- making ---------------------------------------------------------------- */

static void value_is_what_it_was_made_of(void **state)
{
    (void)state;
    mp_auto_shared int *n = mp_value_new(int, 5);
    mp_auto_shared double *d = mp_value_new(double, 2.5);
    mp_auto_shared bool *b = mp_value_new(bool, true);
    mp_auto_shared char *c = mp_value_new(char, 'x');
    mp_auto_shared long long *q = mp_value_new(long long, INT64_MIN);
    assert_int_equal(*n, 5);
    assert_true(*d == 2.5 && *b);
    assert_int_equal(*c, 'x');
    assert_true(*q == INT64_MIN);
}

static void struct_is_initialised_as_c_does(void **state)
{
    (void)state;
    mp_auto_shared struct point *p = mp_value_new(struct point, 1, 2);
    mp_auto_shared struct point *r = mp_value_new(struct point, .y = 3);
    assert_true(p->x == 1 && p->y == 2);
    assert_true(r->x == 0 && r->y == 3);
}

static void value_of_nothing_is_zero(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct point zero = {0, 0};
        struct point *p = mp_value_new(struct point);
        assert_made(p);
        assert_memory_equal(p, &zero, sizeof zero);
        p->x = p->y = 1;
        mp_value_free(p);
    }
}

#define ASSERT_VALUE_OF(T_)                      \
    do {                                         \
        T_ *p_ = mp_value_new(T_, 1);            \
        T_ *raw_ = mp_raw_value_new(T_);         \
        assert_true(p_ != NULL && *p_ == 1);     \
        assert_true(raw_ != NULL && *raw_ == 0); \
        *p_ = 0;                                 \
        assert_true(*p_ == 0);                   \
        mp_value_free(p_);                       \
        mp_value_free(raw_);                     \
    } while (0)

static void every_typecode_has_a_value(void **state)
{
    (void)state;
    ASSERT_VALUE_OF(char);
    ASSERT_VALUE_OF(wchar_t);
    ASSERT_VALUE_OF(signed char);
    ASSERT_VALUE_OF(unsigned char);
    ASSERT_VALUE_OF(short);
    ASSERT_VALUE_OF(unsigned short);
    ASSERT_VALUE_OF(int);
    ASSERT_VALUE_OF(unsigned);
    ASSERT_VALUE_OF(long);
    ASSERT_VALUE_OF(unsigned long);
    ASSERT_VALUE_OF(long long);
    ASSERT_VALUE_OF(unsigned long long);
    ASSERT_VALUE_OF(float);
    ASSERT_VALUE_OF(double);
    ASSERT_VALUE_OF(bool);
    ASSERT_VALUE_OF(long double);
}

struct aligned {
    _Alignas(64) char line[64];
};

static void data_are_aligned(void **state)
{
    (void)state;
    mp_auto_shared char *c = mp_value_new(char, 1);
    mp_auto_shared long double *f = mp_value_new(long double, 1);
    mp_auto_shared struct aligned *a = mp_value_new(struct aligned, {1});
    assert_int_equal((uintptr_t)c % 16, 0);
    assert_int_equal((uintptr_t)f % _Alignof(long double), 0);
    assert_int_equal((uintptr_t)a % 64, 0);
    assert_int_equal(a->line[0], 1);
}

static void type_that_is_none_is_refused(void **state)
{
    (void)state;
    assert_null((mp_value_new)(MP_ELEM_I32, 8, NULL));
    assert_int_equal(mp_error_last()->code, MP_VALUE_ERROR);
    assert_null((mp_value_new)(MP_ELEM_NONE, 0, NULL));
    assert_null((mp_value_new)(MP_ELEM_ANY, 16, NULL));
    assert_null((mp_value_new)(99, 4, NULL));
}

/* -- the lock --------------------------------------------------------------- */

static int try_to_acquire(void *shared)
{
    int rc = mp_shared_acquire(shared, 0);
    return rc == 0 ? mp_shared_release(shared) : rc == MP_TIMEOUT ? 9 : 1;
}

static void lock_keeps_others_out(void **state)
{
    (void)state;
    mp_auto_shared int *n = mp_value_new(int, 0);
    assert_ok(mp_shared_acquire(n));
    assert_int_equal(child_run(try_to_acquire, n, 10), 9);
    assert_ok(mp_shared_release(n));
    assert_int_equal(child_run(try_to_acquire, n, 10), 0);
}

static void lock_is_recursive(void **state)
{
    (void)state;
    mp_auto_shared int *n = mp_value_new(int, 0);
    assert_made(mp_shared_lock(n));
    for (int i = 0; i < 3; i++)
        assert_ok(mp_shared_acquire(n, 0));
    for (int i = 0; i < 3; i++)
        assert_ok(mp_shared_release(n));
    assert_raises(MP_ASSERTION_ERROR, mp_shared_release(n));
}

static void lock_is_one_and_of_the_other_kind_there_is_none(void **state)
{
    (void)state;
    mp_auto_shared int *n = mp_value_new(int, 0);
    assert_ptr_equal(mp_shared_lock(n), mp_shared_lock(n));
    assert_null(mp_shared_own_lock(n));
    assert_int_equal(mp_error_last()->code, MP_TYPE_ERROR);
    assert_non_null(strstr(mp_error_last()->message, "mp_shared_lock"));
}

static void raw_value_has_no_lock(void **state)
{
    (void)state;
    mp_auto_shared int *n = mp_raw_value_new(int, 7);
    assert_int_equal(*n, 7);
    assert_null(mp_shared_lock(n));
    assert_int_equal(mp_error_last()->code, MP_ASSERTION_ERROR);
    assert_null(mp_shared_own_lock(n));
    assert_raises(MP_ASSERTION_ERROR, mp_shared_acquire(n));
    assert_raises_saying(MP_ASSERTION_ERROR, "no lock", mp_shared_release(n));
}

static void lock_of_ones_own_is_used(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    mp_auto_shared int *a = mp_value_new_with(lock, int, 1);
    mp_auto_shared int *b = mp_value_new_with(lock, int, 2);
    assert_ptr_equal(mp_shared_own_lock(a), lock);
    assert_null(mp_shared_lock(a));
    assert_int_equal(mp_error_last()->code, MP_TYPE_ERROR);
    assert_ok(mp_shared_acquire(a));
    assert_int_equal(mp_lock_locked(lock), 1);
    assert_raises(MP_TIMEOUT, mp_shared_acquire(b, 0));
    assert_ok(mp_shared_release(b));
    assert_raises(MP_VALUE_ERROR, mp_shared_release(a));
}

static void rlock_of_another_value_can_be_shared(void **state)
{
    (void)state;
    int *a = mp_value_new(int, 1);
    mp_auto_shared int *b = mp_value_new_with(mp_shared_lock(a), int);
    assert_ptr_equal(mp_shared_lock(b), mp_shared_lock(a));
    mp_value_free(a);
    assert_ok(mp_shared_acquire(b, 0));
    assert_ok(mp_shared_acquire(b, 0));
    assert_ok(mp_shared_release(b));
    assert_ok(mp_shared_release(b));
}

static void none_and_false_choose_the_lock(void **state)
{
    (void)state;
    mp_auto_shared int *own = mp_value_new_with(MP_NONE, int, 0);
    mp_auto_shared int *raw = mp_value_new_with(MP_FALSE, int, 0);
    mp_auto_shared int *yes = mp_value_new_with(MP_TRUE, int, 0);
    assert_made(mp_shared_lock(own));
    assert_made(mp_shared_lock(yes));
    assert_null(mp_shared_lock(raw));
}

static void lock_that_is_none_is_refused(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    mp_lock *none = NULL;
    assert_null(mp_value_new_with(q, int, 0));
    assert_int_equal(mp_error_last()->code, MP_TYPE_ERROR);
    assert_non_null(strstr(mp_error_last()->message, "got Queue"));
    assert_null(mp_value_new_with(5, int, 0));
    assert_int_equal(mp_error_last()->code, MP_TYPE_ERROR);
    assert_null(mp_value_new_with(none, int, 0));
}

/* -- pointers --------------------------------------------------------------- */

static void other_pointers_are_told_apart(void **state)
{
    (void)state;
    static _Alignas(64) char memory[256];
    int *n = mp_value_new(int, 1);
    assert_null(mp_shared_lock(memory + 128));
    assert_int_equal(mp_error_last()->code, MP_VALUE_ERROR);
    assert_null(mp_shared_lock(NULL));
    assert_null(mp_shared_lock(memory + 128 + 48));
    assert_null(mp_shared_lock((char *)n + 1));
    assert_raises(MP_VALUE_ERROR, mp_shared_acquire(memory + 128));
    assert_raises(MP_VALUE_ERROR, mp_shared_release(NULL));
    assert_int_equal(mp_array_len(memory + 128), 0);
    assert_raises(MP_VALUE_ERROR, mp_print(mp_any_shared(memory + 128)));
    mp_value_free(memory + 128);
    mp_value_free(NULL);
    mp_value_free(n);
}

static void freed_value_is_no_value(void **state)
{
    (void)state;
    mp_auto_shared int *other = mp_value_new(int, 1); /* keeps the memory */
    int *n = mp_value_new(int, 1);
    assert_made(other);
    mp_value_free(n);
    assert_raises(MP_VALUE_ERROR, mp_shared_acquire(n));
}

/* -- between processes ------------------------------------------------------ */

static int look_and_answer(void *arg)
{
    struct point *p = arg;
    if (p->x != 1)
        return 1;
    p->y = 4;
    return 0;
}

static void child_sees_the_parents_and_the_parent_the_childs(void **state)
{
    (void)state;
    mp_auto_shared struct point *p = mp_value_new(struct point, 0);
    p->x = 1;
    assert_int_equal(child_run(look_and_answer, p, 10), 0);
    assert_true(p->y == 4);
}

/* One of each type that Python's own test takes: i d h q c. */
struct several {
    int *i;
    double *d;
    short *h;
    long long *q;
    char *c;
};

static int change_all(void *arg)
{
    struct several *v = arg;
    if (*v->i != 4343 || *v->d != 3.625 || *v->h != -232 || *v->c != 'y' ||
        *v->q != (1LL << 33))
        return 1;
    *v->i = 1234;
    *v->d = 2.5;
    *v->h = 12;
    *v->q = -(1LL << 33);
    *v->c = 'z';
    return 0;
}

static void values_of_many_types_go_there_and_back(void **state)
{
    (void)state;
    struct several v = {
        mp_value_new(int, 4343),     mp_value_new(double, 3.625),
        mp_value_new(short, -232),   mp_value_new(long long, 1LL << 33),
        mp_raw_value_new(char, 'y'),
    };
    assert_int_equal(child_run(change_all, &v, 10), 0);
    assert_true(*v.i == 1234 && *v.d == 2.5 && *v.h == 12 && *v.c == 'z');
    assert_true(*v.q == -(1LL << 33));
    mp_value_free(v.i);
    mp_value_free(v.d);
    mp_value_free(v.h);
    mp_value_free(v.q);
    mp_value_free(v.c);
}

static int count(void *shared)
{
    int *n = shared;
    for (int i = 0; i < TIMES; i++) {
        if (mp_shared_acquire(n) != 0)
            return 1;
        ++*n;
        if (mp_shared_release(n) != 0)
            return 2;
    }
    return 0;
}

static void four_processes_count_under_the_lock_and_lose_nothing(void **state)
{
    (void)state;
    mp_auto_shared int *n = mp_value_new(int, 0);
    pid_t pids[PROCESSES];
    for (int i = 0; i < PROCESSES; i++)
        pids[i] = child_start(count, n);
    for (int i = 0; i < PROCESSES; i++)
        assert_int_equal(child_wait(pids[i], 60), 0);
    assert_int_equal(*n, PROCESSES * TIMES);
}

/* -- copies, and how they print --------------------------------------------- */

static void copy_is_another_object_of_the_same_data(void **state)
{
    (void)state;
    mp_auto_shared struct point *p = mp_value_new(struct point, 1, 2);
    mp_auto_shared struct point *q = mp_shared_copy(p);
    mp_auto_shared int *raw = mp_raw_value_new(int, 3);
    mp_auto_shared int *raw2 = mp_shared_copy(raw);
    p->x = 9;
    assert_true(q->x == 1 && q->y == 2);
    assert_ptr_not_equal(mp_shared_lock(p), mp_shared_lock(q));
    assert_int_equal(*raw2, 3);
    assert_null(mp_shared_lock(raw2));
    assert_null((mp_shared_copy)(NULL));
}

static void value_prints_as_pythons(void **state)
{
    (void)state;
    char text[100];
    mp_auto_shared int *n = mp_value_new(int, 5);
    mp_auto_shared double *d = mp_raw_value_new(double, 0.5);
    mp_auto_shared struct point *p = mp_value_new(struct point, 0);
    mp_repr(MP_SHARED(n), text, sizeof text);
    assert_string_equal(text, "<Synchronized wrapper for c_int(5)>");
    mp_repr(MP_SHARED(d), text, sizeof text);
    assert_string_equal(text, "c_double(0.5)");
    mp_repr(MP_SHARED(p), text, sizeof text);
    assert_string_equal(text, "<Synchronized wrapper for <struct, 16 bytes>>");
}

/* -- many ------------------------------------------------------------------- */

static int open_descriptors(void)
{
    int n = 0;
    for (int fd = 0; fd < 1024; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

static void a_thousand_values_leave_nothing(void **state)
{
    (void)state;
    enum { N = 1000 };
    static int *values[N];
    mp_value_free(mp_value_new(int, 0));
    struct leak_snapshot *before = leak_take();
    int descriptors = open_descriptors();
    for (int i = 0; i < N; i++)
        values[i] = mp_value_new(int, i);
    assert_in_range(open_descriptors() - descriptors, 1, 4);
    for (int i = 0; i < N; i++) {
        assert_int_equal(*values[i], i);
        mp_value_free(values[i]);
    }
    assert_no_leak(before);
}

static void making_and_freeing_for_long_leaves_nothing(void **state)
{
    (void)state;
    mp_value_free(mp_value_new(int, 0));
    struct leak_snapshot *before = leak_take();
    int *kept = mp_value_new(int, 0), descriptors = open_descriptors();
    for (int i = 0; i < 2000; i++) {
        int *n = mp_value_new(int, i);
        assert_made(n);
        mp_value_free(n);
    }
    assert_in_range(open_descriptors() - descriptors, 0, 1);
    mp_value_free(kept);
    assert_no_leak(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(value_is_what_it_was_made_of),
        cmocka_unit_test(struct_is_initialised_as_c_does),
        cmocka_unit_test(value_of_nothing_is_zero),
        cmocka_unit_test(every_typecode_has_a_value),
        cmocka_unit_test(data_are_aligned),
        cmocka_unit_test(type_that_is_none_is_refused),
        cmocka_unit_test(lock_keeps_others_out),
        cmocka_unit_test(lock_is_recursive),
        cmocka_unit_test(lock_is_one_and_of_the_other_kind_there_is_none),
        cmocka_unit_test(raw_value_has_no_lock),
        cmocka_unit_test(lock_of_ones_own_is_used),
        cmocka_unit_test(rlock_of_another_value_can_be_shared),
        cmocka_unit_test(none_and_false_choose_the_lock),
        cmocka_unit_test(lock_that_is_none_is_refused),
        cmocka_unit_test(other_pointers_are_told_apart),
        cmocka_unit_test(freed_value_is_no_value),
        cmocka_unit_test(child_sees_the_parents_and_the_parent_the_childs),
        cmocka_unit_test(values_of_many_types_go_there_and_back),
        cmocka_unit_test(four_processes_count_under_the_lock_and_lose_nothing),
        cmocka_unit_test(copy_is_another_object_of_the_same_data),
        cmocka_unit_test(value_prints_as_pythons),
        cmocka_unit_test(a_thousand_values_leave_nothing),
        cmocka_unit_test(making_and_freeing_for_long_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
