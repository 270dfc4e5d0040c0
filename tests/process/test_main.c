/*
 * What becomes of an error that nobody catches: its words, its traceback, and
 * the exit code.
 */
#include "expect.h"
#include "output.h"

#include <mproc.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A call in tail position leaves no frame behind: have none. */
#if defined __clang__
#define KEEP_FRAME __attribute__((noinline, disable_tail_calls))
#else
#define KEEP_FRAME \
    __attribute__((noinline, optimize("no-optimize-sibling-calls")))
#endif

KEEP_FRAME static int check(mp_call *c, int x)
{
    return mp_raise(c, MP_VALUE_ERROR, "x=%d is negative", x);
}
enum { CHECK_LINE = __LINE__ - 2 };

KEEP_FRAME static int work(mp_call *c)
{
    return check(c, -1);
}
enum { WORK_LINE = __LINE__ - 2 };

static int work_quietly(mp_call *c)
{
    return mp_raise(c, MP_EMPTY, "%s", "");
}

static int work_with_a_type(mp_call *c)
{
    return mp_raise_as(c, MP_USER - 1, "app.OddError", "1 and 3");
}

static int work_with_the_system(mp_call *c)
{
    (void)c;
    return -ENOENT;
}

static int do_nothing(mp_call *c)
{
    (void)c;
    return 0;
}

static int count_to_three(mp_call *c)
{
    (void)c;
    return 3;
}

/* -- in a child ------------------------------------------------------------ */

static int run_in_child(void *fn)
{
    mp_auto(mp_process) p = mp_process_new(*(mp_fn *)fn, .name = "Ada");
    if (mp_process_start(p) < 0 || mp_process_join(p, 20.0) < 0)
        return 100;
    return mp_process_exitcode(p);
}

#ifdef MP_HAVE_LIBDW
static void error_in_a_child_is_told_with_its_frames(void **state)
{
    (void)state;
    char text[2048], must[2048];
    mp_fn fn = work;
    assert_int_equal(output_of(run_in_child, &fn, 30.0, text, sizeof text), 1);
    (void)snprintf(must, sizeof must,
                   "Process Ada:\n"
                   "Traceback (most recent call last):\n"
                   "  File \"test_main.c\", line %d, in work\n"
                   "  File \"test_main.c\", line %d, in check\n"
                   "ValueError: x=-1 is negative\n",
                   WORK_LINE, CHECK_LINE);
    assert_string_equal(text, must);
}
#endif

static void error_in_a_child_is_told_in_its_words(void **state)
{
    (void)state;
    static const struct {
        mp_fn fn;
        const char *end;
    } ways[] = {{work, "\nValueError: x=-1 is negative\n"},
                {work_quietly, "Process Ada:\nqueue.Empty\n"},
                {work_with_a_type, "\napp.OddError: 1 and 3\n"},
                {work_with_the_system, "FileNotFoundError: [Errno 2] "}};
    for (size_t i = 0; i < 4; i++) {
        char text[2048];
        mp_fn fn = ways[i].fn;
        assert_int_equal(output_of(run_in_child, &fn, 30.0, text, sizeof text),
                         1);
        assert_true(strncmp(text, "Process Ada:\n", 13) == 0);
        if (strstr(text, ways[i].end) == NULL)
            fail_msg("%s lacks %s", text, ways[i].end);
    }
}

static int fail_in_many_children(void *unused)
{
    mp_process *all[20];

    (void)unused;
    for (size_t i = 0; i < 20; i++) {
        all[i] = mp_process_new(work_with_a_type);
        if (mp_process_start(all[i]) < 0)
            return 100;
    }
    for (size_t i = 0; i < 20; i++) {
        (void)mp_process_join(all[i], 30.0);
        mp_process_free(all[i]);
    }
    return 0;
}

static void reports_of_many_children_do_not_mix(void **state)
{
    (void)state;
    static char text[65536];
    size_t count = 0;
    assert_int_equal(
        output_of(fail_in_many_children, NULL, 60.0, text, sizeof text), 0);
    for (char *at = text; (at = strstr(at, "Process Process-")) != NULL; at++) {
        char *end = strstr(at, "\napp.OddError: 1 and 3\n");
        assert_non_null(end);
        char *next = strstr(at + 1, "Process Process-");
        assert_true(next == NULL || next > end);
        count++;
    }
    assert_int_equal(count, 20);
}

/* -- in the main process --------------------------------------------------- */

static int run_main(void *fn)
{
    exit(mp_main(*(mp_fn *)fn));
}

static void main_returns_an_exit_code(void **state)
{
    (void)state;
    assert_int_equal(mp_main(do_nothing), 0);
    assert_int_equal(mp_main(count_to_three), 0);
}

static void error_that_leaves_main_is_told(void **state)
{
    (void)state;
    char text[2048];
    mp_fn fn = work;
    assert_int_equal(output_of(run_main, &fn, 30.0, text, sizeof text), 1);
    assert_null(strstr(text, "Process "));
    assert_non_null(strstr(text, "ValueError: x=-1 is negative\n"));
    assert_null(strstr(text, "mp_main"));
}

static void main_without_a_function_is_an_error(void **state)
{
    (void)state;
    char text[2048];
    mp_fn fn = NULL;
    assert_int_equal(output_of(run_main, &fn, 30.0, text, sizeof text), 1);
    assert_non_null(strstr(text, "ValueError"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#ifdef MP_HAVE_LIBDW
        cmocka_unit_test(error_in_a_child_is_told_with_its_frames),
#endif
        cmocka_unit_test(error_in_a_child_is_told_in_its_words),
        cmocka_unit_test(reports_of_many_children_do_not_mix),
        cmocka_unit_test(main_returns_an_exit_code),
        cmocka_unit_test(error_that_leaves_main_is_told),
        cmocka_unit_test(main_without_a_function_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
