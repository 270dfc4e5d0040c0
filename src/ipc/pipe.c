/*
 * Pipe(): two connections that are each other's other end.
 */
#include "ipc/connection.h"

#include "base/error.h"

#include <unistd.h>

/* On success the two own the descriptors. */
static int make_ends(const int fds[2], bool duplex, mp_connection *ends[2])
{
    ends[0] = mp_connection_new(fds[0], true, duplex);
    if (ends[0] == NULL)
        return mp_error_last()->code;
    ends[1] = mp_connection_new(fds[1], duplex, true);
    if (ends[1] == NULL)
        return mp_error_last()->code;
    return 0;
}

int(mp_pipe)(mp_connection **first, mp_connection **second, bool duplex)
{
    mp_connection *ends[2] = {NULL, NULL};
    int fds[2];
    int rc;

    if (first == NULL || second == NULL)
        return mp__fail(MP_VALUE_ERROR, "pipe: where to put an end is NULL");
    rc = mp__socket_pair(fds);
    if (rc < 0)
        return rc;
    rc = make_ends(fds, duplex, ends);
    if (rc < 0) {
        /* The first one, if it was made, closes its own. */
        if (ends[0] == NULL)
            (void)close(fds[0]);
        mp_connection_free(ends[0]);
        (void)close(fds[1]);
        return rc;
    }
    if (!duplex)
        mp__socket_stop_sending(fds[0]);
    *first = ends[0];
    *second = ends[1];
    return 0;
}
