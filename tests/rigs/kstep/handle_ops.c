/*
 * Handles in a queue, killed at every instruction of put and get: with the
 * other side asleep, and with one asleep for want of room in the socket.
 *
 * An item is a number and the end of a pipe at whose other end that number was
 * sent. It is received once, with the descriptor that belongs to it, or was in
 * the hands of the victim; and no message is left behind in the socket.
 */
#include "op.h"
#include "stage.h"

#include "os/socket.h"
#include "queue/queue.h"

#include <stdatomic.h>
#include <sys/socket.h>

enum { PIPES = 16, VICTIMS = 0, RIGS = 1, LATE = 3, FILLING = 4 };

static struct {
    mp_connection *sent;
    mp_connection *end;
} pipes[PIPES];
static int losses; /* items that may be gone with the victim */

/* --- putting and getting --- */

static int put(int number)
{
    if (mp_queue_put(made.queue, MP_TUPLE(number, pipes[number].end),
                     KSTEP_WAIT) != 0)
        return ODD_ANSWER;
    kstep_accept(number);
    return FINE;
}

static int receive(int number, mp_connection *c)
{
    int sent = -1;

    if (number >= PIPES || kstep_receive(number) != FINE)
        return TWICE;
    return mp_connection_recv(c, &sent, KSTEP_WAIT) == 0 && sent == number
               ? FINE
               : ANOTHERS;
}

static int get(void)
{
    mp_connection *c = NULL;
    int number = -1, rc;

    if (mp_queue_get(made.queue, MP_UNPACK(&number, &c), KSTEP_WAIT) != 0)
        return ODD_ANSWER;
    rc = receive(number, c);
    mp_connection_free(c);
    return rc;
}

static int get_peer(int i)
{
    (void)i;
    return get();
}

static int put_peer(int i)
{
    return put(RIGS + i);
}

static int get_all(void)
{
    int rc = FINE;

    while (rc == FINE && mp_queue_empty(made.queue) == 0)
        rc = get();
    return rc;
}

/* Whatever is left comes out, and one more passes. */
static int put_and_get(int i)
{
    int rc = get_all();

    (void)i;
    if (rc == FINE)
        rc = put(LATE);
    return rc == FINE ? get_all() : rc;
}

/* --- before and after --- */

static void lay_out_pipes(void)
{
    for (int k = 0; k < PIPES; k++) {
        mp_connection_free(pipes[k].sent);
        mp_connection_free(pipes[k].end);
        if (mp_pipe(&pipes[k].sent, &pipes[k].end) < 0 ||
            mp_connection_send(pipes[k].sent, k) < 0)
            rig_stop("kstep: no pipe: %s", mp_error_last()->message);
    }
}

static void lay_out_empty(void)
{
    lay_out_pipes();
    made.queue = mp_queue_new();
    kstep_need(made.queue);
    losses = 0;
}

/* All accepted items have come, but for those that went with the victim. */
static const char *check(void)
{
    uint64_t ticket;

    if (kstep_missing() > losses)
        return "an item is gone";
    if (mp__socket_peek(made.queue->ring.out, &ticket, sizeof ticket, NULL) >=
        0)
        return "a stray message is left";
    return mp_queue_qsize(made.queue) == 0 ? NULL : "the queue is not empty";
}

/* --- put --- */

static void act_put(void)
{
    (void)put(VICTIMS);
}

static bool is_not_in(void)
{
    return atomic_load(&made.queue->ring.shared->put.commit) == 0;
}

static void put_if_not_in(void)
{
    if (is_not_in())
        (void)put(RIGS);
}

const struct kstep_op kstep_queue_put_handle = {
    .name = "queue put, a handle",
    .setup = lay_out_empty,
    .act = act_put,
    .peers = 1,
    .when = KSTEP_BEFORE,
    .peer = get_peer,
    .stop = put_if_not_in,
    .needs_news = is_not_in,
    .latecomer = put_and_get,
    .check = check,
    .every = 24,
};

/* --- get --- */

static void lay_out_two(void)
{
    lay_out_empty();
    losses = 1;
    if (put(RIGS) != FINE || put(RIGS + 1) != FINE)
        rig_stop("kstep: cannot put");
}

/* What it gets it does not look at: the steps are those of the queue. */
static void act_get(void)
{
    mp_connection *c = NULL;
    int number = -1;

    if (mp_queue_get(made.queue, MP_UNPACK(&number, &c), KSTEP_WAIT) == 0)
        (void)kstep_receive(number);
}

const struct kstep_op kstep_queue_get_handle = {
    .name = "queue get, a handle",
    .setup = lay_out_two,
    .act = act_get,
    .latecomer = put_and_get,
    .check = check,
    .every = 100,
};

/* --- get, and there is room in the socket again --- */

/* The smallest socket there is, full. */
static void lay_out_full_socket(void)
{
    int least = 1;

    lay_out_empty();
    losses = 1;
    (void)setsockopt(made.queue->ring.in, SOL_SOCKET, SO_SNDBUF, &least,
                     sizeof least);
    for (int k = FILLING; k < PIPES; k++) {
        if (mp_queue_put_nowait(made.queue, MP_TUPLE(k, pipes[k].end)) < 0)
            return;
        kstep_accept(k);
    }
    rig_stop("kstep: the socket takes more than there is");
}

static bool has_made_no_room(void)
{
    return atomic_load(&made.queue->ring.shared->passing.taken) == 0;
}

/* Unless the victim made room, somebody must. */
static void get_until_room(void)
{
    if (has_made_no_room())
        (void)get();
}

const struct kstep_op kstep_queue_get_full = {
    .name = "queue get, a handle, a producer asleep",
    .setup = lay_out_full_socket,
    .act = act_get,
    .peers = 1,
    .when = KSTEP_BEFORE,
    .peer = put_peer,
    .stop = get_until_room,
    .needs_news = has_made_no_room,
    .latecomer = put_and_get,
    .check = check,
    .every = 100,
};
