/*
 * A process as text: word for word what Python 3.11 prints in each state.
 */
#include "expect.h"
#include "output.h"

#include <mproc.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int do_nothing(mp_call *c)
{
    (void)c;
    return 0;
}

static int sleep_for_ever(mp_call *c)
{
    (void)c;
    while (pause() < 0)
        continue;
    return 0;
}

/* Compare with a text in which %d, twice at most, are pid and this process. */
#define assert_repr(p_, ...)                              \
    do {                                                  \
        char is_[256], must_[256];                        \
        mp_repr((p_), is_, sizeof is_);                   \
        (void)snprintf(must_, sizeof must_, __VA_ARGS__); \
        assert_string_equal(is_, must_);                  \
    } while (0)

static void unstarted(void **state)
{
    (void)state;
    mp_auto(mp_process) p = mp_process_new(do_nothing, .name = "x");
    assert_repr(p, "<Process name='x' parent=%d initial>", getpid());
    assert_ok(mp_process_set_daemon(p, true));
    assert_repr(p, "<Process name='x' parent=%d initial daemon>", getpid());
}

static void quotes_in_a_name(void **state)
{
    (void)state;
    mp_auto(mp_process) p = mp_process_new(do_nothing, .name = "it's");
    assert_repr(p, "<Process name=\"it's\" parent=%d initial>", getpid());
}

static void running_and_killed(void **state)
{
    (void)state;
    mp_auto(mp_process) p = mp_process_new(sleep_for_ever, .name = "x");
    assert_ok(mp_process_start(p));
    pid_t pid = mp_process_pid(p);
    assert_repr(p, "<Process name='x' pid=%d parent=%d started>", pid,
                getpid());
    assert_ok(mp_process_terminate(p));
    assert_ok(mp_process_join(p, 10.0));
    assert_repr(p,
                "<Process name='x' pid=%d parent=%d stopped "
                "exitcode=-SIGTERM>",
                pid, getpid());
}

static int die_of_real_time_signal(mp_call *c)
{
    int *signal = mp_call_self(c);
    return raise(*signal);
}

static void signals_without_a_name_of_their_own(void **state)
{
    (void)state;
    static const struct {
        int signal;
        const char *name;
    } all[] = {{34, "-SIGRTMIN"}, {35, "-35"}, {64, "-SIGRTMAX"}};
    for (size_t i = 0; i < 3; i++) {
        int signal = all[i].signal;
        mp_auto(mp_process) p = mp_process_new(.run = die_of_real_time_signal,
                                               .self = &signal, .name = "x");
        assert_ok(mp_process_start(p));
        pid_t pid = mp_process_pid(p);
        assert_ok(mp_process_join(p, 10.0));
        assert_repr(p,
                    "<Process name='x' pid=%d parent=%d stopped "
                    "exitcode=%s>",
                    pid, getpid(), all[i].name);
    }
}

static void ended_and_closed(void **state)
{
    (void)state;
    mp_auto(mp_process) p =
        mp_process_new(do_nothing, .name = "x", .daemon = true);
    assert_ok(mp_process_start(p));
    pid_t pid = mp_process_pid(p);
    assert_ok(mp_process_join(p, 10.0));
    assert_repr(p,
                "<Process name='x' pid=%d parent=%d stopped exitcode=0 "
                "daemon>",
                pid, getpid());
    assert_ok(mp_process_close(p));
    assert_repr(p, "<Process name='x' parent=%d closed daemon>", getpid());
}

static void main_process(void **state)
{
    (void)state;
    assert_repr(mp_current_process(),
                "<_MainProcess name='MainProcess' parent=None started>");
}

static int print_what_it_sees(mp_call *c)
{
    mp_process **sibling = mp_call_self(c);

    MP_TRY(mp_print(mp_current_process()));
    MP_TRY(mp_print(mp_parent_process()));
    return mp_print(*sibling);
}

/* Its sibling's pid, and its own as parent of both, are on the last line. */
static int show_child(void *unused)
{
    mp_auto(mp_process) sibling = mp_process_new(sleep_for_ever, .name = "y");
    mp_auto(mp_process) p = mp_process_new(.run = print_what_it_sees,
                                           .self = &sibling, .name = "x");

    (void)unused;
    if (mp_process_start(sibling) < 0 || mp_process_start(p) < 0 ||
        mp_process_join(p, 10.0) < 0 || mp_process_kill(sibling) < 0)
        return 1;
    (void)mp_process_join(sibling, 10.0);
    printf("%d %d\n", (int)getpid(), (int)mp_process_pid(sibling));
    return mp_process_exitcode(p);
}

static void child_its_parent_and_its_sibling(void **state)
{
    (void)state;
    char text[512], must[512];
    int self = 0, sibling = 0;
    assert_int_equal(output_of(show_child, NULL, 20.0, text, sizeof text), 0);
    char *pids = strrchr(text, '>');
    assert_non_null(pids);
    assert_int_equal(sscanf(pids + 1, "%d %d", &self, &sibling), 2);
    (void)snprintf(must, sizeof must,
                   "<Process name='x' parent=%d started>\n"
                   "<_ParentProcess name='MainProcess' parent=None unknown>\n"
                   "<Process name='y' pid=%d parent=%d unknown>\n"
                   "%d %d\n",
                   self, sibling, self, self, sibling);
    assert_string_equal(text, must);
}

static void length_is_told_of_a_text_cut_short(void **state)
{
    (void)state;
    mp_auto(mp_process) p = mp_process_new(do_nothing, .name = "x");
    char whole[256], cut[8] = "";
    int n = mp_repr(p, whole, sizeof whole);
    assert_int_equal(n, strlen(whole));
    assert_int_equal(mp_repr(p, cut, sizeof cut), n);
    assert_string_equal(cut, "<Proces");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unstarted),
        cmocka_unit_test(quotes_in_a_name),
        cmocka_unit_test(running_and_killed),
        cmocka_unit_test(signals_without_a_name_of_their_own),
        cmocka_unit_test(ended_and_closed),
        cmocka_unit_test(main_process),
        cmocka_unit_test(child_its_parent_and_its_sibling),
        cmocka_unit_test(length_is_told_of_a_text_cut_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
