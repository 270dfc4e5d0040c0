/*
 * The version of the library.
 */
#include <mproc.h>

#define TEXT_(n_) #n_
#define TEXT(n_)  TEXT_(n_)

const char *mp_version(void)
{
    return TEXT(MP_VERSION_MAJOR) "." TEXT(MP_VERSION_MINOR) "." TEXT(
        MP_VERSION_PATCH);
}
