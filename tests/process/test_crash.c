/*
 * Crash reports: what a process leaves behind that dies of its own fault, and
 * that it dies as it would have died anyway.
 *
 * cmocka handles some of the signals itself, and a sanitizer does: what is to
 * be reported here is taken from them first.
 */
#include "child.h"
#include "expect.h"
#include "leak.h"
#include "output.h"
#include "until.h"

#include "process/process.h"

#include <mproc.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define CRASHES __attribute__((noinline, no_sanitize("undefined")))

enum { REPORT = 8192 };

static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
enum { SIGNALS = sizeof signals / sizeof *signals };

static void have_no_handlers(void)
{
    for (int i = 0; i < SIGNALS; i++)
        signal(signals[i], SIG_DFL);
}

static mp_process *ended(mp_fn fn)
{
    mp_process *p = mp_process_new(fn);
    assert_made(p);
    assert_ok(mp_process_start(p));
    assert_ok(mp_process_join(p, 60.0));
    return p;
}

static void assert_contains(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("'%s' is not in: %s", part, text);
}

static void assert_no_report(mp_process *p)
{
    char text[REPORT] = "x";
    assert_int_equal(mp_process_crash(p, text, sizeof text), 0);
    assert_string_equal(text, "");
}

/* The function's name is known with debug information only. */
static void expect_report(mp_fn fn, int number, const char *cause,
                          const char *function)
{
    char text[REPORT], start[64];
    have_no_handlers();
    mp_auto(mp_process) p = ended(fn);
    assert_int_equal(mp_process_exitcode(p), -number);
    int n = mp_process_crash(p, text, sizeof text);
    assert_int_equal(n, strlen(text));
    snprintf(start, sizeof start, "%s (pid %d) died of SIG%s",
             mp_process_name(p), (int)mp_process_pid(p), sigabbrev_np(number));
    assert_ptr_equal(strstr(text, start), text);
    assert_contains(text, cause);
    assert_contains(text, "\nTraceback (most recent call last):\n");
#ifdef MP_HAVE_LIBDW
    assert_contains(text, function);
#endif
}

/* -- the five signals ------------------------------------------------------ */

CRASHES static int write_to(volatile int *p)
{
    *p = 3;
    return *p + 1;
}

CRASHES static int write_nowhere(mp_call *c)
{
    (void)c;
    return write_to((volatile int *)8) + 1;
}
enum { WRITE_LINE = __LINE__ - 2 };

CRASHES static int write_beyond_the_file(mp_call *c)
{
    int fd = memfd_create("empty", MFD_CLOEXEC);
    (void)c;
    return write_to(
               mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)) +
           1;
}

/* Where a division does not trap, ask for the signal. */
CRASHES static int divide(mp_call *c)
{
    volatile int zero = 0, one = 1;
    (void)c;
    one /= zero;
    raise(SIGFPE);
    return one;
}

CRASHES static int run_no_instruction(mp_call *c)
{
    (void)c;
    __builtin_trap();
    return 0;
}

CRASHES static int abort_itself(mp_call *c)
{
    (void)c;
    abort();
}

static void each_fault_is_reported(void **state)
{
    (void)state;
    expect_report(write_nowhere, SIGSEGV, " (code 1) at address 0x8\n",
                  "in write_nowhere\n  File \"test_crash.c\", line ");
    expect_report(write_beyond_the_file, SIGBUS, " (code 2) at address 0x",
                  "in write_to");
    expect_report(divide, SIGFPE, " (code ", "in divide");
    expect_report(run_no_instruction, SIGILL, " at address 0x",
                  "in run_no_instruction");
    expect_report(abort_itself, SIGABRT, " (code -6)\n", "in abort_itself");
}

static void lines_are_those_of_the_source(void **state)
{
    (void)state;
    char line[128];
    snprintf(line, sizeof line,
             "  File \"test_crash.c\", line %d, in "
             "write_nowhere\n",
             WRITE_LINE);
    expect_report(write_nowhere, SIGSEGV, "SIGSEGV", line);
}

static int to_raise;

static int raise_it(mp_call *c)
{
    (void)c;
    raise(to_raise);
    return 0;
}

static void each_signal_that_was_sent_is_reported(void **state)
{
    (void)state;
    for (int i = 0; i < SIGNALS; i++) {
        to_raise = signals[i];
        expect_report(raise_it, signals[i], " (code -6)\n", "in raise_it");
    }
}

static int wait_for_ever(mp_call *c)
{
    (void)c;
    while (pause() < 0)
        continue;
    return 0;
}

static int say_that_it_waits(mp_call *c)
{
    mp_event *ready;
    MP_TRY(mp_call_args(c, &ready));
    MP_TRY(mp_event_set(ready));
    return wait_for_ever(c);
}

static void the_sender_of_a_signal_is_named(void **state)
{
    (void)state;
    char text[REPORT], sender[64];
    mp_auto(mp_event) ready = mp_event_new();
    mp_auto(mp_process) p =
        mp_process_new(say_that_it_waits, .args = MP_ARGS(ready));
    assert_ok(mp_process_start(p));
    assert_ok(mp_event_wait(ready, 20.0));
    kill(mp_process_pid(p), SIGABRT);
    assert_ok(mp_process_join(p, 60.0));
    assert_true(mp_process_crash(p, text, sizeof text) > 0);
    snprintf(sender, sizeof sender, " (code 0) sent by process %d\n",
             (int)getpid());
    assert_contains(text, sender);
}

/* -- where a handler has it hard ------------------------------------------- */

CRASHES static int sink(volatile int n)
{
    volatile char much[1024];
    much[0] = (char)n;
    return n > 0 ? sink(n + 1) + much[0] : 0;
}

static int overflow(mp_call *c)
{
    struct rlimit limit = {.rlim_cur = 1 << 20, .rlim_max = 1 << 20};
    (void)c;
    setrlimit(RLIMIT_STACK, &limit);
    return sink(1);
}

static void a_full_stack_is_reported(void **state)
{
    (void)state;
    expect_report(overflow, SIGSEGV, " at address 0x",
                  "in sink\n  [Previous line repeated ");
}

static void *write_in_thread(void *p)
{
    write_to(p);
    return NULL;
}

static int crash_in_thread(mp_call *c)
{
    pthread_t thread;
    (void)c;
    pthread_create(&thread, NULL, write_in_thread, (void *)8);
    pthread_join(thread, NULL);
    return 0;
}

static void a_crash_in_another_thread_is_reported(void **state)
{
    (void)state;
    expect_report(crash_in_thread, SIGSEGV, " at address 0x8 in thread ",
                  "in write_in_thread\n");
}

static pthread_barrier_t together;

static void *crash_together(void *p)
{
    pthread_barrier_wait(&together);
    write_to(p);
    return NULL;
}

static int crash_in_all_threads(mp_call *c)
{
    pthread_t threads[8];
    (void)c;
    pthread_barrier_init(&together, NULL, 8);
    for (int i = 0; i < 8; i++)
        pthread_create(&threads[i], NULL, crash_together, (void *)8);
    pthread_join(threads[0], NULL);
    return wait_for_ever(c);
}

static void threads_that_crash_together_leave_one_whole_report(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++)
        expect_report(crash_in_all_threads, SIGSEGV, " at address 0x8 in ",
                      "in crash_together\n");
}

static void *wait_in_thread(void *unused)
{
    (void)wait_for_ever(unused);
    return NULL;
}

/* The heap's own check fails, with the heap's lock held: a second thread makes
   the C library take it. */
static int crash_in_malloc(mp_call *c)
{
    pthread_t thread;
    char *volatile last;
    pthread_create(&thread, NULL, wait_in_thread, c);
    for (int i = 0; i < 100; i++) {
        last = malloc(2000);
        memset(last + 2000, 0xff, 64);
    }
    return 0;
}

static void a_crash_within_malloc_does_not_hang(void **state)
{
    (void)state;
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
    (void)crash_in_malloc; /* its heap is another one */
#else
    expect_report(crash_in_malloc, SIGABRT, "SIGABRT", "in crash_in_malloc\n");
#endif
}

CRASHES static int call_nothing(mp_call *c)
{
    int (*volatile none)(void) = NULL;
    (void)c;
    return none() + 1;
}

static void who_called_no_function_is_named(void **state)
{
    (void)state;
#if defined __x86_64__ || defined __aarch64__
    expect_report(call_nothing, SIGSEGV, " at address 0\n",
                  "in call_nothing\n  File \"?\", in ?");
#endif
}

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
    mp_auto(mp_process) p = ended(abort_itself);
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
                  ", doing task 17 nothing (test_crash.c:");
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

/* Its slot is given to others, who crash as well. */
static void a_report_is_there_until_it_is_read(void **state)
{
    (void)state;
    char text[REPORT], start[64];
    have_no_handlers();
    mp_auto(mp_process) p = ended(abort_itself);
    for (int i = 0; i < 3; i++) {
        atomic_store(&mp__context->next, mp__slot_index(p->slot));
        mp_auto(mp_process) other = ended(raise_it);
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
        cmocka_unit_test(each_fault_is_reported),
        cmocka_unit_test(lines_are_those_of_the_source),
        cmocka_unit_test(each_signal_that_was_sent_is_reported),
        cmocka_unit_test(the_sender_of_a_signal_is_named),
        cmocka_unit_test(a_full_stack_is_reported),
        cmocka_unit_test(a_crash_in_another_thread_is_reported),
        cmocka_unit_test(threads_that_crash_together_leave_one_whole_report),
        cmocka_unit_test(a_crash_within_malloc_does_not_hang),
        cmocka_unit_test(who_called_no_function_is_named),
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
