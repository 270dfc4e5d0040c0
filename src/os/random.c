/*
 * Random bytes; see random.h.
 */
#include "os/random.h"

#include <assert.h>
#include <errno.h>
#include <sys/random.h>

/* Up to 256 bytes are given whole once the kernel's pool is filled. */
void mp__random(void *out, size_t n)
{
    ssize_t got;

    assert(n <= 256);
    do
        got = getrandom(out, n, 0);
    while (got < 0 && errno == EINTR);
    assert(got == (ssize_t)n);
    (void)got;
}
