/* ctest-may-skip */
/*
 * What happens between two system calls of one who attaches: it is stopped
 * there by ptrace(2), and in the meantime the name becomes another's.
 */
#include "child.h"
#include "expect.h"
#include "registry.h"
#include "skip.h"

#include <mproc.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { CANNOT = 99, NONE = 98, OLD = 1, NEW = 2 };

/* The byte that it finds, or NONE. */
static int attach_traced(void *unused)
{
    (void)unused;
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
        return CANNOT;
    raise(SIGSTOP);
    mp_shared_memory *m = mp_shared_memory_new("x");
    if (m == NULL)
        return mp_error_last()->code == -ENOENT ? NONE : 1000;
    return *(char *)mp_shared_memory_buf(m);
}

static mp_shared_memory *make(char byte)
{
    mp_shared_memory *m = mp_shared_memory_new("x", true, 8);
    if (m != NULL)
        *(char *)mp_shared_memory_buf(m) = byte;
    return m;
}

/* It has opened the file, and is about to say that it uses it. */
static bool is_about_to_lock(pid_t pid)
{
    struct __ptrace_syscall_info info;
    long n = ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof info, &info);
    return n > 0 && info.op == PTRACE_SYSCALL_INFO_ENTRY &&
           info.entry.nr == SYS_fcntl && info.entry.args[1] == F_OFD_SETLK;
}

static mp_shared_memory *memory;

/* Start it before there is anything that it could inherit, and do that once
   when it is about to lock. How it ended. */
static int attach_while(void (*change)(void))
{
    const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL;
    pid_t pid = child_start(attach_traced, NULL);
    int status = 0;
    bool done = false;
    memory = make(OLD);
    while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
        (void)ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)options);
        if (!done && is_about_to_lock(pid)) {
            change();
            done = true;
        }
        if (ptrace(PTRACE_SYSCALL, pid, NULL, NULL) < 0)
            break;
    }
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == CANNOT)
        skip_for("ptrace(2) is forbidden here");
    assert_true(done);
    return WEXITSTATUS(status);
}

static void remove_it(void)
{
    mp_shared_memory_free(memory);
    memory = NULL;
}

static void replace_it(void)
{
    mp_shared_memory_free(memory);
    memory = make(NEW);
}

static void one_who_attaches_finds_the_next_of_that_name(void **state)
{
    (void)state;
    assert_int_equal(attach_while(replace_it), NEW);
    mp_shared_memory_free(memory);
    assert_int_equal(registry_files(), 0);
}

static void one_who_attaches_finds_none_that_was_removed(void **state)
{
    (void)state;
    assert_int_equal(attach_while(remove_it), NONE);
}

static void do_nothing(void)
{
}

static void one_who_attaches_finds_what_is_there(void **state)
{
    (void)state;
    assert_int_equal(attach_while(do_nothing), OLD);
    mp_shared_memory_free(memory);
    assert_int_equal(registry_files(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_who_attaches_finds_the_next_of_that_name),
        cmocka_unit_test(one_who_attaches_finds_none_that_was_removed),
        cmocka_unit_test(one_who_attaches_finds_what_is_there),
    };
    return skip_or_failures(
        cmocka_run_group_tests(tests, registry_set_up, registry_tear_down));
}
