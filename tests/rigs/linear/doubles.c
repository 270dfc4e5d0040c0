/*
 * Lock, semaphore and queue, each in one word that changes by compare and
 * swap; who has to wait looks again and again. With the faults that the rig
 * has to see.
 */
#include "subject.h"

#include "process.h"

#include "os/sleep.h"

#include <mproc.h>

#include <stdatomic.h>
#include <string.h>
#include <time.h>

/* Of the queue's word: how many, and the items above it, the oldest lowest. */
enum { COUNT_BITS = 4, ITEM_BITS = 9, MISDEED_EVERY = 4 };

enum { TWO_STEPS = 200 /* looks */, LOOK_EVERY_NS = 10000 };

static struct shared {
    _Atomic uint64_t word;
    uint32_t limit;
    _Atomic uint32_t turns;
    _Atomic int64_t before; /* what was last told, or is to be told again */
} * shared;

static const char *fault;

void linear_double_use(const struct linear_double *which)
{
    fault = which->fault;
}

static bool has(const char *name)
{
    return fault != NULL && strcmp(fault, name) == 0;
}

/* It has this fault, and shows it this time. */
static bool shows(const char *name)
{
    return has(name) &&
           atomic_fetch_add(&shared->turns, 1) % MISDEED_EVERY == 0;
}

/* A change in one step, or in two, between which another's is lost. */
static bool change(uint64_t *seen, uint64_t to)
{
    if (!has("changes in two steps"))
        return atomic_compare_exchange_strong(&shared->word, seen, to);
    for (int i = 0; i < TWO_STEPS; i++)
        mp__pause();
    atomic_store(&shared->word, to);
    return true;
}

static struct linear_state begin(uint32_t count, uint32_t limit)
{
    if (shared == NULL)
        shared = rig_shared(sizeof *shared);
    memset(shared, 0, sizeof *shared);
    shared->limit = limit;
    atomic_store(&shared->word, count);
    return (struct linear_state){.count = count, .limit = limit};
}

static void teardown(void)
{
}

/* Try until it answers something else than `not_yet`, or time is up. */
static int insist(int (*try)(struct linear_op *op), struct linear_op *op,
                  int not_yet)
{
    const struct timespec pause = {0, LOOK_EVERY_NS};
    double end = rig_seconds() + op->timeout;
    int answer;

    while ((answer = try(op)) == not_yet && rig_seconds() < end)
        (void)nanosleep(&pause, NULL);
    return answer;
}

/* -- lock ----------------------------------------------------------------- */

static struct linear_state setup_lock(struct linear_random *r)
{
    (void)r;
    return begin(LINEAR_FREE, 0);
}

static int tell_of_death(void)
{
    if (has("tells a death twice"))
        atomic_store(&shared->before, MP_OWNER_DEAD);
    return has("tells of no death") ? 0 : MP_OWNER_DEAD;
}

static int try_lock(struct linear_op *op)
{
    uint64_t holder = atomic_load(&shared->word);

    (void)op;
    if (shows("is held, it says, and is not"))
        return MP_TIMEOUT;
    for (;;) {
        bool left = holder != 0 && !has("is lost with its holder") &&
                    mp__is_announced_dead((mp__owner)holder);

        if (holder != 0 && !left)
            return shows("lets in two") ? 0 : MP_TIMEOUT;
        if (change(&holder, mp__self()))
            return left ? tell_of_death()
                        : (int)atomic_exchange(&shared->before, 0);
    }
}

static int release_lock(void)
{
    uint64_t holder = atomic_load(&shared->word);

    do
        if (holder == 0)
            return MP_VALUE_ERROR;
    while (!change(&holder, 0));
    return 0;
}

static void perform_lock(struct linear_op *op)
{
    if (op->kind == LINEAR_ACQUIRE)
        op->answer = insist(try_lock, op, MP_TIMEOUT);
    else if (op->kind == LINEAR_RELEASE)
        op->answer = release_lock();
    else
        op->answer = atomic_load(&shared->word) != 0;
}

/* -- semaphore ------------------------------------------------------------ */

static struct linear_state setup_semaphore(struct linear_random *r)
{
    uint32_t count = linear_pick(r, 4);

    return begin(count, linear_pick(r, 2) == 0 ? 0 : count + 1);
}

static int try_unit(struct linear_op *op)
{
    uint64_t units = atomic_load(&shared->word);

    (void)op;
    if (shows("has none, it says, and has"))
        return MP_TIMEOUT;
    do
        if (units == 0)
            return MP_TIMEOUT;
        else if (shows("gives a unit and keeps it"))
            return 0;
    while (!change(&units, units - 1));
    return 0;
}

static int give_unit(void)
{
    uint64_t units = atomic_load(&shared->word);

    if (shows("loses a unit"))
        return 0;
    do
        if (shared->limit != 0 && units == shared->limit &&
            !has("goes beyond its limit"))
            return MP_VALUE_ERROR;
    while (!change(&units, units + 1));
    return 0;
}

static void perform_semaphore(struct linear_op *op)
{
    if (op->kind == LINEAR_ACQUIRE)
        op->answer = insist(try_unit, op, MP_TIMEOUT);
    else if (op->kind == LINEAR_RELEASE)
        op->answer = give_unit();
    else
        op->answer = (int)atomic_load(&shared->word);
}

/* -- queue ---------------------------------------------------------------- */

static struct linear_state setup_queue(struct linear_random *r)
{
    return begin(0, 1 + linear_pick(r, 4));
}

static uint32_t count_in(uint64_t word)
{
    return (uint32_t)word & ((1u << COUNT_BITS) - 1);
}

static unsigned place_of(uint32_t i)
{
    return COUNT_BITS + ITEM_BITS * i;
}

static int try_put(struct linear_op *op)
{
    uint64_t word = atomic_load(&shared->word);

    if (shows("drops an item"))
        return 0;
    if (shows("is full, it says, and is not"))
        return MP_FULL;
    do
        if (count_in(word) >= shared->limit + has("goes beyond its limit"))
            return MP_FULL;
    while (!change(&word,
                   (word | (uint64_t)op->items[0] << place_of(count_in(word))) +
                       1));
    return 0;
}

/* The word without the i-th of its items. */
static uint64_t without(uint64_t word, uint32_t i)
{
    uint64_t below = (UINT64_C(1) << place_of(i)) - 1;

    return ((word & below) | ((word >> ITEM_BITS) & ~below)) - 1;
}

static int try_get(struct linear_op *op)
{
    uint64_t word = atomic_load(&shared->word);
    uint32_t i;

    if (shows("is empty, it says, and is not"))
        return MP_EMPTY;
    do {
        if (count_in(word) == 0)
            return MP_EMPTY;
        i = shows("gives the newest first") ? count_in(word) - 1 : 0;
    } while (!shows("gives an item twice") && !change(&word, without(word, i)));
    op->items[0] = (uint16_t)(word >> place_of(i) & ((1u << ITEM_BITS) - 1));
    return 0;
}

/* One after the other; to get, only the first is waited for. */
static int do_batch(int (*try)(struct linear_op *op), struct linear_op *op,
                    int not_yet)
{
    struct linear_op one = *op;
    int answer = 0, n = 0;

    while (n < op->batch && answer == 0) {
        one.items[0] = op->items[n];
        if (n > 0 && op->kind == LINEAR_GET)
            one.timeout = 0;
        answer = insist(try, &one, not_yet);
        if (answer == 0)
            op->items[n++] = one.items[0];
    }
    return n > 0 ? n : answer;
}

static int64_t count_items(void)
{
    int64_t now = count_in(atomic_load(&shared->word));
    int64_t before = atomic_exchange(&shared->before, now);

    return shows("says how many there were") ? before : now;
}

static void perform_queue(struct linear_op *op)
{
    int (*try)(struct linear_op *) = op->kind == LINEAR_PUT ? try_put : try_get;
    int not_yet = op->kind == LINEAR_PUT ? MP_FULL : MP_EMPTY;

    if (op->kind == LINEAR_PUT || op->kind == LINEAR_GET)
        op->answer = op->batch > 0 ? do_batch(try, op, not_yet)
                                   : insist(try, op, not_yet);
    else if (op->kind == LINEAR_COUNT)
        op->answer = (int)count_items();
    else if (op->kind == LINEAR_IS_EMPTY)
        op->answer = count_in(atomic_load(&shared->word)) == 0;
    else
        op->answer = count_in(atomic_load(&shared->word)) == shared->limit;
}

/* ------------------------------------------------------------------------- */

static const struct linear_subject lock = {
    .name = "lock",
    .family = &linear_locks,
    .setup = setup_lock,
    .perform = perform_lock,
    .teardown = teardown,
};

static const struct linear_subject semaphore = {
    .name = "semaphore",
    .family = &linear_semaphores,
    .setup = setup_semaphore,
    .perform = perform_semaphore,
    .teardown = teardown,
};

static const struct linear_subject queue = {
    .name = "queue",
    .family = &linear_queues,
    .setup = setup_queue,
    .perform = perform_queue,
    .teardown = teardown,
};

const struct linear_double linear_doubles[] = {
    {&lock, NULL},
    {&lock, "tells a death twice"},
    {&lock, "tells of no death"},
    {&lock, "is lost with its holder"},
    {&lock, "lets in two"},
    {&lock, "is held, it says, and is not"},
    {&lock, "changes in two steps"},
    {&semaphore, NULL},
    {&semaphore, "loses a unit"},
    {&semaphore, "gives a unit and keeps it"},
    {&semaphore, "has none, it says, and has"},
    {&semaphore, "goes beyond its limit"},
    {&semaphore, "changes in two steps"},
    {&queue, NULL},
    {&queue, "gives the newest first"},
    {&queue, "gives an item twice"},
    {&queue, "drops an item"},
    {&queue, "is full, it says, and is not"},
    {&queue, "is empty, it says, and is not"},
    {&queue, "says how many there were"},
    {&queue, "goes beyond its limit"},
    {&queue, "changes in two steps"},
};

const int linear_doubles_count = sizeof linear_doubles / sizeof *linear_doubles;
