/*
 * Handles in values: counted when copied, made anew when received, with the
 * message's descriptors; and nothing leaked when anything goes wrong.
 */
#include "leak.h"
#include "roundtrip.h"
#include "thing.h"

#include <fcntl.h>
#include <sys/resource.h>

static int register_type(void **state)
{
    (void)state;
    mp__handle_register(&thing_type);
    return 0;
}

static int null_device(void)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    return fd;
}

static mp_out out_thing(struct thing **p)
{
    return mp__out_handle(&thing_type, p, false);
}

/* Send and receive, with descriptors that are duplicated on the way. On
   failure the message's own are closed, as a receiver does. */
static int send_over(mp_any v, mp_out out)
{
    struct mp__measure m;
    int fds[MP__FDS_MAX];
    char payload[512];

    MP_TRY(mp__measure(v, &m));
    assert_in_range(m.size, 1, sizeof payload);
    mp__encode(v, &m, payload, fds);
    for (size_t i = 0; i < m.nfds; i++)
        fds[i] = dup(fds[i]);

    struct mp__record r = {m.head, payload, m.size, fds, m.nfds};
    int rc = mp__decode(&r, out);
    for (size_t i = 0; rc < 0 && i < m.nfds; i++)
        assert_int_equal(close(fds[i]), 0);
    return rc;
}

/* -- counting -------------------------------------------------------------- */

static void copy_keeps_a_handle_alive(void **state)
{
    (void)state;
    struct thing *t = thing_new(-1);
    mp_any copy = MP_NONE;
    assert_ok(mp_any_copy(MP_LIST(1, any_thing(t)), &copy));
    thing_drop(t);
    assert_int_equal(things_alive, 1);
    mp_any_clear(&copy);
    assert_int_equal(things_alive, 0);
}

static void copy_of_a_bare_handle_is_counted(void **state)
{
    (void)state;
    struct thing *t = thing_new(-1);
    mp_any copy = MP_NONE;
    assert_ok(mp_any_copy(any_thing(t), &copy));
    thing_drop(t);
    assert_int_equal(things_alive, 1);
    mp_any_clear(&copy);
    assert_int_equal(things_alive, 0);
}

static void built_value_counts_nothing(void **state)
{
    (void)state;
    struct thing *t = thing_new(-1);
    mp_any v = MP_LIST(any_thing(t));
    mp_any_clear(&v);
    assert_int_equal(things_alive, 1);
    thing_drop(t);
}

static void received_handle_is_a_reference_of_its_own(void **state)
{
    (void)state;
    struct thing *t = thing_new(-1), *got = NULL;
    assert_ok((mp_any_into)(any_thing(t), out_thing(&got)));
    assert_ptr_equal(got, t);
    thing_drop(t);
    assert_int_equal(things_alive, 1);
    thing_drop(got);
    assert_int_equal(things_alive, 0);
}

static void view_of_a_handle_is_not_counted(void **state)
{
    (void)state;
    struct thing *t = thing_new(-1), *got = NULL;
    assert_ok(
        (mp_any_into)(any_thing(t), mp__out_handle(&thing_type, &got, true)));
    assert_ptr_equal(got, t);
    thing_drop(t);
    assert_int_equal(things_alive, 0);
}

/* -- what is no handle ----------------------------------------------------- */

static void null_handle_tells_the_failure_that_made_it(void **state)
{
    (void)state;
    mp_any out;
    mp__fail(-EMFILE, "cannot make a thing");
    mp_any v = any_thing(NULL);
    assert_raises_saying(-EMFILE, "cannot make a thing",
                         mp_any_copy(MP_LIST(v), &out));
    mp__fail(MP_EMPTY, "something else since");
    assert_raises_saying(-EMFILE, "thing is NULL",
                         mp_any_copy(MP_LIST(v), &out));
}

static void int_is_no_handle(void **state)
{
    (void)state;
    struct thing *got = NULL;
    assert_raises_saying(MP_TYPE_ERROR, "expected Thing, got int",
                         (mp_any_into)(MP(1), out_thing(&got)));
    assert_null(got);
}

static void handle_is_no_int(void **state)
{
    (void)state;
    struct thing *t = thing_new(-1);
    int n;
    assert_raises_saying(MP_TYPE_ERROR, "expected int, got Thing",
                         mp_any_into(any_thing(t), &n));
    thing_drop(t);
}

static void handle_of_another_type_is_refused(void **state)
{
    (void)state;
    const struct mp__handle_type other = {.name = "Other",
                                          .tag = MP__TAG_CONNECTION};
    struct mp__handle h;
    struct thing *got = NULL;
    mp__handle_init(&h, &other);
    assert_raises_saying(
        MP_TYPE_ERROR, "expected Thing, got Other",
        (mp_any_into)(mp__any_handle(&h, "other"), out_thing(&got)));
    assert_null(got);
}

/* -- sending --------------------------------------------------------------- */

static void handle_travels_with_its_descriptor(void **state)
{
    (void)state;
    struct leak_snapshot *before = leak_take();
    struct thing *t = thing_new(null_device()), *got = NULL;
    int n = 0;
    assert_ok(
        send_over(MP_TUPLE(any_thing(t), 7), MP_UNPACK(out_thing(&got), &n)));
    assert_true(got != t && got->fd >= 0 && got->fd != t->fd);
    assert_true(fcntl(got->fd, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(n, 7);
    thing_drop(t);
    thing_drop(got);
    assert_int_equal(things_alive, 0);
    assert_no_leak(before);
}

static void several_handles_get_their_own_descriptors(void **state)
{
    (void)state;
    struct leak_snapshot *before = leak_take();
    struct thing *a = thing_new(null_device()), *b = thing_new(-1),
                 *c = thing_new(null_device());
    mp_any v = MP_NONE;
    assert_ok(send_over(MP_LIST(any_thing(a), any_thing(b), any_thing(c)),
                        MP_TO(&v)));
    struct thing *last = (struct thing *)mp_any_item(v, 2).u.p;
    assert_true(last->fd >= 0);
    assert_int_equal(((struct thing *)mp_any_item(v, 1).u.p)->fd, -1);
    thing_drop(a);
    thing_drop(b);
    thing_drop(c);
    mp_any_clear(&v);
    assert_int_equal(things_alive, 0);
    assert_no_leak(before);
}

static void misfit_leaves_the_descriptors_to_the_receiver(void **state)
{
    (void)state;
    struct leak_snapshot *before = leak_take();
    struct thing *t = thing_new(null_device()), *got = NULL;
    int n = 42;
    assert_raises(MP_TYPE_ERROR, send_over(MP_TUPLE(any_thing(t), "x"),
                                           MP_UNPACK(out_thing(&got), &n)));
    assert_null(got);
    thing_drop(t);
    assert_int_equal(things_alive, 0);
    assert_no_leak(before);
}

static void later_broken_item_undoes_the_handles(void **state)
{
    (void)state;
    struct leak_snapshot *before = leak_take();
    /* [[thing], {[]: 1}]: the key is found wrong when the thing is there. */
    const char bytes[] = "\x82\x81\xd9\x6d\x73\x83\x02\x45thing\x01"
                         "\xa1\x80\x01";
    int fd = null_device();
    struct mp__record r = {mp__head(MP__RECORD_CBOR, 0, sizeof bytes - 1),
                           bytes, sizeof bytes - 1, &fd, 1};
    mp_any v = MP_NONE;
    assert_raises(MP_TYPE_ERROR, mp__decode(&r, MP_TO(&v)));
    assert_int_equal(things_alive, 0);
    assert_int_equal(close(fd), 0);
    assert_no_leak(before);
}

static void descriptors_of_no_handle_are_closed(void **state)
{
    (void)state;
    struct leak_snapshot *before = leak_take();
    int fd = null_device(), n = 0;
    int64_t word = 7;
    struct mp__record r = {MP_KIND_INT, &word, sizeof word, &fd, 1};
    assert_ok(mp__decode(&r, MP_TO(&n)));
    assert_int_equal(n, 7);
    assert_no_leak(before);
}

static void shortage_of_descriptors_leaves_the_message_whole(void **state)
{
    (void)state;
    struct leak_snapshot *before = leak_take();
    struct thing *t = thing_new(null_device()), *got = NULL;
    struct rlimit old, none;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    struct mp__measure m;
    char payload[64];
    int fd = -1;
    assert_ok(mp__measure(any_thing(t), &m));
    mp__encode(any_thing(t), &m, payload, &fd);
    struct mp__record r = {m.head, payload, m.size, &fd, 1};
    none = (struct rlimit){(rlim_t)fd, old.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    int rc = mp__decode(&r, out_thing(&got));
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    assert_int_equal(rc, -EMFILE);
    assert_null(got);
    thing_drop(t);
    assert_int_equal(things_alive, 0);
    assert_no_leak(before);
}

static void closed_handle_cannot_be_sent(void **state)
{
    (void)state;
    struct thing *t = thing_new(-1);
    struct mp__measure m;
    t->closed = true;
    assert_raises_saying(MP_VALUE_ERROR, "thing is closed",
                         mp__measure(MP_LIST(any_thing(t)), &m));
    thing_drop(t);
}

static void handle_closed_after_measuring_makes_no_value(void **state)
{
    (void)state;
    struct thing *t = thing_new(null_device());
    struct mp__measure m;
    unsigned char payload[64];
    int fds[1] = {42};
    mp_any v = MP_NONE, list = MP_LIST(any_thing(t), 1);
    assert_ok(mp__measure(list, &m));
    t->closed = true;
    mp__encode(list, &m, payload, fds);
    assert_int_equal(fds[0], -1);
    assert_raises(MP_VALUE_ERROR, decode_cbor(payload, m.size, MP_TO(&v)));
    thing_drop(t);
}

static void handle_that_never_travels_cannot_be_sent(void **state)
{
    (void)state;
    const struct mp__handle_type type = {.name = "Process"};
    struct mp__handle h;
    struct mp__measure m;
    mp__handle_init(&h, &type);
    assert_raises_saying(MP_VALUE_ERROR, "a Process cannot be sent",
                         mp__measure(mp__any_handle(&h, "process"), &m));
}

static void message_has_a_limit_of_descriptors(void **state)
{
    (void)state;
    struct thing *t = thing_new(null_device());
    static mp_any items[MP__FDS_MAX + 1];
    struct mp__measure m;
    for (size_t i = 0; i <= MP__FDS_MAX; i++)
        items[i] = any_thing(t);
    assert_ok(mp__measure(mp_any_list(items, MP__FDS_MAX), &m));
    assert_int_equal(m.nfds, MP__FDS_MAX);
    assert_raises(MP_VALUE_ERROR,
                  mp__measure(mp_any_list(items, MP__FDS_MAX + 1), &m));
    thing_drop(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copy_keeps_a_handle_alive),
        cmocka_unit_test(copy_of_a_bare_handle_is_counted),
        cmocka_unit_test(built_value_counts_nothing),
        cmocka_unit_test(received_handle_is_a_reference_of_its_own),
        cmocka_unit_test(view_of_a_handle_is_not_counted),
        cmocka_unit_test(null_handle_tells_the_failure_that_made_it),
        cmocka_unit_test(int_is_no_handle),
        cmocka_unit_test(handle_is_no_int),
        cmocka_unit_test(handle_of_another_type_is_refused),
        cmocka_unit_test(handle_travels_with_its_descriptor),
        cmocka_unit_test(several_handles_get_their_own_descriptors),
        cmocka_unit_test(misfit_leaves_the_descriptors_to_the_receiver),
        cmocka_unit_test(later_broken_item_undoes_the_handles),
        cmocka_unit_test(descriptors_of_no_handle_are_closed),
        cmocka_unit_test(shortage_of_descriptors_leaves_the_message_whole),
        cmocka_unit_test(closed_handle_cannot_be_sent),
        cmocka_unit_test(handle_closed_after_measuring_makes_no_value),
        cmocka_unit_test(handle_that_never_travels_cannot_be_sent),
        cmocka_unit_test(message_has_a_limit_of_descriptors),
    };
    return cmocka_run_group_tests(tests, register_type, NULL);
}
