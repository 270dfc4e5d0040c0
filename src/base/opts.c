/*
 * Reading option structs; see opts.h.
 */
#include "base/opts.h"

#include "base/error.h"

#include <string.h>

int mp__read_opts(const void *given, void *out, size_t known, const char *what)
{
    const unsigned char *bytes = given;
    size_t size = 0;

    if (given != NULL)
        memcpy(&size, given, sizeof size);
    if (size < sizeof size)
        return mp__fail(MP_VALUE_ERROR, "the options of %s have no size", what);
    for (size_t i = known; i < size; i++)
        if (bytes[i] != 0)
            return mp__fail(
                MP_VALUE_ERROR,
                "%s was given an option that this libmproc does not know",
                what);
    memset(out, 0, known);
    memcpy(out, given, size < known ? size : known);
    return 0;
}
