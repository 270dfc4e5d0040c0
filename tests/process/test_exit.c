/*
 * The end of a process: its exit code, what runs last, and what becomes of its
 * children.
 */
#include "expect.h"
#include "output.h"
#include "until.h"

#include <mproc.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
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

static int exitcode_of(mp_process *p)
{
    assert_made(p);
    assert_ok(mp_process_start(p));
    assert_ok(mp_process_join(p, 20.0));
    return mp_process_exitcode(p);
}

/* -- exit codes ------------------------------------------------------------ */

static int exit_as_told(mp_call *c)
{
    int code;
    MP_TRY(mp_call_args(c, &code));
    exit(code);
}

static void exit_code_is_cut_to_a_byte(void **state)
{
    (void)state;
    static const int codes[][2] = {{0, 0},    {3, 3},    {8, 8},     {256, 0},
                                   {300, 44}, {-1, 255}, {255, 255}, {1, 1}};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        mp_auto(mp_process) p =
            mp_process_new(exit_as_told, .args = MP_ARGS(codes[i][0]));
        assert_int_equal(exitcode_of(p), codes[i][1]);
    }
}

static int return_a_count(mp_call *c)
{
    (void)c;
    return 17;
}

static int exit_in_a_hurry(mp_call *c)
{
    (void)c;
    _exit(9);
}

static void *exit_here(void *unused)
{
    (void)unused;
    exit(5);
}

static int exit_in_a_thread(mp_call *c)
{
    pthread_t thread;
    pthread_create(&thread, NULL, exit_here, NULL);
    return sleep_for_ever(c);
}

static int abort_itself(mp_call *c)
{
    (void)c;
    signal(SIGABRT, SIG_DFL);
    abort();
}

static void each_way_to_end_has_its_code(void **state)
{
    (void)state;
    static const struct {
        mp_fn fn;
        int code;
    } ways[] = {{return_a_count, 0},
                {exit_in_a_hurry, 9},
                {exit_in_a_thread, 5},
                {abort_itself, -SIGABRT}};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        mp_auto(mp_process) p = mp_process_new(ways[i].fn);
        assert_int_equal(exitcode_of(p), ways[i].code);
    }
}

/* -- what runs last -------------------------------------------------------- */

static void say_one(void)
{
    printf("one\n");
}

static void say_two(void)
{
    printf("two\n");
}

static void say_parent(void)
{
    printf("parent\n");
}

static int register_and_return(mp_call *c)
{
    (void)c;
    MP_TRY(mp_atexit(say_one));
    MP_TRY(mp_atexit(say_two));
    printf("run\n");
    return 0;
}

static int register_and_exit(mp_call *c)
{
    MP_TRY(register_and_return(c));
    exit(4);
}

static int register_with_libc(mp_call *c)
{
    (void)c;
    printf("run\n");
    return atexit(say_one);
}

/* A program whose main registers a function and has one child. */
static int exit_with_a_child(void *fn)
{
    mp_auto(mp_process) p = mp_process_new(*(mp_fn *)fn);

    if (mp_atexit(say_parent) < 0 || mp_process_start(p) < 0 ||
        mp_process_join(p, 20.0) < 0)
        return 100;
    exit(mp_process_exitcode(p));
}

static void child_calls_what_it_registered_itself(void **state)
{
    (void)state;
    static const struct {
        mp_fn fn;
        int code;
        const char *text;
    } ways[] = {{register_and_return, 0, "run\ntwo\none\nparent\n"},
                {register_and_exit, 4, "run\ntwo\none\nparent\n"},
                {register_with_libc, 0, "run\none\nparent\n"}};
    for (size_t i = 0; i < 3; i++) {
        char text[256];
        mp_fn fn = ways[i].fn;
        assert_int_equal(
            output_of(exit_with_a_child, &fn, 20.0, text, sizeof text),
            ways[i].code);
        assert_string_equal(text, ways[i].text);
    }
}

static int raw_fork_exits(mp_call *c)
{
    int status = 0;

    MP_TRY(mp_atexit(say_one));
    (void)fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        printf("copy\n");
        exit(6);
    }
    if (waitpid(pid, &status, 0) != pid || WEXITSTATUS(status) != 6)
        return mp_raise(c, MP_VALUE_ERROR, "the copy ended otherwise");
    return 0;
}

static void forked_copy_of_a_child_calls_nothing(void **state)
{
    (void)state;
    char text[256];
    mp_fn fn = raw_fork_exits;
    assert_int_equal(output_of(exit_with_a_child, &fn, 20.0, text, sizeof text),
                     0);
    assert_string_equal(text, "copy\none\nparent\n");
}

static void null_cannot_be_registered(void **state)
{
    (void)state;
    assert_raises(MP_VALUE_ERROR, mp_atexit(NULL));
}

/* -- children at exit ------------------------------------------------------ */

static struct shared {
    atomic_int ended;
    atomic_int ready;
    pid_t pid;
} * shared;

static int end_late(mp_call *c)
{
    (void)c;
    usleep(200000);
    atomic_store(&shared->ended, 1);
    return 0;
}

static int leave_children(void *how)
{
    mp_process *p = mp_process_new(end_late);
    mp_process *d = mp_process_new(sleep_for_ever, .daemon = true);

    if (mp_process_start(p) < 0 || mp_process_start(d) < 0)
        return 100;
    shared->pid = mp_process_pid(d);
    if (strcmp(how, "free") == 0) {
        mp_process_free(p);
        mp_process_free(d);
    }
    exit(3);
}

static void program_waits_for_its_children_and_ends_daemons(void **state)
{
    (void)state;
    static const char *const hows[] = {"keep", "free"};
    for (size_t i = 0; i < 2; i++) {
        char how[8];
        atomic_store(&shared->ended, 0);
        (void)strcpy(how, hows[i]);
        assert_int_equal(child_run(leave_children, how, 20.0), 3);
        assert_int_equal(atomic_load(&shared->ended), 1);
        assert_int_equal(kill(shared->pid, 0), -1);
    }
}

static int start_late_child(mp_call *c)
{
    mp_auto(mp_process) p = mp_process_new(end_late);
    (void)c;
    return mp_process_start(p);
}

static void child_waits_for_its_own_children(void **state)
{
    (void)state;
    atomic_store(&shared->ended, 0);
    mp_auto(mp_process) p = mp_process_new(start_late_child);
    assert_int_equal(exitcode_of(p), 0);
    assert_int_equal(atomic_load(&shared->ended), 1);
}

static int ignore_sigterm(mp_call *c)
{
    signal(SIGTERM, SIG_IGN);
    atomic_store(&shared->ready, 1);
    return sleep_for_ever(c);
}

static int leave_stubborn_daemons(void *unused)
{
    (void)unused;
    for (int i = 0; i < 3; i++) {
        mp_auto(mp_process) p = mp_process_new(ignore_sigterm, .daemon = true);
        atomic_store(&shared->ready, 0);
        if (mp_process_start(p) < 0)
            return 100;
        struct until u = until_start(20.0);
        while (atomic_load(&shared->ready) == 0 && until_pause(&u))
            continue;
    }
    exit(0);
}

static void daemon_that_ignores_sigterm_is_killed(void **state)
{
    (void)state;
    double before = until_now();
    assert_int_equal(child_run(leave_stubborn_daemons, NULL, 20.0), 0);
    assert_true(until_now() - before >= 1.0);
    assert_true(until_now() - before < 4.0);
}

static int copy_exits(void *unused)
{
    mp_process *p = mp_process_new(sleep_for_ever);
    pid_t pid;
    int status = 0;

    (void)unused;
    if (mp_process_start(p) < 0)
        return 100;
    pid = fork();
    if (pid == 0)
        exit(7);
    if (waitpid(pid, &status, 0) != pid || WEXITSTATUS(status) != 7)
        return 1;
    if (mp_process_is_alive(p) != 1)
        return 2;
    if (mp_process_kill(p) < 0)
        return 3;
    exit(0);
}

static void exit_of_a_forked_copy_touches_nobody(void **state)
{
    (void)state;
    assert_int_equal(child_run(copy_exits, NULL, 20.0), 0);
}

/* -- a daemon whose parent is killed --------------------------------------- */

static void *start_it(void *p)
{
    return (void *)(intptr_t)mp_process_start(p);
}

static int start_in_a_thread(mp_process *p)
{
    pthread_t thread;
    void *rc;
    if (pthread_create(&thread, NULL, start_it, p) != 0 ||
        pthread_join(thread, &rc) != 0)
        return -1;
    return (int)(intptr_t)rc;
}

struct family {
    bool daemon;
    bool by_thread;
};

static int be_killed_as_a_parent(void *arg)
{
    const struct family *f = arg;
    mp_process *p = mp_process_new(
        sleep_for_ever, .daemon = f->daemon ? MP_DAEMON_YES : MP_DAEMON_NO);

    if ((f->by_thread ? start_in_a_thread(p) : mp_process_start(p)) < 0)
        return 100;
    shared->pid = mp_process_pid(p);
    if (mp_process_is_alive(p) != 1)
        return 101;
    return raise(SIGKILL);
}

static bool is_gone(void *unused)
{
    (void)unused;
    return kill(shared->pid, 0) < 0;
}

static void killed_parent_takes_its_daemon_along(void **state)
{
    (void)state;
    struct family f = {.daemon = true};
    for (int i = 0; i < 2; i++) {
        f.by_thread = i == 1;
        assert_int_equal(child_run(be_killed_as_a_parent, &f, 20.0), -SIGKILL);
        assert_true(until(is_gone, NULL, 20.0));
    }
}

static void killed_parent_leaves_the_others(void **state)
{
    (void)state;
    struct family f = {.daemon = false};
    assert_int_equal(child_run(be_killed_as_a_parent, &f, 20.0), -SIGKILL);
    assert_false(until(is_gone, NULL, 0.3));
    assert_int_equal(kill(shared->pid, SIGKILL), 0);
    assert_true(until(is_gone, NULL, 20.0));
}

static int set_up(void **state)
{
    (void)state;
    shared = shared_memory(sizeof *shared);
    mp_auto(mp_process) p = mp_process_new(do_nothing);
    return mp_process_start(p) < 0 || mp_process_join(p) < 0;
}

static int tear_down(void **state)
{
    (void)state;
    shared_memory_free(shared, sizeof *shared);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exit_code_is_cut_to_a_byte),
        cmocka_unit_test(each_way_to_end_has_its_code),
        cmocka_unit_test(child_calls_what_it_registered_itself),
        cmocka_unit_test(forked_copy_of_a_child_calls_nothing),
        cmocka_unit_test(null_cannot_be_registered),
        cmocka_unit_test(program_waits_for_its_children_and_ends_daemons),
        cmocka_unit_test(child_waits_for_its_own_children),
        cmocka_unit_test(daemon_that_ignores_sigterm_is_killed),
        cmocka_unit_test(exit_of_a_forked_copy_touches_nobody),
        cmocka_unit_test(killed_parent_takes_its_daemon_along),
        cmocka_unit_test(killed_parent_leaves_the_others),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
