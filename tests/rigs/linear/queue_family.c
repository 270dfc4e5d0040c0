/*
 * Queues: items in the order in which they were put, up to a limit.
 *
 * Of a batch the items go in or come out one by one, for others may see it
 * half done; but while there is room nobody's items come in between. A batch
 * that was cut short was so because the queue was full, or empty: that is its
 * last part.
 */
#include "family.h"

#include <mproc.h>

#include <string.h>

static bool is_full(const struct linear_state *s)
{
    return s->limit != 0 && s->count == s->limit;
}

/* In a part of a batch the second item is the one before it. */
static bool has_room_and_turn(const struct linear_state *s,
                              const struct linear_op *op)
{
    uint16_t before = op->batch > 0 ? op->items[1] : 0;

    return s->limit != 0 ? s->count < s->limit
                         : before == 0 || before == s->last;
}

static bool put(struct linear_state *s, const struct linear_op *op)
{
    if (!op->cut && op->answer == MP_FULL)
        return is_full(s);
    if (!has_room_and_turn(s, op) || s->count == LINEAR_ITEMS ||
        (!op->cut && op->answer != 0))
        return false;
    s->item[s->count++] = op->items[0];
    if (s->limit == 0)
        s->last = op->items[0];
    return true;
}

static bool get(struct linear_state *s, const struct linear_op *op)
{
    if (!op->cut && op->answer == MP_EMPTY)
        return s->count == 0;
    if (s->count == 0)
        return false;
    if (!op->cut && (op->answer != 0 || op->items[0] != s->item[0]))
        return false;
    s->count--;
    memmove(s->item, s->item + 1, s->count * sizeof *s->item);
    s->item[s->count] = 0;
    return true;
}

static bool step(struct linear_state *s, const struct linear_op *op)
{
    switch (op->kind) {
    case LINEAR_DEATH:
        return true;
    case LINEAR_PUT:
        return put(s, op);
    case LINEAR_GET:
        return get(s, op);
    case LINEAR_COUNT:
        return op->cut || op->answer == (int)s->count;
    case LINEAR_IS_EMPTY:
        return op->cut || op->answer == (s->count == 0);
    case LINEAR_IS_FULL:
        return op->cut || op->answer == is_full(s);
    default:
        return false;
    }
}

static int split(const struct linear_op *op,
                 struct linear_op parts[LINEAR_BATCH])
{
    int done = op->cut ? op->batch : op->answer;
    int n = 0;

    if (op->batch == 0 || done < 0 || done > op->batch) {
        parts[0] = *op;
        return 1;
    }
    for (; n < op->batch && n <= done; n++) {
        parts[n] = *op;
        parts[n].items[0] = op->items[n];
        parts[n].items[1] = n > 0 ? op->items[n - 1] : 0;
        parts[n].answer = 0;
        if (n == done)
            parts[n].answer = op->kind == LINEAR_PUT ? MP_FULL : MP_EMPTY;
    }
    return n;
}

/* -- what workers do ------------------------------------------------------ */

/* Half of the time one item. Who waits for ever puts no more than two, so that
   the rig need not help often. */
static int some_batch(struct linear_random *r, enum linear_kind kind,
                      double timeout)
{
    uint32_t more = kind == LINEAR_PUT && timeout > 1 ? 1 : LINEAR_BATCH - 1;

    return linear_pick(r, 2) == 0 ? 0 : 2 + (int)linear_pick(r, more);
}

static struct linear_op move(enum linear_kind kind, double timeout, int batch,
                             uint16_t item)
{
    struct linear_op op = {.kind = kind, .timeout = timeout, .batch = batch};

    for (int i = 0; kind == LINEAR_PUT && i < (batch > 0 ? batch : 1); i++)
        op.items[i] = (uint16_t)(item + i);
    return op;
}

static struct linear_op choose(struct linear_random *r, uint16_t item)
{
    static const enum linear_kind looks[] = {LINEAR_COUNT, LINEAR_IS_EMPTY,
                                             LINEAR_IS_FULL};
    enum linear_kind kind = linear_pick(r, 2) == 0 ? LINEAR_PUT : LINEAR_GET;
    double timeout = linear_some_timeout(r);

    if (linear_pick(r, 6) == 0)
        return (struct linear_op){.kind = looks[linear_pick(r, 3)]};
    return move(kind, timeout, some_batch(r, kind, timeout), item);
}

static struct linear_op help(const struct linear_op *waits, uint16_t item)
{
    return move(waits->kind == LINEAR_PUT ? LINEAR_GET : LINEAR_PUT, 0, 0,
                item);
}

/* One by one, until none is left. */
static bool close_up(int k, const struct linear_op *last, struct linear_op *out)
{
    *out = move(LINEAR_GET, 0, 0, 0);
    return k == 0 || last->answer == 0;
}

const struct linear_family linear_queues = {
    .name = "queue",
    .step = step,
    .split = split,
    .choose = choose,
    .help = help,
    .close = close_up,
};
