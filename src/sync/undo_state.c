/*
 * How a Semaphore with undo changes; see undo_state.h. All words are seq_cst.
 *
 * Whoever gives a unit back wakes one sleeper; a death wakes all, as it does
 * everywhere, and may have brought back several units.
 */
#include "sync/undo_state.h"

#include "base/clock.h"
#include "base/error.h"
#include "os/sleep.h"

#include <errno.h>

/* The lock is held for moments. Even who may not wait waits for these, and is
   late only if the one inside was stopped there. */
#define GRACE (MP__SECOND / 10)

/* Holders looked up when a slice has passed, and the slice from which on it is
   asked whether they run another program. */
enum { LOOKED_UP = 16, THOROUGH_AT = 3, HOLDERS_SPUN_OVER = 32 };

static uint32_t holders_of(uint32_t max)
{
    return max < MP__SLOTS ? max : MP__SLOTS;
}

size_t mp__undo_size(uint32_t max)
{
    return sizeof(struct mp__undo_shared) +
           holders_of(max) * sizeof(_Atomic uint64_t);
}

void mp__undo_begin(struct mp__undo_shared *u)
{
    u->holders = holders_of(u->head.max);
}

bool mp__undo_is_whole(const struct mp__undo_shared *u)
{
    uint32_t max = u->head.max;

    return u->holders == holders_of(max) &&
           u->head.cell.size >= mp__undo_size(max);
}

static uint64_t holder_of(mp__owner who, uint32_t held)
{
    return (uint64_t)who << 32 | held;
}

static mp__owner who_in(uint64_t holder)
{
    return (mp__owner)(holder >> 32);
}

static uint32_t held_in(uint64_t holder)
{
    return (uint32_t)holder;
}

/* By a living process, as far as is known. */
static bool is_in_use(uint64_t holder)
{
    return held_in(holder) > 0 && !mp__is_announced_dead(who_in(holder));
}

static uint64_t held_by_all(const struct mp__undo_shared *u)
{
    uint64_t held = 0;

    for (uint32_t i = 0; i < u->holders; i++) {
        uint64_t holder = atomic_load(&u->holder[i]);

        held += is_in_use(holder) ? held_in(holder) : 0;
    }
    return held;
}

uint32_t mp__undo_value(const struct mp__undo_shared *u)
{
    uint64_t held = held_by_all(u);

    return held < u->head.max ? u->head.max - (uint32_t)held : 0;
}

/* -- under the lock ------------------------------------------------------- */

static int enter(struct mp__undo_shared *u, int64_t deadline)
{
    int64_t grace;
    int rc;

    if (deadline != MP__NEVER) {
        grace = mp__now() + GRACE;
        deadline = deadline > grace ? deadline : grace;
    }
    rc = mp__owner_lock(&u->lock, deadline);
    return rc < 0 ? rc : 0;
}

/* Where `self` is written down; if it is not, where it can be, or NULL if there
   is no such place. */
static _Atomic uint64_t *find(struct mp__undo_shared *u, mp__owner self)
{
    _Atomic uint64_t *free = NULL;

    for (uint32_t i = 0; i < u->holders; i++) {
        uint64_t holder = atomic_load(&u->holder[i]);

        if (who_in(holder) == self && held_in(holder) > 0)
            return &u->holder[i];
        if (free == NULL && !is_in_use(holder))
            free = &u->holder[i];
    }
    return free;
}

static uint32_t held_at(const _Atomic uint64_t *place, mp__owner self)
{
    uint64_t holder = place == NULL ? 0 : atomic_load(place);

    return who_in(holder) == self ? held_in(holder) : 0;
}

static bool take(struct mp__undo_shared *u, mp__owner self)
{
    _Atomic uint64_t *place;

    if (mp__undo_value(u) == 0)
        return false;
    place = find(u, self);
    if (place == NULL)
        return false;
    atomic_store(place, holder_of(self, held_at(place, self) + 1));
    return true;
}

/* -- waiting -------------------------------------------------------------- */

/* Nobody may have told of a holder's death: some are looked up each time. */
static void look_up_holders(struct mp__undo_shared *u, unsigned slice)
{
    for (uint32_t k = 0; k < LOOKED_UP && k < u->holders; k++) {
        uint32_t i = (slice * LOOKED_UP + k) % u->holders;
        uint64_t holder = atomic_load(&u->holder[i]);

        if (is_in_use(holder))
            (void)mp__is_dead(who_in(holder), slice >= THOROUGH_AT);
    }
}

static int sleep_for_unit(struct mp__undo_shared *u, uint32_t seen,
                          struct mp__sleep *sleep)
{
    unsigned slices = sleep->slices;
    int rc = mp__sleep_on(sleep, &u->given, seen, 0);

    if (sleep->slices > slices)
        look_up_holders(u, slices);
    return rc;
}

/* Over many holders a look takes longer than a sleep. */
static void spin_for_unit(const struct mp__undo_shared *u)
{
    int looks = u->holders <= HOLDERS_SPUN_OVER ? mp__spins() : 0;

    for (; looks > 0 && mp__undo_value(u) == 0; looks--)
        mp__pause();
}

/* Who sleeps has been told 0: it has set `wanted` under the lock, where *seen
   was `given`. 1: it has a unit. */
static int try(struct mp__undo_shared *u, mp__owner self,
               const struct mp__sleep *sleep, bool late, uint32_t *seen)
{
    int rc = enter(u, sleep->deadline);

    if (rc < 0)
        return rc;
    rc = take(u, self);
    *seen = atomic_load(&u->given);
    if (rc == 0 && !late)
        atomic_store(&u->wanted, atomic_load(&u->wanted) % UINT32_MAX + 1);
    mp__owner_unlock(&u->lock);
    return rc == 0 && late ? -ETIMEDOUT : rc;
}

/* Whoever comes too late tries once more after its last sleep: a wake-up that
   it was given cannot be lost. */
int mp__undo_acquire(struct mp__undo_shared *u, int64_t deadline)
{
    struct mp__sleep sleep = mp__sleep_until(deadline);
    mp__owner self = mp__self();
    bool late = deadline == 0;
    uint32_t seen;
    int rc;

    if (self == 0)
        return -EAGAIN;
    for (;;) {
        if (!late)
            spin_for_unit(u);
        mp__sleep_look(&sleep);
        rc = try(u, self, &sleep, late, &seen);
        if (rc != 0)
            return rc < 0 ? rc : 0;
        late = sleep_for_unit(u, seen, &sleep) < 0;
    }
}

/* `given` moves in the same step as the wake-up, so who is only about to sleep
   does not. Nobody asleep means that whoever set `wanted` has seen it move; who
   came since has changed its number. */
static void wake_one(struct mp__undo_shared *u, uint32_t wanted)
{
    if (mp__futex_add_wake(&u->given, 1, 1) == 0)
        (void)atomic_compare_exchange_strong(&u->wanted, &wanted, 0);
}

int mp__undo_release(struct mp__undo_shared *u)
{
    mp__owner self = mp__self();
    _Atomic uint64_t *place;
    uint32_t wanted, held;

    if (self == 0)
        return -EAGAIN;
    MP_TRY(enter(u, MP__NEVER));
    place = find(u, self);
    held = held_at(place, self);
    if (held > 0)
        atomic_store(place, held > 1 ? holder_of(self, held - 1) : 0);
    wanted = atomic_load(&u->wanted);
    mp__owner_unlock(&u->lock);
    if (held == 0)
        return mp__semaphore_fail_full();
    if (wanted != 0)
        wake_one(u, wanted);
    return 0;
}
