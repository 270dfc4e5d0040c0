/* ctest-label: thread */
/*
 * How a program ends that has threads, and what an error does to one.
 */
#include "child.h"
#include "expect.h"
#include "output.h"

#include <mproc.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a thread says a little later than everybody else. */
static int say_late(mp_call *c)
{
    const char *text;
    MP_TRY(mp_call_args(c, &text));
    usleep(100000);
    printf("%s\n", text);
    (void)fflush(stdout);
    return 0;
}

static int stay_for_ever(mp_call *c)
{
    (void)c;
    for (;;)
        (void)pause();
    return 0;
}

/* For children, which use no assertions: the handle goes, the thread stays. */
static int start(mp_fn fn, const char *text, bool daemon)
{
    mp_auto(mp_thread) t = mp_thread_new(
        fn, .args = text != NULL ? MP_ARGS(text) : MP_NONE, .daemon = daemon);
    return mp_thread_start(t);
}

#define assert_output(fn_, arg_, code_, must_)                         \
    do {                                                               \
        char text_[1024];                                              \
        int rc_ = output_of((fn_), (arg_), 20.0, text_, sizeof text_); \
        assert_string_equal(text_, (must_));                           \
        assert_int_equal(rc_, (code_));                                \
    } while (0)

/* -- the end of a program -------------------------------------------------- */

static void say_at_exit(void)
{
    printf("at exit\n");
}

static int leave_both(mp_call *c)
{
    (void)c;
    if (atexit(say_at_exit) != 0)
        return -1;
    MP_TRY(start(stay_for_ever, NULL, true));
    MP_TRY(start(say_late, "late", false));
    printf("main\n");
    (void)fflush(stdout);
    return 0;
}

static int end_of_mp_main(void *unused)
{
    (void)unused;
    exit(mp_main(leave_both));
}

static void program_waits_for_its_threads_but_not_for_daemons(void **state)
{
    (void)state;
    assert_output(end_of_mp_main, NULL, 0, "main\nlate\nat exit\n");
}

static int end_by_exit(void *unused)
{
    (void)unused;
    if (start(stay_for_ever, NULL, true) < 0 ||
        start(say_late, "late", false) < 0)
        return 100;
    printf("main\n");
    exit(3);
}

static void exit_waits_for_threads_too(void **state)
{
    (void)state;
    assert_output(end_by_exit, NULL, 3, "main\nlate\n");
}

static int start_another(mp_call *c)
{
    (void)c;
    usleep(50000);
    return start(say_late, "of a thread", false);
}

static int end_before_the_second(void *unused)
{
    (void)unused;
    if (start(start_another, NULL, false) < 0)
        return 100;
    exit(0);
}

static void thread_that_a_thread_started_is_waited_for(void **state)
{
    (void)state;
    assert_output(end_before_the_second, NULL, 0, "of a thread\n");
}

static int exit_when_told(mp_call *c)
{
    mp_event *go;
    MP_TRY(mp_call_args(c, &go));
    MP_TRY(mp_event_wait(go, 20.0));
    exit(4);
}

/* If it comes too late to be seen waiting, it is told. */
static int join_for_ever(mp_call *c)
{
    int rc = mp_thread_join(mp_call_self(c));
    return rc == MP_RUNTIME_ERROR ? 0 : rc;
}

/* The thread that ends the program is awaited by two others, of whom one would
   have to be waited for. */
static int exit_in_a_thread(void *unused)
{
    mp_event *go = mp_event_new();
    mp_thread *t = mp_thread_new(exit_when_told, .args = MP_ARGS(go));
    mp_thread *u = mp_thread_new(join_for_ever, .self = t);

    (void)unused;
    if (start(say_late, "late", false) < 0 || mp_thread_start(t) < 0 ||
        mp_thread_start(u) < 0 || mp_event_set(go) < 0)
        return 100;
    (void)mp_thread_join(t);
    return 101;
}

static void thread_may_end_the_program(void **state)
{
    (void)state;
    assert_output(exit_in_a_thread, NULL, 4, "late\n");
}

static int join_main_and_say(mp_call *c)
{
    (void)c;
    MP_TRY(mp_thread_join(mp_main_thread()));
    printf("main is %d\n", mp_thread_is_alive(mp_main_thread()));
    return 0;
}

static int leave_who_joins_main(void *unused)
{
    (void)unused;
    if (start(join_main_and_say, NULL, false) < 0)
        return 100;
    usleep(50000);
    exit(0);
}

static void thread_may_wait_for_the_main_one(void **state)
{
    (void)state;
    assert_output(leave_who_joins_main, NULL, 0, "main is 0\n");
}

/* -- the end of a child ---------------------------------------------------- */

static int say_after_a_while(mp_call *c)
{
    (void)c;
    usleep(300000);
    printf("grandchild\n");
    return 0;
}

static int leave_a_child_and_threads(mp_call *c)
{
    const char *how;
    mp_auto(mp_process) p = mp_process_new(say_after_a_while);

    MP_TRY(mp_call_args(c, &how));
    MP_TRY(mp_process_start(p));
    MP_TRY(start(stay_for_ever, NULL, true));
    MP_TRY(start(say_late, "thread", false));
    if (strcmp(how, "exit") == 0)
        exit(0);
    return strcmp(how, "raise") == 0 ? mp_raise(c, MP_VALUE_ERROR, "no") : 0;
}

static int be_a_parent(void *how)
{
    mp_auto(mp_process) p = mp_process_new(leave_a_child_and_threads,
                                           .args = MP_ARGS((const char *)how));

    if (mp_process_start(p) < 0 || mp_process_join(p, 20.0) < 0)
        return 100;
    return mp_process_exitcode(p);
}

static void child_waits_for_its_threads(void **state)
{
    (void)state;
    char how[] = "return";
    assert_output(be_a_parent, how, 0, "thread\ngrandchild\n");
    (void)strcpy(how, "exit");
    assert_output(be_a_parent, how, 0, "thread\ngrandchild\n");
}

static int start_a_child_late(mp_call *c)
{
    mp_auto(mp_process) p = mp_process_new(say_after_a_while);
    (void)c;
    usleep(100000);
    return mp_process_start(p);
}

static int leave_a_thread_that_has_a_child(mp_call *c)
{
    bool by_exit;
    MP_TRY(mp_call_args(c, &by_exit));
    MP_TRY(start(start_a_child_late, NULL, false));
    if (by_exit)
        exit(0);
    return 0;
}

static int be_a_grandparent(void *by_exit)
{
    mp_auto(mp_process) p =
        mp_process_new(leave_a_thread_that_has_a_child,
                       .args = MP_ARGS(mp_any_bool(by_exit != NULL)));

    if (mp_process_start(p) < 0 || mp_process_join(p, 20.0) < 0)
        return 100;
    printf("joined\n");
    (void)fflush(stdout);
    return mp_process_exitcode(p);
}

static void child_waits_for_the_children_of_its_threads(void **state)
{
    (void)state;
    assert_output(be_a_grandparent, NULL, 0, "grandchild\njoined\n");
    assert_output(be_a_grandparent, state, 0, "grandchild\njoined\n");
}

static int register_and_leave(mp_call *c)
{
    (void)c;
    if (atexit(say_at_exit) != 0)
        return -1;
    return start(say_late, "late", false);
}

static int be_the_parent_of_one_that_registers(void *unused)
{
    mp_auto(mp_process) p = mp_process_new(register_and_leave);

    (void)unused;
    if (mp_process_start(p) < 0 || mp_process_join(p, 20.0) < 0)
        return 100;
    return mp_process_exitcode(p);
}

static void threads_of_a_child_come_before_what_it_registered(void **state)
{
    (void)state;
    assert_output(be_the_parent_of_one_that_registers, NULL, 0,
                  "late\nat exit\n");
}

/* -- an error -------------------------------------------------------------- */

static int refuse(mp_call *c)
{
    return mp_raise(c, MP_VALUE_ERROR, "x=%d", 3);
}

static int go_on_after_an_error(void *unused)
{
    mp_auto(mp_thread) t = mp_thread_new(refuse, .name = "Ada");

    (void)unused;
    if (mp_thread_start(t) < 0 || mp_thread_join(t) < 0)
        return 100;
    return mp_thread_is_alive(t) + (mp_error_last()->code != 0);
}

static void error_that_leaves_a_thread_is_told(void **state)
{
    (void)state;
    char text[1024];
    int line = 0;
    assert_int_equal(
        output_of(go_on_after_an_error, NULL, 20.0, text, sizeof text), 0);
    assert_int_equal(
        sscanf(text,
               "Exception in thread Ada:\n"
               "Traceback (most recent call last):\n"
               "  File \"test_thread_exit.c\", line %d, in refuse\n"
               "ValueError: x=3\n",
               &line),
        1);
    assert_non_null(strstr(text, "in refuse\nValueError: x=3\n"));
    assert_null(strstr(text, "thread.c\", line 1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(program_waits_for_its_threads_but_not_for_daemons),
        cmocka_unit_test(exit_waits_for_threads_too),
        cmocka_unit_test(thread_that_a_thread_started_is_waited_for),
        cmocka_unit_test(thread_may_end_the_program),
        cmocka_unit_test(thread_may_wait_for_the_main_one),
        cmocka_unit_test(child_waits_for_its_threads),
        cmocka_unit_test(child_waits_for_the_children_of_its_threads),
        cmocka_unit_test(threads_of_a_child_come_before_what_it_registered),
        cmocka_unit_test(error_that_leaves_a_thread_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
