/*
 * The public face of all iterators; see iter.h.
 */
#include "pool/iter.h"

#include "base/clock.h"
#include "base/error.h"

int(mp_iter_next)(mp_iter *it, mp_out out, double timeout)
{
    if (it == NULL)
        return mp__fail_null("the iterator");
    return it->type->next(it, out, mp__deadline(timeout));
}

static void free_iter(void *arg)
{
    mp_iter *it = arg;

    it->type->destroy(it);
}

void mp_iter_free(mp_iter *it)
{
    if (it != NULL)
        mp__fail_aside(free_iter, it);
}
