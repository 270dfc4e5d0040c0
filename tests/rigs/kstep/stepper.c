/*
 * Single steps; see stepper.h.
 *
 * Tracer and victim share one CPU: a step is then two switches and no
 * interrupt from afar, which is four times as fast. Whether the victim sleeps
 * is not guessed from the time it takes: the kernel is asked.
 */
#include "stepper.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOOKS_BEFORE_ASKING = 40 };

/* Set by the victim, looked at by the tracer after each step. */
static atomic_int *finished;

/* A breakpoint of its own: it stops there and goes on behind it. */
static void stop_here(void)
{
    __asm__ __volatile__("int3" ::: "memory");
}

void kstep_begin(void)
{
    stop_here();
}

void kstep_finish(void)
{
    atomic_store(finished, 1);
    stop_here();
}

static void trace_me(void)
{
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
        rig_stop("kstep: ptrace is refused here (%s); in a container it takes "
                 "--cap-add SYS_PTRACE or a seccomp profile that allows it",
                 strerror(errno));
    (void)raise(SIGSTOP);
}

static rig_body *victim_body;

static int be_victim(int arg)
{
    trace_me();
    return victim_body(arg);
}

static void await_signal(pid_t pid, int signal, const char *where)
{
    int status;

    if (waitpid(pid, &status, __WALL) != pid)
        rig_stop("kstep: lost the victim at %s", where);
    if (!WIFSTOPPED(status) || WSTOPSIG(status) != signal)
        rig_stop("kstep: the victim ended at %s (wait status %x)", where,
                 (unsigned)status);
}

struct rig_process kstep_start(rig_body *body, int arg)
{
    struct rig_process p;

    if (finished == NULL)
        finished = rig_shared(sizeof *finished);
    atomic_store(finished, 0);
    victim_body = body;
    p = rig_start(be_victim, arg);
    await_signal(p.pid, SIGSTOP, "its start");
    if (ptrace(PTRACE_SETOPTIONS, p.pid, NULL, PTRACE_O_EXITKILL) < 0 ||
        ptrace(PTRACE_CONT, p.pid, NULL, NULL) < 0)
        rig_stop("kstep: cannot trace: %s", strerror(errno));
    await_signal(p.pid, SIGTRAP, "the beginning of the operation");
    return p;
}

/* Whether it has stopped; false if it sleeps instead. */
static bool has_stopped(pid_t pid)
{
    for (int looks = 0;; looks++) {
        int status;
        pid_t rc = waitpid(pid, &status, WNOHANG | __WALL);

        if (rc == pid && !WIFSTOPPED(status))
            rig_stop("kstep: the victim ended by itself (wait status %x)",
                     (unsigned)status);
        if (rc == pid)
            return true;
        if (rc < 0)
            rig_stop("kstep: lost the victim: %s", strerror(errno));
        if (looks > LOOKS_BEFORE_ASKING && rig_sleeps(pid))
            return false;
        (void)sched_yield();
    }
}

enum kstep_state kstep_step(const struct rig_process *victim, bool by_calls)
{
    if (ptrace(by_calls ? PTRACE_SYSCALL : PTRACE_SINGLESTEP, victim->pid, NULL,
               NULL) < 0)
        rig_stop("kstep: cannot step: %s", strerror(errno));
    if (!has_stopped(victim->pid))
        return KSTEP_ASLEEP;
    return atomic_load(finished) != 0 ? KSTEP_FINISHED : KSTEP_STOPPED;
}

bool kstep_await_wake(const struct rig_process *victim, double seconds)
{
    double end = rig_seconds() + seconds;

    while (!has_stopped(victim->pid))
        if (rig_seconds() > end)
            return false;
    return true;
}
