/*
 * Cases that cannot be tried here; see skip.h.
 */
#include "skip.h"

#include "expect.h"

#include <stdlib.h>

static int skipped;

void skip_for(const char *missing)
{
    skipped++;
    print_message("NOT TRIED: %s\n", missing);
    skip();
    abort();
}

int skip_or_failures(int failed)
{
    if (failed != 0)
        return EXIT_FAILURE;
    return skipped > 0 ? EXIT_SKIPPED : EXIT_SUCCESS;
}
