/*
 * The owner lock, killed at every instruction: alone, with peers asleep on it,
 * asleep itself, woken, beside others, and while it takes over from the dead.
 *
 * It guards two counters that go up one after the other: unequal is torn.
 */
#include "op.h"
#include "stage.h"

#include "base/clock.h"
#include "os/owner_lock.h"

#include <errno.h>
#include <stdatomic.h>

enum { ROUNDS_BESIDE = 200 };

static struct guarded {
    struct mp__owner_lock lock;
    atomic_int first;
    atomic_int second;
    atomic_int rounds; /* completed */
    atomic_int told;   /* how often a death was told */
    int died_before;   /* inside, before the victim */
} * shared;

static void lay_out(void)
{
    shared = kstep_zeroed(shared, sizeof *shared);
}

static void count_up(void)
{
    atomic_fetch_add(&shared->first, 1);
    atomic_fetch_add(&shared->second, 1);
}

static void leave(void)
{
    atomic_fetch_add(&shared->rounds, 1);
    mp__owner_unlock(&shared->lock);
}

static int one_round(void)
{
    int rc = mp__owner_lock(&shared->lock, MP__NEVER);

    if (rc < 0)
        return ODD_ANSWER;
    if (rc == MP__HOLDER_DIED) {
        if (atomic_fetch_add(&shared->told, 1) > shared->died_before)
            return TOLD_TWICE;
        atomic_store(&shared->second, atomic_load(&shared->first));
    }
    if (atomic_load(&shared->first) != atomic_load(&shared->second))
        return TORN;
    count_up();
    leave();
    return FINE;
}

static int survivor(int i)
{
    (void)i;
    return one_round();
}

static void act_one_round(void)
{
    (void)one_round();
}

static void act_count_and_leave(void)
{
    count_up();
    leave();
}

static void take_it(void)
{
    (void)mp__owner_lock(&shared->lock, MP__NEVER);
}

static const char *check(void)
{
    int rounds = atomic_load(&shared->rounds);
    int counted = atomic_load(&shared->first);

    if (counted != atomic_load(&shared->second))
        return "the data is torn";
    if (counted < rounds || counted > rounds + 1 + shared->died_before)
        return "a round was lost or counted twice";
    if ((atomic_load(&shared->lock.word) & ~MP__WAITERS) != 0)
        return "nobody has the lock, but its word says otherwise";
    return NULL;
}

const struct kstep_op kstep_lock_alone = {
    .name = "lock, alone",
    .setup = lay_out,
    .act = act_one_round,
    .latecomer = survivor,
    .check = check,
};

static bool has_not_released(void)
{
    return (atomic_load(&shared->lock.word) & ~MP__WAITERS) == kstep_victim();
}

const struct kstep_op kstep_lock_peers_asleep = {
    .name = "unlock, two asleep",
    .setup = lay_out,
    .prepare = take_it,
    .act = act_count_and_leave,
    .peers = 2,
    .when = KSTEP_PREPARED,
    .peer = survivor,
    .needs_news = has_not_released,
    .latecomer = survivor,
    .check = check,
};

/* --- the rig holds it, the victim sleeps on it, a peer behind the victim --- */

static void lay_out_held(void)
{
    lay_out();
    take_it();
}

static void let_go(void)
{
    mp__owner_unlock(&shared->lock);
}

const struct kstep_op kstep_lock_woken = {
    .name = "lock, asleep and woken, one behind",
    .setup = lay_out_held,
    .act = act_one_round,
    .unblock = let_go,
    .peers = 1,
    .when = KSTEP_BEHIND,
    .peer = survivor,
    .latecomer = survivor,
    .check = check,
};

static void act_timed(void)
{
    if (mp__owner_lock(&shared->lock, mp__now() + MP__SECOND / 50) < 0)
        return;
    count_up();
    leave();
}

/* The deadline wakes the victim, not the lock. */
const struct kstep_op kstep_lock_timed = {
    .name = "lock, until a deadline, one behind",
    .setup = lay_out_held,
    .act = act_timed,
    .peers = 1,
    .when = KSTEP_BEFORE,
    .peer = survivor,
    .stop = let_go,
    .latecomer = survivor,
    .check = check,
    .every = 32,
};

/* --- two run beside it --- */

static int run_beside(int i)
{
    return kstep_until_enough(survivor, i, ROUNDS_BESIDE);
}

const struct kstep_op kstep_lock_contended = {
    .name = "lock, two beside",
    .setup = lay_out,
    .act = act_one_round,
    .peers = 2,
    .when = KSTEP_BESIDE,
    .peer = run_beside,
    .stop = kstep_tell_enough,
    .latecomer = survivor,
    .check = check,
};

/* --- a dead one has it, and the data is torn --- */

static int die_inside(int arg)
{
    (void)arg;
    take_it();
    atomic_fetch_add(&shared->first, 1);
    return 0;
}

static void lay_out_torn(void)
{
    lay_out();
    shared->died_before = 1;
    kstep_let_one_die(die_inside);
}

/* The survivor finds it mended, or is told again. */
const struct kstep_op kstep_lock_inherited = {
    .name = "lock, from a dead holder, mending",
    .setup = lay_out_torn,
    .act = act_one_round,
    .latecomer = survivor,
    .check = check,
};

/* --- the slot table --- */

static int taken_before;

static void lay_out_slots(void)
{
    lay_out();
    taken_before = rig_slots_taken();
}

static void forget_slot(void)
{
    mp__identity->self = 0;
}

static void act_register(void)
{
    (void)mp__self();
}

static const char *check_slots(void)
{
    int its_own = kstep_has_finished() ? 2 : 0; /* worn, and registered anew */

    if (rig_slots_taken() != taken_before + its_own)
        return "a slot was not given back";
    return check();
}

const struct kstep_op kstep_register = {
    .name = "register",
    .setup = lay_out_slots,
    .prepare = forget_slot,
    .act = act_register,
    .latecomer = survivor,
    .check = check_slots,
};

/* --- the victim is the one who announces another's death --- */

static struct rig_process dead_holder;

static void lay_out_unannounced(void)
{
    int status;

    lay_out();
    shared->died_before = 1;
    dead_holder = rig_start(die_inside, 0);
    if (!rig_await_end(&dead_holder, 10, &status))
        rig_stop("kstep: a process does not end");
}

static void act_announce(void)
{
    mp__announce_death(dead_holder.who);
}

/* Once more, as its parent would. */
static void announce_again(void)
{
    rig_announce(&dead_holder);
}

const struct kstep_op kstep_announce = {
    .name = "announce a death, one asleep",
    .setup = lay_out_unannounced,
    .act = act_announce,
    .peers = 1,
    .when = KSTEP_PREPARED,
    .peer = survivor,
    .stop = announce_again,
    .latecomer = survivor,
    .check = check,
};
