/*
 * Queues travel: through a connection, to a process that was there before them.
 */
#include "child.h"
#include "expect.h"
#include "leak.h"

#include <mproc.h>

#include <stdlib.h>

static mp_connection *ours, *theirs;
static struct leak_snapshot *before;

static int set_up(void **state)
{
    (void)state;
    mp_queue_free(mp_queue_new()); /* the context, made once and kept */
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

static int answer_through_a_queue(void *unused)
{
    mp_auto(mp_queue) q = NULL;
    (void)unused;
    return mp_connection_recv(theirs, &q, 10.0) < 0 ||
           mp_queue_put(q, "here") < 0;
}

static void queue_made_after_the_child_reaches_it(void **state)
{
    (void)state;
    pid_t pid = child_start(answer_through_a_queue, NULL);
    mp_auto(mp_queue) q = mp_queue_new();
    mp_auto_any v = MP_NONE;
    assert_ok(mp_connection_send(ours, q));
    assert_ok(mp_queue_get(q, &v, 10.0));
    assert_true(mp_any_equal(v, "here"));
    assert_int_equal(child_wait(pid, 10.0), 0);
}

static int answer_through_a_simple_queue(void *unused)
{
    mp_auto(mp_simple_queue) q = NULL;
    (void)unused;
    return mp_connection_recv(theirs, &q, 10.0) < 0 ||
           mp_simple_queue_put(q, 7) < 0;
}

static void simple_queue_travels(void **state)
{
    (void)state;
    pid_t pid = child_start(answer_through_a_simple_queue, NULL);
    mp_auto(mp_simple_queue) q = mp_simple_queue_new();
    int n = 0;
    assert_ok(mp_connection_send(ours, q));
    assert_ok(mp_simple_queue_get(q, &n));
    assert_int_equal(n, 7);
    assert_int_equal(child_wait(pid, 10.0), 0);
}

static void joinable_queue_arrives_as_one(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_joinable_queue_new();
    mp_auto(mp_queue) same = NULL;
    assert_ok(mp_connection_send(ours, q));
    assert_ok(mp_connection_recv(theirs, &same, 10.0));
    assert_ok(mp_queue_put(q, 1));
    assert_ok(mp_queue_task_done(same));
    assert_ok(mp_queue_join(q, 0));
}

static void queue_travels_within_a_list(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    mp_auto(mp_queue) same = NULL;
    char *text = NULL;
    assert_ok(mp_connection_send(ours, MP_LIST("take this", q)));
    assert_ok(mp_connection_recv(theirs, MP_UNPACK(&text, &same), 10.0));
    assert_string_equal(text, "take this");
    free(text);
    assert_ok(mp_queue_put(same, 5));
    assert_int_equal(mp_queue_qsize(q), 1);
}

static void queue_is_no_simple_queue(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    mp_auto(mp_queue) same = NULL;
    mp_simple_queue *other = NULL;
    assert_ok(mp_connection_send(ours, q));
    assert_raises_saying(MP_TYPE_ERROR, "expected SimpleQueue, got Queue",
                         mp_connection_recv(theirs, &other, 10.0));
    assert_null(other);
    assert_ok(mp_connection_recv(theirs, &same, 10.0));
}

static void closed_queue_stays_at_home(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    assert_ok(mp_queue_close(q));
    assert_raises_saying(MP_VALUE_ERROR, "closed", mp_connection_send(ours, q));
    assert_int_equal(mp_connection_poll(theirs), 0);
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(queue_made_after_the_child_reaches_it),
        TEST(simple_queue_travels),
        TEST(joinable_queue_arrives_as_one),
        TEST(queue_travels_within_a_list),
        TEST(queue_is_no_simple_queue),
        TEST(closed_queue_stays_at_home),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
