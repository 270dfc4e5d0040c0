/*
 * Crash reports: every way to crash leaves one, and the process dies as it
 * would have died anyway.
 */
#include "crashes.h"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>

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
    };

    (void)setrlimit(RLIMIT_CORE, &none);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
