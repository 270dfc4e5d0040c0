/*
 * Exit codes survive a host that takes the status of its children itself, or
 * has the kernel throw it away.
 */
#include "expect.h"
#include "output.h"
#include "until.h"

#include "os/context.h"
#include "os/crash.h"
#include "os/pidfd.h"

#include <mproc.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int exit_with_seven(mp_call *c)
{
    (void)c;
    exit(7);
}

static int die_of_sigusr1(mp_call *c)
{
    (void)c;
    return raise(SIGUSR1);
}

static int abort_itself(mp_call *c)
{
    (void)c;
    abort();
}

static int exitcode_of(mp_fn fn)
{
    mp_auto(mp_process) p = mp_process_new(fn);

    if (mp_process_start(p) < 0 || mp_process_join(p, 20.0) < 0)
        return 1000;
    return mp_process_exitcode(p);
}

/* Before Linux 6.15 nobody knows of what signal a process died whose status
   was taken and that left no report: Python's word for "unknown" is 255. */
static int check_codes(void)
{
    int of_signal;

    if (exitcode_of(exit_with_seven) != 7)
        return 1;
    if (exitcode_of(abort_itself) != -SIGABRT)
        return 3;
    of_signal = exitcode_of(die_of_sigusr1);
    return of_signal == -SIGUSR1 || of_signal == 255 ? 0 : 2;
}

static int ignore_children(void *unused)
{
    (void)unused;
    signal(SIGCHLD, SIG_IGN);
    for (int i = 0; i < 20; i++)
        if (check_codes() != 0)
            return check_codes();
    return 0;
}

static void host_may_ignore_sigchld(void **state)
{
    (void)state;
    assert_int_equal(child_run(ignore_children, NULL, 30.0), 0);
}

static void *steal(void *stop)
{
    while (atomic_load((atomic_int *)stop) == 0)
        (void)waitpid(-1, NULL, WNOHANG);
    return NULL;
}

static int have_a_thief(void *unused)
{
    atomic_int stop = 0;
    pthread_t thief;
    int rc = 0;

    (void)unused;
    pthread_create(&thief, NULL, steal, &stop);
    for (int i = 0; i < 20 && rc == 0; i++)
        rc = check_codes();
    atomic_store(&stop, 1);
    pthread_join(thief, NULL);
    return rc;
}

static void host_may_wait_for_any_child(void **state)
{
    (void)state;
    assert_int_equal(child_run(have_a_thief, NULL, 30.0), 0);
}

static atomic_int handled;

static void count(int signal)
{
    (void)signal;
    atomic_fetch_add(&handled, 1);
}

static int handle_children(void *unused)
{
    struct sigaction before = {.sa_handler = count}, after;

    (void)unused;
    sigaction(SIGCHLD, &before, NULL);
    if (check_codes() != 0 || atomic_load(&handled) == 0)
        return 1;
    sigaction(SIGCHLD, NULL, &after);
    return after.sa_handler == count ? 0 : 2;
}

static void handler_of_the_host_stays(void **state)
{
    (void)state;
    assert_int_equal(child_run(handle_children, NULL, 20.0), 0);
}

static int wait_for_its_own(void *unused)
{
    mp_auto(mp_process) p = mp_process_new(exit_with_seven);
    int status = 0;
    pid_t own = fork();

    (void)unused;
    if (own == 0)
        _exit(3);
    if (mp_process_start(p) < 0 || mp_process_join(p, 20.0) < 0)
        return 1;
    if (waitpid(own, &status, 0) != own || WEXITSTATUS(status) != 3)
        return 2;
    return mp_process_exitcode(p) == 7 ? 0 : 3;
}

static void children_of_the_host_are_left_to_it(void **state)
{
    (void)state;
    assert_int_equal(child_run(wait_for_its_own, NULL, 20.0), 0);
}

/* -- the child's own last word, where the kernel keeps none ---------------- */

static void last_word_is_found_by_its_owner_only(void **state)
{
    (void)state;
    int code = -1;
    assert_ok(mp__context_need());
    mp__owner self = mp__self();
    assert_false(mp__slot_exit_of(self, &code));
    mp__slot_record_exit(42);
    assert_true(mp__slot_exit_of(self, &code));
    assert_int_equal(code, 42);
    assert_false(mp__slot_exit_of(self ^ 1u << MP__SLOT_BITS, &code));
}

static void exiting_child_leaves_its_last_word(void **state)
{
    (void)state;
    int code = -1;
    mp__owner next = mp__slot_reserve();
    mp__announce_death(next);
    assert_int_equal(exitcode_of(exit_with_seven), 7);
    /* Slots are handed out in turn. */
    assert_true(mp__slot_exit_of(next + 1, &code));
    assert_int_equal(code, 7);
}

static void crashing_child_leaves_its_signal(void **state)
{
    (void)state;
    struct mp__crash crash;
    mp__owner next = mp__slot_reserve();
    mp__announce_death(next);
    assert_int_equal(exitcode_of(abort_itself), -SIGABRT);
    assert_true(mp__crash_of(next + 1, &crash));
    assert_int_equal(crash.signal, SIGABRT);
    assert_false(mp__crash_of((next + 1) ^ 1u << MP__SLOT_BITS, &crash));
}

static void stranger_has_no_status_for_us(void **state)
{
    (void)state;
    int code = -1;
    int pidfd = mp__pidfd_open(getppid());
    assert_true(pidfd >= 0);
    assert_int_equal(mp__pidfd_reap(pidfd, &code), MP__LOST);
    assert_int_equal(code, -1);
    close(pidfd);
    assert_int_equal(mp__pidfd_open(-1), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(host_may_ignore_sigchld),
        cmocka_unit_test(host_may_wait_for_any_child),
        cmocka_unit_test(handler_of_the_host_stays),
        cmocka_unit_test(children_of_the_host_are_left_to_it),
        cmocka_unit_test(last_word_is_found_by_its_owner_only),
        cmocka_unit_test(exiting_child_leaves_its_last_word),
        cmocka_unit_test(crashing_child_leaves_its_signal),
        cmocka_unit_test(stranger_has_no_status_for_us),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
