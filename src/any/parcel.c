/*
 * Parcels: making a handle of what arrived.
 */
#include "any/parcel.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

void mp__parcel_close_fds(const int *fds, size_t n)
{
    for (size_t i = 0; i < n; i++)
        close(fds[i]);
}

static int duplicate(const int *fds, size_t n, int *out)
{
    for (size_t i = 0; i < n; i++) {
        out[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 0);
        if (out[i] < 0) {
            int code = -errno;
            mp__parcel_close_fds(out, i);
            return mp__fail_os(code, "cannot receive a descriptor");
        }
    }
    return 0;
}

int mp__parcel_open(int tag, const struct mp__parcel *parcel,
                    struct mp__handle **out)
{
    const struct mp__handle_type *type = mp__handle_type_of(tag);
    struct mp__parcel own = *parcel;

    if (type == NULL || type->rebuild == NULL)
        return mp__fail(MP_VALUE_ERROR, "a handle of no known type");
    MP_TRY(duplicate(parcel->fds, parcel->nfds, own.fds));

    int rc = type->rebuild(&own, out);
    if (rc < 0)
        mp__parcel_close_fds(own.fds, own.nfds);
    return rc;
}
