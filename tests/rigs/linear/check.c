/*
 * The search; see check.h.
 */
#include "check.h"

#include <string.h>

/* What was tried: sets of operations, and the state that they came to. An
   entry is of this search if it has its number, so nothing is ever wiped. */
enum { TRIED_BITS = 17, TRIED = 1 << TRIED_BITS, TRIED_MOST = TRIED / 4 * 3 };

struct tried {
    uint64_t done;
    struct linear_state state;
    uint32_t search;
};

static struct tried tried[TRIED];
static int tried_count;
static uint32_t search_number;

struct part {
    struct linear_op op;
    int whole;       /* the number of the operation it is a part of */
    uint64_t before; /* the parts that have to be done before it */
    uint64_t rest;   /* itself, and the later parts of the same operation */
};

static struct part part[LINEAR_MOST];
static int parts;
static const struct linear_family *model;
static int best;
static uint64_t best_done;

static uint64_t bit(int i)
{
    return UINT64_C(1) << i;
}

/* -- taking a history apart ----------------------------------------------- */

static int split(const struct linear_family *family, const struct linear_op *op,
                 struct linear_op out[LINEAR_BATCH])
{
    if (family->split != NULL)
        return family->split(op, out);
    out[0] = *op;
    return 1;
}

int linear_parts(const struct linear_family *family, const struct linear_op *op)
{
    struct linear_op out[LINEAR_BATCH];

    return split(family, op, out);
}

/* An operation that was cut off has no end but the death that cut it off: all
   that the dead did is before it is known to be dead. */
static bool comes_before(const struct part *a, const struct part *b)
{
    if (a->whole == b->whole)
        return a < b;
    if (b->op.kind == LINEAR_DEATH && a->op.by == b->op.by)
        return true;
    return !a->op.cut && a->op.returned < b->op.begun;
}

/* false: it has more parts than there are bits. */
static bool take_apart(const struct linear_history *h)
{
    parts = 0;
    for (int i = 0; i < h->n; i++) {
        struct linear_op out[LINEAR_BATCH];
        int n = split(model, &h->op[i], out);

        if (parts + n > LINEAR_MOST)
            return false;
        for (int k = 0; k < n; k++)
            part[parts++] = (struct part){.op = out[k], .whole = i};
    }
    for (int i = 0; i < parts; i++)
        for (int k = 0; k < parts; k++) {
            if (i != k && comes_before(&part[k], &part[i]))
                part[i].before |= bit(k);
            if (k >= i && part[k].whole == part[i].whole)
                part[i].rest |= bit(k);
        }
    return true;
}

/* -- searching ------------------------------------------------------------ */

static uint32_t place_of(uint64_t done, const struct linear_state *s)
{
    uint64_t h = done * UINT64_C(0x9e3779b97f4a7c15) + s->count +
                 ((uint64_t)s->last << 32);

    for (uint32_t i = 0; i < LINEAR_ITEMS && s->item[i] != 0; i++)
        h = (h ^ s->item[i]) * UINT64_C(0x100000001b3);
    h *= UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(h >> (64 - TRIED_BITS));
}

/* false: it has been tried before. */
static bool is_new(uint64_t done, const struct linear_state *s)
{
    uint32_t at = place_of(done, s);

    for (; tried[at].search == search_number; at = (at + 1) % TRIED)
        if (tried[at].done == done &&
            memcmp(&tried[at].state, s, sizeof *s) == 0)
            return false;
    tried[at] = (struct tried){done, *s, search_number};
    tried_count++;
    return true;
}

static void note(uint64_t done)
{
    int n = __builtin_popcountll(done);

    if (n > best) {
        best = n;
        best_done = done;
    }
}

/* What was cut off may not have happened; then neither have its later parts. */
static bool search(uint64_t done, const struct linear_state *s)
{
    note(done);
    if (best == parts)
        return true;
    if (!is_new(done, s))
        return false;
    for (int i = 0; i < parts && tried_count < TRIED_MOST; i++) {
        struct linear_state next = *s;

        if ((done & bit(i)) != 0 || (part[i].before & ~done) != 0)
            continue;
        if (model->step(&next, &part[i].op) && search(done | bit(i), &next))
            return true;
        if (part[i].op.cut && search(done | part[i].rest, s))
            return true;
    }
    return false;
}

static uint64_t wholes_of(uint64_t done)
{
    uint64_t all = 0;

    for (int i = 0; i < parts; i++)
        if ((done & bit(i)) != 0)
            all |= bit(part[i].whole);
    for (int i = 0; i < parts; i++)
        if ((done & bit(i)) == 0)
            all &= ~bit(part[i].whole);
    return all;
}

enum linear_verdict linear_check(const struct linear_family *family,
                                 const struct linear_history *h,
                                 uint64_t *placed)
{
    bool found;

    model = family;
    best = -1;
    tried_count = 0;
    search_number++;
    *placed = 0;
    if (!take_apart(h))
        return LINEAR_UNDECIDED;
    found = search(0, &h->begin);
    *placed = wholes_of(best_done);
    if (found)
        return LINEAR_GOOD;
    return tried_count < TRIED_MOST ? LINEAR_BAD : LINEAR_UNDECIDED;
}
