/*
 * Processes by file descriptor: a pidfd names one process for ever, becomes
 * readable when it ends, and can never mean another that got its number.
 */
#ifndef MP_OS_PIDFD_H
#define MP_OS_PIDFD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The fd, or -errno: -ESRCH, -EMFILE, -ENFILE, -ENOMEM. */
int mp__pidfd_open(pid_t pid);

/* 0 · -ESRCH it has ended · -EPERM. */
int mp__pidfd_signal(int pidfd, int signal);

/* Sleep until it has ended: 0 · -ETIMEDOUT. */
int mp__pidfd_wait(int pidfd, int64_t deadline);

/* How a child ended: 0 to 255 it exited, -N signal N ended it. */
enum mp__reaped {
    MP__RUNS,  /* it has not ended                                       */
    MP__ENDED, /* it has, and *out says how                              */
    MP__LOST   /* it has, and somebody else took the status: the host ran
                  wait(2) for any child, or ignores SIGCHLD              */
};

/* Take the status of a child of the calling process, without waiting. Does not
   touch any other child. */
enum mp__reaped mp__pidfd_reap(int pidfd, int *out);

#endif
