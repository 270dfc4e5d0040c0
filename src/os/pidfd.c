/*
 * Pidfds; see pidfd.h.
 *
 * The C library of some systems we build on knows neither the calls nor the
 * structures, so they are written out here.
 */
#include "os/pidfd.h"

#include "base/clock.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

enum { ID_PIDFD = 3 }; /* P_PIDFD of waitid */

/* struct pidfd_info of <linux/pidfd.h> in its first size. */
struct pidfd_info_0 {
    uint64_t mask;
    uint64_t cgroup;
    uint32_t ids[11];
    int32_t exit_code;
};
_Static_assert(sizeof(struct pidfd_info_0) == 64, "the kernel's first size");

#define GET_INFO  _IOWR(0xff, 11, struct pidfd_info_0)
#define INFO_EXIT (UINT64_C(1) << 3) /* since Linux 6.15 */

int mp__pidfd_open(pid_t pid)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);

    return fd < 0 ? -errno : fd;
}

int mp__pidfd_signal(int pidfd, int signal)
{
    if (syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) < 0)
        return -errno;
    return 0;
}

/* What is left until the deadline, as poll(2) wants it: rounded up. */
static int milliseconds_to(int64_t deadline)
{
    int64_t left;

    if (deadline == MP__NEVER)
        return -1;
    left = deadline == 0 ? 0 : deadline - mp__now();
    if (left <= 0)
        return 0;
    left = (left + 999999) / 1000000;
    return left > INT_MAX ? INT_MAX : (int)left;
}

int mp__pidfd_wait(int pidfd, int64_t deadline)
{
    struct pollfd ended = {.fd = pidfd, .events = POLLIN};

    while (poll(&ended, 1, milliseconds_to(deadline)) <= 0)
        if (mp__is_past(deadline))
            return -ETIMEDOUT;
    return 0;
}

/* The kernel keeps how a process ended as long as there is a pidfd of it. */
static enum mp__reaped ask_kernel(int pidfd, int *out)
{
    struct pidfd_info_0 info = {.mask = INFO_EXIT};

    if (ioctl(pidfd, GET_INFO, &info) < 0 || (info.mask & INFO_EXIT) == 0)
        return MP__LOST;
    *out = WIFSIGNALED(info.exit_code) ? -WTERMSIG(info.exit_code)
                                       : WEXITSTATUS(info.exit_code);
    return MP__ENDED;
}

enum mp__reaped mp__pidfd_reap(int pidfd, int *out)
{
    siginfo_t how = {.si_pid = 0};
    int rc;

    do
        rc = waitid((idtype_t)ID_PIDFD, (id_t)pidfd, &how, WEXITED | WNOHANG);
    while (rc < 0 && errno == EINTR);
    if (rc < 0)
        return ask_kernel(pidfd, out);
    if (how.si_pid == 0)
        return MP__RUNS;
    *out = how.si_code == CLD_EXITED ? how.si_status : -how.si_status;
    return MP__ENDED;
}
