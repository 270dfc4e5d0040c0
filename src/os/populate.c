/*
 * Mapping in one go; see populate.h.
 */
#include "os/populate.h"

#include "os/mapping.h"

#include <stdint.h>
#include <sys/mman.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* since Linux 5.14 */
#endif

void mp__populate(void *p, size_t size)
{
    size_t page = mp__page_size();
    size_t skip = (page - (uintptr_t)p % page) % page;

    if (size > skip)
        (void)madvise((char *)p + skip, (size - skip) / page * page,
                      MADV_POPULATE_WRITE);
}
