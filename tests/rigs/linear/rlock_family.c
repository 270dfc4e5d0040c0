/*
 * Recursive locks: as a lock, but its holder may take it again, and nobody
 * else may release it. So nobody waits for ever: no other could help.
 */
#include "family.h"

#include <mproc.h>

enum { HOLDER, DEPTH }; /* what the items of the state are */

static bool has_it(const struct linear_state *s, const struct linear_op *op)
{
    return s->count == LINEAR_HELD && s->item[HOLDER] == op->by;
}

static void set(struct linear_state *s, enum linear_lock now, int holder)
{
    s->count = now;
    s->item[HOLDER] = (uint16_t)holder;
    s->item[DEPTH] = now == LINEAR_HELD;
}

static bool acquire(struct linear_state *s, const struct linear_op *op)
{
    int answer = s->count == LINEAR_LEFT ? MP_OWNER_DEAD : 0;

    if (s->count == LINEAR_HELD && !has_it(s, op))
        return !op->cut && op->answer == MP_TIMEOUT;
    if (!op->cut && op->answer != answer)
        return false;
    if (has_it(s, op))
        s->item[DEPTH]++;
    else
        set(s, LINEAR_HELD, op->by);
    return true;
}

static bool release(struct linear_state *s, const struct linear_op *op)
{
    if (!has_it(s, op))
        return op->cut || op->answer == MP_ASSERTION_ERROR;
    if (--s->item[DEPTH] == 0)
        set(s, LINEAR_FREE, 0);
    return op->cut || op->answer == 0;
}

static bool step(struct linear_state *s, const struct linear_op *op)
{
    switch (op->kind) {
    case LINEAR_DEATH:
        if (has_it(s, op))
            set(s, LINEAR_LEFT, 0);
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
    struct linear_op op = linear_locks.choose(r, item);

    if (op.timeout > 1)
        op.timeout = linear_pick(r, 500) * 1e-6;
    return op;
}

static struct linear_op help(const struct linear_op *waits, uint16_t item)
{
    (void)waits;
    (void)item;
    return (struct linear_op){.kind = LINEAR_COUNT};
}

static bool close_up(int k, const struct linear_op *last, struct linear_op *out)
{
    return linear_locks.close(k, last, out);
}

const struct linear_family linear_rlocks = {
    .name = "recursive lock",
    .step = step,
    .choose = choose,
    .help = help,
    .close = close_up,
};
