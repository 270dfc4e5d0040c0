/*
 * Connections that are sent through connections.
 */
#include "ends.h"

#include "any/record.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

static int answers_over_what_it_is_sent(void *arg)
{
    struct ends *e = arg;
    mp_connection *c;
    int n;

    if (mp_connection_recv(e->b, &c, 10) < 0)
        return 1;
    if (mp_connection_recv(c, &n, 10) < 0 ||
        mp_connection_send(c, n + 1, 10) < 0)
        return 2;
    mp_connection_free(c);
    return 0;
}

static void connection_works_in_the_receiver(void **state)
{
    struct ends *e = *state;
    mp_connection *x, *y;
    int n;
    pid_t pid = child_start(answers_over_what_it_is_sent, e);
    assert_ok(mp_pipe(&x, &y));
    assert_ok(mp_connection_send(e->a, y));
    mp_connection_free(y);
    assert_ok(mp_connection_send(x, 41));
    assert_ok(mp_connection_recv(x, &n, 10));
    assert_int_equal(n, 42);
    assert_int_equal(child_wait(pid, 10), 0);
    mp_connection_free(x);
}

static void ends_of_a_simplex_pipe_keep_their_direction(void **state)
{
    struct ends *e = *state;
    mp_connection *r, *w, *r2, *w2;
    int n;
    assert_ok(mp_pipe(&r, &w, false));
    assert_ok(mp_connection_send(e->a, MP_TUPLE(r, w)));
    mp_connection_free(r);
    mp_connection_free(w);
    assert_ok(mp_connection_recv(e->b, MP_UNPACK(&r2, &w2)));
    assert_int_equal(mp_connection_readable(r2), 1);
    assert_int_equal(mp_connection_writable(r2), 0);
    assert_int_equal(mp_connection_readable(w2), 0);
    assert_ok(mp_connection_send(w2, 3));
    assert_ok(mp_connection_recv(r2, &n));
    mp_connection_free(r2);
    assert_raises(-EPIPE, mp_connection_send(w2, 3));
    mp_connection_free(w2);
}

static void connections_travel_inside_of_lists(void **state)
{
    struct ends *e = *state;
    mp_connection *x, *y, *got = NULL;
    mp_any v = MP_NONE;
    int n;
    assert_ok(mp_pipe(&x, &y));
    assert_ok(mp_connection_send(
        e->a, MP_LIST(1, MP_DICT("c", MP_LIST(x, "text")), y)));
    mp_connection_free(x);
    mp_connection_free(y);
    assert_ok(mp_connection_recv(e->b, &v));
    assert_ok(mp_any_into(mp_any_item(v, 2), &got));
    assert_ok(mp_connection_send(got, 12));
    mp_connection_free(got);
    mp_any inner = mp_any_item(mp_any_value(mp_any_item(v, 1), 0), 0);
    assert_ok(mp_any_into(inner, &got));
    mp_any_clear(&v);
    assert_ok(mp_connection_recv(got, &n));
    assert_int_equal(n, 12);
    mp_connection_free(got);
}

static void a_connection_travels_through_itself(void **state)
{
    struct ends *e = *state;
    mp_connection *c;
    int n;
    assert_ok(mp_connection_send(e->a, e->b));
    assert_ok(mp_connection_recv(e->b, &c));
    assert_ok(mp_connection_send(e->a, 4));
    assert_ok(mp_connection_recv(c, &n));
    mp_connection_free(c);
}

static void many_connections_travel_in_a_large_message(void **state)
{
    struct ends *e = *state;
    enum { N = 200, TEXT = 300000 };
    mp_any items[N + 1];
    mp_connection *x, *y;
    mp_auto_any got = MP_NONE;
    char *text = calloc(1, TEXT + 1);
    memset(text, 't', TEXT);
    assert_ok(mp_pipe(&x, &y));
    for (int i = 0; i < N; i++)
        items[i] = MP(x);
    items[N] = MP(text);
    assert_ok(mp_connection_send(e->a, mp_any_list(items, N + 1)));
    assert_ok(mp_connection_recv(e->b, &got));
    assert_int_equal(mp_any_len(got), N + 1);
    assert_int_equal(mp_any_len(mp_any_item(got, N)), TEXT);
    mp_connection_free(x);
    mp_connection_free(y);
    free(text);
}

static void too_many_connections_are_refused(void **state)
{
    struct ends *e = *state;
    enum { N = MP__FDS_MAX + 1 };
    mp_any items[N];
    for (int i = 0; i < N; i++)
        items[i] = MP(e->a);
    assert_raises(MP_VALUE_ERROR,
                  mp_connection_send(e->a, mp_any_list(items, N)));
    assert_int_equal(mp_connection_poll(e->b), 0);
}

static void connection_that_does_not_fit_stays(void **state)
{
    struct ends *e = *state;
    mp_connection *c;
    int n;
    assert_ok(mp_connection_send(e->a, e->a));
    assert_raises(MP_TYPE_ERROR, mp_connection_recv(e->b, &n));
    assert_raises(MP_TYPE_ERROR, mp_connection_recv(e->b, &n));
    assert_ok(mp_connection_recv(e->b, &c));
    mp_connection_free(c);
}

/* Taken or not, the descriptors of a message are closed with it. */
static void connection_that_nobody_takes_is_closed(void **state)
{
    struct ends *e = *state;
    int n;
    assert_ok(mp_connection_send(e->a, e->a));
    assert_ok(mp_connection_send(e->a, MP_LIST(e->a, e->a)));
    assert_raises(MP_TYPE_ERROR, mp_connection_recv(e->b, &n));
}

/* -- no room --------------------------------------------------------------- */

/* Take all descriptors up to the limit but `spare`; give_back undoes it. */
struct room {
    struct rlimit before;
    int fds[64];
    int n;
};

static void leave_room(struct room *r, int spare)
{
    struct rlimit few;

    getrlimit(RLIMIT_NOFILE, &r->before);
    few = r->before;
    few.rlim_cur = 40;
    setrlimit(RLIMIT_NOFILE, &few);
    for (r->n = 0; r->n < 64; r->n++) {
        r->fds[r->n] = fcntl(0, F_DUPFD_CLOEXEC, 0);
        if (r->fds[r->n] < 0)
            break;
    }
    while (spare-- > 0)
        close(r->fds[--r->n]);
}

static void give_back(struct room *r)
{
    while (r->n > 0)
        close(r->fds[--r->n]);
    setrlimit(RLIMIT_NOFILE, &r->before);
}

static void no_room_for_a_pipe_is_emfile(void **state)
{
    struct ends *e = *state;
    mp_connection *x = e->a, *y = e->b;
    struct room room;
    for (int spare = 0; spare < 2; spare++) {
        leave_room(&room, spare);
        int rc = mp_pipe(&x, &y);
        give_back(&room);
        assert_raises(-EMFILE, rc);
        assert_ptr_equal(x, e->a);
    }
}

static void no_room_for_a_received_connection_is_emfile(void **state)
{
    struct ends *e = *state;
    mp_connection *c = NULL;
    struct room room;
    int n;
    assert_ok(mp_connection_send(e->a, e->a));
    assert_ok(mp_connection_send(e->a, 5));
    leave_room(&room, 0);
    int rc = mp_connection_recv(e->b, &c);
    give_back(&room);
    assert_raises(-EMFILE, rc);
    assert_null(c);
    assert_ok(mp_connection_recv(e->b, &n));
}

static void little_room_for_many_connections_leaks_none(void **state)
{
    struct ends *e = *state;
    mp_any v = MP_NONE;
    struct room room;
    assert_ok(mp_connection_send(e->a, MP_LIST(e->a, e->a, e->a, e->a)));
    leave_room(&room, 2);
    int rc = mp_connection_recv(e->b, &v);
    give_back(&room);
    assert_raises(-EMFILE, rc);
    assert_int_equal(mp_connection_poll(e->b), 0);
}

static void no_room_for_large_messages_is_emfile(void **state)
{
    struct ends *e = *state;
    size_t size = 1 << 20, n;
    char *data = pattern(size, 1);
    struct room room;
    leave_room(&room, 0);
    int rc = mp_connection_send_bytes(e->a, data, size);
    give_back(&room);
    assert_raises(-EMFILE, rc);
    assert_ok(mp_connection_send_bytes(e->a, data, size));
    leave_room(&room, 0);
    rc = mp_connection_recv_bytes_into(e->b, data, size, &n);
    give_back(&room);
    assert_raises(-EMFILE, rc);
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_duplex(connection_works_in_the_receiver),
        test_duplex(ends_of_a_simplex_pipe_keep_their_direction),
        test_duplex(connections_travel_inside_of_lists),
        test_duplex(a_connection_travels_through_itself),
        test_duplex(many_connections_travel_in_a_large_message),
        test_duplex(too_many_connections_are_refused),
        test_duplex(connection_that_does_not_fit_stays),
        test_duplex(connection_that_nobody_takes_is_closed),
        test_duplex(no_room_for_a_pipe_is_emfile),
        test_duplex(no_room_for_a_received_connection_is_emfile),
        test_duplex(little_room_for_many_connections_leaks_none),
        test_duplex(no_room_for_large_messages_is_emfile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
