/*
 * The queue's calls, killed at every instruction: with the other side asleep,
 * asleep themselves, in the middle of growth, and beside others. Every item is
 * a number that is put once; it is received once, or the victim had it.
 */
#include "op.h"
#include "stage.h"

#include "queue/queue.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VICTIMS = 7, RIGS = 1, BESIDE = 100, FILLING = 2000 };

static volatile int answer; /* of a call that may be killed in the middle */
static atomic_int *next;    /* item of those beside the victim */
static int losses;          /* items that may be gone with the victim */

/* --- putting and getting --- */

static int put(int number)
{
    if (mp_queue_put(made.queue, number, KSTEP_WAIT) != 0)
        return ODD_ANSWER;
    kstep_accept(number);
    return FINE;
}

static int get(void)
{
    int number = 0;

    return mp_queue_get(made.queue, &number, KSTEP_WAIT) == 0
               ? kstep_receive(number)
               : ODD_ANSWER;
}

static int get_peer(int i)
{
    (void)i;
    return get();
}

static int put_peer(int i)
{
    return put(BESIDE + i);
}

static int get_all(void)
{
    int rc = FINE;

    while (rc == FINE && mp_queue_empty(made.queue) == 0)
        rc = get();
    return rc;
}

/* Whatever is left comes out, and the queue is as good as new. */
static int put_and_get(int i)
{
    int rc = get_all();

    if (rc == FINE)
        rc = put(BESIDE + 50 + i);
    return rc == FINE ? get_all() : rc;
}

static void lay_out(mp_queue *queue)
{
    mp_queue_free(made.queue);
    made.queue = queue;
    kstep_need(queue);
    next = kstep_zeroed(next, sizeof *next);
    losses = 0;
}

static void lay_out_empty(void)
{
    lay_out(mp_queue_new());
}

/* All accepted items have come, but for those that went with the victim. */
static const char *check(void)
{
    if (kstep_missing() > losses)
        return "an item is gone";
    return mp_queue_qsize(made.queue) == 0 ? NULL : "the queue is not empty";
}

/* --- put, a consumer asleep --- */

static uint32_t tail(void)
{
    return atomic_load(&made.queue->ring.shared->put.commit);
}

static void act_put(void)
{
    (void)put(VICTIMS);
}

/* What is in the queue has to reach the sleeper without any news. */
static bool is_not_in(void)
{
    return tail() == 0;
}

static void put_if_not_in(void)
{
    if (is_not_in())
        (void)put(RIGS);
}

const struct kstep_op kstep_queue_put = {
    .name = "queue put, a consumer asleep",
    .setup = lay_out_empty,
    .act = act_put,
    .peers = 1,
    .when = KSTEP_BEFORE,
    .peer = get_peer,
    .stop = put_if_not_in,
    .needs_news = is_not_in,
    .latecomer = put_and_get,
    .check = check,
};

/* --- texts --- */

#define TEXT "a text of more than sixteen bytes, so that it is one copy"

static void act_put_text(void)
{
    answer = mp_queue_put(made.queue, TEXT, KSTEP_WAIT);
}

static int get_texts(int i)
{
    int verdict = FINE;

    (void)i;
    if (mp_queue_put(made.queue, TEXT, KSTEP_WAIT) != 0)
        return ODD_ANSWER;
    while (verdict == FINE && mp_queue_empty(made.queue) == 0) {
        char *text = NULL;

        if (mp_queue_get(made.queue, &text, KSTEP_WAIT) != 0)
            return ODD_ANSWER;
        verdict = strcmp(text, TEXT) == 0 ? FINE : TORN;
        free(text);
    }
    return verdict;
}

const struct kstep_op kstep_queue_put_text = {
    .name = "queue put, a text",
    .setup = lay_out_empty,
    .act = act_put_text,
    .latecomer = get_texts,
    .check = check,
    .every = 2,
};

static void lay_out_texts(void)
{
    lay_out(mp_queue_new());
    if (mp_queue_put(made.queue, TEXT) != 0 ||
        mp_queue_put(made.queue, TEXT) != 0)
        rig_stop("kstep: cannot put");
}

static void act_get_text(void)
{
    char *text = NULL;

    answer = mp_queue_get(made.queue, &text, KSTEP_WAIT);
}

const struct kstep_op kstep_queue_get_text = {
    .name = "queue get, a text",
    .setup = lay_out_texts,
    .act = act_get_text,
    .latecomer = get_texts,
    .check = check,
    .every = 4,
};

/* --- get --- */

static void lay_out_two(void)
{
    lay_out(mp_queue_new(.maxsize = 2));
    losses = 1;
    if (put(RIGS) != FINE || put(RIGS + 1) != FINE)
        rig_stop("kstep: cannot put");
}

static void act_get(void)
{
    (void)get();
}

/* Unless the victim made room, somebody must. */
static void get_until_room(void)
{
    if (atomic_load(&made.queue->ring.shared->get.commit) == 0)
        (void)get();
}

static bool has_made_no_room(void)
{
    return atomic_load(&made.queue->ring.shared->get.commit) == 0;
}

const struct kstep_op kstep_queue_get = {
    .name = "queue get, a producer asleep",
    .setup = lay_out_two,
    .act = act_get,
    .peers = 1,
    .when = KSTEP_BEFORE,
    .peer = put_peer,
    .stop = get_until_room,
    .needs_news = has_made_no_room,
    .latecomer = put_and_get,
    .check = check,
};

/* --- asleep on an empty queue --- */

static void lay_out_to_lose(void)
{
    lay_out(mp_queue_new());
    losses = 1;
}

static void put_first(void)
{
    (void)put(RIGS);
}

static void put_second(void)
{
    (void)put(RIGS + 1);
}

const struct kstep_op kstep_queue_get_woken = {
    .name = "queue get on empty, one behind",
    .setup = lay_out_to_lose,
    .act = act_get,
    .unblock = put_first,
    .for_one = true,
    .peers = 1,
    .when = KSTEP_BEHIND,
    .peer = get_peer,
    .stop = put_second,
    .latecomer = put_and_get,
    .check = check,
    .every = 20,
};

/* --- asleep on a full queue --- */

static void get_first(void)
{
    (void)get();
}

const struct kstep_op kstep_queue_put_woken = {
    .name = "queue put on full, one behind",
    .setup = lay_out_two,
    .act = act_put,
    .unblock = get_first,
    .for_one = true,
    .peers = 1,
    .when = KSTEP_BEHIND,
    .peer = put_peer,
    .stop = get_first,
    .latecomer = put_and_get,
    .check = check,
    .every = 20,
};

/* --- growth --- */

static uint64_t memory(void)
{
    return atomic_load(&made.queue->ring.shared->memory);
}

/* Fill the first chunk to the last record, so that the next one needs another:
   that it grows on the next put is tried first, on a queue of its own. */
static int fill_count(void)
{
    static int count;

    if (count == 0) {
        uint64_t first;

        lay_out(mp_queue_new());
        first = memory();
        while (memory() == first &&
               mp_queue_put(made.queue, FILLING + count, KSTEP_WAIT) == 0)
            count++;
        count--;
    }
    return count;
}

static void lay_out_filled(void)
{
    int count = fill_count();

    lay_out(mp_queue_new());
    for (int k = 0; k < count; k++)
        if (put(FILLING + k) != FINE)
            rig_stop("kstep: cannot put");
}

const struct kstep_op kstep_queue_grow = {
    .name = "queue put, growing",
    .setup = lay_out_filled,
    .act = act_put,
    .latecomer = put_and_get,
    .check = check,
    .every = 4,
};

/* --- beside others --- */

static int run_beside(int i)
{
    int rc = FINE;

    while (rc == FINE && !kstep_is_enough()) {
        int number = 200 + atomic_fetch_add(next, 1);

        if (number >= KSTEP_ITEMS)
            break;
        rc = i == 0 ? put(number) : FINE;
        if (rc == FINE && i == 1 && mp_queue_empty(made.queue) == 0)
            rc = get();
    }
    return rc;
}

const struct kstep_op kstep_queue_put_beside = {
    .name = "queue put, two beside",
    .setup = lay_out_empty,
    .act = act_put,
    .peers = 2,
    .when = KSTEP_BESIDE,
    .peer = run_beside,
    .stop = kstep_tell_enough,
    .latecomer = put_and_get,
    .check = check,
    .every = 2,
};

/* --- tasks --- */

static void lay_out_task(void)
{
    lay_out(mp_joinable_queue_new());
    if (put(RIGS) != FINE || get() != FINE)
        rig_stop("kstep: cannot put and get");
}

static void act_task_done(void)
{
    answer = mp_queue_task_done(made.queue);
}

static int join_peer(int i)
{
    (void)i;
    return mp_queue_join(made.queue, KSTEP_WAIT) == 0 ? FINE : ODD_ANSWER;
}

static bool is_not_done(void)
{
    return atomic_load(&made.queue->ring.shared->task.commit) == 0;
}

/* If the victim did not get so far; a second time is refused. */
static void do_the_task(void)
{
    if (is_not_done())
        answer = mp_queue_task_done(made.queue);
}

static int put_get_and_do(int i)
{
    int rc = put_and_get(i);

    if (rc == FINE && mp_queue_task_done(made.queue) != 0)
        rc = ODD_ANSWER;
    return rc == FINE ? join_peer(i) : rc;
}

const struct kstep_op kstep_queue_task_done = {
    .name = "queue task_done, a join asleep",
    .setup = lay_out_task,
    .act = act_task_done,
    .peers = 1,
    .when = KSTEP_BEFORE,
    .peer = join_peer,
    .stop = do_the_task,
    .needs_news = is_not_done,
    .latecomer = put_get_and_do,
    .check = check,
};

/* --- the end --- */

static void act_shutdown(void)
{
    answer = mp_queue_shutdown(made.queue);
}

static int get_the_end(int i)
{
    int rc = mp_queue_get(made.queue, &i, KSTEP_WAIT);

    return rc == MP_SHUT_DOWN ? FINE : ODD_ANSWER;
}

/* Killed before it shut the queue down, somebody else does. */
static void shut_down_if_open(void)
{
    if (atomic_load(&made.queue->ring.shared->state) == RING_OPEN)
        answer = mp_queue_shutdown(made.queue);
}

const struct kstep_op kstep_queue_shutdown = {
    .name = "queue shutdown, a consumer asleep",
    .setup = lay_out_empty,
    .act = act_shutdown,
    .peers = 1,
    .when = KSTEP_BEFORE,
    .peer = get_the_end,
    .stop = shut_down_if_open,
    .latecomer = get_the_end,
    .check = check,
};
