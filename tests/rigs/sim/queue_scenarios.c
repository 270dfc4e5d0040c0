/*
 * The ring under every schedule: what put accepted is received once, in order
 * and whole, or was lost with a consumer that was killed; and nobody sleeps
 * while there is something for him.
 *
 * Items are numbers, each used once: ten times the producer, and a count.
 */
#include "scenarios.h"

#include "base/clock.h"
#include "queue/chunk.h"

#include <string.h>

enum { ITEMS = 64, FIRST_ITEM = 50, LARGE = 900, HUGE = 1900, SMALL = 8 };

enum doing { NOTHING, PUTTING, GETTING, JOINING };

static struct notes {
    struct ring ring[SIM_PROCESSES + 1]; /* each process's view */
    uint64_t in[SIM_PROCESSES + 1][2];   /* where it receives */
    uint8_t doing[8];                    /* enum doing, by process */
    uint8_t accepted[ITEMS];
    uint8_t received[ITEMS];
    uint8_t newest[SIM_PROCESSES + 1][8]; /* that a process got of another */
} * notes;

/* What a consumer can have taken and not noted down when it dies. */
static int lost_by_a_kill;

static struct ring *ring_of(int i)
{
    return &notes->ring[i];
}

static struct ring_shared *queue(void)
{
    return notes->ring[0].shared;
}

/* As mp__ring_count, without being a scheduling point. */
static uint32_t held(void)
{
    return atomic_load(&queue()->put.commit) -
           atomic_load(&queue()->get.commit);
}

/* --- bodies --- */

static mp_any item(int number, int size)
{
    return (mp_any){.head = (uint64_t)size, .u.u = (uint64_t)number};
}

static void put_one(int me, int number, int size)
{
    int rc;

    notes->doing[me] = PUTTING;
    rc = mp__ring_put(ring_of(me), item(number, size), MP__NEVER);
    notes->doing[me] = NOTHING;
    SIM_DEMAND(rc == 1, "put answers %d", rc);
    SIM_DEMAND(queue()->maxsize == 0 || held() <= queue()->maxsize,
               "there are %u items, and more than there may be", held());
    notes->accepted[number] = 1;
}

static void put_some(int me, int n, int size)
{
    for (int k = 1; k <= n; k++)
        put_one(me, 10 * me + k, size);
}

/* Each producer's items come in order. */
static void note_received(int me, uint64_t number)
{
    if (number >= ITEMS) {
        sim_fail("an item that nobody put");
        return;
    }
    SIM_DEMAND(notes->received[number]++ == 0, "item %d came twice",
               (int)number);
    if (number < FIRST_ITEM) {
        uint8_t *newest = &notes->newest[me][number / 10];

        SIM_DEMAND(number > *newest, "item %d came behind item %d", (int)number,
                   *newest);
        *newest = (uint8_t)number;
    }
}

static mp_out nth_out(mp_out where, size_t i)
{
    return (mp_out){.head = where.head, .p = (uint64_t *)where.p + i};
}

static int get(int me, size_t most, int64_t deadline)
{
    struct ring_taker taker = {nth_out, {.head = 0, .p = notes->in[me]}, most};
    int rc = mp__ring_get(ring_of(me), &taker, deadline);

    for (int k = 0; k < rc; k++)
        note_received(me, notes->in[me][k]);
    return rc;
}

static void get_one(int me)
{
    int rc;

    notes->doing[me] = GETTING;
    rc = get(me, 1, MP__NEVER);
    notes->doing[me] = NOTHING;
    SIM_DEMAND(rc == 1, "get answers %d", rc);
}

/* --- before and after --- */

static void lay_out(uint32_t maxsize, size_t chunk_used)
{
    notes = sim_private(sizeof *notes);
    SIM_DEMAND(mp__ring_new(&notes->ring[0], maxsize) == 0, "no ring");
    if (chunk_used > 0)
        sim_untouched(notes->ring[0].mapping.size - 1024 - chunk_used);
    for (int i = 1; i <= SIM_PROCESSES; i++)
        notes->ring[i] = notes->ring[0];
    sim_label(&queue()->put.lock, 4, "put.lock");
    sim_label(&queue()->put.wanted, 4, "put.wanted");
    sim_label(&queue()->put.commit, 4, "tail");
    sim_label(&queue()->get.lock, 4, "get.lock");
    sim_label(&queue()->get.wanted, 4, "get.wanted");
    sim_label(&queue()->get.commit, 4, "head");
    sim_label(&queue()->task.lock, 4, "task.lock");
    sim_label(&queue()->task.wanted, 4, "task.wanted");
    sim_label(&queue()->task.commit, 4, "done");
    lost_by_a_kill = 1;
}

static void unbounded(void)
{
    lay_out(0, 512);
}

static void fill(int n)
{
    for (int k = 0; k < n; k++)
        put_one(0, FIRST_ITEM + k, SMALL);
}

static void full_of_two(void)
{
    lay_out(2, 512);
    fill(2);
}

static bool is_shut(void)
{
    return atomic_load(&queue()->state) != RING_OPEN;
}

/* To sleep for ever is right only if there will never be what is waited for,
   and nobody is left to end it. */
static bool may_sleep(int who)
{
    uint32_t count = mp__ring_count(ring_of(who));

    switch ((enum doing)notes->doing[who]) {
    case GETTING:
        return count == 0 && !is_shut();
    case PUTTING:
        return count >= queue()->maxsize && !is_shut();
    case JOINING:
        return atomic_load(&queue()->put.commit) !=
                   atomic_load(&queue()->task.commit) &&
               !is_shut();
    case NOTHING:
        break;
    }
    return false;
}

/* Take out what is left, as one more process would; then every item accepted
   has been received, but for what was in a dead consumer's hands. */
static void check(void)
{
    int missing = 0;

    while (get(SIM_PROCESSES, 1, 0) == 1)
        ;
    for (int k = 0; k < ITEMS; k++)
        missing += notes->accepted[k] && !notes->received[k];
    SIM_DEMAND(missing <= lost_by_a_kill * sim_kills(), "%d items are gone",
               missing);
    SIM_DEMAND(mp__ring_count(ring_of(0)) == 0, "what is left cannot be got");
}

/* The queue is as good as new: an item goes in and comes out. */
static void check_and_use(void)
{
    check();
    put_one(0, ITEMS - 1, SMALL);
    SIM_DEMAND(get(SIM_PROCESSES, 1, 0) == 1,
               "the queue is of no use any more");
}

/* Every chunk that was ever made is in the cycle or a spare one, once. Only
   after a put, which mends what a dead producer left. */
static void check_chunks(void)
{
    const struct ring *r = ring_of(0);
    uint32_t made = 0, found = 0;
    uint64_t first = mp__page_size(), end = atomic_load(&queue()->end);
    uint64_t tail = atomic_load(
        &queue()->put.cursor[atomic_load(&queue()->put.commit) & 1].chunk);
    uint64_t at = tail;

    for (uint64_t c = first; c < end; c += chunk_at(r, c)->span)
        made++;
    do {
        found++;
        at = atomic_load(&chunk_at(r, at)->next);
    } while (at != tail && found <= made);
    for (size_t i = 0; i < sizeof queue()->spare / sizeof(uint64_t); i++)
        for (at = queue()->spare[i]; at != 0 && found <= made; found++)
            at = atomic_load(&chunk_at(r, at)->next);
    SIM_DEMAND(found == made, "%u chunks were made and %u are known", made,
               found);
}

static void check_all(void)
{
    check_and_use();
    check_chunks();
}

/* --- scenarios --- */

static void one_to_two(int me)
{
    if (me == 0)
        put_some(me, 2, SMALL);
    else
        get_one(me);
}

const struct sim_scenario sim_queue_one_to_two = {
    .name = "queue_one_to_two",
    .what = "one producer, two consumers",
    .processes = 3,
    .victims = 7,
    .ci = {2, 1},
    .more = {3, 2},
    .at_least = 10000,
    .setup = unbounded,
    .body = one_to_two,
    .check = check_and_use,
    .may_sleep = may_sleep,
};

static void two_to_one(int me)
{
    if (me == 2) {
        get_one(me);
        get_one(me);
    } else
        put_some(me, 1, SMALL);
}

const struct sim_scenario sim_queue_full = {
    .name = "queue_full",
    .what = "two producers wait on a full queue, one consumer makes room",
    .processes = 3,
    .victims = 7,
    .ci = {2, 1},
    .more = {3, 2},
    .at_least = 10000,
    .setup = full_of_two,
    .body = two_to_one,
    .check = check_and_use,
    .may_sleep = may_sleep,
};

static void two_to_two(int me)
{
    if (me < 2)
        put_some(me, 1, SMALL);
    else
        get_one(me);
}

const struct sim_scenario sim_queue_two_to_two = {
    .name = "queue_two_to_two",
    .what = "two producers, two consumers",
    .processes = 4,
    .victims = 15,
    .ci = {1, 1},
    .more = {2, 1},
    .at_least = 10000,
    .setup = unbounded,
    .body = two_to_two,
    .check = check_and_use,
    .may_sleep = may_sleep,
};

/* --- a commit and its wake-up are one step: no death is announced here --- */

static bool waits_for_dead(int who, const struct ring_side *side)
{
    mp__owner holder = atomic_load(&side->lock.word) & ~MP__WAITERS;

    return sim_sleeps_on(who, &side->lock.word) && holder == sim_owner(0) &&
           sim_was_killed(0);
}

static bool may_sleep_unannounced(int who)
{
    return may_sleep(who) || waits_for_dead(who, &queue()->put) ||
           waits_for_dead(who, &queue()->get);
}

const struct sim_scenario sim_queue_commit_is_one_step = {
    .name = "queue_commit_is_one_step",
    .what = "the producer is killed in put, and nobody announces it",
    .processes = 3,
    .victims = 1,
    .unwatched = true,
    .ci = {2, 1},
    .more = {4, 1},
    .at_least = 1000,
    .setup = unbounded,
    .body = one_to_two,
    .may_sleep = may_sleep_unannounced,
};

/* --- large items: the ring grows, shrinks, and is mended --- */

static void small_chunks(void)
{
    lay_out(0, 0);
}

static void grow(int me)
{
    if (me == 2)
        get_one(me);
    else
        put_some(me, 3 - me, LARGE);
}

const struct sim_scenario sim_queue_grows = {
    .name = "queue_grows",
    .what = "two producers need more chunks than there are",
    .processes = 3,
    .victims = 3,
    .ci = {1, 1},
    .more = {2, 2},
    .at_least = 1000,
    .setup = small_chunks,
    .body = grow,
    .check = check_all,
    .may_sleep = may_sleep,
};

/* Three full chunks, of which the first is nearly used up. */
static void cycle_of_three(void)
{
    lay_out(0, 0);
    for (int k = 0; k < 6; k++)
        put_one(0, FIRST_ITEM + k, LARGE);
    SIM_DEMAND(get(SIM_PROCESSES, 1, 0) == 1, "nothing to get");
}

static void reuse(int me)
{
    if (me == 0) {
        put_some(me, 1, HUGE);
    } else {
        get_one(me);
        get_one(me);
    }
}

const struct sim_scenario sim_queue_chunk_reused = {
    .name = "queue_chunk_reused",
    .what = "a producer wants the chunk that the consumers are leaving",
    .processes = 3,
    .victims = 7,
    .ci = {1, 1},
    .more = {2, 1},
    .at_least = 1000,
    .setup = cycle_of_three,
    .body = reuse,
    .check = check_all,
    .may_sleep = may_sleep,
};

static void grown(void)
{
    lay_out(0, 0);
    for (int k = 0; k < 7; k++)
        put_one(0, FIRST_ITEM + k, LARGE);
}

static void shrink(int me)
{
    if (me == 0)
        put_some(me, 2, LARGE);
    else
        for (int k = 0; k < 4; k++)
            get_one(me);
}

const struct sim_scenario sim_queue_shrinks = {
    .name = "queue_shrinks",
    .what = "consumers empty a large queue while a producer goes on",
    .processes = 3,
    .victims = 7,
    .ci = {1, 1},
    .more = {2, 1},
    .at_least = 1000,
    .setup = grown,
    .body = shrink,
    .check = check_all,
    .may_sleep = may_sleep,
};

/* --- several at once --- */

static mp_any nth_item(mp_any from, size_t i)
{
    from.u.u += i;
    return from;
}

static void many(int me)
{
    int rc;

    if (me == 0) {
        struct ring_giver two = {nth_item, item(1, SMALL), 2};

        notes->doing[me] = PUTTING;
        rc = mp__ring_put_many(ring_of(me), &two, MP__NEVER);
        SIM_DEMAND(rc == 2, "put_many answers %d", rc);
        notes->accepted[1] = notes->accepted[2] = 1;
    } else if (me == 1) {
        notes->doing[me] = GETTING;
        rc = get(me, 2, MP__NEVER);
        SIM_DEMAND(rc == 1 || rc == 2, "get_many answers %d", rc);
    } else
        get_one(me);
    notes->doing[me] = NOTHING;
}

static void full_of_one_of_two(void)
{
    lay_out(2, 512);
    lost_by_a_kill = 2;
    fill(1);
}

const struct sim_scenario sim_queue_many = {
    .name = "queue_many",
    .what = "two items are put at once, and got at once or not",
    .processes = 3,
    .victims = 7,
    .ci = {2, 1},
    .more = {3, 2},
    .at_least = 10000,
    .setup = full_of_one_of_two,
    .body = many,
    .check = check_and_use,
    .may_sleep = may_sleep,
};

static void three_at_once(int me)
{
    struct ring_giver three = {nth_item, item(1, SMALL), 3};
    int rc;

    if (me != 0) {
        get_one(me);
        return;
    }
    notes->doing[me] = PUTTING;
    rc = mp__ring_put_many(ring_of(me), &three, MP__NEVER);
    notes->doing[me] = NOTHING;
    SIM_DEMAND(rc == 3, "put_many answers %d", rc);
    notes->accepted[1] = notes->accepted[2] = notes->accepted[3] = 1;
}

const struct sim_scenario sim_queue_three_at_once = {
    .name = "queue_three_at_once",
    .what = "three items are put at once for two who wait",
    .processes = 3,
    .victims = 7,
    .ci = {2, 1},
    .more = {3, 2},
    .at_least = 10000,
    .setup = unbounded,
    .body = three_at_once,
    .check = check_and_use,
    .may_sleep = may_sleep,
};

/* --- deadlines: a wake-up that comes too late is handed on --- */

#define SOON (MP__SECOND + MP__SECOND / 1000)

static void timed_producer(int me)
{
    int rc;

    if (me != 0) {
        two_to_one(me);
        return;
    }
    notes->doing[me] = PUTTING;
    rc = mp__ring_put(ring_of(me), item(1, SMALL), SOON);
    SIM_DEMAND(rc == 1 || rc == MP_FULL, "put answers %d", rc);
    notes->doing[me] = NOTHING;
    notes->accepted[1] = rc == 1;
}

const struct sim_scenario sim_queue_timed_producer = {
    .name = "queue_timed_producer",
    .what = "one of two who wait for room has a deadline",
    .processes = 3,
    .victims = 7,
    .timeouts = 1,
    .ci = {1, 1},
    .more = {2, 1},
    .at_least = 10000,
    .setup = full_of_two,
    .body = timed_producer,
    .check = check_and_use,
    .may_sleep = may_sleep,
};

static void timed_consumer(int me)
{
    int rc;

    if (me != 1) {
        one_to_two(me);
        return;
    }
    notes->doing[me] = GETTING;
    rc = get(me, 1, SOON);
    SIM_DEMAND(rc == 1 || rc == MP_EMPTY, "get answers %d", rc);
    notes->doing[me] = NOTHING;
}

const struct sim_scenario sim_queue_timed_consumer = {
    .name = "queue_timed_consumer",
    .what = "one of two who wait for an item has a deadline",
    .processes = 3,
    .victims = 7,
    .timeouts = 1,
    .ci = {1, 1},
    .more = {2, 1},
    .at_least = 10000,
    .setup = unbounded,
    .body = timed_consumer,
    .check = check_and_use,
    .may_sleep = may_sleep,
};

/* A fourth one has the lock and finds the queue full; meanwhile there is room,
   and the one who is woken for it waits for the lock until it is late. */
static void late_producer(int me)
{
    int rc;

    if (me < 2) {
        timed_producer(me);
    } else if (me == 2) {
        get_one(me);
    } else {
        rc = mp__ring_put(ring_of(me), item(10 * me, SMALL), 0);
        SIM_DEMAND(rc == 1 || rc == MP_FULL, "put answers %d", rc);
        notes->accepted[10 * me] = rc == 1;
    }
}

const struct sim_scenario sim_queue_late_producer = {
    .name = "queue_late_producer",
    .what = "who was woken for the room is kept from it until it is too late",
    .processes = 4,
    .timeouts = 1,
    .ci = {1, 0},
    .more = {2, 1},
    .at_least = 1000,
    .setup = full_of_two,
    .body = late_producer,
    .check = check_and_use,
    .may_sleep = may_sleep,
};

static void late_consumer(int me)
{
    int rc;

    if (me == 0) {
        put_some(me, 1, SMALL);
    } else if (me < 3) {
        timed_consumer(me);
    } else {
        rc = get(me, 1, 0);
        SIM_DEMAND(rc == 1 || rc == MP_EMPTY, "get answers %d", rc);
    }
}

const struct sim_scenario sim_queue_late_consumer = {
    .name = "queue_late_consumer",
    .what = "who was woken for the item is kept from it until it is too late",
    .processes = 4,
    .timeouts = 1,
    .ci = {1, 0},
    .more = {2, 1},
    .at_least = 1000,
    .setup = unbounded,
    .body = late_consumer,
    .check = check_and_use,
    .may_sleep = may_sleep,
};

/* --- tasks --- */

static void join_tasks(int me)
{
    int rc;

    if (me == 0) {
        put_some(me, 2, SMALL);
        notes->doing[me] = JOINING;
        rc = mp__ring_join(ring_of(me), MP__NEVER);
        notes->doing[me] = NOTHING;
    } else {
        get_one(me);
        rc = mp__ring_task_done(ring_of(me));
    }
    SIM_DEMAND(rc == 0, "process %d: %d", me, rc);
}

const struct sim_scenario sim_queue_join = {
    .name = "queue_join",
    .what = "one puts two tasks and joins, two do them",
    .processes = 3,
    .victims = 7,
    .ci = {2, 1},
    .more = {3, 1},
    .at_least = 10000,
    .setup = unbounded,
    .body = join_tasks,
    .check = check,
    .may_sleep = may_sleep,
};

static void two_join(int me)
{
    int rc;

    if (me == 1) {
        get_one(me);
        rc = mp__ring_task_done(ring_of(me));
    } else {
        if (me == 0)
            put_some(me, 1, SMALL);
        notes->doing[me] = JOINING;
        rc = mp__ring_join(ring_of(me), MP__NEVER);
        notes->doing[me] = NOTHING;
    }
    SIM_DEMAND(rc == 0, "process %d: %d", me, rc);
}

const struct sim_scenario sim_queue_two_join = {
    .name = "queue_two_join",
    .what = "one does a task that two others wait for",
    .processes = 3,
    .victims = 7,
    .ci = {2, 1},
    .more = {3, 1},
    .at_least = 10000,
    .setup = unbounded,
    .body = two_join,
    .check = check,
    .may_sleep = may_sleep,
};

/* --- shutdown --- */

/* Nobody waits any longer, whatever for; accepted items are still got. */
static void shut_down(int me)
{
    int rc = 0;

    if (me == 0) {
        put_some(me, 1, SMALL);
        mp__ring_shut_down(ring_of(me), false);
        return;
    }
    notes->doing[me] = GETTING;
    while (rc >= 0)
        rc = get(me, 1, MP__NEVER);
    notes->doing[me] = NOTHING;
    SIM_DEMAND(rc == MP_SHUT_DOWN, "get answers %d", rc);
}

const struct sim_scenario sim_queue_shut_down = {
    .name = "queue_shut_down",
    .what = "two consumers wait until one item is put and the queue shut down",
    .processes = 3,
    .victims = 7,
    .ci = {2, 1},
    .more = {3, 1},
    .at_least = 10000,
    .setup = unbounded,
    .body = shut_down,
    .check = check,
    .may_sleep = may_sleep,
};

static void shut_down_beside(int me)
{
    int rc = 0;

    if (me == 0) {
        rc = mp__ring_put(ring_of(me), item(1, SMALL), MP__NEVER);
        SIM_DEMAND(rc == 1 || rc == MP_SHUT_DOWN, "put answers %d", rc);
        notes->accepted[1] = rc == 1;
        return;
    }
    if (me == 1) {
        mp__ring_shut_down(ring_of(me), false);
        return;
    }
    notes->doing[me] = GETTING;
    while (rc >= 0)
        rc = get(me, 1, MP__NEVER);
    notes->doing[me] = NOTHING;
    SIM_DEMAND(rc == MP_SHUT_DOWN, "get answers %d", rc);
}

/* Who was told that it is the end has had all that was put. */
static void check_nothing_left(void)
{
    SIM_DEMAND(sim_was_killed(2) || sim_is_asleep(2) ||
                   mp__ring_count(ring_of(2)) == 0,
               "the end was told, and an item is left");
    check();
}

const struct sim_scenario sim_queue_shut_down_beside = {
    .name = "queue_shut_down_beside",
    .what = "the queue is shut down while an item is put",
    .processes = 3,
    .victims = 7,
    .ci = {2, 1},
    .more = {4, 1},
    .at_least = 1000,
    .setup = unbounded,
    .body = shut_down_beside,
    .check = check_nothing_left,
    .may_sleep = may_sleep,
};

static void drop_full(int me)
{
    int rc;

    if (me == 0) {
        mp__ring_shut_down(ring_of(me), true);
        return;
    }
    notes->doing[me] = PUTTING;
    rc = mp__ring_put(ring_of(me), item(10 * me, SMALL), MP__NEVER);
    notes->doing[me] = JOINING;
    SIM_DEMAND(rc == MP_SHUT_DOWN, "put answers %d", rc);
    rc = mp__ring_join(ring_of(me), MP__NEVER);
    notes->doing[me] = NOTHING;
    SIM_DEMAND(rc == 0, "join answers %d", rc);
}

const struct sim_scenario sim_queue_dropped = {
    .name = "queue_dropped",
    .what = "a full queue is dropped while two wait to put and join",
    .processes = 3,
    .victims = 7,
    .ci = {2, 1},
    .more = {3, 2},
    .at_least = 1000,
    .setup = full_of_two,
    .body = drop_full,
    .may_sleep = may_sleep,
};
