/*
 * Semaphores: so many units, and never more than the limit if there is one.
 * What the dead had is gone: a death changes nothing.
 */
#include "family.h"

#include <mproc.h>

static bool acquire(struct linear_state *s, const struct linear_op *op)
{
    if (!op->cut && op->answer == MP_TIMEOUT)
        return s->count == 0;
    if (s->count == 0 || (!op->cut && op->answer != 0))
        return false;
    s->count--;
    return true;
}

static bool release(struct linear_state *s, const struct linear_op *op)
{
    bool full = s->limit != 0 && s->count == s->limit;

    if (!full)
        s->count++;
    return op->cut || op->answer == (full ? MP_VALUE_ERROR : 0);
}

static bool step(struct linear_state *s, const struct linear_op *op)
{
    switch (op->kind) {
    case LINEAR_DEATH:
        return true;
    case LINEAR_ACQUIRE:
        return acquire(s, op);
    case LINEAR_RELEASE:
        return release(s, op);
    case LINEAR_COUNT:
        return op->cut || op->answer == (int)s->count;
    default:
        return false;
    }
}

static struct linear_op choose(struct linear_random *r, uint16_t item)
{
    uint32_t what = linear_pick(r, 20);

    (void)item;
    if (what < 9)
        return (struct linear_op){.kind = LINEAR_ACQUIRE,
                                  .timeout = linear_some_timeout(r)};
    return (struct linear_op){.kind =
                                  what < 17 ? LINEAR_RELEASE : LINEAR_COUNT};
}

static struct linear_op help(const struct linear_op *waits, uint16_t item)
{
    (void)waits;
    (void)item;
    return (struct linear_op){.kind = LINEAR_RELEASE};
}

/* One by one, until none is left. */
static bool close_up(int k, const struct linear_op *last, struct linear_op *out)
{
    *out = (struct linear_op){.kind = LINEAR_ACQUIRE};
    return k == 0 || last->answer == 0;
}

const struct linear_family linear_semaphores = {
    .name = "semaphore",
    .step = step,
    .choose = choose,
    .help = help,
    .close = close_up,
};
