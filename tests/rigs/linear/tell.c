/*
 * A line for each operation: its two tickets, who, what, the answer.
 */
#include "tell.h"

#include <mproc.h>

#include <stdio.h>

enum { TEXT = 80 };

static const char *const names[] = {
    [LINEAR_DEATH] = "is killed", [LINEAR_ACQUIRE] = "acquire",
    [LINEAR_RELEASE] = "release", [LINEAR_COUNT] = "count",
    [LINEAR_PUT] = "put",         [LINEAR_GET] = "get",
    [LINEAR_IS_EMPTY] = "empty",  [LINEAR_IS_FULL] = "full",
};

static bool may_wait(enum linear_kind kind)
{
    return kind == LINEAR_ACQUIRE || kind == LINEAR_PUT || kind == LINEAR_GET;
}

static void say_items(const struct linear_op *op, int n)
{
    for (int i = 0; i < n; i++)
        (void)printf(" %d", op->items[i]);
}

static void say_what(const struct linear_op *op)
{
    (void)printf("%s", names[op->kind]);
    if (op->batch > 0)
        (void)printf("_many");
    if (op->kind == LINEAR_PUT)
        say_items(op, op->batch > 0 ? op->batch : 1);
    else if (op->batch > 0)
        (void)printf(" up to %d", op->batch);
    if (!may_wait(op->kind))
        return;
    if (op->timeout > 1)
        (void)printf(", for ever");
    else if (op->timeout > 0)
        (void)printf(", %.0f us", op->timeout * 1e6);
    else
        (void)printf(", nowait");
}

static void say_answer(const struct linear_op *op)
{
    if (op->kind == LINEAR_DEATH)
        return;
    if (op->cut)
        (void)printf(" -> killed in it");
    else if (op->answer == MP_OWNER_DEAD && op->kind == LINEAR_ACQUIRE)
        (void)printf(" -> MP_OWNER_DEAD");
    else if (op->answer < 0)
        (void)printf(" -> %s", mp_strerror(op->answer));
    else
        (void)printf(" -> %d", op->answer);
    if (!op->cut && op->kind == LINEAR_GET && op->answer >= 0) {
        (void)printf(":");
        say_items(op, op->batch == 0 ? 1 : op->answer);
    }
}

static void say_begin(const struct linear_family *family,
                      const struct linear_state *s)
{
    (void)printf("    a %s", family->name);
    if (s->count > 0)
        (void)printf(" of %u", s->count);
    if (s->limit > 0)
        (void)printf(", at most %u", s->limit);
    (void)printf("\n");
}

void linear_tell(const struct linear_family *family,
                 const struct linear_history *h, uint64_t placed)
{
    say_begin(family, &h->begin);
    for (int i = 0; i < h->n; i++) {
        const struct linear_op *op = &h->op[i];

        (void)printf("    %4u", op->begun);
        if (op->cut)
            (void)printf("     ...");
        else
            (void)printf(" to %4u", op->returned);
        (void)printf("  %s %d ", op->by == 0 ? "rig   " : "worker", op->by);
        say_what(op);
        say_answer(op);
        if ((placed >> i & 1) == 0)
            (void)printf("   <- no place found");
        (void)printf("\n");
    }
}
