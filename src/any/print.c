/*
 * print: values to stdout, as Python's print() writes them.
 *
 * The stream is locked for the whole line, and given it in as few pieces as
 * it takes, so that lines of several threads and processes do not mix.
 */
#include "any/value.h"
#include "any/writer.h"
#include "base/error.h"

#include <errno.h>

static void write_line(struct mp__writer *w, const mp_any *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            mp__write(w, " ", 1);
        if (mp__kind(values[i].head) == MP_KIND_STR)
            mp__write(w, values[i].u.s, mp__len(values[i].head));
        else
            mp__write_repr(w, values[i]);
    }
    mp__write(w, "\n", 1);
    mp__flush(w);
}

int(mp_print)(const mp_any *values, size_t n)
{
    char buf[1024];
    struct mp__writer w = {.buf = buf, .size = sizeof buf, .stream = stdout};

    for (size_t i = 0; i < n; i++)
        MP_TRY(mp__check_good(values[i]));

    flockfile(stdout);
    errno = 0;
    write_line(&w, values, n);
    int code = errno != 0 ? -errno : -EIO;
    funlockfile(stdout);
    if (w.failed)
        return mp__fail_os(code, "cannot print");
    return 0;
}
