/*
 * Buffers, killed at every instruction of making, sending and receiving them.
 *
 * Each holds its number from end to end. It is received once and whole, or was
 * in the hands of the victim; and who sent it lets go of its memory.
 */
#include "leaks.h"
#include "op.h"
#include "stage.h"

#include "queue/queue.h"

#include <stdatomic.h>

/* A large one is worth keeping mapped for its sender: see region.c. */
enum { SMALL = 5000, LARGE = 8 << 20 };
enum { RIGS = 1, VICTIMS = 7, LATE = 9, BESIDE = 100, ROUNDS_BESIDE = 3 };

static atomic_int *next; /* item of those beside the victim */
static int losses;       /* items that may be gone with the victim */
static mp_buffer *held;
static struct rig_hold before;

/* --- one of them --- */

static mp_buffer *make(int number, size_t size)
{
    mp_buffer *b = mp_buffer_new(size);
    int *data = b != NULL ? mp_buffer_data(b) : NULL;

    if (data != NULL)
        data[0] = data[size / sizeof *data - 1] = number;
    return b;
}

static int put_once(int number, size_t size)
{
    mp_buffer *b = make(number, size);
    int rc = b != NULL ? mp_queue_put(made.queue, b, KSTEP_WAIT) : -1;

    if (rc == 0)
        kstep_accept(number);
    mp_buffer_free(b);
    return rc == 0 ? FINE : ODD_ANSWER;
}

static int look(mp_buffer *b)
{
    const int *data = mp_buffer_data(b);
    size_t n = mp_buffer_size(b) / sizeof *data;

    if (data == NULL || data[0] != data[n - 1])
        return TORN;
    return kstep_receive(data[0]);
}

static int get(void)
{
    mp_buffer *b = NULL;
    int verdict = ODD_ANSWER;

    if (mp_queue_get(made.queue, &b, KSTEP_WAIT) == 0)
        verdict = look(b);
    mp_buffer_free(b);
    return verdict;
}

static int get_peer(int i)
{
    (void)i;
    return get();
}

/* Whatever is left comes out, and one more passes. */
static int put_and_get(int i)
{
    int verdict = FINE;

    (void)i;
    while (verdict == FINE && mp_queue_empty(made.queue) == 0)
        verdict = get();
    if (verdict == FINE)
        verdict = put_once(LATE, SMALL);
    return verdict == FINE ? get() : verdict;
}

static int come_late(int i)
{
    return kstep_leave_nothing(put_and_get, i);
}

/* --- before and after --- */

static void lay_out(void)
{
    made.queue = mp_queue_new();
    kstep_need(made.queue);
    next = kstep_zeroed(next, sizeof *next);
    losses = 0;
    before = rig_hold();
}

/* The death of one who had a buffer is looked for when anything is done with
   buffers: then the rig has no more of them mapped than before. */
static const char *check(void)
{
    struct rig_hold now;

    if (kstep_missing() > losses)
        return "a buffer is gone";
    if (mp_queue_qsize(made.queue) != 0)
        return "the queue is not empty";
    if (kstep_has_finished())
        return NULL;
    mp_buffer_free(make(LATE, SMALL));
    now = rig_hold();
    return now.fds > before.fds || now.mappings > before.mappings
               ? "the rig has more than before"
               : NULL;
}

/* --- making --- */

static void act_make(void)
{
    held = mp_buffer_from("a text of which it is made");
    mp_buffer_free(held);
    held = make(VICTIMS, LARGE);
    mp_buffer_free(held);
}

const struct kstep_op kstep_buffer_make = {
    .name = "buffer, made and freed",
    .setup = lay_out,
    .act = act_make,
    .latecomer = come_late,
    .check = check,
    .every = 120,
    .samples = 1,
};

/* --- putting --- */

static void hold_one(void)
{
    held = make(VICTIMS, LARGE);
}

static void act_put(void)
{
    if (mp_queue_put(made.queue, held, KSTEP_WAIT) == 0)
        kstep_accept(VICTIMS);
    mp_buffer_free(held);
}

static bool is_not_in(void)
{
    return atomic_load(&made.queue->ring.shared->put.commit) == 0;
}

static void put_if_not_in(void)
{
    if (is_not_in())
        (void)put_once(RIGS, SMALL);
}

const struct kstep_op kstep_buffer_put = {
    .name = "queue put, a buffer, a consumer asleep",
    .setup = lay_out,
    .prepare = hold_one,
    .act = act_put,
    .peers = 1,
    .when = KSTEP_BEFORE,
    .peer = get_peer,
    .stop = put_if_not_in,
    .needs_news = is_not_in,
    .latecomer = come_late,
    .check = check,
    .every = 120,
    .samples = 5,
};

/* --- getting --- */

static void lay_out_one(size_t size)
{
    lay_out();
    losses = 1;
    if (put_once(RIGS, size) != FINE)
        rig_stop("kstep: cannot put a buffer");
}

static void lay_out_small(void)
{
    lay_out_one(SMALL);
}

static void lay_out_large(void)
{
    lay_out_one(LARGE);
}

/* What it gets it frees, or dies with. */
static void act_get(void)
{
    mp_buffer *b = NULL;

    if (mp_queue_get(made.queue, &b, KSTEP_WAIT) == 0)
        (void)look(b);
    mp_buffer_free(b);
}

const struct kstep_op kstep_buffer_get = {
    .name = "queue get, a buffer",
    .setup = lay_out_small,
    .act = act_get,
    .latecomer = come_late,
    .check = check,
    .every = 200,
    .samples = 5,
};

const struct kstep_op kstep_buffer_get_large = {
    .name = "queue get, a buffer that its sender keeps",
    .setup = lay_out_large,
    .act = act_get,
    .latecomer = come_late,
    .check = check,
    .every = 200,
    .samples = 5,
};

/* --- beside two, one putting and one getting --- */

static int put_or_get_once(int i)
{
    if (i == 0)
        return put_once(BESIDE + atomic_fetch_add(next, 1), SMALL);
    return mp_queue_empty(made.queue) == 0 ? get() : FINE;
}

static int put_or_get(int i)
{
    return kstep_until_enough(put_or_get_once, i, ROUNDS_BESIDE);
}

const struct kstep_op kstep_buffer_put_beside = {
    .name = "queue put, a buffer, two beside",
    .setup = lay_out,
    .prepare = hold_one,
    .act = act_put,
    .peers = 2,
    .when = KSTEP_BESIDE,
    .peer = put_or_get,
    .stop = kstep_tell_enough,
    .latecomer = come_late,
    .check = check,
    .every = 300,
    .samples = 4,
};
