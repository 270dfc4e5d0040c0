/*
 * Crash reports beside the host's own handlers, who has none, and what becomes
 * of those that there are.
 */
#include "crashes.h"
#include "leak.h"

#include "process/process.h"

#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* -- the host's handlers --------------------------------------------------- */

static void exit_with_7(int number)
{
    (void)number;
    _exit(7);
}

static void what_the_host_handled_before_is_left_to_it(void **state)
{
    (void)state;
    void (*before)(int) = signal(SIGABRT, exit_with_7);
    mp_auto(mp_process) p = ended(abort_itself);
    signal(SIGABRT, before);
    assert_int_equal(mp_process_exitcode(p), 7);
    assert_no_report(p);
}

static int handle_and_abort(mp_call *c)
{
    signal(SIGABRT, exit_with_7);
    return abort_itself(c);
}

static void what_the_host_handles_later_is_left_to_it(void **state)
{
    (void)state;
    mp_auto(mp_process) p = ended(handle_and_abort);
    assert_int_equal(mp_process_exitcode(p), 7);
    assert_no_report(p);
}

static struct sigaction replaced;

static void pass_on(int number, siginfo_t *info, void *context)
{
    replaced.sa_sigaction(number, info, context);
}

static int pass_on_and_abort(mp_call *c)
{
    struct sigaction mine = {.sa_sigaction = pass_on, .sa_flags = SA_SIGINFO};
    sigaction(SIGABRT, &mine, &replaced);
    return abort_itself(c);
}

static void a_host_that_passes_a_signal_on_gets_its_report(void **state)
{
    (void)state;
    expect_report(pass_on_and_abort, SIGABRT, "(code -6)", "in abort_itself");
}

static int raise_and_return(mp_call *c)
{
    (void)c;
    return raise(SIGFPE);
}

static int take_and_give_back(mp_call *c)
{
    signal(SIGABRT, signal(SIGABRT, exit_with_7));
    return abort_itself(c);
}

static void a_host_that_gives_a_signal_back_gets_its_report(void **state)
{
    (void)state;
    expect_report(take_and_give_back, SIGABRT, "(code 0)\n", "in abort_itself");
}

static void what_the_host_ignores_stays_ignored(void **state)
{
    (void)state;
    void (*before)(int) = signal(SIGFPE, SIG_IGN);
    mp_auto(mp_process) p = ended(raise_and_return);
    signal(SIGFPE, before);
    assert_int_equal(mp_process_exitcode(p), 0);
    assert_no_report(p);
}

static void the_parents_handlers_are_as_they_were(void **state)
{
    (void)state;
    mp_process_free(ended(abort_itself));
    assert_ptr_equal(signal(SIGABRT, SIG_DFL), SIG_DFL);
}

/* -- who has none ---------------------------------------------------------- */

static int kill_itself(mp_call *c)
{
    (void)c;
    return raise(SIGKILL);
}

static int nothing(mp_call *c)
{
    (void)c;
    return 0;
}

static void other_ends_leave_no_report(void **state)
{
    (void)state;
    mp_auto(mp_process) killed = ended(kill_itself);
    mp_auto(mp_process) whole = ended(nothing);
    mp_auto(mp_process) initial = mp_process_new(nothing);
    assert_no_report(killed);
    assert_no_report(whole);
    assert_no_report(initial);
    assert_no_report(mp_current_process());
    assert_raises(MP_VALUE_ERROR, mp_process_crash(NULL, NULL, 0));
}

static void a_closed_process_has_none(void **state)
{
    (void)state;
    char text[8] = "as was";
    mp_auto(mp_process) p = ended(abort_itself);
    assert_ok(mp_process_close(p));
    assert_raises_saying(MP_VALUE_ERROR, "process object is closed",
                         mp_process_crash(p, text, sizeof text));
    assert_string_equal(text, "as was");
}

/* A child that only fork made. */
static int have_a_fork_crash(mp_call *c)
{
    pid_t pid = fork();
    int status;
    if (pid == 0)
        raise(SIGABRT);
    if (waitpid(pid, &status, 0) < 0 || !WIFSIGNALED(status))
        return mp_raise(c, MP_RUNTIME_ERROR, "it did not crash");
    return 0;
}

static void a_mere_fork_does_not_report_in_its_parents_name(void **state)
{
    (void)state;
    mp_auto(mp_process) p = ended(have_a_fork_crash);
    assert_int_equal(mp_process_exitcode(p), 0);
    assert_no_report(p);
}

static int have_child_crash(mp_call *c)
{
    char text[REPORT];
    mp_auto(mp_process) p = mp_process_new(abort_itself);
    MP_TRY(mp_process_start(p));
    MP_TRY(mp_process_join(p, 20.0));
    return mp_process_crash(p, text, sizeof text) > 0 &&
                   strstr(text, "SIGABRT") != NULL
               ? 0
               : mp_raise(c, MP_RUNTIME_ERROR, "no report");
}

static void a_child_gets_the_report_of_its_own_child(void **state)
{
    (void)state;
    mp_auto(mp_process) p = ended(have_child_crash);
    assert_int_equal(mp_process_exitcode(p), 0);
}

/* -- the report ------------------------------------------------------------ */

static int abort_at_work(mp_call *c)
{
    static char words[] = "task 17";
    mp__crash_doing(words, (const void *)(uintptr_t)nothing);
    return abort_itself(c);
}

static void what_it_was_doing_is_told(void **state)
{
    (void)state;
    expect_report(abort_at_work, SIGABRT, " (code -6), doing task 17 ",
                  ", doing task 17 nothing (test_crash_host.c:");
}

static void a_report_is_cut_to_the_buffer(void **state)
{
    (void)state;
    char whole[REPORT], part[11];
    mp_auto(mp_process) p = ended(abort_itself);
    int n = mp_process_crash(p, whole, sizeof whole);
    assert_true(n > 10 && whole[n - 1] != '\n');
    assert_int_equal(mp_process_crash(p, NULL, 0), n);
    assert_int_equal(mp_process_crash(p, part, sizeof part), n);
    whole[10] = '\0';
    assert_string_equal(part, whole);
}

static int raise_another(mp_call *c)
{
    (void)c;
    return raise(SIGSEGV);
}

/* Its slot is given to others, who crash as well. */
static void a_report_is_there_until_it_is_read(void **state)
{
    (void)state;
    char text[REPORT], start[64];
    have_no_handlers();
    mp_auto(mp_process) p = ended(abort_itself);
    for (int i = 0; i < 3; i++) {
        atomic_store(&mp__context->next, mp__slot_index(p->slot));
        mp_auto(mp_process) other = ended(raise_another);
        assert_int_equal(mp__slot_index(other->slot), mp__slot_index(p->slot));
    }
    assert_true(mp_process_crash(p, text, sizeof text) > 0);
    snprintf(start, sizeof start, "(pid %d) died of SIGABRT",
             (int)mp_process_pid(p));
    assert_contains(text, start);
}

static int abort_at_the_gate(mp_call *c)
{
    mp_barrier *gate;
    MP_TRY(mp_call_args(c, &gate));
    MP_TRY(mp_barrier_wait(gate, 20.0));
    return abort_itself(c);
}

static void processes_that_crash_together_report_each_its_own(void **state)
{
    (void)state;
    enum { MANY = 16 };
    mp_process *all[MANY];
    char text[REPORT], pid[32];
    mp_auto(mp_barrier) gate = mp_barrier_new(MANY);
    for (int i = 0; i < MANY; i++) {
        all[i] = mp_process_new(abort_at_the_gate, .args = MP_ARGS(gate));
        assert_ok(mp_process_start(all[i]));
    }
    for (int i = 0; i < MANY; i++) {
        assert_ok(mp_process_join(all[i], 60.0));
        assert_true(mp_process_crash(all[i], text, sizeof text) > 0);
        snprintf(pid, sizeof pid, "(pid %d) died", (int)mp_process_pid(all[i]));
        assert_contains(text, pid);
        mp_process_free(all[i]);
    }
}

/* Killed before it crashes, in the midst of it or after: never half a report. */
static void
who_is_killed_while_crashing_leaves_a_whole_report_or_none(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        char text[REPORT];
        mp_auto(mp_process) p = mp_process_new(abort_itself);
        assert_ok(mp_process_start(p));
        for (volatile unsigned spin = i * 3000; spin > 0; spin--)
            continue;
        assert_ok(mp_process_kill(p));
        assert_ok(mp_process_join(p, 60.0));
        bool crashed = mp_process_exitcode(p) == -SIGABRT;
        assert_int_equal(mp_process_crash(p, text, sizeof text) > 0, crashed);
        if (crashed)
            assert_contains(text, "died of SIGABRT (code -6)\nTraceback");
    }
}

static void nothing_is_left_of_a_crash(void **state)
{
    (void)state;
    mp_process_free(ended(nothing));
    struct leak_snapshot *before = leak_take();
    for (int i = 0; i < 20; i++) {
        mp_auto(mp_process) p = ended(abort_itself);
        assert_true(mp_process_crash(p, NULL, 0) > 0);
    }
    assert_no_leak(before);
}

int main(void)
{
    const struct rlimit none = {0, 0};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_host_handled_before_is_left_to_it),
        cmocka_unit_test(what_the_host_handles_later_is_left_to_it),
        cmocka_unit_test(a_host_that_passes_a_signal_on_gets_its_report),
        cmocka_unit_test(a_host_that_gives_a_signal_back_gets_its_report),
        cmocka_unit_test(what_the_host_ignores_stays_ignored),
        cmocka_unit_test(the_parents_handlers_are_as_they_were),
        cmocka_unit_test(other_ends_leave_no_report),
        cmocka_unit_test(a_closed_process_has_none),
        cmocka_unit_test(a_mere_fork_does_not_report_in_its_parents_name),
        cmocka_unit_test(a_child_gets_the_report_of_its_own_child),
        cmocka_unit_test(what_it_was_doing_is_told),
        cmocka_unit_test(a_report_is_cut_to_the_buffer),
        cmocka_unit_test(a_report_is_there_until_it_is_read),
        cmocka_unit_test(processes_that_crash_together_report_each_its_own),
        cmocka_unit_test(
            who_is_killed_while_crashing_leaves_a_whole_report_or_none),
        cmocka_unit_test(nothing_is_left_of_a_crash),
    };

    (void)setrlimit(RLIMIT_CORE, &none);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
