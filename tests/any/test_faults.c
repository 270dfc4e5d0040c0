/*
 * No memory, at every place where there could be none: the call answers
 * -ENOMEM, its outputs are as before, and nothing is leaked (the handles are
 * counted here, the memory by the sanitizer).
 */
#include "roundtrip.h"
#include "thing.h"
#include "process/call.h"
#include "fault.h"

#include <errno.h>
#include <stdio.h>

static struct thing *thing;

static int set_up(void **state)
{
    (void)state;
    mp__handle_register(&thing_type);
    thing = thing_new(-1);
    return thing != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    thing_drop(thing);
    return things_alive;
}

/* A value with something of everything, in a buffer of its own. */
static mp_any everything(void)
{
    static mp_any items[6], pairs[2], wide[300];
    static int numbers[] = {1, 2};
    static mp_struct s = {"numbers", numbers, sizeof numbers};

    for (size_t i = 0; i < 300; i++)
        wide[i] = MP("text");
    pairs[0] = MP("key");
    pairs[1] = any_thing(thing);
    items[0] = MP("text");
    items[1] = MP_BYTES("bytes", 5);
    items[2] = mp_any_dict(pairs, 2);
    items[3] = mp_any_struct(&s);
    items[4] = MP_ARRAY(numbers);
    items[5] = mp_any_list(wide, 300);
    return mp_any_tuple(items, 6);
}

/* Nothing but the one thing is alive, and that is -ENOMEM. */
static void assert_out_of_memory(int rc)
{
    assert_int_equal(rc, -ENOMEM);
    assert_int_equal(mp_error_last()->code, -ENOMEM);
    assert_int_equal(things_alive, 1);
    assert_int_equal(atomic_load(&thing->handle.refs), 1);
}

static void copying_without_memory_fails_cleanly(void **state)
{
    (void)state;
    mp_any v = MP(42);
    int n;
    int rc;
    for (n = 1; fault_arm(FAULT_ALLOCATION, n, ENOMEM),
        rc = mp_any_copy(everything(), &v), fault_disarm();
         n++) {
        assert_out_of_memory(rc);
        assert_repr("42", v);
    }
    assert_ok(rc);
    assert_int_equal(n, 2);
    mp_any_clear(&v);
}

static struct mp__record record;
static char payload[8192];

static void encode(mp_any v)
{
    struct mp__measure m;

    assert_ok(mp__measure(v, &m));
    assert_in_range(m.size, 1, sizeof payload);
    mp__encode(v, &m, payload, NULL);
    record = (struct mp__record){m.head, payload, m.size, NULL, 0};
}

static void receiving_a_value_without_memory_fails_cleanly(void **state)
{
    (void)state;
    mp_any v = MP(42);
    int n;
    int rc;
    encode(everything());
    for (n = 1; fault_arm(FAULT_ALLOCATION, n, ENOMEM),
        rc = mp__decode(&record, MP_TO(&v)), fault_disarm();
         n++) {
        assert_out_of_memory(rc);
        assert_repr("42", v);
    }
    assert_ok(rc);
    assert_int_equal(n, 3); /* the block, the thing */
    mp_any_clear(&v);
}

static void taking_apart_without_memory_fails_cleanly(void **state)
{
    (void)state;
    char *s = NULL;
    mp_bytes b = {NULL, 0};
    mp_any dict = MP(42), any = MP(42), list = MP(42);
    int numbers[2] = {42, 42};
    int n;
    int rc;
    encode(everything());
    for (n = 1; fault_arm(FAULT_ALLOCATION, n, ENOMEM),
        rc = mp__decode(&record, MP_UNPACK(&s, &b, &dict, &any,
                                           MP_INTO_ARRAY(numbers), &list)),
        fault_disarm();
         n++) {
        assert_out_of_memory(rc);
        assert_true(s == NULL && b.data == NULL && numbers[0] == 42);
        assert_true(dict.u.i == 42 && any.u.i == 42 && list.u.i == 42);
    }
    assert_ok(rc);
    assert_int_equal(n, 8); /* the items, the thing, and each of the five */
    free(s);
    free(b.data);
    mp_any_clear(&dict);
    mp_any_clear(&any);
    mp_any_clear(&list);
}

static void storing_many_values_without_memory_fails_cleanly(void **state)
{
    (void)state;
    static mp_any vs[300];
    mp_any many = mp_any_item(everything(), 5);
    int n;
    int rc;
    for (n = 1; fault_arm(FAULT_ALLOCATION, n, ENOMEM),
        rc = mp_any_into(many, MP_INTO_ARRAY(vs)), fault_disarm();
         n++) {
        assert_out_of_memory(rc);
        assert_int_equal(mp_any_kind(vs[0]), MP_KIND_NONE);
    }
    assert_ok(rc);
    assert_int_equal(n, 302); /* the slots, and each of the 300 */
    for (size_t i = 0; i < 300; i++)
        mp_any_clear(&vs[i]);
}

static void dicts_are_compared_without_memory(void **state)
{
    (void)state;
    static mp_any pairs[200];
    for (size_t i = 0; i < 200; i++)
        pairs[i] = MP((long)i);
    mp_any d = mp_any_dict(pairs, 200);
    for (int n = 1; n <= 2; n++) {
        fault_arm(FAULT_ALLOCATION, n, ENOMEM);
        bool equal = mp_any_equal(d, d);
        assert_true(fault_disarm());
        assert_true(equal);
    }
}

static void dict_is_shown_without_memory(void **state)
{
    (void)state;
    static mp_any pairs[200];
    for (size_t i = 0; i < 200; i++)
        pairs[i] = MP((long)i % 4);
    fault_arm(FAULT_ALLOCATION, 1, ENOMEM);
    const char *text = repr_of(mp_any_dict(pairs, 200));
    assert_true(fault_disarm());
    assert_string_equal(text, "{0: 1, 2: 3}");
}

static char names[100][16];

static int takes_all(mp_call *c)
{
    int n;

    for (size_t i = 0; i < 100; i++)
        MP_TRY(mp_call_kwarg(c, names[i], &n));
    return mp_return(c, "done");
}

static void calling_without_memory_fails_cleanly(void **state)
{
    (void)state;
    static mp_any pairs[200];
    mp_call c;
    int n;
    int rc;
    for (int i = 0; i < 100; i++) {
        snprintf(names[i], sizeof names[i], "k%d", i);
        pairs[2 * i] = MP(names[i]);
        pairs[2 * i + 1] = MP(i);
    }
    for (n = 1;; n++) {
        mp__call_init(&c, MP_NONE, mp_any_dict(pairs, 200), NULL);
        fault_arm(FAULT_ALLOCATION, n, ENOMEM);
        rc = mp__call_run(&c, takes_all);
        mp__call_end(&c);
        if (!fault_disarm())
            break;
        assert_out_of_memory(rc);
    }
    assert_ok(rc);
    assert_int_equal(n, 3); /* what was asked for, and the result */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copying_without_memory_fails_cleanly),
        cmocka_unit_test(receiving_a_value_without_memory_fails_cleanly),
        cmocka_unit_test(taking_apart_without_memory_fails_cleanly),
        cmocka_unit_test(storing_many_values_without_memory_fails_cleanly),
        cmocka_unit_test(dicts_are_compared_without_memory),
        cmocka_unit_test(dict_is_shown_without_memory),
        cmocka_unit_test(calling_without_memory_fails_cleanly),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
