/*
 * The ring under every schedule: items with descriptors.
 */
#include "queue_play.h"
#include "record_stub.h"

#include "os/socket.h"

static void one_to_two(int me)
{
    if (me != 0) {
        play_get_one(me);
        return;
    }
    play_put_handle(me, 1);
    play_put_handle(me, 2);
}

const struct sim_scenario sim_queue_handle = {
    .name = "queue_handle",
    .what = "descriptors pass from one producer to two consumers",
    .processes = 3,
    .victims = 7,
    .ci = {2, 1},
    .more = {3, 2},
    .at_least = 10000,
    .setup = play_unbounded,
    .body = one_to_two,
    .check = play_check_handles,
    .may_sleep = play_may_sleep,
};

/* --- no room in the socket --- */

static void socket_full_of_one(void)
{
    play_unbounded();
    sim_socket_holds(1);
    play_put_handle(0, FIRST_ITEM);
}

static void two_to_one(int me)
{
    if (me < 2) {
        play_put_handle(me, 10 * me + 1);
        return;
    }
    play_get_one(me);
    play_get_one(me);
}

const struct sim_scenario sim_queue_handle_full = {
    .name = "queue_handle_full",
    .what = "two producers wait for room in the socket, one consumer makes it",
    .processes = 3,
    .victims = 7,
    .ci = {1, 1},
    .more = {2, 2},
    .at_least = 10000,
    .setup = socket_full_of_one,
    .body = two_to_one,
    .check = play_check_handles,
    .may_sleep = play_may_sleep,
};

/* As a producer leaves it that is killed in front of its commit. */
static void leave_stray(void)
{
    struct ring *r = play_ring_of(0);
    uint64_t ticket = ++r->shared->passing.ticket;
    int fd = ITEMS;
    struct mp__cargo cargo = {
        .part = {{&ticket, sizeof ticket}}, .fds = &fd, .nfds = 1};

    SIM_DEMAND(mp__socket_send(r->in, &cargo) > 0, "no room for a stray");
}

static void socket_full_of_strays(void)
{
    play_unbounded();
    sim_socket_holds(2);
    leave_stray();
    leave_stray();
}

static void pass_one(int me)
{
    if (me < 2)
        play_put_handle(me, 10 * me + 1);
    else
        play_get_one(me);
}

const struct sim_scenario sim_queue_handle_strays = {
    .name = "queue_handle_strays",
    .what = "what killed producers left has filled the socket",
    .processes = 3,
    .victims = 7,
    .ci = {1, 1},
    .more = {2, 1},
    .at_least = 10000,
    .setup = socket_full_of_strays,
    .body = pass_one,
    .check = play_check_handles,
    .may_sleep = play_may_sleep,
};

/* --- room for an item, but not for its descriptors --- */

static void full_of_both(void)
{
    play_lay_out(2, 512);
    sim_socket_holds(1);
    play_put_one(0, FIRST_ITEM, SMALL);
    play_put_handle(0, FIRST_ITEM + 1);
}

static void put_both(int me)
{
    if (me == 0)
        play_put_handle(me, 1);
    else if (me == 1)
        play_put_one(me, 11, SMALL);
    else
        play_get_one(me);
}

const struct sim_scenario sim_queue_handle_or_room = {
    .name = "queue_handle_or_room",
    .what = "whoever is woken for room and has no use for it hands it on",
    .processes = 3,
    .victims = 7,
    .ci = {2, 1},
    .more = {3, 2},
    .at_least = 10000,
    .setup = full_of_both,
    .body = put_both,
    .check = play_check_handles,
    .may_sleep = play_may_sleep,
};

/* --- several at once, and one that does not fit --- */

static mp_any nth_item(mp_any from, size_t i)
{
    from.u.u += i;
    from.head |= i < 2 ? HANDLE : 0;
    return from;
}

/* Two with descriptors and one without. */
static void many(int me)
{
    struct ring_giver three = {
        .item = nth_item, .from = play_item(1, SMALL), .n = 3};
    int rc;

    if (me == 0) {
        play_notes->doing[me] = PASSING;
        rc = mp__ring_put_many(play_ring_of(me), &three, MP__NEVER);
        play_notes->doing[me] = NOTHING;
        SIM_DEMAND(rc == 3, "put_many answers %d", rc);
        for (int k = 1; k <= 3; k++)
            play_notes->accepted[k] = 1;
    } else if (me == 1) {
        play_notes->doing[me] = GETTING;
        rc = play_get(me, 2, MP__NEVER);
        play_notes->doing[me] = NOTHING;
        SIM_DEMAND(rc == 1 || rc == 2, "get_many answers %d", rc);
    } else {
        play_get_one(me);
    }
}

static void socket_of_two(void)
{
    play_unbounded();
    play_lost_by_a_kill = 2;
    sim_socket_holds(2);
}

const struct sim_scenario sim_queue_handle_many = {
    .name = "queue_handle_many",
    .what = "descriptors among items that are put and got at once",
    .processes = 3,
    .victims = 7,
    .ci = {2, 1},
    .more = {3, 1},
    .at_least = 10000,
    .setup = socket_of_two,
    .body = many,
    .check = play_check_handles,
    .may_sleep = play_may_sleep,
};

static mp_out refuse(mp_out where, size_t i)
{
    (void)i;
    return where;
}

static void refuse_and_get(int me)
{
    const struct ring_taker refuser = {
        .out = refuse, .where = {.head = REFUSED}, .n = 1};
    int rc;

    if (me == 0) {
        play_put_handle(me, 1);
        return;
    }
    play_notes->doing[me] = GETTING;
    rc = mp__ring_get(play_ring_of(me), &refuser, MP__NEVER);
    SIM_DEMAND(rc == MP_TYPE_ERROR, "get answers %d", rc);
    if (me == 1)
        play_get_one(me);
    play_notes->doing[me] = NOTHING;
}

const struct sim_scenario sim_queue_handle_refused = {
    .name = "queue_handle_refused",
    .what = "two consumers cannot take an item with a descriptor, one then can",
    .processes = 3,
    .victims = 7,
    .ci = {2, 1},
    .more = {3, 2},
    .at_least = 1000,
    .setup = play_unbounded,
    .body = refuse_and_get,
    .check = play_check_handles,
    .may_sleep = play_may_sleep,
};
