/*
 * Values and arrays travel: as arguments, through connections, in lists; and
 * what arrives twice is one object.
 */
#include "child.h"
#include "expect.h"
#include "leak.h"

#include "any/handle.h"
#include "shared/variable.h"

#include <mproc.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct point {
    double x, y;
};

static mp_connection *ours, *theirs;
static struct leak_snapshot *before;

static int set_up(void **state)
{
    (void)state;
    mp_value_free(mp_value_new(int, 0)); /* the context, made once and kept */
    before = leak_take();
    return mp_pipe(&ours, &theirs);
}

static int tear_down(void **state)
{
    (void)state;
    mp_connection_free(ours);
    mp_connection_free(theirs);
    int leaks = leak_count(before);
    leak_free(before);
    return leaks;
}

/* -- arguments --------------------------------------------------------------- */

static int negate(mp_call *c)
{
    double *num;
    int *xs;
    struct point *p;
    MP_TRY(mp_call_args(c, MP_INTO_SHARED(&num), MP_INTO_SHARED(&xs),
                        MP_INTO_SHARED(&p)));
    *num = 3.5;
    p->y = p->x;
    for (size_t i = 0; i < mp_array_len(xs); i++)
        xs[i] = -xs[i];
    return 0;
}

static void arguments_are_the_same_objects(void **state)
{
    (void)state;
    mp_auto_shared double *num = mp_value_new(double, 0);
    mp_auto_shared int *xs = mp_array_new(int, MP_LIST(1, 2, 3));
    mp_auto_shared struct point *p = mp_value_new(struct point, 7, 0);
    mp_auto(mp_process) child = mp_process_new(
        negate, .args = MP_ARGS(MP_SHARED(num), MP_SHARED(xs), MP_SHARED(p)));
    assert_ok(mp_process_start(child));
    assert_ok(mp_process_join(child));
    assert_int_equal(mp_process_exitcode(child), 0);
    assert_true(*num == 3.5 && p->y == 7);
    assert_int_equal(xs[0] + xs[1] + xs[2], -6);
}

static int wrong_types(mp_call *c)
{
    int *n = NULL;
    unsigned *u = NULL;
    double *d = NULL;
    struct point *p = NULL;
    if (mp_call_args(c, MP_INTO_SHARED(&u)) != MP_TYPE_ERROR ||
        mp_call_args(c, MP_INTO_SHARED(&d)) != MP_TYPE_ERROR ||
        mp_call_args(c, MP_INTO_SHARED(&p)) != MP_TYPE_ERROR)
        return mp_raise(c, MP_USER, "a wrong type was taken");
    MP_TRY(mp_call_args(c, MP_INTO_SHARED(&n)));
    return u != NULL || d != NULL || p != NULL || *n != 4 ? MP_USER : 0;
}

static void argument_of_another_type_is_refused(void **state)
{
    (void)state;
    mp_auto_shared int *n = mp_value_new(int, 4);
    mp_auto(mp_process) child =
        mp_process_new(wrong_types, .args = MP_ARGS(MP_SHARED(n)));
    assert_ok(mp_process_start(child));
    assert_ok(mp_process_join(child));
    assert_int_equal(mp_process_exitcode(child), 0);
}

/* -- connections ------------------------------------------------------------- */

static int add_what_is_received(void *unused)
{
    mp_auto_shared int *n = NULL;
    (void)unused;
    if (mp_connection_recv(theirs, MP_INTO_SHARED(&n), 10.0) < 0)
        return 1;
    if (mp_shared_acquire(n) != 0)
        return 2;
    *n += 5;
    return mp_shared_release(n) != 0;
}

static void value_made_after_the_child_reaches_it(void **state)
{
    (void)state;
    pid_t pid = child_start(add_what_is_received, NULL);
    mp_auto_shared int *n = mp_value_new(int, 1);
    assert_ok(mp_connection_send(ours, MP_SHARED(n)));
    assert_int_equal(child_wait(pid, 10), 0);
    assert_int_equal(*n, 6);
}

static void large_array_has_a_descriptor_of_its_own_and_travels(void **state)
{
    (void)state;
    mp_auto_shared int *xs = mp_array_new(int, 100000);
    pid_t pid = child_start(add_what_is_received, NULL);
    assert_ok(mp_connection_send(ours, MP_SHARED(xs)));
    assert_int_equal(child_wait(pid, 10), 0);
    assert_int_equal(xs[0], 5);
}

static void what_arrives_twice_is_one_object_counted(void **state)
{
    (void)state;
    int *n = mp_value_new(int, 1), *a = NULL, *b = NULL;
    assert_ok(mp_connection_send(ours, MP_SHARED(n)));
    assert_ok(mp_connection_send(ours, MP_SHARED(n)));
    assert_ok(mp_connection_recv(theirs, MP_INTO_SHARED(&a)));
    assert_ok(mp_connection_recv(theirs, MP_INTO_SHARED(&b)));
    assert_ptr_equal(a, n);
    assert_ptr_equal(b, n);
    mp_value_free(n);
    mp_value_free(a);
    *b = 3;
    assert_made(mp_shared_lock(b));
    mp_value_free(b);
}

static void value_travels_within_a_list_that_keeps_it(void **state)
{
    (void)state;
    int *n = mp_value_new(int, 4), *same = NULL;
    mp_any v = MP_NONE;
    assert_ok(mp_connection_send(ours, MP_LIST("it", MP_SHARED(n))));
    assert_ok(mp_connection_recv(theirs, &v));
    mp_value_free(n);
    assert_ok(mp_any_into(mp_any_item(v, 1), MP_INTO_SHARED(&same)));
    mp_any_clear(&v);
    assert_int_equal(*same, 4);
    mp_value_free(same);
}

static void value_keeps_its_lock_on_the_way(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    mp_auto_shared int *n = mp_value_new_with(lock, int, 0);
    pid_t pid = child_start(add_what_is_received, NULL);
    assert_ok(mp_lock_acquire(lock));
    assert_ok(mp_connection_send(ours, MP_SHARED(n)));
    assert_int_equal(*n, 0);
    assert_ok(mp_lock_release(lock));
    assert_int_equal(child_wait(pid, 10), 0);
    assert_int_equal(*n, 5);
}

static int is_raw(void *unused)
{
    mp_auto_shared int *n = NULL;
    (void)unused;
    if (mp_connection_recv(theirs, MP_INTO_SHARED(&n), 10.0) < 0)
        return 1;
    return mp_shared_lock(n) != NULL || mp_array_len(n) != 3 || n[2] != 3;
}

static void raw_array_arrives_raw_and_in_full_length(void **state)
{
    (void)state;
    pid_t pid = child_start(is_raw, NULL);
    mp_auto_shared int *xs = mp_raw_array_new(int, MP_LIST(1, 2, 3));
    assert_ok(mp_connection_send(ours, MP_SHARED(xs)));
    assert_int_equal(child_wait(pid, 10), 0);
}

static int hold_the_lock_received(void *unused)
{
    mp_any lock = MP_NONE;
    int *n = NULL;
    (void)unused;
    if (mp_connection_recv(theirs, &lock, 10.0) < 0)
        return 1;
    n = mp_value_new_with(lock, int, 0);
    mp_any_clear(&lock);
    if (n == NULL || mp_shared_acquire(n, 0) != MP_TIMEOUT)
        return 2;
    mp_value_free(n);
    return 0;
}

static void the_lock_of_a_value_travels_alone(void **state)
{
    (void)state;
    pid_t pid = child_start(hold_the_lock_received, NULL);
    mp_auto_shared int *n = mp_value_new(int, 0);
    assert_ok(mp_shared_acquire(n));
    assert_ok(mp_connection_send(ours, mp_shared_lock(n)));
    assert_int_equal(child_wait(pid, 10), 0);
    assert_ok(mp_shared_release(n));
}

static void number_is_no_value(void **state)
{
    (void)state;
    int *n = NULL;
    assert_ok(mp_connection_send(ours, 5));
    assert_raises_saying(MP_TYPE_ERROR, "expected Value or Array, got int",
                         mp_connection_recv(theirs, MP_INTO_SHARED(&n)));
    assert_null(n);
}

/* -- hostile ----------------------------------------------------------------- */

/* A parcel as it is sent, with duplicates of its descriptors. */
static struct mp__parcel parcel_of(void *shared)
{
    struct mp__parcel p = {.size = 0};
    struct mp__handle *h = &mp__variable_of(shared)->handle;
    assert_ok(h->type->reduce(h, &p));
    for (size_t i = 0; i < p.nfds; i++)
        p.fds[i] = fcntl(p.fds[i], F_DUPFD_CLOEXEC, 0);
    return p;
}

/* Refused, and all descriptors are still the caller's. */
static void assert_refused(const struct mp__parcel *p)
{
    struct mp__handle *h = NULL;
    assert_raises(MP_VALUE_ERROR, mp__value_type.rebuild(p, &h));
    assert_null(h);
    for (size_t i = 0; i < p->nfds; i++)
        assert_true(fcntl(p->fds[i], F_GETFD) >= 0);
}

static void close_all(const struct mp__parcel *p)
{
    for (size_t i = 0; i < p->nfds; i++)
        close(p->fds[i]);
}

static void every_changed_byte_of_a_parcel_is_refused(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    mp_auto_shared int *n = mp_value_new_with(lock, int, 0);
    struct mp__parcel p = parcel_of(n);
    for (size_t i = 0; i < p.size; i++)
        for (int bit = 0; bit < 8; bit++) {
            p.bytes[i] ^= (unsigned char)(1 << bit);
            assert_refused(&p);
            p.bytes[i] ^= (unsigned char)(1 << bit);
        }
    close_all(&p);
}

static void parcel_of_another_length_is_refused(void **state)
{
    (void)state;
    mp_auto_shared int *n = mp_value_new(int, 0);
    struct mp__parcel p = parcel_of(n), q = p;
    for (q.size = 0; q.size <= MP__PARCEL_BYTES; q.size++)
        if (q.size != p.size)
            assert_refused(&q);
    q = p;
    q.nfds = 0;
    assert_refused(&q);
    q.nfds = 2;
    q.fds[1] = q.fds[0];
    assert_refused(&q);
    close_all(&p);
}

static void descriptor_of_something_else_is_refused(void **state)
{
    (void)state;
    mp_auto_shared int *n = mp_value_new(int, 0);
    struct mp__parcel p = parcel_of(n);
    close(p.fds[0]);
    p.fds[0] = open("/dev/null", O_RDWR | O_CLOEXEC);
    assert_refused(&p);
    close_all(&p);
}

static void lock_alone_is_no_value(void **state)
{
    (void)state;
    mp_auto_shared int *n = mp_value_new(int, 0);
    mp_auto(mp_lock) lock = mp_lock_new();
    struct mp__parcel p = parcel_of(n);
    struct mp__parcel q = {.size = 0};
    struct mp__handle *h = (struct mp__handle *)lock;
    assert_ok(h->type->reduce(h, &q));
    memcpy(p.bytes, q.bytes, q.size); /* the address of the lock's cell */
    assert_refused(&p);
    close_all(&p);
}

static void parcel_of_more_elements_is_refused(void **state)
{
    (void)state;
    mp_auto_shared int *xs = mp_array_new(int, 3);
    struct mp__parcel p = parcel_of(xs);
    p.bytes[8 + 2] = 4; /* as many as there is room for in its cell */
    assert_refused(&p);
    memset(p.bytes + 8 + 2, 0xff, 6);
    assert_refused(&p);
    close_all(&p);
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, set_up, tear_down)

static int nothing(mp_call *c)
{
    (void)c;
    return 0;
}

int main(void)
{
    /* What watches processes is made with the first, and kept. */
    mp_process *first = mp_process_new(nothing);
    if (mp_process_start(first) < 0 || mp_process_join(first) < 0)
        return 1;
    mp_process_free(first);
    const struct CMUnitTest tests[] = {
        TEST(arguments_are_the_same_objects),
        TEST(argument_of_another_type_is_refused),
        TEST(value_made_after_the_child_reaches_it),
        TEST(large_array_has_a_descriptor_of_its_own_and_travels),
        TEST(what_arrives_twice_is_one_object_counted),
        TEST(value_travels_within_a_list_that_keeps_it),
        TEST(value_keeps_its_lock_on_the_way),
        TEST(raw_array_arrives_raw_and_in_full_length),
        TEST(the_lock_of_a_value_travels_alone),
        TEST(number_is_no_value),
        TEST(every_changed_byte_of_a_parcel_is_refused),
        TEST(parcel_of_another_length_is_refused),
        TEST(descriptor_of_something_else_is_refused),
        TEST(lock_alone_is_no_value),
        TEST(parcel_of_more_elements_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
