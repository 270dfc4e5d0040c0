/*
 * Locking, committing and waiting; see side.h.
 */
#include "queue/side.h"

#include "os/cpu.h"
#include "queue/chunk.h"

#include <assert.h>
#include <errno.h>

/* Bytes: few enough that a record is copied within the looks it is given; and
   a larger record is not spun for any longer, for deadlines are not looked at
   meanwhile. */
#define COPIED_IN_A_LOOK 128
#define SPUN_FOR_AT_MOST ((size_t)1 << 20)

/* Usual spins: longer than it takes to wake a sleeper on another CPU and have
   its answer. Less, and two that wait for each other by turns, once asleep,
   never find out that they could spin. */
#define PATIENCE 3

/* How often who waits for a busy side's lock looks at its commit. */
#define LOOK_EVERY (MP__SECOND / 10000)

/* Looks; a few times what a bounced line costs. */
#define LINGER 64

/* After three turns given away in vain (its logarithm) few more are: the other
   side has another CPU, or waits for something else. */
#define TURNS 8

static int lock_and_mend(struct ring *r, struct ring_side *side,
                         int64_t deadline)
{
    int rc = mp__owner_lock(&side->lock, deadline);

    if (rc == MP__HOLDER_DIED && side == &r->shared->put)
        mp__chunks_mend(r);
    return rc < 0 ? rc : 0;
}

int mp__side_lock(struct ring *r, struct ring_side *side, int64_t deadline)
{
    int rc = lock_and_mend(r, side, deadline);

    if (rc == -ETIMEDOUT)
        rc = lock_and_mend(r, side,
                           (deadline == 0 ? mp__now() : deadline) + GRACE);
    return rc;
}

struct place mp__side_place(const struct ring_side *side)
{
    uint32_t now = atomic_load_explicit(&side->commit, memory_order_relaxed);
    const struct ring_cursor *c = &side->cursor[now & 1];

    return (struct place){
        atomic_load_explicit(&c->chunk, memory_order_relaxed),
        atomic_load_explicit(&c->at, memory_order_relaxed),
    };
}

/*
 * The one step that counts. Its cursor is released after the commit before,
 * which made that cursor a stale one: for whoever takes over after a kill in
 * between, and for the look at the head's chunk that takes no lock (chunk.c).
 * Nobody asleep means that whoever set `wanted` has seen the commit move; who
 * joined them since has changed its number.
 */
static void commit(struct ring_side *side, uint32_t n, struct place to)
{
    uint32_t now = atomic_load_explicit(&side->commit, memory_order_relaxed);
    uint32_t wanted = atomic_load(&side->wanted);
    struct ring_cursor *c = &side->cursor[(now + n) & 1];

    assert(n % 2 == 1);
    atomic_store_explicit(&c->chunk, to.chunk, memory_order_release);
    atomic_store_explicit(&c->at, to.at, memory_order_release);
    if (wanted == 0)
        atomic_store(&side->commit, now + n);
    else if (mp__futex_add_wake(&side->commit, n, (int)n) == 0)
        atomic_compare_exchange_strong(&side->wanted, &wanted, 0);
}

/* An even number is an odd one and one more. */
void mp__side_commit(struct ring_side *side, uint32_t n, struct place last,
                     struct place to)
{
    if (n == 0)
        return;
    if (n % 2 == 0) {
        commit(side, n - 1, last);
        n = 1;
    }
    commit(side, n, to);
}

/* Where messages come one upon another, a moment more brings several, and so
   spares both sides the bounce of the lines they share. */
static void linger(struct ring *r, const struct ring_side *other, uint32_t seen)
{
    int64_t looks = mp__spinner_share(&r->linger_spinner, LINGER);
    uint32_t moved;

    for (int64_t i = 0; i < looks; i++)
        mp__pause();
    moved = atomic_load_explicit(&other->commit, memory_order_relaxed) - seen;
    mp__spinner_learn(&r->linger_spinner, moved > 1);
}

/* Spin until a commit has moved by `enough`, or at all when time is up: the
   time of a wake-up, and as long as the other side may need for a copy. */
static bool spin_for(const struct ring_side *other, uint32_t seen,
                     uint32_t enough, struct mp__spinner *spinner,
                     size_t record)
{
    int64_t looks = PATIENCE * mp__spins() + (int64_t)record / COPIED_IN_A_LOOK;
    uint32_t moved = 0;

    for (looks = mp__spinner_share(spinner, looks); looks > 0 && moved < enough;
         looks--) {
        mp__pause();
        moved =
            atomic_load_explicit(&other->commit, memory_order_relaxed) - seen;
    }
    mp__spinner_learn(spinner, moved > 0);
    return moved > 0;
}

/* With one CPU nothing moves while we look: the other side gets its turn now,
   and need not wake us afterwards. */
static bool give_turn(const struct ring_side *other, uint32_t seen,
                      struct mp__spinner *spinner)
{
    bool moved;

    if (mp__spinner_share(spinner, TURNS) == 0 || !mp__yield())
        return false;
    moved = atomic_load_explicit(&other->commit, memory_order_relaxed) != seen;
    mp__spinner_learn(spinner, moved);
    return moved;
}

static bool has_moved(const struct ring_side *side, uint32_t seen)
{
    return atomic_load(&side->commit) != seen;
}

/* A busy side hardly ever lets go of its lock; but then its commit moves, and
   there is no need for the lock. */
static int lock_unless_moved(struct ring *r, struct ring_side *side,
                             uint32_t seen, int64_t deadline)
{
    int rc;

    do {
        int64_t soon = mp__now() + LOOK_EVERY;

        rc = lock_and_mend(r, side, soon < deadline ? soon : deadline);
    } while (rc == -ETIMEDOUT && !has_moved(side, seen) &&
             !mp__is_past(deadline));
    return rc;
}

int mp__side_sleep(struct ring *r, struct ring_side *side, uint32_t seen,
                   struct mp__sleep *sleep)
{
    bool moved;
    int rc = lock_unless_moved(r, side, seen, sleep->deadline);

    if (rc == -ETIMEDOUT && has_moved(side, seen))
        return 0;
    if (rc < 0)
        return rc;
    atomic_store(&side->wanted, 1);
    moved = has_moved(side, seen);
    mp__owner_unlock(&side->lock);
    return moved ? 0 : mp__sleep_on(sleep, &side->commit, seen, 0);
}

/* Where somebody is said to sleep already, one more may after it has seen the
   commit: the next move will wake. It needs no lock, which may be held by the
   one who has just woken it. */
static bool join_sleepers(struct ring_side *side)
{
    uint32_t wanted = atomic_load(&side->wanted);

    while (wanted != 0 && !atomic_compare_exchange_weak(
                              &side->wanted, &wanted, wanted % UINT32_MAX + 1))
        ; /* partner: the compare and exchange of commit() */
    return wanted != 0;
}

/* Whether the commit of the other side moves before a sleep would pay. Room
   for several records is worth a moment more: it spares both sides the
   bounce. */
static bool moves_soon(struct ring *r, const struct ring_side *other,
                       uint32_t seen)
{
    bool for_room = other == &r->shared->get;
    struct mp__spinner *spinner = for_room ? &r->put_spinner : &r->get_spinner;
    size_t record = atomic_load_explicit(&r->usual, memory_order_relaxed);

    if (mp__spins() == 0)
        return give_turn(other, seen, spinner);
    if (!spin_for(other, seen, for_room ? 1 + r->shared->maxsize / 4 : 1,
                  spinner,
                  record < SPUN_FOR_AT_MOST ? record : SPUN_FOR_AT_MOST))
        return false;
    if (!for_room)
        linger(r, other, seen);
    return true;
}

int mp__side_wait(struct ring *r, struct ring_side *other, uint32_t seen,
                  struct mp__sleep *sleep)
{
    if (sleep->deadline == 0)
        return -ETIMEDOUT;
    if (moves_soon(r, other, seen))
        return 0;
    if (join_sleepers(other))
        return mp__sleep_on(sleep, &other->commit, seen, 0);
    return mp__side_sleep(r, other, seen, sleep);
}
