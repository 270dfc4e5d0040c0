/*
 * Who is killed, ends without a word, forks or runs another program: what
 * nobody uses any more goes, and nothing that anybody uses.
 */
#include "child.h"
#include "expect.h"
#include "leak.h"
#include "registry.h"
#include "until.h"

#include <mproc.h>

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>

static struct leak_snapshot *before;

static int set_up(void **state)
{
    (void)state;
    before = leak_take();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    int leaks = leak_count(before);
    leak_free(before);
    return leaks + registry_files();
}

/* -- programs that know nothing of this one -------------------------------- */

/* Run this program once more: see main. */
static pid_t run(const char *what, const char *name)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        setenv("MP_TEST_ALONE", "1", 1);
        execl("/proc/self/exe", "program", what, name, (char *)NULL);
        _exit(127);
    }
    return pid;
}

/* How it ended; kill(2) of a process that could not be started hits others. */
static int end_of(pid_t pid)
{
    if (pid > 0)
        kill(pid, SIGKILL);
    return child_wait(pid, 10.0);
}

static void kill_it(pid_t pid)
{
    assert_int_equal(end_of(pid), -SIGKILL);
}

static int as_program(const char *what, const char *name)
{
    static mp_shared_memory *m; /* no leak, but not freed either */
    bool attach = strcmp(what, "attach") == 0;
    m = attach ? mp_shared_memory_new(name)
               : mp_shared_memory_new(name, true, 8);
    if (m == NULL)
        return 3;
    atomic_store((_Atomic char *)mp_shared_memory_buf(m), 1);
    while (strcmp(what, "end") != 0)
        pause();
    return 0;
}

static char first_byte(mp_shared_memory *m)
{
    return atomic_load((_Atomic char *)mp_shared_memory_buf(m));
}

static mp_shared_memory *attach(const char *name)
{
    mp_shared_memory *m = mp_shared_memory_new(name);
    if (m != NULL && first_byte(m) == 1)
        return m;
    mp_shared_memory_free(m);
    return NULL;
}

/* As soon as the program has made it. */
static mp_shared_memory *attach_soon(const char *name)
{
    mp_shared_memory *m;
    assert_until((m = attach(name)) != NULL, 10.0);
    return m;
}

static void other_program_attaches_and_keeps_it(void **state)
{
    (void)state;
    mp_shared_memory *m = mp_shared_memory_new("x", true, 8);
    pid_t pid = run("attach", "x");
    assert_until(first_byte(m) == 1, 10.0);
    mp_shared_memory_free(m);
    assert_int_equal(mp_shared_memory_gc(), 0);
    mp_shared_memory_free(attach_soon("x"));
    assert_int_equal(registry_files(), 1);
    kill_it(pid);
    assert_int_equal(mp_shared_memory_gc(), 1);
}

static void users_of_a_killed_maker_go_on(void **state)
{
    (void)state;
    pid_t pid = run("make", "x");
    mp_auto(mp_shared_memory) m = attach_soon("x");
    kill_it(pid);
    assert_int_equal(mp_shared_memory_gc(), 0);
    mp_auto(mp_shared_memory) same = attach_soon("x");
    ((char *)mp_shared_memory_buf(m))[1] = 5;
    assert_int_equal(((char *)mp_shared_memory_buf(same))[1], 5);
}

static void memory_of_the_killed_is_not_found_and_swept(void **state)
{
    (void)state;
    pid_t pid = run("make", "x");
    mp_shared_memory_free(attach_soon("x"));
    kill_it(pid);
    assert_null(mp_shared_memory_new("x"));
    assert_int_equal(mp_error_last()->code, -ENOENT);
    assert_int_equal(registry_files(), 1);
    assert_int_equal(mp_shared_memory_gc(), 1);
    assert_int_equal(registry_files(), 0);
}

static void memory_of_the_killed_goes_with_the_next_making(void **state)
{
    (void)state;
    pid_t one = run("make", "x"), two = run("make", "y");
    mp_shared_memory_free(attach_soon("x"));
    mp_shared_memory_free(attach_soon("y"));
    kill_it(one);
    kill_it(two);
    mp_auto(mp_shared_memory) m = mp_shared_memory_new("x", true, 8);
    assert_made(m);
    assert_int_equal(registry_files(), 1);
    assert_int_equal(first_byte(m), 0);
}

static void program_that_ends_without_closing_leaves_nothing(void **state)
{
    (void)state;
    assert_int_equal(child_wait(run("end", "x"), 10.0), 0);
    assert_int_equal(registry_files(), 0);
}

static void end_of_a_program_takes_nothing_from_others(void **state)
{
    (void)state;
    mp_auto(mp_shared_memory) m = mp_shared_memory_new("x", true, 8);
    mp_auto(mp_shared_memory) other = mp_shared_memory_new("y", true, 8);
    assert_int_equal(child_wait(run("end", "x"), 10.0), 3);
    assert_int_equal(child_wait(run("end", "z"), 10.0), 0);
    assert_int_equal(registry_files(), 2);
    assert_made(m);
    assert_made(other);
}

static void stopped_program_is_not_taken_for_dead(void **state)
{
    (void)state;
    int status;
    pid_t pid = run("make", "x");
    mp_shared_memory_free(attach_soon("x"));
    assert_int_equal(kill(pid, SIGSTOP), 0);
    assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
    assert_int_equal(mp_shared_memory_gc(), 0);
    mp_shared_memory_free(attach_soon("x"));
    kill_it(pid);
    assert_int_equal(mp_shared_memory_gc(), 1);
}

/* -- fork and exec --------------------------------------------------------- */

static int stay(void *unused)
{
    (void)unused;
    while (until_now() > 0)
        pause();
    return 0;
}

static void forked_child_keeps_what_its_parent_gave_up(void **state)
{
    (void)state;
    mp_shared_memory *m = mp_shared_memory_new("x", true, 8);
    *(char *)mp_shared_memory_buf(m) = 1;
    pid_t pid = child_start(stay, NULL);
    mp_shared_memory_free(m);
    assert_int_equal(mp_shared_memory_gc(), 0);
    mp_shared_memory_free(attach_soon("x"));
    kill_it(pid);
    assert_int_equal(mp_shared_memory_gc(), 1);
}

static int close_it(void *m)
{
    return mp_shared_memory_close((mp_shared_memory *)m) < 0 ||
           registry_files() != 1;
}

static void forked_child_closes_only_its_own_use(void **state)
{
    (void)state;
    mp_auto(mp_shared_memory) m = mp_shared_memory_new("x", true, 8);
    mp_auto(mp_shared_memory) same = mp_shared_memory_new("x");
    assert_int_equal(child_run(close_it, m, 10.0), 0);
    assert_int_equal(child_run(close_it, same, 10.0), 0);
    assert_int_equal(mp_shared_memory_gc(), 0);
    assert_ok(mp_shared_memory_close(m));
    mp_auto(mp_shared_memory) more = mp_shared_memory_new("x");
    assert_made(more);
}

static int unlink_it(void *m)
{
    return mp_shared_memory_unlink((mp_shared_memory *)m);
}

static void forked_child_may_unlink(void **state)
{
    (void)state;
    mp_auto(mp_shared_memory) m = mp_shared_memory_new("x", true, 8);
    assert_int_equal(child_run(unlink_it, m, 10.0), 0);
    assert_raises(-ENOENT, mp_shared_memory_unlink(m));
}

static int outlive_the_parents_use(mp_call *c)
{
    mp_shared_memory *m;
    mp_connection *go;
    int n;
    MP_TRY(mp_call_args(c, &m, &go));
    MP_TRY(mp_connection_recv(go, &n, 10.0));
    return registry_files() == 1 ? 0 : MP_VALUE_ERROR;
}

static void process_takes_the_name_along_at_its_end(void **state)
{
    (void)state;
    mp_auto(mp_connection) here = NULL;
    mp_auto(mp_connection) there = NULL;
    mp_shared_memory *m = mp_shared_memory_new("x", true, 8);
    assert_ok(mp_pipe(&here, &there));
    mp_process *p =
        mp_process_new(outlive_the_parents_use, .args = MP_ARGS(m, there));
    assert_ok(mp_process_start(p));
    mp_shared_memory_free(m);
    assert_ok(mp_connection_send(here, 1));
    assert_ok(mp_process_join(p));
    assert_int_equal(mp_process_exitcode(p), 0);
    mp_process_free(p);
    assert_int_equal(registry_files(), 0);
}

static void other_program_in_the_same_process_has_no_use(void **state)
{
    (void)state;
    mp_shared_memory *m = mp_shared_memory_new("x", true, 8);
    pid_t pid = run("make", "y");
    mp_shared_memory_free(attach_soon("y"));
    mp_shared_memory_free(m);
    assert_int_equal(registry_files(), 1);
    kill_it(pid);
    assert_int_equal(mp_shared_memory_gc(), 1);
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, set_up, tear_down)

static int nothing(mp_call *c)
{
    (void)c;
    return 0;
}

/* What the first process of a program makes stays. */
static int set_up_all(void **state)
{
    mp_auto(mp_process) p = mp_process_new(nothing);
    MP_TRY(mp_process_start(p));
    MP_TRY(mp_process_join(p));
    return registry_set_up(state);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(other_program_attaches_and_keeps_it),
        TEST(users_of_a_killed_maker_go_on),
        TEST(memory_of_the_killed_is_not_found_and_swept),
        TEST(memory_of_the_killed_goes_with_the_next_making),
        TEST(program_that_ends_without_closing_leaves_nothing),
        TEST(end_of_a_program_takes_nothing_from_others),
        TEST(stopped_program_is_not_taken_for_dead),
        TEST(forked_child_keeps_what_its_parent_gave_up),
        TEST(forked_child_closes_only_its_own_use),
        TEST(forked_child_may_unlink),
        TEST(process_takes_the_name_along_at_its_end),
        TEST(other_program_in_the_same_process_has_no_use),
    };
    if (argc == 3)
        return as_program(argv[1], argv[2]);
    return cmocka_run_group_tests(tests, set_up_all, registry_tear_down);
}
