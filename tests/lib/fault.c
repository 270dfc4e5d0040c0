/*
 * Wrappers of what can fail; see fault.h. The list of them stands once more in
 * tests/CMakeLists.txt, for the linker.
 */
#include "fault.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static _Thread_local int left[2]; /* of each kind until it fails; 0 never */
static _Thread_local int with;
static _Thread_local bool happened;

void fault_arm(enum fault kind, int n, int error)
{
    happened = false;
    with = error;
    left[kind] = n;
}

bool fault_disarm(void)
{
    left[FAULT_ALLOCATION] = 0;
    left[FAULT_CALL] = 0;
    return happened;
}

static bool fails(enum fault kind)
{
    if (left[kind] == 0 || --left[kind] > 0)
        return false;
    happened = true;
    errno = with;
    return true;
}

/* One wrapper: its result, name, parameters and arguments. */
#define WRAP(kind_, bad_, T_, name_, params_, args_)         \
    T_ __real_##name_ params_;                               \
    T_ __wrap_##name_ params_;                               \
    T_ __wrap_##name_ params_                                \
    {                                                        \
        return fails(kind_) ? (bad_) : __real_##name_ args_; \
    }

WRAP(FAULT_ALLOCATION, NULL, void *, malloc, (size_t n), (n))
WRAP(FAULT_ALLOCATION, NULL, void *, calloc, (size_t n, size_t m), (n, m))
WRAP(FAULT_ALLOCATION, NULL, void *, realloc, (void *p, size_t n), (p, n))

WRAP(FAULT_ALLOCATION, NULL, char *, strdup, (const char *text), (text))

WRAP(FAULT_CALL, -1, pid_t, fork, (void), ())
WRAP(FAULT_CALL, -1, int, epoll_create1, (int flags), (flags))
WRAP(FAULT_CALL, -1, int, epoll_ctl,
     (int epoll, int what, int fd, struct epoll_event *e), (epoll, what, fd, e))
/* This one says its error, and leaves errno alone. */
WRAP(FAULT_CALL, with, int, pthread_create,
     (pthread_t * thread, const pthread_attr_t *attr, void *(*fn)(void *),
      void *arg),
     (thread, attr, fn, arg))
WRAP(FAULT_CALL, -1, int, socketpair, (int d, int t, int p, int fds[2]),
     (d, t, p, fds))
WRAP(FAULT_CALL, -1, int, getsockopt,
     (int fd, int level, int name, void *p, socklen_t *n),
     (fd, level, name, p, n))
WRAP(FAULT_CALL, -1, int, memfd_create, (const char *name, unsigned flags),
     (name, flags))
WRAP(FAULT_CALL, MAP_FAILED, void *, mmap,
     (void *p, size_t n, int prot, int flags, int fd, off_t at),
     (p, n, prot, flags, fd, at))
WRAP(FAULT_CALL, -1, int, ftruncate, (int fd, off_t size), (fd, size))
WRAP(FAULT_CALL, with, int, posix_fallocate, (int fd, off_t at, off_t size),
     (fd, at, size))
WRAP(FAULT_CALL, -1, int, fstat, (int fd, struct stat *st), (fd, st))
WRAP(FAULT_CALL, -1, ssize_t, write, (int fd, const void *p, size_t n),
     (fd, p, n))
WRAP(FAULT_CALL, -1, ssize_t, send,
     (int fd, const void *p, size_t n, int flags), (fd, p, n, flags))
WRAP(FAULT_CALL, -1, ssize_t, sendmsg,
     (int fd, const struct msghdr *m, int flags), (fd, m, flags))
WRAP(FAULT_CALL, -1, ssize_t, recvmsg, (int fd, struct msghdr *m, int flags),
     (fd, m, flags))
WRAP(FAULT_CALL, -1, int, ppoll,
     (struct pollfd * p, nfds_t n, const struct timespec *t,
      const sigset_t *mask),
     (p, n, t, mask))

WRAP(FAULT_CALL, -1, ssize_t, pread, (int fd, void *p, size_t n, off_t at),
     (fd, p, n, at))
WRAP(FAULT_CALL, -1, ssize_t, pwrite,
     (int fd, const void *p, size_t n, off_t at), (fd, p, n, at))
WRAP(FAULT_CALL, -1, int, renameat2,
     (int from, const char *a, int to, const char *b, unsigned flags),
     (from, a, to, b, flags))
WRAP(FAULT_CALL, -1, int, fchmod, (int fd, mode_t mode), (fd, mode))
WRAP(FAULT_CALL, -1, int, mkdir, (const char *path, mode_t mode), (path, mode))

int __wrap_asprintf(char **out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
int __wrap_asprintf(char **out, const char *format, ...)
{
    va_list args;
    int n;

    if (fails(FAULT_ALLOCATION))
        return -1;
    va_start(args, format);
    n = vasprintf(out, format, args);
    va_end(args);
    return n;
}

/* Of the calls without a function of their own, one can be wanting. */
long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
long __wrap_syscall(long number, ...)
{
    va_list args;
    long arg[6];

    if (number == SYS_pidfd_open && fails(FAULT_CALL))
        return -1;
    va_start(args, number);
    for (int i = 0; i < 6; i++)
        arg[i] = va_arg(args, long);
    va_end(args);
    return __real_syscall(number, arg[0], arg[1], arg[2], arg[3], arg[4],
                          arg[5]);
}

int __real_openat(int dir, const char *path, int flags, ...);
int __wrap_openat(int dir, const char *path, int flags, ...);
int __wrap_openat(int dir, const char *path, int flags, ...)
{
    va_list args;
    unsigned mode;

    va_start(args, flags);
    mode = (flags & O_CREAT) != 0 ? va_arg(args, unsigned) : 0;
    va_end(args);
    return fails(FAULT_CALL) ? -1 : __real_openat(dir, path, flags, mode);
}

int __real_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...)
{
    va_list args;
    long arg;

    va_start(args, command);
    arg = va_arg(args, long);
    va_end(args);
    return fails(FAULT_CALL) ? -1 : __real_fcntl(fd, command, arg);
}
