/*
 * Parcels: making a handle of what arrived.
 */
#include "any/parcel.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

void mp__parcel_close_fds(const int *fds, size_t n)
{
    for (size_t i = 0; i < n; i++)
        close(fds[i]);
}

int mp__parcel_dup_fds(const int *fds, size_t n, int *out)
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

int mp__parcel_open(const struct mp__arrival *a, struct mp__handle **out)
{
    const struct mp__handle_type *type = NULL;
    struct mp__parcel parcel = {.size = a->size, .nfds = a->nfds};

    if (a->tag < MP__TAGS)
        type = mp__handle_type_of((int)a->tag);
    if (type == NULL || type->rebuild == NULL)
        return mp__fail(MP_VALUE_ERROR, "a handle of no known type");
    if (a->size > MP__PARCEL_BYTES || a->nfds > MP__PARCEL_FDS)
        return mp__fail(MP_VALUE_ERROR, "the parcel of a %s is too large",
                        type->name);
    if (a->size > 0)
        memcpy(parcel.bytes, a->bytes, a->size);
    MP_TRY(mp__parcel_dup_fds(a->fds, a->nfds, parcel.fds));

    int rc = type->rebuild(&parcel, out);
    if (rc < 0)
        mp__parcel_close_fds(parcel.fds, parcel.nfds);
    return rc;
}
