/*
 * How long a call took, and children that are known to wait.
 */
#ifndef TESTS_SYNC_TOOK_H
#define TESTS_SYNC_TOOK_H

#include "child.h"
#include "expect.h"
#include "output.h"
#include "until.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE = 20 };

/* Early by less than the clock's grain, late by no more than a busy machine. */
#define assert_took(least_, start_)                          \
    do {                                                     \
        double took_ = until_now() - (start_);               \
        if (took_ < (least_)-0.001 || took_ > (least_) + 2.) \
            fail_msg("took %g s, not %g", took_, (least_));  \
    } while (0)

/* Whether a process sleeps on a futex, one word or several. */
static inline bool is_asleep(pid_t pid)
{
    char path[64], text[64] = "";
    long number = -1;
    (void)snprintf(path, sizeof path, "/proc/%d/syscall", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    if (read(fd, text, sizeof text - 1) > 0)
        (void)sscanf(text, "%ld", &number);
    close(fd);
    return number == SYS_futex || number == 449; /* futex_waitv */
}

static inline pid_t start_asleep(child_fn fn, void *arg)
{
    pid_t pid = child_start(fn, arg);
    assert_until(is_asleep(pid), PATIENCE);
    return pid;
}

static inline void kill_and_reap(pid_t pid)
{
    kill(pid, SIGKILL);
    assert_int_equal(child_wait(pid, PATIENCE), -SIGKILL);
}

#endif
