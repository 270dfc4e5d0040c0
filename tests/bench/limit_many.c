/*
 * A ring with tickets: every producer draws a number and fills the slot of
 * that number, every consumer likewise; a slot says whose turn it is.
 */
#include "limit_many.h"

#include "limit.h"
#include "message.h"
#include "stats.h"

#include <stdio.h>

enum { SLOTS = 8192 };

struct slot {
    _Alignas(64) struct small_message message;
    /* 2 * lap: to be filled; 2 * lap + 1: to be emptied */
    _Atomic uint64_t turn;
};

struct field {
    _Alignas(64) struct limit_line line;
    _Alignas(64) _Atomic uint64_t put_ticket;
    _Alignas(64) _Atomic uint64_t get_ticket;
    _Alignas(64) _Atomic uint64_t sum;
    struct slot slots[SLOTS];
};

struct many {
    struct field *field;
    long each; /* messages of one producer, or consumer */
    int pairs;
};

static struct slot *await_turn(struct field *f, uint64_t ticket, uint64_t odd)
{
    struct slot *slot = &f->slots[ticket % SLOTS];
    uint64_t turn = 2 * (ticket / SLOTS) + odd;
    int looks = 0;

    while (atomic_load_explicit(&slot->turn, memory_order_acquire) != turn)
        limit_look(&looks);
    return slot;
}

static void pass_turn(struct slot *slot)
{
    uint64_t turn = atomic_load_explicit(&slot->turn, memory_order_relaxed);

    atomic_store_explicit(&slot->turn, turn + 1, memory_order_release);
}

static bool produce(const struct many *m, uint64_t first)
{
    struct small_message message = {0};

    for (long i = 0; i < m->each; i++) {
        uint64_t ticket = atomic_fetch_add_explicit(&m->field->put_ticket, 1,
                                                    memory_order_relaxed);
        struct slot *slot = await_turn(m->field, ticket, 0);

        message_stamp(&message, sizeof message, first + (uint64_t)i);
        slot->message = message;
        pass_turn(slot);
    }
    return true;
}

static bool consume(const struct many *m)
{
    uint64_t sum = 0;
    bool whole = true;

    for (long i = 0; i < m->each; i++) {
        uint64_t ticket = atomic_fetch_add_explicit(&m->field->get_ticket, 1,
                                                    memory_order_relaxed);
        struct slot *slot = await_turn(m->field, ticket, 1);
        struct small_message message = slot->message;

        pass_turn(slot);
        whole = message_check(&message, sizeof message, &sum) && whole;
    }
    atomic_fetch_add(&m->field->sum, sum);
    return whole;
}

/* The first children produce, the others consume. */
static bool take_part(void *arg, int i)
{
    const struct many *m = arg;

    limit_meet(&m->field->line);
    if (i < m->pairs)
        return produce(m, (uint64_t)i * (uint64_t)m->each);
    return consume(m);
}

int limit_many(const struct job *job, struct figures *out)
{
    struct many m = {.each = job->count / job->pairs, .pairs = job->pairs};
    long count = m.each * job->pairs;
    double from, until;

    m.field = limit_memory(sizeof *m.field);
    if (m.field == NULL)
        return -1;
    m.field->line.missing = 2 * job->pairs + 1;
    if (limit_fork(take_part, &m, 2 * job->pairs) < 0)
        return -1;
    limit_meet(&m.field->line);
    from = seconds_now();
    if (limit_join(2 * job->pairs) < 0 || m.field->sum != message_sum(count)) {
        fprintf(stderr, "limit: messages were lost\n");
        return -1;
    }
    until = seconds_now();
    out->of[0] = (double)count / (until - from);
    return 0;
}
