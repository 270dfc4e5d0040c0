/*
 * Claims by locks of open file descriptions; see claim.h.
 */
#include "os/claim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int mp__claim(int fd)
{
    struct flock whole = {.l_type = F_RDLCK, .l_whence = SEEK_SET};

    return fcntl(fd, F_OFD_SETLK, &whole) < 0 ? -errno : 0;
}

int mp__reopen(int fd)
{
    char path[64];
    int again;

    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    again = open(path, O_RDWR | O_CLOEXEC);
    return again < 0 ? -errno : again;
}

bool mp__is_claimed(int probe)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    return fcntl(probe, F_OFD_GETLK, &whole) < 0 || whole.l_type != F_UNLCK;
}
