/*
 * The ring under every schedule: putting and getting, growing and shrinking.
 */
#include "queue_play.h"

/* --- scenarios --- */

const struct sim_scenario sim_queue_one_to_two = {
    .name = "queue_one_to_two",
    .what = "one producer, two consumers",
    .processes = 3,
    .victims = 7,
    .ci = {2, 1},
    .more = {3, 2},
    .at_least = 10000,
    .setup = play_unbounded,
    .body = play_one_to_two,
    .check = play_check_and_use,
    .may_sleep = play_may_sleep,
};

const struct sim_scenario sim_queue_full = {
    .name = "queue_full",
    .what = "two producers wait on a full queue, one consumer makes room",
    .processes = 3,
    .victims = 7,
    .ci = {2, 1},
    .more = {3, 2},
    .at_least = 10000,
    .setup = play_full_of_two,
    .body = play_two_to_one,
    .check = play_check_and_use,
    .may_sleep = play_may_sleep,
};

static void two_to_two(int me)
{
    if (me < 2)
        play_put_some(me, 1, SMALL);
    else
        play_get_one(me);
}

const struct sim_scenario sim_queue_two_to_two = {
    .name = "queue_two_to_two",
    .what = "two producers, two consumers",
    .processes = 4,
    .victims = 15,
    .ci = {1, 1},
    .more = {2, 1},
    .at_least = 10000,
    .setup = play_unbounded,
    .body = two_to_two,
    .check = play_check_and_use,
    .may_sleep = play_may_sleep,
};

/* --- a commit and its wake-up are one step: no death is announced here --- */

/* Who was woken for a lock may be the one who is killed; but never may anybody
   sleep on a commit that has been made. */
static bool may_sleep_unannounced(int who)
{
    return play_may_sleep(who) ||
           (sim_was_killed(0) && play_sleeps_on_a_lock(who));
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
    .setup = play_unbounded,
    .body = play_one_to_two,
    .may_sleep = may_sleep_unannounced,
};

/* --- large items: the ring grows, shrinks, and is mended --- */

static void small_chunks(void)
{
    play_lay_out(0, 0);
}

static void grow(int me)
{
    if (me == 2)
        play_get_one(me);
    else
        play_put_some(me, 3 - me, LARGE);
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
    .check = play_check_all,
    .may_sleep = play_may_sleep,
};

/* Three full chunks, of which the first is nearly used up. */
static void cycle_of_three(void)
{
    play_lay_out(0, 0);
    for (int k = 0; k < 6; k++)
        play_put_one(0, FIRST_ITEM + k, LARGE);
    SIM_DEMAND(play_get(SIM_PROCESSES, 1, 0) == 1, "nothing to get");
}

static void reuse(int me)
{
    if (me == 0) {
        play_put_some(me, 1, HUGE);
    } else {
        play_get_one(me);
        play_get_one(me);
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
    .check = play_check_all,
    .may_sleep = play_may_sleep,
};

static void grown(void)
{
    play_lay_out(0, 0);
    for (int k = 0; k < 7; k++)
        play_put_one(0, FIRST_ITEM + k, LARGE);
}

static void shrink(int me)
{
    if (me == 0)
        play_put_some(me, 2, LARGE);
    else
        for (int k = 0; k < 4; k++)
            play_get_one(me);
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
    .check = play_check_all,
    .may_sleep = play_may_sleep,
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
        struct ring_giver two = {
            .item = nth_item, .from = play_item(1, SMALL), .n = 2};

        play_notes->doing[me] = PUTTING;
        rc = mp__ring_put_many(play_ring_of(me), &two, MP__NEVER);
        SIM_DEMAND(rc == 2, "put_many answers %d", rc);
        play_notes->accepted[1] = play_notes->accepted[2] = 1;
    } else if (me == 1) {
        play_notes->doing[me] = GETTING;
        rc = play_get(me, 2, MP__NEVER);
        SIM_DEMAND(rc == 1 || rc == 2, "get_many answers %d", rc);
    } else
        play_get_one(me);
    play_notes->doing[me] = NOTHING;
}

static void full_of_one_of_two(void)
{
    play_lay_out(2, 512);
    play_lost_by_a_kill = 2;
    play_fill(1);
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
    .check = play_check_and_use,
    .may_sleep = play_may_sleep,
};

static void three_at_once(int me)
{
    struct ring_giver three = {
        .item = nth_item, .from = play_item(1, SMALL), .n = 3};
    int rc;

    if (me != 0) {
        play_get_one(me);
        return;
    }
    play_notes->doing[me] = PUTTING;
    rc = mp__ring_put_many(play_ring_of(me), &three, MP__NEVER);
    play_notes->doing[me] = NOTHING;
    SIM_DEMAND(rc == 3, "put_many answers %d", rc);
    play_notes->accepted[1] = play_notes->accepted[2] =
        play_notes->accepted[3] = 1;
}

const struct sim_scenario sim_queue_three_at_once = {
    .name = "queue_three_at_once",
    .what = "three items are put at once for two who wait",
    .processes = 3,
    .victims = 7,
    .ci = {2, 1},
    .more = {3, 2},
    .at_least = 10000,
    .setup = play_unbounded,
    .body = three_at_once,
    .check = play_check_and_use,
    .may_sleep = play_may_sleep,
};
