/*
 * How a Condition changes; see condition_state.h.
 */
#include "sync/condition_state.h"

#include "base/clock.h"
#include "os/cpu.h"
#include "os/sleep.h"

#include <errno.h>
#include <limits.h>

static struct mp__spinner spinner;

/* What is read and written under the lock, whose words order it. Only a guess
   is made of it without. */
static uint64_t get(const _Atomic uint64_t *at)
{
    return atomic_load_explicit(at, memory_order_relaxed);
}

static void put(_Atomic uint64_t *at, uint64_t value)
{
    atomic_store_explicit(at, value, memory_order_relaxed);
}

/* -- the lock -------------------------------------------------------------- */

int mp__condition_acquire(const struct mp__condition *c, int64_t deadline)
{
    return c->lock != NULL ? mp__lock_acquire(c->lock, deadline)
                           : mp__rlock_acquire(c->rlock, deadline);
}

int mp__condition_release(const struct mp__condition *c)
{
    return c->lock != NULL ? mp__lock_release(c->lock)
                           : mp__rlock_release(c->rlock);
}

bool mp__condition_is_mine(const struct mp__condition *c)
{
    if (c->lock == NULL)
        return mp__rlock_is_mine(c->rlock);
    uint32_t word = atomic_load(&c->lock->lock.word) & ~MP__WAITERS;
    return word != 0 && word == mp__identity->self;
}

bool mp__condition_is_held(const struct mp__condition *c)
{
    return c->lock != NULL ? mp__lock_is_held(c->lock)
                           : mp__rlock_is_held(c->rlock);
}

/* Let go of it, however often it is held; and take it back as often. */
static uint32_t let_go(const struct mp__condition *c)
{
    if (c->lock == NULL)
        return mp__rlock_release_all(c->rlock);
    (void)mp__lock_release(c->lock);
    return 1;
}

static int take_back(const struct mp__condition *c, uint32_t count)
{
    return c->lock != NULL ? mp__lock_acquire(c->lock, MP__NEVER)
                           : mp__rlock_reacquire(c->rlock, count, MP__NEVER);
}

/* -- who waits: all under the lock ----------------------------------------- */

/* How many of a place wait and are not released by a notify_all. The dead
   wait no more. */
static uint64_t waiting_at(const struct mp__condition_shared *s,
                           const struct mp__condition_place *p)
{
    mp__owner owner = (mp__owner)get(&p->owner);

    if (get(&p->count) == 0 || get(&p->since) < get(&s->all_until) ||
        (owner != 0 && mp__is_announced_dead(owner)))
        return 0;
    return get(&p->count);
}

static uint64_t waiting(const struct mp__condition_shared *s)
{
    uint64_t n = waiting_at(s, &s->others);

    for (int i = 0; i < MP__CONDITION_PLACES; i++)
        n += waiting_at(s, &s->place[i]);
    return n;
}

/* The permits handed out and not yet used. One that is more than there are
   waiters was for a dead one, and nobody is left who could use it. */
static uint64_t permits(const struct mp__condition_shared *s)
{
    uint64_t there = waiting(s), handed_out = get(&s->permits);

    return handed_out < there ? handed_out : there;
}

/* Whether everybody can use a permit, and there are enough. Who came after the
   last notify cannot: a permit of a dead one is nothing to him. */
static bool all_are_notified(const struct mp__condition_shared *s)
{
    uint64_t now = get(&s->clock);

    if (permits(s) < waiting(s) ||
        (waiting_at(s, &s->others) > 0 && get(&s->others.since) == now))
        return false;
    for (int i = 0; i < MP__CONDITION_PLACES; i++)
        if (waiting_at(s, &s->place[i]) > 0 && get(&s->place[i].since) == now)
            return false;
    return true;
}

/* The place of the calling process: its own, or a free one, or the others'. */
static struct mp__condition_place *find_place(struct mp__condition_shared *s,
                                              mp__owner self)
{
    struct mp__condition_place *found = &s->others;

    for (int i = MP__CONDITION_PLACES - 1; i >= 0; i--) {
        struct mp__condition_place *p = &s->place[i];

        if (waiting_at(s, p) == 0)
            found = p;
        else if (get(&p->owner) == self)
            return p;
    }
    return found;
}

struct turn {
    struct mp__condition_place *place;
    uint64_t since;
};

/* The count goes up last: if we die before, nobody came. */
static struct turn enrol(struct mp__condition_shared *s)
{
    mp__owner self = mp__identity->self;
    struct mp__condition_place *p = find_place(s, self);
    uint64_t there = waiting_at(s, p), now = get(&s->clock);

    put(&s->permits, permits(s));
    put(&p->count, there);
    if (p != &s->others)
        put(&p->owner, self);
    put(&p->since, now);
    put(&p->count, there + 1);
    return (struct turn){p, now};
}

static void withdraw(const struct turn *t)
{
    uint64_t there = get(&t->place->count);

    put(&t->place->count, there > 0 ? there - 1 : 0);
}

/* Whether a notify_all was for us, or a permit is; which is used up then. */
static bool is_released(struct mp__condition_shared *s, const struct turn *t)
{
    if (t->since < get(&s->all_until))
        return true;
    if (t->since == get(&s->clock) || get(&s->permits) == 0)
        return false;
    put(&s->permits, get(&s->permits) - 1);
    withdraw(t);
    return true;
}

/* -- waiting and notifying ------------------------------------------------- */

/* Whoever wakes us has the lock, and for a moment more. If we took its CPU it
   cannot let go of it before we do of that. */
static int go_on(bool slept)
{
    if (slept)
        mp__give_way();
    return 0;
}

/* Without the lock. A death changes nothing as long as nobody was notified:
   only who sees another seq has to take the lock and look. */
static int sleep_while(const mp__word *seq, uint32_t seen, int64_t deadline)
{
    struct mp__sleep sleep = mp__sleep_until(deadline);

    if (deadline != 0)
        mp__spin_on(&spinner, seq, seen);
    for (bool slept = false;; slept = true) {
        mp__sleep_look(&sleep);
        if (atomic_load(seq) != seen) /* partner: the wake-up in wake() */
            return go_on(slept);
        if (mp__sleep_on(&sleep, seq, seen, 0) < 0)
            return -ETIMEDOUT;
    }
}

int mp__condition_wait(const struct mp__condition *c, int64_t deadline)
{
    struct mp__condition_shared *s = c->shared;
    struct turn turn = enrol(s);

    for (;;) {
        uint32_t seen = atomic_load(&s->seq);
        uint32_t count = let_go(c);
        int late = sleep_while(&s->seq, seen, deadline);
        int rc = take_back(c, count);

        if (rc < 0 || is_released(s, &turn))
            return rc;
        if (rc > 0 || late < 0) {
            withdraw(&turn);
            return rc > 0 ? rc : late;
        }
    }
}

/* Before anything is handed out: who is woken waits for the lock, and finds
   there what we do until we release it. */
static void wake(struct mp__condition_shared *s, int n)
{
    (void)mp__futex_add_wake(&s->seq, 1, n);
    put(&s->clock, get(&s->clock) + 1);
}

void mp__condition_notify(const struct mp__condition *c, uint64_t n)
{
    struct mp__condition_shared *s = c->shared;
    uint64_t there = waiting(s), handed_out = permits(s);

    if (n == 0 || all_are_notified(s))
        return;
    wake(s, n < INT_MAX ? (int)n : INT_MAX);
    n = n < there - handed_out ? handed_out + n : there;
    put(&s->permits, n); /* the commit */
}

void mp__condition_notify_all(const struct mp__condition *c)
{
    struct mp__condition_shared *s = c->shared;

    if (all_are_notified(s))
        return;
    wake(s, INT_MAX);
    put(&s->all_until, get(&s->clock)); /* the commit */
}

uint64_t mp__condition_waiting(const struct mp__condition *c)
{
    uint64_t there = waiting(c->shared), handed_out = permits(c->shared);

    return there > handed_out ? there - handed_out : 0;
}
