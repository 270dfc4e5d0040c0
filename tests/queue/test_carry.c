/*
 * Queues carry handles: connections and queues, alone and among other values,
 * to processes that were there before them.
 */
#include "carry.h"
#include "until.h"

#include "any/record.h"

#include <signal.h>

/* -- what arrives ---------------------------------------------------------- */

static int answer_over_what_it_gets(void *q)
{
    mp_auto(mp_connection) c = NULL;
    int n;
    if (mp_queue_get((mp_queue *)q, &c, 10.0) < 0)
        return 1;
    return mp_connection_recv(c, &n, 10.0) < 0 ||
           mp_connection_send(c, n + 1, 10.0) < 0;
}

static void connection_made_after_the_child_reaches_it(void **state)
{
    struct stage *s = *state;
    int n = 0;
    pid_t pid = child_start(answer_over_what_it_gets, s->q);
    mp_auto(mp_connection) x = NULL;
    mp_auto(mp_connection) y = NULL;
    assert_ok(mp_pipe(&x, &y));
    assert_ok(mp_queue_put(s->q, y));
    assert_ok(mp_connection_send(x, 41));
    assert_ok(mp_connection_recv(x, &n, 10.0));
    assert_int_equal(n, 42);
    assert_int_equal(child_wait(pid, 10.0), 0);
}

static int answer_through_what_it_gets(void *q)
{
    mp_auto(mp_queue) answers = NULL;
    return mp_queue_get((mp_queue *)q, &answers, 10.0) < 0 ||
           mp_queue_put(answers, "here") < 0;
}

static void queue_made_after_the_child_reaches_it(void **state)
{
    struct stage *s = *state;
    mp_auto_any v = MP_NONE;
    pid_t pid = child_start(answer_through_what_it_gets, s->q);
    mp_auto(mp_queue) answers = mp_queue_new();
    assert_ok(mp_queue_put(s->q, answers));
    assert_ok(mp_queue_get(answers, &v, 10.0));
    assert_true(mp_any_equal(v, "here"));
    assert_int_equal(child_wait(pid, 10.0), 0);
}

static void simple_queue_carries_a_simple_queue(void **state)
{
    (void)state;
    mp_auto(mp_simple_queue) q = mp_simple_queue_new();
    mp_auto(mp_simple_queue) other = mp_simple_queue_new();
    mp_auto(mp_simple_queue) same = NULL;
    int n = 0;
    assert_ok(mp_simple_queue_put(q, other));
    assert_ok(mp_simple_queue_get(q, &same));
    assert_ok(mp_simple_queue_put(same, 5));
    assert_ok(mp_simple_queue_get(other, &n));
    assert_int_equal(n, 5);
}

static void handles_arrive_among_other_values(void **state)
{
    struct stage *s = *state;
    mp_auto(mp_connection) x = NULL;
    mp_auto(mp_queue) same = NULL;
    mp_auto_any v = MP_NONE;
    int n = 0;
    assert_ok(mp_queue_put(s->q, MP_LIST(1, s->q, "text", s->a)));
    assert_ok(mp_queue_get(s->q, &v, 0));
    assert_ok(mp_any_into(mp_any_item(v, 1), &same));
    assert_ok(mp_any_into(mp_any_item(v, 3), &x));
    assert_true(mp_any_equal(mp_any_item(v, 2), "text"));
    assert_ok(mp_queue_put(same, 7));
    assert_ok(mp_queue_get(s->q, &n, 0));
    assert_answers_to(s->b, x);
}

static void items_with_and_without_handles_keep_their_order(void **state)
{
    struct stage *s = *state;
    mp_any got[6];
    const int kinds[] = {MP_KIND_INT, MP_KIND_HANDLE, MP_KIND_HANDLE,
                         MP_KIND_STR, MP_KIND_HANDLE, MP_KIND_INT};
    assert_int_equal(
        mp_queue_put_many(s->q, MP_LIST(1, s->a, s->q, "two", s->b, 3)), 6);
    assert_int_equal(mp_queue_get_many(s->q, MP_INTO_ARRAY(got)), 6);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(mp_any_kind(got[i]), kinds[i]);
        mp_any_clear(&got[i]);
    }
}

static void item_may_have_as_many_descriptors_as_a_message(void **state)
{
    struct stage *s = *state;
    mp_any items[MP__FDS_MAX + 1];
    mp_auto_any got = MP_NONE;
    for (int i = 0; i <= MP__FDS_MAX; i++)
        items[i] = MP(s->a);
    assert_raises(MP_VALUE_ERROR,
                  mp_queue_put(s->q, mp_any_list(items, MP__FDS_MAX + 1)));
    assert_ok(mp_queue_put(s->q, mp_any_list(items, MP__FDS_MAX)));
    assert_ok(mp_queue_get(s->q, &got, 0));
    assert_int_equal(mp_any_len(got), MP__FDS_MAX);
}

static void closed_connection_is_refused(void **state)
{
    struct stage *s = *state;
    assert_ok(mp_connection_close(s->a));
    assert_raises_saying(MP_VALUE_ERROR, "closed", mp_queue_put(s->q, s->a));
    assert_int_equal(mp_queue_qsize(s->q), 0);
}

static void what_does_not_fit_keeps_its_descriptors(void **state)
{
    struct stage *s = *state;
    mp_auto(mp_connection) c = NULL;
    mp_queue *none = NULL;
    int n;
    assert_ok(mp_queue_put(s->q, s->a));
    struct leak_snapshot *before = leak_take();
    assert_raises(MP_TYPE_ERROR, mp_queue_get(s->q, &n, 0));
    assert_raises(MP_TYPE_ERROR, mp_queue_get(s->q, &none, 0));
    assert_no_leak(before);
    assert_ok(mp_queue_get(s->q, &c, 0));
    assert_answers_to(s->b, c);
}

/* -- what lies in it ------------------------------------------------------- */

/* The only end is in the queue, and then nowhere. */
static void handle_is_open_while_it_is_in_the_queue(void **state)
{
    struct stage *s = *state;
    int n;
    assert_ok(mp_queue_put(s->q, s->a));
    mp_connection_free(s->a);
    s->a = NULL;
    assert_ok(mp_connection_send(s->b, 1));
    assert_raises(MP_TIMEOUT, mp_connection_recv(s->b, &n, 0));
    mp_queue_free(s->q);
    s->q = NULL;
    assert_raises(MP_EOF, mp_connection_recv(s->b, &n, 10.0));
}

static void dropped_handle_is_closed_with_the_queue(void **state)
{
    struct stage *s = *state;
    int n;
    assert_ok(mp_queue_put(s->q, s->a));
    mp_connection_free(s->a);
    s->a = NULL;
    assert_ok(mp_queue_shutdown(s->q, true));
    assert_raises(MP_SHUT_DOWN, mp_queue_get(s->q, &n, 0));
    mp_queue_free(s->q);
    s->q = NULL;
    assert_raises(MP_EOF, mp_connection_recv(s->b, &n, 10.0));
}

/* The kernel finds out that nobody can get at them any more. */
static void queue_within_itself_is_freed_with_all_that_is_in_it(void **state)
{
    struct stage *s = *state;
    int n;
    assert_ok(mp_queue_put(s->q, MP_LIST(s->q, s->a)));
    mp_connection_free(s->a);
    s->a = NULL;
    mp_queue_free(s->q);
    s->q = NULL;
    mp_queue_free(mp_queue_new()); /* a socket's end has it look again */
    assert_raises(MP_EOF, mp_connection_recv(s->b, &n, 10.0));
}

static int put_and_die(void *arg)
{
    struct stage *s = arg;
    mp_auto(mp_connection) x = NULL;
    mp_auto(mp_connection) y = NULL;
    if (mp_pipe(&x, &y) < 0 || mp_connection_send(x, 5) < 0 ||
        mp_queue_put(s->q, y) < 0)
        return 1;
    raise(SIGKILL);
    return 2;
}

static void handle_outlives_its_producer(void **state)
{
    struct stage *s = *state;
    mp_auto(mp_connection) c = NULL;
    int n = 0;
    assert_int_equal(child_run(put_and_die, s, 10.0), -SIGKILL);
    assert_ok(mp_queue_get(s->q, &c, 0));
    assert_ok(mp_connection_recv(c, &n, 0));
    assert_int_equal(n, 5);
    assert_raises(MP_EOF, mp_connection_recv(c, &n, 10.0));
}

static void ten_thousand_handles_leave_no_descriptor(void **state)
{
    struct stage *s = *state;
    struct leak_snapshot *before = leak_take();
    for (int i = 0; i < 10000; i++) {
        mp_connection *c = NULL;
        assert_ok(mp_queue_put(s->q, s->a));
        assert_ok(mp_queue_get(s->q, &c, 0));
        mp_connection_free(c);
    }
    assert_no_leak(before);
    assert_socket_is_empty(s->q);
}

/* -- the socket ------------------------------------------------------------ */

static void message_that_is_gone_is_told(void **state)
{
    struct stage *s = *state;
    mp_auto(mp_connection) c = NULL;
    assert_ok(mp_queue_put(s->q, s->a));
    assert_int_equal(mp__socket_drop(s->q->ring.out), 0);
    assert_raises_saying(MP_RUNTIME_ERROR, "not there",
                         mp_queue_get(s->q, &c, 0));
    assert_int_equal(mp_queue_qsize(s->q), 1);
}

static void ring_comes_with_its_socket_or_not_at_all(void **state)
{
    struct stage *s = *state;
    struct ring r;
    int fds[RING_FDS];
    mp__ring_fds(&s->q->ring, fds);
    fds[2] = fds[0];
    assert_raises_saying(MP_VALUE_ERROR, "no socket", mp__ring_adopt(&r, fds));
    assert_ok(mp_queue_put(s->q, s->a));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAGED(connection_made_after_the_child_reaches_it),
        STAGED(queue_made_after_the_child_reaches_it),
        STAGED(simple_queue_carries_a_simple_queue),
        STAGED(handles_arrive_among_other_values),
        STAGED(items_with_and_without_handles_keep_their_order),
        STAGED(item_may_have_as_many_descriptors_as_a_message),
        STAGED(closed_connection_is_refused),
        STAGED(what_does_not_fit_keeps_its_descriptors),
        STAGED(handle_is_open_while_it_is_in_the_queue),
        STAGED(dropped_handle_is_closed_with_the_queue),
        STAGED(queue_within_itself_is_freed_with_all_that_is_in_it),
        STAGED(handle_outlives_its_producer),
        STAGED(ten_thousand_handles_leave_no_descriptor),
        STAGED(message_that_is_gone_is_told),
        STAGED(ring_comes_with_its_socket_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
