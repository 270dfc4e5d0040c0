/*
 * The ring under every schedule: deadlines.
 */
#include "queue_play.h"

/* --- deadlines: a wake-up that comes too late is handed on --- */

#define SOON (MP__SECOND + MP__SECOND / 1000)

static void timed_producer(int me)
{
    int rc;

    if (me != 0) {
        play_two_to_one(me);
        return;
    }
    play_notes->doing[me] = PUTTING;
    rc = mp__ring_put(play_ring_of(me), play_item(1, SMALL), SOON);
    SIM_DEMAND(rc == 1 || rc == MP_FULL, "put answers %d", rc);
    play_notes->doing[me] = NOTHING;
    play_notes->accepted[1] = rc == 1;
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
    .setup = play_full_of_two,
    .body = timed_producer,
    .check = play_check_and_use,
    .may_sleep = play_may_sleep,
};

static void timed_consumer(int me)
{
    int rc;

    if (me != 1) {
        play_one_to_two(me);
        return;
    }
    play_notes->doing[me] = GETTING;
    rc = play_get(me, 1, SOON);
    SIM_DEMAND(rc == 1 || rc == MP_EMPTY, "get answers %d", rc);
    play_notes->doing[me] = NOTHING;
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
    .setup = play_unbounded,
    .body = timed_consumer,
    .check = play_check_and_use,
    .may_sleep = play_may_sleep,
};

/* A fourth one has the lock and finds the queue full; meanwhile there is room,
   and the one who is woken for it waits for the lock until it is late, and for
   the moment that it is given then. */
static void late_producer(int me)
{
    int rc;

    if (me < 2) {
        timed_producer(me);
    } else if (me == 2) {
        play_get_one(me);
    } else {
        rc = mp__ring_put(play_ring_of(me), play_item(10 * me, SMALL), 0);
        SIM_DEMAND(rc == 1 || rc == MP_FULL, "put answers %d", rc);
        play_notes->accepted[10 * me] = rc == 1;
    }
}

const struct sim_scenario sim_queue_late_producer = {
    .name = "queue_late_producer",
    .what = "who was woken for the room is kept from it until it is too late",
    .processes = 4,
    .timeouts = 2,
    .ci = {2, 0},
    .more = {2, 1},
    .at_least = 1000,
    .setup = play_full_of_two,
    .body = late_producer,
    .check = play_check_and_use,
    .may_sleep = play_may_sleep,
};

static void late_consumer(int me)
{
    int rc;

    if (me == 0) {
        play_put_some(me, 1, SMALL);
    } else if (me < 3) {
        timed_consumer(me);
    } else {
        rc = play_get(me, 1, 0);
        SIM_DEMAND(rc == 1 || rc == MP_EMPTY, "get answers %d", rc);
    }
}

const struct sim_scenario sim_queue_late_consumer = {
    .name = "queue_late_consumer",
    .what = "who was woken for the item is kept from it until it is too late",
    .processes = 4,
    .timeouts = 2,
    .ci = {2, 0},
    .more = {2, 1},
    .at_least = 1000,
    .setup = play_unbounded,
    .body = late_consumer,
    .check = play_check_and_use,
    .may_sleep = play_may_sleep,
};
