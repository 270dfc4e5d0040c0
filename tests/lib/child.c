/*
 * Forked children of tests. The wait is on a pidfd, so it ends in the moment
 * the child does and cannot hit another process of the same number.
 */
#include "child.h"

#include "until.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t child_start(child_fn fn, void *arg)
{
    /* What the parent has buffered would be written twice. */
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        int code = fn(arg);
        fflush(NULL);
        _exit(code & 0xff);
    }
    return pid;
}

/* True when the process has ended before the deadline. */
static bool ended_by(int pidfd, double deadline)
{
    struct pollfd p = {.fd = pidfd, .events = POLLIN};
    for (;;) {
        double left = deadline - until_now();
        int rc = poll(&p, 1, left > 0 ? (int)(left * 1000) + 1 : 0);
        if (rc > 0)
            return true;
        if (rc == 0 && left <= 0)
            return false;
        if (rc < 0 && errno != EINTR)
            return false;
    }
}

int child_wait(pid_t pid, double seconds)
{
    int status, overrun;

    int pidfd = pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
    if (pidfd < 0)
        return CHILD_LOST;
    overrun = !ended_by(pidfd, until_now() + seconds);
    close(pidfd);
    if (overrun)
        kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return CHILD_LOST;
    }
    if (overrun)
        return CHILD_OVERRUN;
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

int child_run(child_fn fn, void *arg, double seconds)
{
    return child_wait(child_start(fn, arg), seconds);
}
