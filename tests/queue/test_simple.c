/*
 * SimpleQueue: put, get and empty, without limit; and what is left of it once
 * it is closed.
 */
#include "child.h"
#include "expect.h"
#include "leak.h"

#include <mproc.h>

#include <stdlib.h>
#include <string.h>

static void items_come_out_in_order(void **state)
{
    (void)state;
    mp_auto(mp_simple_queue) q = mp_simple_queue_new();
    int n;
    assert_made(q);
    for (int i = 0; i < 100; i++)
        assert_ok(mp_simple_queue_put(q, i));
    for (int i = 0; i < 100; i++) {
        assert_ok(mp_simple_queue_get(q, &n));
        assert_int_equal(n, i);
    }
}

static void empty_is_exact(void **state)
{
    (void)state;
    mp_auto(mp_simple_queue) q = mp_simple_queue_new();
    mp_auto_any v = MP_NONE;
    assert_int_equal(mp_simple_queue_empty(q), 1);
    assert_ok(mp_simple_queue_put(q, MP_DICT("a", MP_LIST(1, 2.5))));
    assert_int_equal(mp_simple_queue_empty(q), 0);
    assert_ok(mp_simple_queue_get(q, &v));
    assert_true(mp_any_equal(v, MP_DICT("a", MP_LIST(1, 2.5))));
    assert_int_equal(mp_simple_queue_empty(q), 1);
}

static int put_hello(void *q)
{
    return mp_simple_queue_put(q, "hello") < 0;
}

static void get_waits_for_another_process(void **state)
{
    (void)state;
    mp_auto(mp_simple_queue) q = mp_simple_queue_new();
    char *s = NULL;
    pid_t pid = child_start(put_hello, q);
    assert_ok(mp_simple_queue_get(q, &s));
    assert_string_equal(s, "hello");
    free(s);
    assert_int_equal(child_wait(pid, 20.0), 0);
}

static void closing_twice_is_fine(void **state)
{
    (void)state;
    mp_auto(mp_simple_queue) q = mp_simple_queue_new();
    assert_ok(mp_simple_queue_close(q));
    assert_ok(mp_simple_queue_close(q));
}

static void closed_queue_answers_value_error(void **state)
{
    (void)state;
    mp_auto(mp_simple_queue) q = mp_simple_queue_new();
    int n;
    assert_ok(mp_simple_queue_close(q));
    assert_raises_saying(MP_VALUE_ERROR, "closed", mp_simple_queue_empty(q));
    assert_raises(MP_VALUE_ERROR, mp_simple_queue_put(q, 1));
    assert_raises(MP_VALUE_ERROR, mp_simple_queue_get(q, &n));
}

static void item_that_does_not_fit_stays(void **state)
{
    (void)state;
    mp_auto(mp_simple_queue) q = mp_simple_queue_new();
    int n = 3;
    char *s;
    assert_ok(mp_simple_queue_put(q, "text"));
    assert_raises(MP_TYPE_ERROR, mp_simple_queue_get(q, &n));
    assert_int_equal(n, 3);
    assert_ok(mp_simple_queue_get(q, &s));
    free(s);
}

/* With the failure that made it NULL: here, the last one. */
static void null_is_answered(void **state)
{
    (void)state;
    mp_auto(mp_simple_queue) closed = mp_simple_queue_new();
    int n;
    assert_ok(mp_simple_queue_close(closed));
    assert_raises(MP_VALUE_ERROR, mp_simple_queue_empty(closed));
    assert_raises(MP_VALUE_ERROR,
                  mp_simple_queue_put((mp_simple_queue *)NULL, 1));
    assert_raises(MP_VALUE_ERROR,
                  mp_simple_queue_get((mp_simple_queue *)NULL, &n));
    assert_raises(MP_VALUE_ERROR, mp_simple_queue_empty(NULL));
    assert_raises(MP_VALUE_ERROR, mp_simple_queue_close(NULL));
    mp_simple_queue_free(NULL);
}

static void it_shows_its_class(void **state)
{
    (void)state;
    mp_auto(mp_simple_queue) q = mp_simple_queue_new();
    char text[64];
    mp_repr(q, text, sizeof text);
    assert_memory_equal(text, "<SimpleQueue at 0x", 18);
}

static void nothing_is_left_behind(void **state)
{
    (void)state;
    struct leak_snapshot *before = leak_take();
    for (int i = 0; i < 50; i++) {
        mp_auto(mp_simple_queue) q = mp_simple_queue_new();
        assert_ok(mp_simple_queue_put(q, i));
    }
    assert_no_leak(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_come_out_in_order),
        cmocka_unit_test(empty_is_exact),
        cmocka_unit_test(get_waits_for_another_process),
        cmocka_unit_test(closing_twice_is_fine),
        cmocka_unit_test(closed_queue_answers_value_error),
        cmocka_unit_test(item_that_does_not_fit_stays),
        cmocka_unit_test(null_is_answered),
        cmocka_unit_test(it_shows_its_class),
        cmocka_unit_test(nothing_is_left_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
