/*
 * The ring under every schedule: tasks that are done, joins, and the shutdown.
 */
#include "queue_play.h"

/* --- tasks --- */

static void join_tasks(int me)
{
    int rc;

    if (me == 0) {
        play_put_some(me, 2, SMALL);
        play_notes->doing[me] = JOINING;
        rc = mp__ring_join(play_ring_of(me), MP__NEVER);
        play_notes->doing[me] = NOTHING;
    } else {
        play_get_one(me);
        rc = mp__ring_task_done(play_ring_of(me));
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
    .setup = play_unbounded,
    .body = join_tasks,
    .check = play_check,
    .may_sleep = play_may_sleep,
};

static void two_join(int me)
{
    int rc;

    if (me == 1) {
        play_get_one(me);
        rc = mp__ring_task_done(play_ring_of(me));
    } else {
        if (me == 0)
            play_put_some(me, 1, SMALL);
        play_notes->doing[me] = JOINING;
        rc = mp__ring_join(play_ring_of(me), MP__NEVER);
        play_notes->doing[me] = NOTHING;
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
    .setup = play_unbounded,
    .body = two_join,
    .check = play_check,
    .may_sleep = play_may_sleep,
};

/* --- shutdown --- */

/* Nobody waits any longer, whatever for; accepted items are still got. */
static void shut_down(int me)
{
    int rc = 0;

    if (me == 0) {
        play_put_some(me, 1, SMALL);
        mp__ring_shut_down(play_ring_of(me), false);
        return;
    }
    play_notes->doing[me] = GETTING;
    while (rc >= 0)
        rc = play_get(me, 1, MP__NEVER);
    play_notes->doing[me] = NOTHING;
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
    .setup = play_unbounded,
    .body = shut_down,
    .check = play_check,
    .may_sleep = play_may_sleep,
};

static void shut_down_beside(int me)
{
    int rc = 0;

    if (me == 0) {
        rc = mp__ring_put(play_ring_of(me), play_item(1, SMALL), MP__NEVER);
        SIM_DEMAND(rc == 1 || rc == MP_SHUT_DOWN, "put answers %d", rc);
        play_notes->accepted[1] = rc == 1;
        return;
    }
    if (me == 1) {
        mp__ring_shut_down(play_ring_of(me), false);
        return;
    }
    play_notes->doing[me] = GETTING;
    while (rc >= 0)
        rc = play_get(me, 1, MP__NEVER);
    play_notes->doing[me] = NOTHING;
    SIM_DEMAND(rc == MP_SHUT_DOWN, "get answers %d", rc);
}

/* Who was told that it is the end has had all that was put. */
static void check_nothing_left(void)
{
    SIM_DEMAND(sim_was_killed(2) || sim_is_asleep(2) ||
                   mp__ring_count(play_ring_of(2)) == 0,
               "the end was told, and an item is left");
    play_check();
}

const struct sim_scenario sim_queue_shut_down_beside = {
    .name = "queue_shut_down_beside",
    .what = "the queue is shut down while an item is put",
    .processes = 3,
    .victims = 7,
    .ci = {2, 1},
    .more = {4, 1},
    .at_least = 1000,
    .setup = play_unbounded,
    .body = shut_down_beside,
    .check = check_nothing_left,
    .may_sleep = play_may_sleep,
};

static void drop_full(int me)
{
    int rc;

    if (me == 0) {
        mp__ring_shut_down(play_ring_of(me), true);
        return;
    }
    play_notes->doing[me] = PUTTING;
    rc = mp__ring_put(play_ring_of(me), play_item(10 * me, SMALL), MP__NEVER);
    play_notes->doing[me] = JOINING;
    SIM_DEMAND(rc == MP_SHUT_DOWN, "put answers %d", rc);
    rc = mp__ring_join(play_ring_of(me), MP__NEVER);
    play_notes->doing[me] = NOTHING;
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
    .setup = play_full_of_two,
    .body = drop_full,
    .may_sleep = play_may_sleep,
};
