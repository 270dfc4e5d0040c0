/*
 * What a process object is made of: options, arguments, name, authkey and the
 * daemon flag, good and bad.
 */
#include "expect.h"
#include "output.h"

#include <mproc.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int do_nothing(mp_call *c)
{
    (void)c;
    return 0;
}

/* What a child found, in memory that it shares with the test. */
static struct found {
    int n;
    char text[64];
    bool loud;
    pid_t pid;
    pid_t parent;
    char name[64];
    char parent_name[64];
    unsigned char key[32];
} * found;

static void run(mp_process *p)
{
    assert_made(p);
    assert_ok(mp_process_start(p));
    assert_ok(mp_process_join(p, 20.0));
}

/* -- arguments ------------------------------------------------------------- */

static int note_arguments(mp_call *c)
{
    const char *text;
    int n;

    MP_TRY(mp_call_args(c, &n, &text));
    MP_TRY(mp_call_kwarg(c, "loud", &found->loud));
    found->n = n;
    (void)strncpy(found->text, text, sizeof found->text - 1);
    return 0;
}

static void child_sees_its_arguments(void **state)
{
    (void)state;
    char text[] = "forty-two";
    mp_auto(mp_process) p =
        mp_process_new(note_arguments, .args = MP_ARGS(42, text),
                       .kwargs = MP_DICT("loud", MP_TRUE));
    text[0] = '?';
    run(p);
    assert_int_equal(mp_process_exitcode(p), 0);
    assert_int_equal(found->n, 42);
    assert_string_equal(found->text, "forty-two");
    assert_true(found->loud);
}

static int note_self(mp_call *c)
{
    int *self = mp_call_self(c);
    found->n = *self;
    return 0;
}

static void subclass_runs_with_its_object(void **state)
{
    (void)state;
    int self = 7;
    mp_auto(mp_process) p = mp_process_new(.run = note_self, .self = &self);
    run(p);
    assert_int_equal(found->n, 7);
}

static void run_calls_the_function_here(void **state)
{
    (void)state;
    int self = 11;
    mp_auto(mp_process) p = mp_process_new(.run = note_self, .self = &self);
    assert_ok(mp_process_run(p));
    assert_int_equal(found->n, 11);
    self = 12;
    assert_ok(mp_process_run(p));
    assert_int_equal(found->n, 12);
    run(p);
    assert_raises(MP_VALUE_ERROR, mp_process_run(p));
}

static int refuse(mp_call *c)
{
    return mp_raise(c, MP_KEY_ERROR, "no");
}

static void run_answers_what_the_function_raised(void **state)
{
    (void)state;
    mp_auto(mp_process) p = mp_process_new(refuse);
    assert_raises_saying(MP_KEY_ERROR, "no", mp_process_run(p));
}

static void function_that_takes_no_arguments_refuses_some(void **state)
{
    (void)state;
    mp_auto(mp_process) p =
        mp_process_new(do_nothing, .kwargs = MP_DICT("unknown", 1));
    assert_raises(MP_TYPE_ERROR, mp_process_run(p));
}

/* -- identity -------------------------------------------------------------- */

static int note_identity(mp_call *c)
{
    mp_process *self = mp_current_process();
    mp_process *parent = mp_parent_process();
    mp_any key = mp_process_authkey(self);

    (void)c;
    found->pid = mp_process_pid(self);
    found->parent = mp_process_pid(parent);
    (void)strncpy(found->name, mp_process_name(self), 63);
    (void)strncpy(found->parent_name, mp_process_name(parent), 63);
    if (mp_any_len(key) != sizeof found->key)
        return mp_raise(c, MP_VALUE_ERROR, "the key is not 32 bytes");
    memcpy(found->key, mp_any_data(key), sizeof found->key);
    return mp_process_is_alive(self) == 1 && mp_process_is_alive(parent) == 1
               ? 0
               : mp_raise(c, MP_VALUE_ERROR, "one of us is dead");
}

static void child_knows_itself_and_its_parent(void **state)
{
    (void)state;
    mp_auto(mp_process) p = mp_process_new(note_identity, .name = "Ada");
    mp_any key = mp_process_authkey(mp_current_process());
    run(p);
    assert_int_equal(mp_process_exitcode(p), 0);
    assert_int_equal(found->pid, mp_process_pid(p));
    assert_int_equal(found->parent, getpid());
    assert_string_equal(found->name, "Ada");
    assert_string_equal(found->parent_name, "MainProcess");
    assert_memory_equal(found->key, mp_any_data(key), 32);
}

static void main_process_has_no_parent(void **state)
{
    (void)state;
    mp_process *self = mp_current_process();
    assert_null(mp_parent_process());
    assert_string_equal(mp_process_name(self), "MainProcess");
    assert_int_equal(mp_process_pid(self), getpid());
    assert_int_equal(mp_process_is_alive(self), 1);
    assert_int_equal(mp_process_daemon(self), 0);
    assert_int_equal(mp_process_exitcode(self), MP_NO_EXITCODE);
    assert_raises(MP_ASSERTION_ERROR, mp_process_join(self));
    assert_raises(MP_ASSERTION_ERROR, mp_process_start(self));
    assert_raises(MP_VALUE_ERROR, mp_process_close(self));
    mp_process_free(self);
    assert_ptr_equal(mp_current_process(), self);
}

/* In a program of its own, so that the count begins at 1. */
static int name_grandchild(mp_call *c)
{
    mp_auto(mp_process) first = mp_process_new(do_nothing);
    mp_auto(mp_process) second = mp_process_new(do_nothing);

    (void)c;
    (void)strncpy(found->text, mp_process_name(second), 63);
    return first == NULL;
}

static int number_children(void *unused)
{
    mp_auto(mp_process) made = mp_process_new(do_nothing);
    mp_auto(mp_process) named = mp_process_new(do_nothing, .name = "x");
    mp_auto(mp_process) third = mp_process_new(name_grandchild);

    (void)unused;
    if (made == NULL || named == NULL || mp_process_start(third) < 0)
        return 1;
    return mp_process_join(third, 10.0) < 0 ? 2 : mp_process_exitcode(third);
}

static void names_count_the_objects_made(void **state)
{
    (void)state;
    mp_auto(mp_process) before = mp_process_new(do_nothing);
    char expected[64];
    assert_int_equal(child_run(number_children, NULL, 20.0), 0);
    (void)snprintf(expected, sizeof expected, "Process-%d:2",
                   atoi(mp_process_name(before) + strlen("Process-")) + 3);
    assert_string_equal(found->text, expected);
}

static void subclass_gives_its_name_to_the_default_one(void **state)
{
    (void)state;
    mp_auto(mp_process) p = mp_process_new(do_nothing, .type = "Worker");
    char text[256];

    assert_made(p);
    assert_memory_equal(mp_process_name(p), "Worker-", 7);
    assert_true(mp_repr(p, text, sizeof text) > 0);
    assert_memory_equal(text, "<Worker name='Worker-", 21);
}

static void name_can_be_changed(void **state)
{
    (void)state;
    mp_auto(mp_process) p = mp_process_new(note_identity);
    assert_ok(mp_process_set_name(p, "Grace"));
    assert_raises(MP_VALUE_ERROR, mp_process_set_name(p, NULL));
    assert_raises(MP_VALUE_ERROR, mp_process_set_name(NULL, "x"));
    run(p);
    assert_string_equal(mp_process_name(p), "Grace");
    assert_string_equal(found->name, "Grace");
}

static int rename_main_process(void *unused)
{
    mp_process *self = mp_current_process();

    (void)unused;
    for (int i = 0; i < 3; i++)
        if (mp_process_set_name(self, i == 0 ? "one" : "two") < 0 ||
            mp_process_set_authkey(self, "secret") < 0)
            return 1;
    return strcmp(mp_process_name(self), "two") != 0;
}

static void main_process_can_be_renamed(void **state)
{
    (void)state;
    assert_int_equal(child_run(rename_main_process, NULL, 20.0), 0);
}

/* -- authkey --------------------------------------------------------------- */

static void authkey_can_be_changed(void **state)
{
    (void)state;
    unsigned char key[32] = "thirty-two bytes, more or less..";
    mp_auto(mp_process) p = mp_process_new(note_identity);
    assert_ok(mp_process_set_authkey(p, MP_BYTES(key, sizeof key)));
    run(p);
    assert_memory_equal(found->key, key, sizeof key);
}

static void authkey_is_bytes_or_str(void **state)
{
    (void)state;
    mp_auto(mp_process) p = mp_process_new(do_nothing);
    assert_ok(mp_process_set_authkey(p, "text"));
    assert_ok(mp_process_set_authkey(p, MP_BYTES("", 0)));
    assert_int_equal(mp_any_len(mp_process_authkey(p)), 0);
    assert_raises(MP_TYPE_ERROR, mp_process_set_authkey(p, 5));
    assert_raises(MP_TYPE_ERROR, mp_process_set_authkey(p, MP_NONE));
    assert_raises(MP_VALUE_ERROR,
                  mp_process_set_authkey(p, (const char *)NULL));
    assert_raises(MP_VALUE_ERROR, mp_process_set_authkey(NULL, "text"));
    assert_int_equal(mp_any_len(mp_process_authkey(p)), 0);
}

/* -- daemon ---------------------------------------------------------------- */

static void daemon_flag_is_what_was_asked_for(void **state)
{
    (void)state;
    mp_auto(mp_process) inherits = mp_process_new(do_nothing);
    mp_auto(mp_process) is = mp_process_new(do_nothing, .daemon = true);
    mp_auto(mp_process) is_not =
        mp_process_new(do_nothing, .daemon = MP_DAEMON_NO);
    assert_int_equal(mp_process_daemon(inherits), 0);
    assert_int_equal(mp_process_daemon(is), 1);
    assert_int_equal(mp_process_daemon(is_not), 0);
    assert_ok(mp_process_set_daemon(is_not, true));
    assert_int_equal(mp_process_daemon(is_not), 1);
    assert_raises(MP_VALUE_ERROR, mp_process_set_daemon(NULL, true));
}

static void daemon_flag_is_settled_by_the_start(void **state)
{
    (void)state;
    mp_auto(mp_process) p = mp_process_new(do_nothing);
    run(p);
    assert_raises_saying(MP_ASSERTION_ERROR, "process has already started",
                         mp_process_set_daemon(p, true));
}

static int daemon_of_child(mp_call *c)
{
    mp_auto(mp_process) p = mp_process_new(do_nothing);

    (void)c;
    found->n = mp_process_daemon(p);
    return 0;
}

static void daemon_flag_is_inherited(void **state)
{
    (void)state;
    mp_auto(mp_process) p = mp_process_new(daemon_of_child, .daemon = true);
    found->n = -1;
    run(p);
    assert_int_equal(found->n, 1);
}

/* -- bad options ----------------------------------------------------------- */

#define assert_refused(code_, words_, p_)                               \
    do {                                                                \
        assert_null(p_);                                                \
        assert_raises_saying((code_), (words_), mp_error_last()->code); \
    } while (0)

static void arguments_of_the_wrong_type_are_refused(void **state)
{
    (void)state;
    const char *none = NULL;
    assert_refused(MP_TYPE_ERROR, "tuple or list",
                   mp_process_new(do_nothing, .args = MP(5)));
    assert_refused(MP_TYPE_ERROR, "tuple or list",
                   mp_process_new(do_nothing, .args = MP_DICT("a", 1)));
    assert_refused(MP_TYPE_ERROR, "must be a dict",
                   mp_process_new(do_nothing, .kwargs = MP_LIST(1)));
    assert_refused(MP_TYPE_ERROR, "keywords must be strings",
                   mp_process_new(do_nothing, .kwargs = MP_DICT(1, 2)));
    assert_refused(MP_VALUE_ERROR, "NULL",
                   mp_process_new(do_nothing, .args = MP_ARGS(1, none)));
    assert_refused(MP_VALUE_ERROR, "NULL",
                   mp_process_new(do_nothing, .args = MP(none)));
}

static void contradictions_are_refused(void **state)
{
    (void)state;
    assert_refused(MP_VALUE_ERROR, "not both",
                   mp_process_new(do_nothing, .run = do_nothing));
    assert_refused(MP_VALUE_ERROR, "daemon",
                   mp_process_new(do_nothing, .daemon = 7));
    assert_refused(MP_VALUE_ERROR, "daemon",
                   mp_process_new(do_nothing, .daemon = -1));
}

static void options_need_a_size(void **state)
{
    (void)state;
    mp_process_opts opts = {.target = do_nothing};
    assert_refused(MP_VALUE_ERROR, "size", (mp_process_new)(NULL));
    assert_refused(MP_VALUE_ERROR, "size", (mp_process_new)(&opts));
    opts.size_ = sizeof opts.size_ - 1;
    assert_refused(MP_VALUE_ERROR, "size", (mp_process_new)(&opts));
}

/* An older caller's structure ended after args. */
static void shorter_options_leave_the_rest_at_its_default(void **state)
{
    (void)state;
    mp_process_opts opts = {.size_ = offsetof(mp_process_opts, kwargs),
                            .target = do_nothing,
                            .kwargs = MP(5),
                            .name = (const char *)1,
                            .daemon = 77};
    mp_auto(mp_process) p = (mp_process_new)(&opts);
    run(p);
    assert_int_equal(mp_process_exitcode(p), 0);
}

struct newer_opts {
    mp_process_opts known;
    int more[4];
};

static void longer_options_are_taken_if_the_rest_is_zero(void **state)
{
    (void)state;
    struct newer_opts opts = {
        .known = {.size_ = sizeof opts, .target = do_nothing}};
    mp_auto(mp_process) p = (mp_process_new)(&opts.known);
    assert_made(p);
    opts.more[3] = 1;
    assert_refused(MP_VALUE_ERROR, "does not know",
                   (mp_process_new)(&opts.known));
}

/* -- CPUs ------------------------------------------------------------------ */

static void there_is_at_least_one_cpu(void **state)
{
    (void)state;
    assert_true(mp_cpu_count() >= 1);
    assert_true(mp_process_cpu_count() >= 1);
    assert_true(mp_process_cpu_count() <= mp_cpu_count());
}

static int set_up(void **state)
{
    (void)state;
    found = shared_memory(sizeof *found);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    shared_memory_free(found, sizeof *found);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(child_sees_its_arguments),
        cmocka_unit_test(subclass_runs_with_its_object),
        cmocka_unit_test(run_calls_the_function_here),
        cmocka_unit_test(run_answers_what_the_function_raised),
        cmocka_unit_test(function_that_takes_no_arguments_refuses_some),
        cmocka_unit_test(child_knows_itself_and_its_parent),
        cmocka_unit_test(main_process_has_no_parent),
        cmocka_unit_test(names_count_the_objects_made),
        cmocka_unit_test(subclass_gives_its_name_to_the_default_one),
        cmocka_unit_test(name_can_be_changed),
        cmocka_unit_test(main_process_can_be_renamed),
        cmocka_unit_test(authkey_can_be_changed),
        cmocka_unit_test(authkey_is_bytes_or_str),
        cmocka_unit_test(daemon_flag_is_what_was_asked_for),
        cmocka_unit_test(daemon_flag_is_settled_by_the_start),
        cmocka_unit_test(daemon_flag_is_inherited),
        cmocka_unit_test(arguments_of_the_wrong_type_are_refused),
        cmocka_unit_test(contradictions_are_refused),
        cmocka_unit_test(options_need_a_size),
        cmocka_unit_test(shorter_options_leave_the_rest_at_its_default),
        cmocka_unit_test(longer_options_are_taken_if_the_rest_is_zero),
        cmocka_unit_test(there_is_at_least_one_cpu),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
