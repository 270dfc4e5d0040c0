/*
 * Around fork; see fork.h. Nothing that a child calls here takes a lock.
 */
#include "os/fork.h"

#include "base/clock.h"
#include "os/pidfd.h"
#include "os/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t mp__fork(void)
{
    pid_t pid = fork();

    return pid < 0 ? -errno : pid;
}

void mp__unfork(pid_t pid)
{
    (void)kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}

/* child */
void mp__stdin_from_null(void)
{
    int fd;

    __fpurge(stdin);
    (void)close(STDIN_FILENO);
    fd = open("/dev/null", O_RDONLY);
    if (fd > STDIN_FILENO) {
        (void)dup2(fd, STDIN_FILENO);
        (void)close(fd);
    }
}

static void die(void)
{
    (void)kill(getpid(), SIGKILL);
}

static void *die_after(void *pidfd)
{
    (void)mp__pidfd_wait((int)(intptr_t)pidfd, MP__NEVER);
    die();
    return NULL;
}

/* child. The parent may have ended before the kernel was asked: then this
   process has another one by now. */
void mp__die_with_parent(pid_t parent, int parent_pidfd, bool lasting)
{
    if (lasting)
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    else
        (void)mp__thread_start(die_after, (void *)(intptr_t)parent_pidfd);
    if (getppid() != parent)
        die();
}
