/*
 * No room for descriptors: in the socket of a queue, in the table of a process,
 * in the kernel. An error with a name or a wait that ends; nothing is lost,
 * nothing is left behind, and the queue goes on.
 */
#include "carry.h"
#include "fault.h"
#include "until.h"

#include "base/clock.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* -- the socket is full ---------------------------------------------------- */

/* The smallest there is, which holds a few messages. */
static int set_small_stage(void **state)
{
    int rc = set_stage(state), least = 1;
    struct stage *s = *state;
    if (rc < 0)
        return rc;
    return setsockopt(s->q->ring.in, SOL_SOCKET, SO_SNDBUF, &least,
                      sizeof least);
}

#define SMALL_STAGED(name_) \
    cmocka_unit_test_setup_teardown(name_, set_small_stage, clear_stage)

static int fill(mp_queue *q, mp_connection *c)
{
    int n = 0;
    while (mp_queue_put_nowait(q, MP_TUPLE(n, c)) == 0)
        n++;
    assert_int_equal(mp_error_last()->code, MP_FULL);
    assert_in_range(n, 1, 100);
    return n;
}

static void drain(mp_queue *q, int n)
{
    for (int i = 0; i < n; i++) {
        mp_auto(mp_connection) c = NULL;
        int number = -1;
        assert_ok(mp_queue_get(q, MP_UNPACK(&number, &c), 0));
        assert_int_equal(number, i);
    }
}

static void full_socket_is_full_in_time_and_loses_nothing(void **state)
{
    struct stage *s = *state;
    int n = fill(s->q, s->a);
    double start = until_now();
    assert_raises(MP_FULL, mp_queue_put(s->q, s->a, 0.2));
    assert_true(until_now() - start >= 0.2);
    assert_int_equal(mp_queue_qsize(s->q), n);
    drain(s->q, n);
    assert_int_equal(mp_queue_qsize(s->q), 0);
    assert_socket_is_empty(s->q);
}

static void full_socket_leaves_other_items_their_room(void **state)
{
    struct stage *s = *state;
    int n = fill(s->q, s->a), last = 0;
    assert_ok(mp_queue_put(s->q, 77, 0));
    drain(s->q, n);
    assert_ok(mp_queue_get(s->q, &last, 0));
    assert_int_equal(last, 77);
}

static int put_three_more(void *arg)
{
    struct stage *s = arg;
    for (int i = 0; i < 3; i++)
        if (mp_queue_put(s->q, s->a, 20.0) < 0)
            return 1;
    return 0;
}

/* Who sleeps for want of room in the socket is woken by each get. */
static void producers_sleep_until_there_is_room_in_the_socket(void **state)
{
    struct stage *s = *state;
    pid_t pids[2];
    int n = fill(s->q, s->a);
    for (int i = 0; i < 2; i++)
        pids[i] = child_start(put_three_more, s);
    assert_until(s->q->ring.shared->passing.wanted != 0, 20.0);
    for (int i = 0; i < n + 6; i++) {
        mp_auto_any v = MP_NONE;
        assert_ok(mp_queue_get(s->q, &v, 20.0));
    }
    for (int i = 0; i < 2; i++)
        assert_int_equal(child_wait(pids[i], 20.0), 0);
    assert_socket_is_empty(s->q);
}

static void shutdown_wakes_who_waits_for_room_in_the_socket(void **state)
{
    struct stage *s = *state;
    fill(s->q, s->a);
    pid_t pid = child_start(put_three_more, s);
    assert_until(s->q->ring.shared->passing.wanted != 0, 20.0);
    assert_ok(mp_queue_shutdown(s->q));
    assert_int_equal(child_wait(pid, 20.0), 1);
}

static void put_many_says_how_many_the_socket_took(void **state)
{
    struct stage *s = *state;
    enum { MANY = 200 };
    mp_any items[MANY], got[MANY];
    for (int i = 0; i < MANY; i++)
        items[i] = MP(s->a);
    int n = mp_queue_put_many(s->q, mp_any_list(items, MANY), 0);
    assert_int_equal(mp_error_last()->code, MP_FULL);
    assert_in_range(n, 1, MANY - 1);
    assert_int_equal(mp_queue_get_many(s->q, MP_INTO_ARRAY(got)), n);
    for (int i = 0; i < n; i++)
        mp_any_clear(&got[i]);
    assert_socket_is_empty(s->q);
}

/* -- strays ---------------------------------------------------------------- */

/* What a producer leaves that is killed in front of its commit. */
static bool leave_stray(mp_queue *q, int fd)
{
    uint64_t ticket = ++q->ring.shared->passing.ticket;
    struct mp__cargo cargo = {
        .part = {{&ticket, sizeof ticket}}, .fds = &fd, .nfds = 1};
    return mp__socket_send(q->ring.in, &cargo) > 0;
}

static void strays_are_closed_when_the_next_handle_passes(void **state)
{
    struct stage *s = *state;
    mp_auto(mp_queue) same = NULL;
    int n;
    assert_true(leave_stray(s->q, mp_connection_fileno(s->a)));
    mp_connection_free(s->a);
    s->a = NULL;
    assert_ok(mp_queue_put(s->q, s->q));
    assert_ok(mp_queue_get(s->q, &same, 0));
    assert_raises(MP_EOF, mp_connection_recv(s->b, &n, 10.0));
    assert_socket_is_empty(s->q);
}

static void socket_full_of_strays_takes_a_handle_at_once(void **state)
{
    struct stage *s = *state;
    mp_auto(mp_connection) c = NULL;
    int one = 0;
    while (leave_stray(s->q, mp_connection_fileno(s->a)))
        ;
    assert_ok(mp_queue_put(s->q, 1, 0));
    assert_ok(mp_queue_put(s->q, s->a, 0));
    assert_ok(mp_queue_get(s->q, &one, 0));
    assert_ok(mp_queue_get(s->q, &c, 0));
    assert_answers_to(s->b, c);
    assert_socket_is_empty(s->q);
}

/* A consumer that was killed behind its commit has left one in front. */
static void what_was_got_and_not_taken_out_is_a_stray_too(void **state)
{
    struct stage *s = *state;
    int n = fill(s->q, s->a), rc = -1;
    mp_auto_any v = MP_NONE;
    for (int call = 1; rc < 0; call++) { /* the last one takes it out */
        fault_arm(FAULT_CALL, call, ENOMEM);
        rc = mp_queue_get(s->q, &v, 0);
        assert_true(fault_disarm());
    }
    assert_ok(mp_queue_put(s->q, s->a, 0));
    assert_int_equal(mp_queue_qsize(s->q), n);
}

/* -- no room in the table -------------------------------------------------- */

/* As many descriptors as this process may have are open, but for `spare`. */
static void leave_room(int spare)
{
    struct rlimit limit = {60, 60};
    int fds[64], n = 0;
    setrlimit(RLIMIT_NOFILE, &limit);
    while (n < 64 && (fds[n] = fcntl(0, F_DUPFD_CLOEXEC, 0)) >= 0)
        n++;
    while (spare-- > 0)
        close(fds[--n]);
}

static int get_without_room(void *arg)
{
    struct stage *s = arg;
    mp_connection *c = NULL;
    for (int spare = 1; spare >= 0; spare--) {
        leave_room(spare);
        if (mp_queue_get(s->q, &c, 0) != -EMFILE || c != NULL)
            return 1 + spare;
    }
    return 0;
}

static int get_with_room_for_two(void *arg)
{
    struct stage *s = arg;
    mp_connection *c = NULL;
    leave_room(2);
    return mp_queue_get(s->q, &c, 0) < 0 || mp_connection_send(c, 9) < 0;
}

/* One for the duplicate in the socket, one for the handle made of it. */
static void item_stays_where_there_is_no_descriptor_for_it(void **state)
{
    struct stage *s = *state;
    int n = 0;
    assert_ok(mp_queue_put(s->q, s->a));
    assert_int_equal(child_run(get_without_room, s, 20.0), 0);
    assert_int_equal(mp_queue_qsize(s->q), 1);
    assert_int_equal(child_run(get_with_room_for_two, s, 20.0), 0);
    assert_ok(mp_connection_recv(s->b, &n, 0));
    assert_int_equal(n, 9);
}

/* -- no room in the kernel ------------------------------------------------- */

static int put_more_than_a_user_may(void *arg)
{
    struct stage *s = arg;
    struct rlimit few = {20, 20};
    int n = 0, rc;
    if (geteuid() == 0 && setuid(65534) < 0) /* the superuser may */
        return 1;
    setrlimit(RLIMIT_NOFILE, &few);
    while ((rc = mp_queue_put(s->q, s->a, 0)) == 0)
        n++;
    if (rc != -EMFILE || n != mp_queue_qsize(s->q))
        return 2;
    return mp_queue_put(s->q, 1, 0) < 0 ? 3 : 0;
}

static void more_under_way_than_a_user_may_is_an_error(void **state)
{
    struct stage *s = *state;
    assert_int_equal(child_run(put_more_than_a_user_may, s, 20.0), 0);
}

static const int errors[][2] = {{ENOMEM, -ENOMEM},
                                {ENOBUFS, -ENOMEM},
                                {ETOOMANYREFS, -EMFILE},
                                {EMFILE, -EMFILE}};

static void put_that_fails_leaves_nothing(void **state)
{
    struct stage *s = *state;
    mp_auto(mp_connection) c = NULL;
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        fault_arm(FAULT_CALL, 1, errors[i][0]);
        assert_raises(errors[i][1], mp_queue_put(s->q, s->a));
        assert_true(fault_disarm());
    }
    assert_int_equal(mp_queue_qsize(s->q), 0);
    assert_socket_is_empty(s->q);
    assert_ok(mp_queue_put(s->q, s->a));
    assert_ok(mp_queue_get(s->q, &c, 0));
    assert_answers_to(s->b, c);
}

/* Get at the n-th fault, and again if it failed; whether it struck. */
static bool get_at_fault(struct stage *s, enum fault kind, int n)
{
    mp_auto(mp_connection) c = NULL;
    assert_ok(mp_queue_put(s->q, s->a));
    fault_arm(kind, n, ENOMEM);
    int rc = mp_queue_get(s->q, &c, 0);
    bool struck = fault_disarm();
    if (rc < 0) {
        assert_int_equal(rc, -ENOMEM);
        assert_null(c);
        assert_int_equal(mp_queue_qsize(s->q), 1);
        assert_ok(mp_queue_get(s->q, &c, 0));
    }
    assert_answers_to(s->b, c);
    return struck;
}

static void get_that_fails_leaves_the_item(void **state)
{
    struct stage *s = *state;
    int n = 1;
    while (get_at_fault(s, FAULT_CALL, n))
        n++;
    assert_in_range(n, 5, 30);
    assert_true(get_at_fault(s, FAULT_ALLOCATION, 1));
}

static void signals_do_not_disturb(void **state)
{
    struct stage *s = *state;
    for (int n = 1; n <= 3; n++) { /* to send, and to look twice */
        mp_auto(mp_connection) c = NULL;
        fault_arm(FAULT_CALL, n, EINTR);
        assert_ok(mp_queue_put(s->q, s->a, 0));
        assert_ok(mp_queue_get(s->q, &c, 0));
        assert_true(fault_disarm());
    }
    assert_socket_is_empty(s->q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SMALL_STAGED(full_socket_is_full_in_time_and_loses_nothing),
        SMALL_STAGED(full_socket_leaves_other_items_their_room),
        SMALL_STAGED(producers_sleep_until_there_is_room_in_the_socket),
        SMALL_STAGED(shutdown_wakes_who_waits_for_room_in_the_socket),
        SMALL_STAGED(put_many_says_how_many_the_socket_took),
        SMALL_STAGED(strays_are_closed_when_the_next_handle_passes),
        SMALL_STAGED(socket_full_of_strays_takes_a_handle_at_once),
        SMALL_STAGED(what_was_got_and_not_taken_out_is_a_stray_too),
        STAGED(item_stays_where_there_is_no_descriptor_for_it),
        STAGED(more_under_way_than_a_user_may_is_an_error),
        STAGED(put_that_fails_leaves_nothing),
        STAGED(get_that_fails_leaves_the_item),
        STAGED(signals_do_not_disturb),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
