/*
 * Want of memory, descriptors and file size, at every place where it can
 * strike: a named error, nothing done by halves, nothing left behind, and never
 * a signal for memory that was promised.
 */
#include "child.h"
#include "expect.h"
#include "fault.h"
#include "leak.h"

#include <mproc.h>

#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>

typedef void *(*maker)(void);

static void *make_value(void)
{
    return mp_value_new(int, 1);
}

static void *make_array(void)
{
    return mp_array_new(int, MP_LIST(1, 2, 3));
}

static void *make_large(void)
{
    return mp_array_new(char, 1000000);
}

static void *copy_of_raw(void)
{
    int *raw = mp_raw_value_new(int, 1);
    int *copy = raw != NULL ? mp_shared_copy(raw) : NULL;
    mp_value_free(raw);
    return copy;
}

/* How many faults it took until it could be made; -1 if one of them was not
   answered as it should be. */
static int make_at_every_fault(maker make, enum fault kind)
{
    for (int n = 1; n < 200; n++) {
        fault_arm(kind, n, ENOMEM);
        void *p = make();
        bool struck = fault_disarm();
        if (p == NULL && mp_error_last()->code != -ENOMEM)
            return -1;
        mp_value_free(p);
        if (!struck)
            return p != NULL ? n - 1 : -1;
    }
    return -1;
}

static void object_fails_cleanly_at_every_fault(void **state)
{
    (void)state;
    mp_value_free(mp_value_new(int, 0)); /* the context, made once and kept */
    const maker makers[] = {make_value, make_array, make_large, copy_of_raw};
    for (size_t i = 0; i < sizeof makers / sizeof *makers; i++) {
        struct leak_snapshot *before = leak_take();
        assert_in_range(make_at_every_fault(makers[i], FAULT_ALLOCATION), 3, 9);
        assert_in_range(make_at_every_fault(makers[i], FAULT_CALL), 5, 50);
        assert_no_leak(before);
    }
}

/* In an arena that is there already. */
static void value_beside_others_fails_cleanly_at_every_fault(void **state)
{
    (void)state;
    mp_auto_shared int *kept = mp_value_new(int, 1);
    struct leak_snapshot *before = leak_take();
    assert_int_equal(make_at_every_fault(make_value, FAULT_ALLOCATION), 2);
    assert_int_equal(*kept, 1);
    assert_no_leak(before);
}

static int make_the_first_at_every_fault(void *unused)
{
    (void)unused;
    return make_at_every_fault(make_value, FAULT_CALL);
}

static void first_object_of_a_process_fails_cleanly(void **state)
{
    (void)state;
    assert_in_range(child_run(make_the_first_at_every_fault, NULL, 20), 5, 60);
}

/* -- receiving ---------------------------------------------------------------- */

/* Send it and receive it with the n-th fault; 1 if that struck, 0 if not, -1 if
   it was not answered as it should be. */
static int receive_at_fault(mp_any shared, enum fault kind, int n)
{
    mp_auto(mp_connection) ours = NULL;
    mp_auto(mp_connection) theirs = NULL;
    int *p = NULL;
    if (mp_pipe(&ours, &theirs) < 0 || mp_connection_send(ours, shared) < 0)
        return -1;
    fault_arm(kind, n, ENOMEM);
    int rc = mp_connection_recv(theirs, MP_INTO_SHARED(&p), 10);
    bool struck = fault_disarm();
    if ((rc < 0) != (p == NULL) || (!struck && rc != 0))
        return -1;
    mp_value_free(p);
    return struck;
}

/* How many faults it took until it was received, or -1. */
static int receive_at_every_fault(mp_any shared, enum fault kind)
{
    int n = 1, struck;
    while ((struck = receive_at_fault(shared, kind, n)) == 1)
        n++;
    return struck < 0 ? -1 : n - 1;
}

static void receiving_leaves_nothing_at_every_fault(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    mp_auto_shared int *a = mp_value_new(int, 1);
    mp_auto_shared int *b = mp_value_new_with(lock, int, 2);
    struct leak_snapshot *before = leak_take();
    assert_in_range(receive_at_every_fault(MP_SHARED(a), FAULT_ALLOCATION), 2,
                    20);
    assert_in_range(receive_at_every_fault(MP_SHARED(b), FAULT_ALLOCATION), 2,
                    20);
    assert_in_range(receive_at_every_fault(MP_SHARED(a), FAULT_CALL), 3, 40);
    assert_in_range(receive_at_every_fault(MP_SHARED(b), FAULT_CALL), 4, 40);
    assert_no_leak(before);
    assert_int_equal(*a + *b, 3);
}

static void slice_without_memory_is_enomem_and_the_lock_is_free(void **state)
{
    (void)state;
    mp_auto_shared int *xs = mp_array_new(int, 3);
    mp_any v = MP(5);
    fault_arm(FAULT_ALLOCATION, 1, ENOMEM);
    int rc = mp_array_get(xs, 0, MP_END, &v);
    fault_disarm();
    assert_raises(-ENOMEM, rc);
    assert_true(mp_any_equal(v, 5));
    assert_raises(MP_ASSERTION_ERROR, mp_shared_release(xs));
}

/* -- limits ------------------------------------------------------------------- */

static void set_limit(int what, rlim_t limit)
{
    (void)setrlimit((__rlimit_resource_t)what, &(struct rlimit){limit, limit});
}

static bool fails_with(int code, void *p)
{
    return p == NULL && mp_error_last()->code == code;
}

static int with_no_file_size(void *unused)
{
    (void)unused;
    set_limit(RLIMIT_FSIZE, 0);
    return !fails_with(-EFBIG, mp_value_new(int, 1));
}

/* What is granted can be written to, to its end. */
static int with_small_files(void *unused)
{
    size_t n = 3 << 20;
    (void)unused;
    set_limit(RLIMIT_FSIZE, 4 << 20);
    char *p = mp_array_new(char, n);
    if (p == NULL)
        return 1;
    for (size_t i = 0; i < n; i++)
        p[i] = 1;
    if (!fails_with(-EFBIG, mp_array_new(char, 5 << 20)))
        return 2;
    return mp_value_new(int, 1) == NULL ? 3 : 0;
}

static int with_tiny_files(void *unused)
{
    (void)unused;
    set_limit(RLIMIT_FSIZE, 5000);
    for (int i = 0; i < 2000; i++) {
        int *p = mp_value_new(int, i);
        if (p == NULL)
            return 1;
        *p = -1;
    }
    return 0;
}

static void limit_on_files_is_an_error_and_no_signal(void **state)
{
    (void)state;
    assert_int_equal(child_run(with_no_file_size, NULL, 20), 0);
    assert_int_equal(child_run(with_small_files, NULL, 20), 0);
    assert_int_equal(child_run(with_tiny_files, NULL, 20), 0);
}

static int without_descriptors(void *kept)
{
    set_limit(RLIMIT_NOFILE, 0);
    if (!fails_with(-EMFILE, mp_array_new(int, 100000)))
        return 1;
    int *p = mp_value_new(int, 7); /* beside the one that is kept */
    return p == NULL || *p != 7 || mp_shared_acquire(kept) != 0;
}

static void small_values_need_no_descriptor(void **state)
{
    (void)state;
    mp_auto_shared int *kept = mp_value_new(int, 1);
    assert_int_equal(child_run(without_descriptors, kept, 20), 0);
}

/* If it is taken all the same, this child is the one to be killed for it. */
static int with_more_than_there_is(void *unused)
{
    FILE *f = fopen("/proc/self/oom_score_adj", "we");
    (void)unused;
    if (f == NULL || fputs("1000", f) < 0 || fclose(f) != 0)
        return 1;
    if (!fails_with(-ENOMEM, mp_raw_array_new(char, (size_t)1 << 46)))
        return 2;
    return !fails_with(-ENOMEM, mp_array_new(double, (size_t)1 << 42));
}

static void more_memory_than_there_is_is_an_error(void **state)
{
    (void)state;
    assert_int_equal(child_run(with_more_than_there_is, NULL, 60), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_object_of_a_process_fails_cleanly),
        cmocka_unit_test(object_fails_cleanly_at_every_fault),
        cmocka_unit_test(value_beside_others_fails_cleanly_at_every_fault),
        cmocka_unit_test(receiving_leaves_nothing_at_every_fault),
        cmocka_unit_test(slice_without_memory_is_enomem_and_the_lock_is_free),
        cmocka_unit_test(limit_on_files_is_an_error_and_no_signal),
        cmocka_unit_test(small_values_need_no_descriptor),
        cmocka_unit_test(more_memory_than_there_is_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
