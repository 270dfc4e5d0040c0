/*
 * Starting: who may, what a child starts with, and what is left when it
 * cannot be done.
 */
#include "expect.h"
#include "leak.h"
#include "output.h"
#include "until.h"

#include "base/clock.h"
#include "os/context.h"

#include <mproc.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int do_nothing(mp_call *c)
{
    (void)c;
    return 0;
}

static void run(mp_process *p, int exitcode)
{
    assert_made(p);
    assert_ok(mp_process_start(p));
    assert_ok(mp_process_join(p, 20.0));
    assert_int_equal(mp_process_exitcode(p), exitcode);
}

/* -- who may start --------------------------------------------------------- */

static void process_starts_once(void **state)
{
    (void)state;
    mp_auto(mp_process) p = mp_process_new(do_nothing);
    run(p, 0);
    assert_raises_saying(MP_ASSERTION_ERROR, "cannot start a process twice",
                         mp_process_start(p));
}

struct racer {
    pthread_t thread;
    mp_process *p;
    int rc;
};

static void *race(void *arg)
{
    struct racer *r = arg;
    r->rc = mp_process_start(r->p);
    return NULL;
}

static void of_many_threads_one_starts_it(void **state)
{
    (void)state;
    mp_auto(mp_process) p = mp_process_new(do_nothing);
    struct racer racers[8];
    int started = 0;
    for (size_t i = 0; i < 8; i++) {
        racers[i] = (struct racer){.p = p};
        pthread_create(&racers[i].thread, NULL, race, &racers[i]);
    }
    for (size_t i = 0; i < 8; i++) {
        pthread_join(racers[i].thread, NULL);
        started += racers[i].rc == 0;
    }
    assert_int_equal(started, 1);
    assert_ok(mp_process_join(p, 20.0));
}

static void *start_many(void *arg)
{
    int *ended = arg;
    for (int i = 0; i < 50; i++) {
        mp_auto(mp_process) p = mp_process_new(do_nothing);
        if (mp_process_start(p) == 0 && mp_process_join(p, 20.0) == 0 &&
            mp_process_exitcode(p) == 0)
            ++*ended;
    }
    return NULL;
}

static void many_threads_start_at_once(void **state)
{
    (void)state;
    pthread_t threads[4];
    int ended[4] = {0};
    for (size_t i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, start_many, &ended[i]);
    for (size_t i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(ended[i], 50);
    }
}

static int try_to_use(mp_call *c)
{
    mp_process **p = mp_call_self(c);

    if (mp_process_start(*p) != MP_ASSERTION_ERROR ||
        strcmp(mp_error_last()->message,
               "can only start a process object created by current process"))
        return mp_raise(c, MP_VALUE_ERROR, "a grandchild could start it");
    if (mp_process_join(*p) != MP_ASSERTION_ERROR ||
        mp_process_is_alive(*p) != MP_ASSERTION_ERROR ||
        mp_process_terminate(*p) != MP_ASSERTION_ERROR ||
        mp_process_exitcode(*p) != MP_NO_EXITCODE)
        return mp_raise(c, MP_VALUE_ERROR, "a grandchild could use it");
    mp_process_free(*p);
    return 0;
}

static void only_its_maker_can_use_it(void **state)
{
    (void)state;
    mp_auto(mp_process) other = mp_process_new(do_nothing);
    mp_auto(mp_process) p = mp_process_new(.run = try_to_use, .self = &other);
    run(p, 0);
}

static int have_a_child(mp_call *c)
{
    mp_auto(mp_process) p = mp_process_new(do_nothing, .daemon = MP_DAEMON_NO);

    (void)c;
    return mp_process_start(p);
}

static int have_a_daemon_with_a_child(void *unused)
{
    mp_auto(mp_process) p = mp_process_new(have_a_child, .daemon = true);

    (void)unused;
    if (mp_process_start(p) < 0 || mp_process_join(p, 20.0) < 0)
        return 100;
    return mp_process_exitcode(p);
}

static void daemon_may_have_no_children(void **state)
{
    (void)state;
    char text[1024];
    assert_int_equal(
        output_of(have_a_daemon_with_a_child, NULL, 20.0, text, sizeof text),
        1);
    assert_non_null(strstr(text, "AssertionError: daemonic processes are not "
                                 "allowed to have children\n"));
}

static int raw_fork_uses_the_library(void *unused)
{
    mp_process *children[4];
    mp_auto(mp_process) p = mp_process_new(do_nothing);

    (void)unused;
    if (mp_active_children(children, 4) != 0)
        return 1;
    if (mp_process_pid(mp_current_process()) != getpid())
        return 2;
    if (mp_process_start(p) < 0 || mp_process_join(p, 20.0) < 0)
        return 3;
    return mp_process_exitcode(p);
}

static int sleep_for_ever(mp_call *c)
{
    (void)c;
    while (pause() < 0)
        continue;
    return 0;
}

static void forked_copy_has_children_of_its_own(void **state)
{
    (void)state;
    mp_auto(mp_process) p = mp_process_new(sleep_for_ever);
    assert_ok(mp_process_start(p));
    assert_int_equal(child_run(raw_fork_uses_the_library, NULL, 20.0), 0);
    assert_int_equal(mp_process_is_alive(p), 1);
    assert_ok(mp_process_kill(p));
    assert_ok(mp_process_join(p, 20.0));
}

/* -- what a child starts with ---------------------------------------------- */

static int look_at_stdin(mp_call *c)
{
    struct stat in, null;

    if (getchar() != EOF)
        return mp_raise(c, MP_VALUE_ERROR, "there is something to read");
    if (fstat(STDIN_FILENO, &in) < 0 || stat("/dev/null", &null) < 0 ||
        in.st_rdev != null.st_rdev)
        return mp_raise(c, MP_VALUE_ERROR, "stdin is something else");
    return 0;
}

/* One byte has been read ahead by stdio when the child starts. */
static int start_with_input(void *close_it)
{
    int fds[2];
    mp_auto(mp_process) p = mp_process_new(look_at_stdin);

    if (pipe(fds) < 0 || write(fds[1], "ab", 2) != 2 ||
        dup2(fds[0], STDIN_FILENO) < 0 || getchar() != 'a')
        return 1;
    if (close_it != NULL)
        close(STDIN_FILENO);
    if (mp_process_start(p) < 0 || mp_process_join(p, 20.0) < 0)
        return 2;
    return mp_process_exitcode(p) == 0 && getchar() == 'b' ? 0 : 3;
}

static void stdin_of_a_child_is_empty(void **state)
{
    (void)state;
    assert_int_equal(child_run(start_with_input, NULL, 20.0), 0);
    assert_int_equal(child_run(start_with_input, "close it", 20.0), 0);
}

static int count_descriptors(mp_call *c)
{
    struct leak_snapshot **of_parent = mp_call_self(c);
    int extra = leak_count(*of_parent);

    return extra <= 3 ? 0 : mp_raise(c, MP_VALUE_ERROR, "%d differ", extra);
}

/* stdin, the parent's pidfd, and the watch that it does not have. */
static void child_inherits_nothing_of_its_siblings(void **state)
{
    (void)state;
    struct leak_snapshot *before = leak_take();
    mp_process *siblings[20];
    for (size_t i = 0; i < 20; i++) {
        siblings[i] = mp_process_new(sleep_for_ever);
        assert_ok(mp_process_start(siblings[i]));
    }
    mp_auto(mp_process) p =
        mp_process_new(.run = count_descriptors, .self = &before);
    run(p, 0);
    for (size_t i = 0; i < 20; i++) {
        assert_ok(mp_process_kill(siblings[i]));
        assert_ok(mp_process_join(siblings[i], 20.0));
        mp_process_free(siblings[i]);
    }
    leak_free(before);
}

static int print_buffered(void *unused)
{
    mp_auto(mp_process) p = mp_process_new(do_nothing);

    (void)unused;
    (void)setvbuf(stdout, NULL, _IOFBF, 4096);
    printf("once\n");
    if (mp_process_start(p) < 0 || mp_process_join(p, 20.0) < 0)
        return 1;
    return mp_process_exitcode(p);
}

static void buffered_output_is_written_once(void **state)
{
    (void)state;
    char text[64];
    assert_int_equal(output_of(print_buffered, NULL, 20.0, text, sizeof text),
                     0);
    assert_string_equal(text, "once\n");
}

static int start_without_output(void *unused)
{
    mp_auto(mp_process) p = mp_process_new(do_nothing);

    (void)unused;
    (void)fclose(stdout);
    (void)fclose(stderr);
    if (mp_process_start(p) < 0 || mp_process_join(p, 20.0) < 0)
        return 1;
    return mp_process_exitcode(p);
}

static int start_without_descriptors(void *unused)
{
    mp_auto(mp_process) p = mp_process_new(do_nothing);

    (void)unused;
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        close(fd);
    if (mp_process_start(p) < 0 || mp_process_join(p, 20.0) < 0)
        return 1;
    return mp_process_exitcode(p);
}

static void child_works_without_stdout_and_stderr(void **state)
{
    (void)state;
    assert_int_equal(child_run(start_without_output, NULL, 20.0), 0);
    assert_int_equal(child_run(start_without_descriptors, NULL, 20.0), 0);
}

/* -- faults ---------------------------------------------------------------- */

/* With n descriptors more than are open. */
static void allow_descriptors(rlim_t n)
{
    int first = dup(STDERR_FILENO);
    struct rlimit limit = {.rlim_cur = (rlim_t)first + n, .rlim_max = 4096};

    close(first);
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* Whatever number of descriptors is left: it starts, or says -EMFILE, leaves
   nothing behind, and starts as soon as there are enough. */
static int start_with_few_descriptors(void *n)
{
    mp_auto(mp_process) p = mp_process_new(do_nothing);
    struct leak_snapshot *before = leak_take();
    int rc;

    allow_descriptors(*(rlim_t *)n);
    rc = mp_process_start(p);
    allow_descriptors(100);
    if (rc < 0 && (rc != -EMFILE || leak_count(before) > 0))
        return 2;
    if (rc < 0 && mp_process_start(p) < 0)
        return 3;
    leak_free(before);
    if (mp_process_join(p, 20.0) < 0 || mp_process_exitcode(p) != 0)
        return 4;
    return rc < 0;
}

static void want_of_descriptors_is_an_error_that_passes(void **state)
{
    (void)state;
    rlim_t n = 0;
    assert_int_equal(child_run(start_with_few_descriptors, &n, 20.0), 1);
    for (n = 1; n < 6; n++)
        assert_int_equal(child_run(start_with_few_descriptors, &n, 20.0) & ~1,
                         0);
    assert_int_equal(child_run(start_with_few_descriptors, &n, 20.0), 0);
}

/* Limits do not bind root, so be somebody who has no other process. */
static int start_without_processes(void *unused)
{
    mp_auto(mp_process) p = mp_process_new(do_nothing);
    struct leak_snapshot *before = leak_take();
    struct rlimit none = {.rlim_cur = 0, .rlim_max = 0};

    (void)unused;
    if (getuid() == 0 && setuid(54321) < 0)
        return 10;
    if (setrlimit(RLIMIT_NPROC, &none) < 0)
        return 11;
    for (int i = 0; i < 3; i++)
        if (mp_process_start(p) != -EAGAIN)
            return 1;
    if (leak_count(before) > 0)
        return 2;
    leak_free(before);
    return mp_process_is_alive(p) != 0 || mp_process_pid(p) != 0;
}

static void want_of_processes_is_an_error_that_passes(void **state)
{
    (void)state;
    assert_int_equal(child_run(start_without_processes, NULL, 20.0), 0);
}

/* The first start makes the watcher: with room for a process but not for a
   thread beside it the library does without. */
static int start_without_a_watcher(void *unused)
{
    mp_auto(mp_process) first = mp_process_new(do_nothing);
    mp_auto(mp_process) second = mp_process_new(do_nothing);
    struct rlimit one = {.rlim_cur = 2, .rlim_max = 2};

    (void)unused;
    if (getuid() == 0 && setuid(54322) < 0)
        return 10;
    if (setrlimit(RLIMIT_NPROC, &one) < 0)
        return 11;
    if (mp_process_start(first) < 0 || mp_process_join(first, 20.0) < 0)
        return 1;
    if (mp_process_start(second) < 0 || mp_process_join(second, 20.0) < 0)
        return 2;
    return mp_process_exitcode(first) + mp_process_exitcode(second);
}

static void watcher_can_be_done_without(void **state)
{
    (void)state;
    assert_int_equal(child_run(start_without_a_watcher, NULL, 20.0), 0);
}

/* -- the watcher ----------------------------------------------------------- */

static bool has_no_children(void *unused)
{
    siginfo_t info;
    (void)unused;
    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0;
}

static void nobody_has_to_join(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++) {
        mp_process *p = mp_process_new(do_nothing);
        assert_ok(mp_process_start(p));
        mp_process_free(p);
    }
    assert_true(until(has_no_children, NULL, 20.0));
    assert_int_equal(mp_active_children(NULL, 0), 0);
}

static int by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Seconds from a kill to its news. */
static double time_a_death(void)
{
    mp_auto(mp_process) p = mp_process_new(sleep_for_ever);
    assert_ok(mp_process_start(p));
    uint32_t deaths = mp__deaths();
    double start = until_now();
    assert_ok(mp_process_kill(p));
    (void)mp__futex_wait(&mp__context->death_seq, deaths, NULL, 0,
                         mp__now() + 10 * MP__SECOND);
    assert_true(mp__deaths() != deaths);
    return until_now() - start;
}

/* Nobody joins, and whoever waits for a shared word sleeps in slices of a tenth
   of a second: it is the watcher that wakes him. */
static void death_is_announced_at_once(void **state)
{
    (void)state;
    double took[21];
    for (size_t i = 0; i < 21; i++)
        took[i] = time_a_death();
    qsort(took, 21, sizeof *took, by_size);
    print_message("heard of a death after %.2f ms, at most %.2f ms\n",
                  took[10] * 1e3, took[20] * 1e3);
    assert_true(took[10] < 0.09);
}

static int warm_up(void **state)
{
    (void)state;
    mp_auto(mp_process) p = mp_process_new(do_nothing);
    return mp_process_start(p) < 0 || mp_process_join(p) < 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(process_starts_once),
        cmocka_unit_test(of_many_threads_one_starts_it),
        cmocka_unit_test(many_threads_start_at_once),
        cmocka_unit_test(only_its_maker_can_use_it),
        cmocka_unit_test(daemon_may_have_no_children),
        cmocka_unit_test(forked_copy_has_children_of_its_own),
        cmocka_unit_test(stdin_of_a_child_is_empty),
        cmocka_unit_test(child_inherits_nothing_of_its_siblings),
        cmocka_unit_test(buffered_output_is_written_once),
        cmocka_unit_test(child_works_without_stdout_and_stderr),
        cmocka_unit_test(want_of_descriptors_is_an_error_that_passes),
        cmocka_unit_test(want_of_processes_is_an_error_that_passes),
        cmocka_unit_test(watcher_can_be_done_without),
        cmocka_unit_test(nobody_has_to_join),
        cmocka_unit_test(death_is_announced_at_once),
    };
    return cmocka_run_group_tests(tests, warm_up, NULL);
}
