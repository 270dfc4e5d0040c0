/*
 * What a fork leaves of a process's threads, and a program whose main thread is
 * gone: what ThreadSanitizer cannot follow.
 */
#include "child.h"
#include "expect.h"
#include "output.h"

#include <mproc.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define assert_output(fn_, arg_, code_, must_)                         \
    do {                                                               \
        char text_[1024];                                              \
        int rc_ = output_of((fn_), (arg_), 20.0, text_, sizeof text_); \
        assert_string_equal(text_, (must_));                           \
        assert_int_equal(rc_, (code_));                                \
    } while (0)

/* Registered before there is a thread, so called after all were waited for.
   What cmocka has on the heap, a search for leaks does not find in use: the
   main thread's stack is no longer looked at. */
static void end_here(void)
{
    _exit(5);
}

/* -- fork ------------------------------------------------------------------ */

static struct family {
    mp_event *go;
    mp_thread *waits; /* runs when it is forked                   */
    mp_thread *other; /* has ended by then, and was not joined    */
    mp_thread *new;   /* was not started                          */
} family;

static int wait_to_go(mp_call *c)
{
    (void)c;
    return mp_event_wait(family.go, 60.0);
}

static int do_nothing(mp_call *c)
{
    (void)c;
    return 0;
}

static bool is_alone(mp_thread *self)
{
    mp_thread *all[2] = {NULL};
    bool alone = mp_active_threads(all, 2) == 1 && all[0] == self;

    mp_thread_free(all[0]);
    return alone && mp_main_thread() == self && mp_current_thread() == self &&
           mp_thread_is_alive(self) == 1 &&
           mp_thread_native_id(self) == getpid();
}

/* In the child. */
static int look_around(mp_thread *self)
{
    if (!is_alone(self))
        return 1;
    if (mp_thread_is_alive(family.waits) != 0 ||
        mp_thread_join(family.waits) != 0 || mp_thread_join(family.other) != 0)
        return 2;
    if (mp_thread_start(family.waits) != MP_RUNTIME_ERROR)
        return 3;
    if (mp_thread_start(family.new) != 0 || mp_thread_join(family.new) != 0)
        return 4;
    mp_thread_free(family.waits);
    mp_thread_free(family.other);
    mp_thread_free(family.new);
    return mp_thread_count() == 1 ? 0 : 5;
}

static int fork_and_look(mp_thread *self)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0)
        _exit(look_around(self));
    return waitpid(pid, &status, 0) == pid ? status : -1;
}

static int fork_in_a_thread(mp_call *c)
{
    int *status = mp_call_self(c);
    *status = fork_and_look(mp_current_thread());
    return 0;
}

static int forked_by_main(void)
{
    return fork_and_look(mp_main_thread());
}

static int forked_by_a_thread(void)
{
    int status = -1;
    mp_auto(mp_thread) t = mp_thread_new(fork_in_a_thread, .self = &status);

    if (mp_thread_start(t) < 0 || mp_thread_join(t) < 0)
        return -2;
    return status;
}

static void *fork_in_the_hosts(void *status)
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(
            look_around(mp_main_thread()) +
            10 * (strcmp(mp_thread_name(mp_main_thread()), "MainThread") != 0));
    if (waitpid(pid, status, 0) != pid)
        *(int *)status = -1;
    return NULL;
}

static int forked_by_the_hosts(void)
{
    pthread_t thread;
    int status = -1;

    if (pthread_create(&thread, NULL, fork_in_the_hosts, &status) != 0 ||
        pthread_join(thread, NULL) != 0)
        return -2;
    return status;
}

static int fork_beside_threads(void *how)
{
    family =
        (struct family){mp_event_new(), mp_thread_new(wait_to_go),
                        mp_thread_new(do_nothing), mp_thread_new(do_nothing)};
    if (mp_thread_start(family.waits) < 0 || mp_thread_start(family.other) < 0)
        return 100;
    while (mp_thread_is_alive(family.other) == 1)
        (void)usleep(1000);

    int status = (*(int (**)(void))how)();
    if (mp_event_set(family.go) < 0 || mp_thread_join(family.waits) < 0 ||
        mp_thread_join(family.other) < 0)
        return 101;
    mp_thread_free(family.waits);
    mp_thread_free(family.other);
    mp_thread_free(family.new);
    mp_event_free(family.go);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 102;
}

static void fork_leaves_the_thread_that_forks(void **state)
{
    (void)state;
    int (*const hows[])(void) = {forked_by_main, forked_by_a_thread,
                                 forked_by_the_hosts};
    for (size_t i = 0; i < 3; i++) {
        int (*how)(void) = hows[i];
        assert_int_equal(child_run(fork_beside_threads, &how, 20.0), 0);
    }
}

/* The child's copy of the thread returns from its function, too. */
static int fork_and_return(mp_call *c)
{
    pid_t *pid = mp_call_self(c);
    *pid = fork();
    return 0;
}

static int end_copies(void *unused)
{
    pid_t pid = -1;
    int status = -1;
    mp_auto(mp_thread) t = mp_thread_new(fork_and_return, .self = &pid);

    (void)unused;
    if (atexit(end_here) != 0 || mp_thread_start(t) < 0 ||
        mp_thread_join(t) < 0)
        return 100;
    if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
        return 101;
    return WEXITSTATUS(status);
}

static void child_whose_only_thread_returns_ends(void **state)
{
    (void)state;
    assert_int_equal(child_run(end_copies, NULL, 20.0), 5);
}

static int name_main_thread(mp_call *c)
{
    (void)c;
    mp_print(mp_thread_name(mp_main_thread()), mp_thread_count());
    return 0;
}

static int start_process(mp_call *c)
{
    mp_auto(mp_process) p = mp_process_new(name_main_thread);
    (void)c;
    MP_TRY(mp_process_start(p));
    return mp_process_join(p, 20.0);
}

static int start_process_in_a_thread(void *unused)
{
    mp_auto(mp_thread) t = mp_thread_new(start_process, .name = "Ada");

    (void)unused;
    return mp_thread_start(t) < 0 || mp_thread_join(t) < 0;
}

static void child_of_a_thread_has_it_as_its_main_one(void **state)
{
    (void)state;
    assert_output(start_process_in_a_thread, NULL, 0, "Ada 1\n");
}

/* -- a program without its main thread ------------------------------------- */

static int say_late(mp_call *c)
{
    (void)c;
    usleep(100000);
    printf("late\n");
    (void)fflush(stdout);
    return 0;
}

static int end_main_alone(void *unused)
{
    (void)unused;
    mp_thread *t = mp_thread_new(say_late);
    if (atexit(end_here) != 0 || mp_thread_start(t) < 0)
        return 100;
    pthread_exit(NULL);
}

static void last_thread_ends_the_program(void **state)
{
    (void)state;
    assert_output(end_main_alone, NULL, 5, "late\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fork_leaves_the_thread_that_forks),
        cmocka_unit_test(child_whose_only_thread_returns_ends),
        cmocka_unit_test(child_of_a_thread_has_it_as_its_main_one),
        cmocka_unit_test(last_thread_ends_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
