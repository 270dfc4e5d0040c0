/*
 * What all queue scenarios are played with; see queue_play.h.
 */
#include "queue_play.h"
#include "queue/passing.h"
#include "record_stub.h"

struct play_notes *play_notes;
int play_lost_by_a_kill;

struct ring *play_ring_of(int i)
{
    return &play_notes->ring[i];
}

struct ring_shared *play_queue(void)
{
    return play_notes->ring[0].shared;
}

/* As mp__ring_count, without being a scheduling point. */
static uint32_t held(void)
{
    return atomic_load(&play_queue()->put.commit) -
           atomic_load(&play_queue()->get.commit);
}

/* --- bodies --- */

mp_any play_item(int number, int size)
{
    return (mp_any){.head = (uint64_t)size, .u.u = (uint64_t)number};
}

static void put(int me, enum doing doing, int number, uint64_t head)
{
    mp_any item = {.head = head, .u.u = (uint64_t)number};
    int rc;

    play_notes->doing[me] = (uint8_t)doing;
    rc = mp__ring_put(play_ring_of(me), item, MP__NEVER);
    play_notes->doing[me] = NOTHING;
    SIM_DEMAND(rc == 1, "put answers %d", rc);
    SIM_DEMAND(play_queue()->maxsize == 0 || held() <= play_queue()->maxsize,
               "there are %u items, and more than there may be", held());
    play_notes->accepted[number] = 1;
}

void play_put_one(int me, int number, int size)
{
    put(me, PUTTING, number, (uint64_t)size);
}

void play_put_handle(int me, int number)
{
    put(me, PASSING, number, HANDLE | SMALL);
}

void play_put_some(int me, int n, int size)
{
    for (int k = 1; k <= n; k++)
        play_put_one(me, 10 * me + k, size);
}

/* Each producer's items come in order. */
static void note_received(int me, uint64_t number)
{
    if (number >= ITEMS) {
        sim_fail("an item that nobody put");
        return;
    }
    SIM_DEMAND(play_notes->received[number]++ == 0, "item %d came twice",
               (int)number);
    if (number < FIRST_ITEM) {
        uint8_t *newest = &play_notes->newest[me][number / 10];

        SIM_DEMAND(number > *newest, "item %d came behind item %d", (int)number,
                   *newest);
        *newest = (uint8_t)number;
    }
}

static mp_out nth_out(mp_out where, size_t i)
{
    return (mp_out){.head = where.head, .p = (uint64_t *)where.p + i};
}

int play_get(int me, size_t most, int64_t deadline)
{
    struct ring_taker taker = {.out = nth_out,
                               .where = {.head = 0, .p = play_notes->in[me]},
                               .n = most};
    int rc = mp__ring_get(play_ring_of(me), &taker, deadline);

    for (int k = 0; k < rc; k++)
        note_received(me, play_notes->in[me][k]);
    return rc;
}

void play_get_one(int me)
{
    int rc;

    play_notes->doing[me] = GETTING;
    rc = play_get(me, 1, MP__NEVER);
    play_notes->doing[me] = NOTHING;
    SIM_DEMAND(rc == 1, "get answers %d", rc);
}

void play_one_to_two(int me)
{
    if (me == 0)
        play_put_some(me, 2, SMALL);
    else
        play_get_one(me);
}

void play_two_to_one(int me)
{
    if (me == 2) {
        play_get_one(me);
        play_get_one(me);
    } else
        play_put_some(me, 1, SMALL);
}

/* --- before and after --- */

void play_lay_out(uint32_t maxsize, size_t chunk_used)
{
    play_notes = sim_private(sizeof *play_notes);
    SIM_DEMAND(mp__ring_new(&play_notes->ring[0], maxsize) == 0, "no ring");
    if (chunk_used > 0)
        sim_untouched(play_notes->ring[0].mapping.size - 1024 - chunk_used);
    for (int i = 1; i <= SIM_PROCESSES; i++)
        play_notes->ring[i] = play_notes->ring[0];
    sim_label(&play_queue()->put.lock, 4, "put.lock");
    sim_label(&play_queue()->put.wanted, 4, "put.wanted");
    sim_label(&play_queue()->put.commit, 4, "tail");
    sim_label(&play_queue()->get.lock, 4, "get.lock");
    sim_label(&play_queue()->get.wanted, 4, "get.wanted");
    sim_label(&play_queue()->get.commit, 4, "head");
    sim_label(&play_queue()->task.lock, 4, "task.lock");
    sim_label(&play_queue()->task.wanted, 4, "task.wanted");
    sim_label(&play_queue()->task.commit, 4, "done");
    play_lost_by_a_kill = 1;
}

void play_unbounded(void)
{
    play_lay_out(0, 512);
}

void play_fill(int n)
{
    for (int k = 0; k < n; k++)
        play_put_one(0, FIRST_ITEM + k, SMALL);
}

void play_full_of_two(void)
{
    play_lay_out(2, 512);
    play_fill(2);
}

static bool is_shut(void)
{
    return atomic_load(&play_queue()->state) != RING_OPEN;
}

bool play_sleeps_on_a_lock(int who)
{
    const struct ring_shared *q = play_queue();

    return sim_sleeps_on(who, &q->put.lock.word) ||
           sim_sleeps_on(who, &q->get.lock.word) ||
           sim_sleeps_on(who, &q->task.lock.word);
}

/* With what is there, not with strays: these would have to be dropped. */
static bool socket_is_full(int who)
{
    return sim_socket_is_full() &&
           sim_socket_first() == mp__ring_first_ticket(play_ring_of(who));
}

/* To sleep for ever is right only if there will never be what is waited for,
   and nobody is left to end it; and never on a lock. */
bool play_may_sleep(int who)
{
    uint32_t count = mp__ring_count(play_ring_of(who));
    uint32_t max = play_queue()->maxsize;

    if (is_shut() || play_sleeps_on_a_lock(who))
        return false;
    switch ((enum doing)play_notes->doing[who]) {
    case GETTING:
        return count == 0;
    case PUTTING:
        return max != 0 && count >= max;
    case PASSING:
        return (max != 0 && count >= max) || socket_is_full(who);
    case JOINING:
        return atomic_load(&play_queue()->put.commit) !=
               atomic_load(&play_queue()->task.commit);
    case NOTHING:
        break;
    }
    return false;
}

/* Take out what is left, as one more process would; then every item accepted
   has been received, but for what was in a dead consumer's hands. */
void play_check(void)
{
    int missing = 0;

    while (play_get(SIM_PROCESSES, 1, 0) == 1)
        ;
    for (int k = 0; k < ITEMS; k++)
        missing += play_notes->accepted[k] && !play_notes->received[k];
    SIM_DEMAND(missing <= play_lost_by_a_kill * sim_kills(),
               "%d items are gone", missing);
    SIM_DEMAND(mp__ring_count(play_ring_of(0)) == 0,
               "what is left cannot be got");
}

/* The queue is as good as new: an item goes in and comes out. */
void play_check_and_use(void)
{
    play_check();
    play_put_one(0, ITEMS - 1, SMALL);
    SIM_DEMAND(play_get(SIM_PROCESSES, 1, 0) == 1,
               "the queue is of no use any more");
}

/* Every chunk that was ever made is in the cycle or a spare one, once. Only
   after a put, which mends what a dead producer left. */
static void check_chunks(void)
{
    const struct ring *r = play_ring_of(0);
    uint32_t made = 0, found = 0;
    uint64_t first = mp__page_size(), end = atomic_load(&play_queue()->end);
    uint64_t tail = atomic_load(
        &play_queue()
             ->put.cursor[atomic_load(&play_queue()->put.commit) & 1]
             .chunk);
    uint64_t at = tail;

    for (uint64_t c = first; c < end; c += chunk_at(r, c)->span)
        made++;
    do {
        found++;
        at = atomic_load(&chunk_at(r, at)->next);
    } while (at != tail && found <= made);
    for (size_t i = 0; i < sizeof play_queue()->spare / sizeof(uint64_t); i++)
        for (at = play_queue()->spare[i]; at != 0 && found <= made; found++)
            at = atomic_load(&chunk_at(r, at)->next);
    SIM_DEMAND(found == made, "%u chunks were made and %u are known", made,
               found);
}

void play_check_all(void)
{
    play_check_and_use();
    check_chunks();
}

/* One more item with a descriptor: behind it no stray is left, and nobody who
   lives holds what he did not receive. */
void play_check_handles(void)
{
    play_check();
    play_put_handle(0, ITEMS - 1);
    SIM_DEMAND(play_get(SIM_PROCESSES, 1, 0) == 1,
               "no descriptor passes any more");
    SIM_DEMAND(sim_socket_first() == 0, "a stray message is left");
    for (int i = 0; i <= SIM_PROCESSES; i++)
        SIM_DEMAND(sim_descriptors(i) == 0 ||
                       (i < SIM_PROCESSES && sim_was_killed(i)),
                   "process %d has %d descriptors", i, sim_descriptors(i));
}
