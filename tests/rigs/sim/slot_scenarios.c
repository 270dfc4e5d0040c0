/*
 * The slot table under every schedule: a process that lives is never taken for
 * dead, a dead one never for alive, though slots change hands.
 */
#include "scenarios.h"

#include "base/clock.h"
#include "os/owner_lock.h"

enum { NEWCOMER = 2, OTHER_NEWCOMER = 1, LAST_TAKEN = 3 };

static struct mp__owner_lock *lock;
static struct notes {
    mp__owner newcomer; /* its name, once it has one */
    int32_t inside;     /* who + 1 */
} * notes;

static void lay_out(void)
{
    lock = sim_shared(sizeof *lock, "lock");
    notes = sim_private(sizeof *notes);
}

/* The next to register gets the slot of process i. */
static void offer_slot_of(int i)
{
    atomic_store(&mp__context->next, (uint32_t)i);
}

static void through_the_lock(int me)
{
    int rc = mp__owner_lock(lock, MP__NEVER);

    SIM_DEMAND(rc >= 0, "the lock answers %d", rc);
    SIM_DEMAND(notes->inside == 0 || sim_was_killed(notes->inside - 1),
               "processes %d and %d are inside at once", notes->inside - 1, me);
    notes->inside = me + 1;
    sim_point();
    notes->inside = 0;
    mp__owner_unlock(lock);
}

static void register_anew(void)
{
    notes->newcomer = mp__self();
    SIM_DEMAND(notes->newcomer != 0, "there is a slot, but not for all");
}

static void newcomer_lives(void)
{
    SIM_DEMAND(notes->newcomer == 0 || sim_was_killed(NEWCOMER) ||
                   !mp__is_announced_dead(notes->newcomer),
               "the newcomer was taken for dead");
}

/* --- the holder dies and another process gets its slot --- */

static void held_and_offered(void)
{
    lay_out();
    atomic_store(&lock->word, sim_owner(0));
    notes->inside = 1;
    sim_unregister(NEWCOMER);
    offer_slot_of(0);
}

static void holder_waiter_newcomer(int me)
{
    if (me == 0) {
        sim_point();
        notes->inside = 0;
        mp__owner_unlock(lock);
        return;
    }
    if (me == NEWCOMER)
        register_anew();
    through_the_lock(me);
}

const struct sim_scenario sim_slot_reborn = {
    .name = "slot_reborn",
    .what = "the slot of a dead holder is taken anew before it is missed",
    .processes = 3,
    .victims = 1,
    .ci = {3, 1},
    .more = {5, 1},
    .at_least = 200,
    .setup = held_and_offered,
    .body = holder_waiter_newcomer,
    .check = newcomer_lives,
};

/* --- one death is announced by two, while the slot is taken anew --- */

static void dead_and_offered(void)
{
    lay_out();
    sim_unregister(NEWCOMER);
    offer_slot_of(SIM_GHOST);
}

static void two_announcers(int me)
{
    if (me == NEWCOMER) {
        register_anew();
        through_the_lock(me);
    } else
        mp__announce_death(sim_owner(SIM_GHOST));
}

const struct sim_scenario sim_slot_announced_twice = {
    .name = "slot_announced_twice",
    .what = "two announce a death, and the slot is taken anew in between",
    .processes = 3,
    .ci = {4, 0},
    .more = {8, 0},
    .at_least = 100,
    .setup = dead_and_offered,
    .body = two_announcers,
    .check = newcomer_lives,
};

/* --- two newcomers want the same slot --- */

static void one_slot_offered(void)
{
    lay_out();
    sim_unregister(NEWCOMER);
    sim_unregister(OTHER_NEWCOMER);
    offer_slot_of(LAST_TAKEN);
}

static void two_newcomers(int me)
{
    mp__owner mine;

    if (me != NEWCOMER && me != OTHER_NEWCOMER)
        return;
    mine = mp__self();
    SIM_DEMAND(mine != 0 && mine != notes->newcomer, "both have one name");
    notes->newcomer = mine;
    through_the_lock(me);
    SIM_DEMAND(!mp__is_announced_dead(mine), "a slot was taken twice");
}

const struct sim_scenario sim_slot_wanted_by_two = {
    .name = "slot_wanted_by_two",
    .what = "two register at once and come upon the same slot",
    .processes = 3,
    .ci = {4, 0},
    .more = {8, 0},
    .at_least = 100,
    .setup = one_slot_offered,
    .body = two_newcomers,
};

/* --- a child wears the slot that its parent took for it --- */

enum { PARENT = 0, PROBER = 1 };

static mp__owner reserved;

/* The parent has forked and is dead, or soon will be; the slot still says it
   is the parent's. */
static void reserved_by_parent(void)
{
    lay_out();
    sim_unregister(NEWCOMER);
    reserved = sim_owner(NEWCOMER) + (1u << MP__SLOT_BITS);
    atomic_store(&mp__context->slot[NEWCOMER].ident,
                 UINT64_C(2) << 32 | (SIM_FIRST_PID + PARENT));
    offer_slot_of(SIM_GHOST - 1);
}

static void wear_while_probed(int me)
{
    if (me == PARENT)
        sim_point();
    else if (me == PROBER) {
        sim_point();
        (void)mp__is_dead(reserved, false);
        through_the_lock(me);
    } else {
        mp__slot_wear(reserved);
        register_anew();
        through_the_lock(me);
    }
}

const struct sim_scenario sim_slot_worn_while_probed = {
    .name = "slot_worn_while_probed",
    .what = "a child wears its slot while another finds the parent dead",
    .processes = 3,
    .victims = 1u << PARENT,
    .ci = {4, 1},
    .more = {6, 1},
    .at_least = 100,
    .setup = reserved_by_parent,
    .body = wear_while_probed,
    .check = newcomer_lives,
};

/* --- the parent's threads: one says whose the slot is, one that it died --- */

static void assign_and_announce(int me)
{
    if (me == 0)
        mp__slot_assign(reserved, SIM_FIRST_PID + NEWCOMER);
    else if (me == 1)
        mp__announce_death(reserved);
}

static void nobody_has_it(void)
{
    SIM_DEMAND(mp__is_announced_dead(reserved), "a dead process has a slot");
}

const struct sim_scenario sim_slot_assigned_while_announced = {
    .name = "slot_assigned_while_announced",
    .what = "a child is dead before its slot is assigned to it",
    .processes = 2,
    .ci = {4, 0},
    .more = {8, 0},
    .at_least = 10,
    .setup = reserved_by_parent,
    .body = assign_and_announce,
    .check = nobody_has_it,
};

/* --- somebody sweeps the table while a slot is taken --- */

static void offer_old_slot(void)
{
    lay_out();
    sim_unregister(NEWCOMER);
    mp__context->slot[NEWCOMER].seen = UINT64_C(1) << 40 | 1;
    offer_slot_of(NEWCOMER);
}

static void take_while_probed(int me)
{
    mp__owner next = sim_owner(NEWCOMER) + (1u << MP__SLOT_BITS);

    if (me == NEWCOMER) {
        register_anew();
        through_the_lock(me);
    } else if (me == PROBER) {
        sim_point();
        if (!mp__is_announced_dead(next))
            (void)mp__is_dead(next, false);
    }
}

const struct sim_scenario sim_slot_taken_while_probed = {
    .name = "slot_taken_while_probed",
    .what = "a newcomer takes a slot while another sweeps the table",
    .processes = 3,
    .ci = {4, 0},
    .more = {8, 0},
    .at_least = 50,
    .setup = offer_old_slot,
    .body = take_while_probed,
    .check = newcomer_lives,
};
