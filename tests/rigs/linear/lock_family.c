/*
 * Locks: free, held, or left behind by the dead.
 */
#include "family.h"

#include <mproc.h>

static bool acquire(struct linear_state *s, const struct linear_op *op)
{
    int answer = s->count == LINEAR_LEFT ? MP_OWNER_DEAD : 0;

    if (!op->cut && op->answer == MP_TIMEOUT)
        return s->count == LINEAR_HELD;
    if (s->count == LINEAR_HELD || (!op->cut && op->answer != answer))
        return false;
    s->count = LINEAR_HELD;
    s->item[0] = (uint16_t)op->by;
    return true;
}

/* By whoever it is; what the dead left behind as well. */
static bool release(struct linear_state *s, const struct linear_op *op)
{
    int answer = s->count == LINEAR_FREE ? MP_VALUE_ERROR : 0;

    s->count = LINEAR_FREE;
    s->item[0] = 0;
    return op->cut || op->answer == answer;
}

static bool step(struct linear_state *s, const struct linear_op *op)
{
    switch (op->kind) {
    case LINEAR_DEATH:
        if (s->count == LINEAR_HELD && s->item[0] == op->by) {
            s->count = LINEAR_LEFT;
            s->item[0] = 0;
        }
        return true;
    case LINEAR_ACQUIRE:
        return acquire(s, op);
    case LINEAR_RELEASE:
        return release(s, op);
    case LINEAR_COUNT:
        return op->cut || op->answer == (s->count != LINEAR_FREE);
    default:
        return false;
    }
}

static struct linear_op choose(struct linear_random *r, uint16_t item)
{
    uint32_t what = linear_pick(r, 20);

    (void)item;
    if (what < 10)
        return (struct linear_op){.kind = LINEAR_ACQUIRE,
                                  .timeout = linear_some_timeout(r)};
    return (struct linear_op){.kind =
                                  what < 18 ? LINEAR_RELEASE : LINEAR_COUNT};
}

static struct linear_op help(const struct linear_op *waits, uint16_t item)
{
    (void)waits;
    (void)item;
    return (struct linear_op){.kind = LINEAR_RELEASE};
}

/* Twice, for a death is told once. */
static bool close_up(int k, const struct linear_op *last, struct linear_op *out)
{
    (void)last;
    *out = (struct linear_op){.kind =
                                  k % 2 == 0 ? LINEAR_ACQUIRE : LINEAR_RELEASE};
    return k < 4;
}

const struct linear_family linear_locks = {
    .name = "lock",
    .step = step,
    .choose = choose,
    .help = help,
    .close = close_up,
};
