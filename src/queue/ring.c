/*
 * Put, get and wait on a ring; see ring.h for the protocol.
 */
#include "queue/ring.h"

#include "base/clock.h"
#include "base/error.h"
#include "os/family.h"
#include "queue/chunk.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#define MAGIC   0x6d705251u
#define RESERVE (UINT64_C(1) << 36) /* of addresses: what a queue can grow to */

/* A commit moves by an odd number, and FUTEX_WAKE_OP adds 2047 at most. */
#define BATCH 1023u

/* A call that may not wait still waits this long for a lock whose holder is
   in the middle of a put or get. */
#define GRACE (MP__SECOND / 10)

/* Bytes: few enough that a record is copied within the looks it is given. */
#define COPIED_IN_A_LOOK 128

/* A cursor in private hands, and what was done with it since the commit. */
struct place {
    uint64_t chunk;
    uint64_t at;
};

/* -- making --------------------------------------------------------------- */

int mp__ring_new(struct ring *r, uint32_t maxsize)
{
    size_t first = mp__page_size() + CHUNK_FIRST_SPAN;
    int rc = mp__context_need();

    _Static_assert(sizeof(struct ring_shared) <= 4096, "one page");
    if (rc < 0)
        return rc;
    memset(r, 0, sizeof *r);
    rc = mp__mapping_new("mproc-queue", RESERVE, first, &r->mapping);
    if (rc < 0)
        return rc;
    r->shared = r->mapping.base;
    r->shared->magic = MAGIC;
    r->shared->maxsize = maxsize;
    r->shared->family = mp__family();
    r->shared->size = r->mapping.size;
    mp__chunks_begin(r);
    return 0;
}

int mp__ring_adopt(struct ring *r, int fd)
{
    int rc;

    memset(r, 0, sizeof *r);
    rc = mp__mapping_adopt(fd, &r->mapping);
    if (rc < 0)
        return rc;
    r->shared = r->mapping.base;
    if (r->mapping.size >= mp__page_size() && r->shared->magic == MAGIC &&
        r->shared->size == r->mapping.size &&
        r->shared->family == mp__family() && mp__context != NULL)
        return 0;
    r->mapping.fd = -1;
    mp__mapping_free(&r->mapping);
    return mp__fail(MP_VALUE_ERROR,
                    "the shared memory received is no queue of this family");
}

void mp__ring_free(struct ring *r)
{
    mp__mapping_free(&r->mapping);
}

/* -- sides ---------------------------------------------------------------- */

static int lock_side(struct ring *r, struct ring_side *side, int64_t deadline)
{
    int rc = mp__owner_lock(&side->lock, deadline);

    if (rc == -ETIMEDOUT && deadline == 0)
        rc = mp__owner_lock(&side->lock, mp__now() + GRACE);
    if (rc == MP__HOLDER_DIED && side == &r->shared->put)
        mp__chunks_mend(r);
    return rc < 0 ? rc : 0;
}

static struct place place_of(const struct ring_side *side, uint32_t commit)
{
    const struct ring_cursor *c = &side->cursor[commit & 1];

    return (struct place){
        atomic_load_explicit(&c->chunk, memory_order_relaxed),
        atomic_load_explicit(&c->at, memory_order_relaxed),
    };
}

/* Move the side's commit on by n records, to a place: the one step that
   counts. Nobody asleep means that whoever set `wanted` has seen it move. */
static void commit(struct ring_side *side, uint32_t n, struct place to)
{
    uint32_t now = atomic_load_explicit(&side->commit, memory_order_relaxed);
    struct ring_cursor *c = &side->cursor[(now + n) & 1];

    assert(n % 2 == 1);
    atomic_store_explicit(&c->chunk, to.chunk, memory_order_relaxed);
    atomic_store_explicit(&c->at, to.at, memory_order_relaxed);
    if (side->wanted == 0)
        atomic_store(&side->commit, now + n);
    else if (mp__futex_add_wake(&side->commit, n, (int)n) == 0)
        side->wanted = 0;
}

/* As commit, for any number: an even one is an odd one and one more. */
static void commit_all(struct ring_side *side, uint32_t n, struct place last,
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

/* Spin until a commit has moved by `enough`, or at all when time is up: the
   usual time, and as long as the other side may need to copy a record. */
static bool spin_for(const struct ring_side *other, uint32_t seen,
                     uint32_t enough, struct mp__spinner *spinner,
                     size_t record)
{
    int64_t looks =
        mp__spins() == 0 ? 0 : mp__spins() + (int64_t)record / COPIED_IN_A_LOOK;
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

/* Until the other side's commit is no longer `seen`. 0: look again. Room for
   several records is worth a moment more: it spares both sides the bounce. */
static int wait_for(struct ring *r, struct ring_side *other, uint32_t seen,
                    struct mp__sleep *sleep)
{
    bool for_room = other == &r->shared->get;
    bool moved;
    int rc;

    if (sleep->deadline == 0)
        return -ETIMEDOUT;
    if (spin_for(other, seen, for_room ? 1 + r->shared->maxsize / 4 : 1,
                 for_room ? &r->put_spinner : &r->get_spinner,
                 atomic_load_explicit(&r->usual, memory_order_relaxed)))
        return 0;
    rc = lock_side(r, other, sleep->deadline);
    if (rc < 0)
        return rc;
    other->wanted = 1;
    moved = atomic_load(&other->commit) != seen;
    mp__owner_unlock(&other->lock);
    return moved ? 0 : mp__sleep_on(sleep, &other->commit, seen, 0);
}

static bool is_state(const struct ring *r, uint32_t least)
{
    return atomic_load(&r->shared->state) >= least;
}

static int fail_shut_down(void)
{
    return mp__fail(MP_SHUT_DOWN, "the queue is shut down");
}

/* -- putting -------------------------------------------------------------- */

static uint64_t record_bytes(size_t payload)
{
    return (sizeof(uint64_t) + payload + 7) & ~UINT64_C(7);
}

static int check_can_travel(mp_any v, struct mp__measure *m)
{
    int rc = mp__measure(v, m);

    if (rc == 0 && m->nfds > 0)
        return mp__fail(MP_VALUE_ERROR, "a queue cannot carry a handle: give "
                                        "it as an argument, or send it "
                                        "through a connection");
    return rc;
}

/* Write one record behind `to`, and move `to` behind it. */
static int write_record(struct ring *r, mp_any v, struct place *to)
{
    struct mp__measure m;
    uint64_t *record;
    int rc = check_can_travel(v, &m);

    if (rc < 0)
        return rc;
    rc = mp__chunks_reserve(r, record_bytes(m.size), &to->chunk, &to->at);
    if (rc < 0)
        return rc;
    record = (uint64_t *)(void *)((char *)r->mapping.base + to->at);
    record[0] = m.head;
    mp__encode(v, &m, record + 1, NULL);
    atomic_store_explicit(&r->usual, m.size, memory_order_relaxed);
    to->at += record_bytes(m.size);
    return 0;
}

/* How many more records there may be. The head as last seen will do while it
   leaves room: it can only have moved on. */
static uint32_t room(struct ring *r, uint32_t *head)
{
    struct ring_side *put = &r->shared->put;
    uint32_t max = r->shared->maxsize != 0 ? r->shared->maxsize : UINT32_MAX;
    uint32_t tail = atomic_load_explicit(&put->commit, memory_order_relaxed);

    if (tail - put->other >= max)
        put->other = atomic_load(&r->shared->get.commit);
    *head = put->other;
    return max - (tail - put->other);
}

/* Under the put lock: put what there is room for. 0: no room. */
static int put_some(struct ring *r, const mp_any *values, size_t n,
                    uint32_t *head)
{
    struct ring_side *put = &r->shared->put;
    uint32_t free = room(r, head);
    uint32_t most = free < BATCH ? free : BATCH;
    struct place last, to = place_of(put, atomic_load(&put->commit));
    uint32_t done = 0;
    int rc = 0;

    last = to;
    while (done < most && done < n) {
        struct place before = to;

        rc = write_record(r, values[done], &to);
        if (rc < 0)
            break;
        last = before;
        done++;
    }
    commit_all(put, done, last, to);
    return done > 0 ? (int)done : rc;
}

static int put_round(struct ring *r, const mp_any *values, size_t n,
                     struct mp__sleep *sleep)
{
    struct ring_side *put = &r->shared->put;
    uint32_t head = 0;
    int rc;

    mp__sleep_look(sleep);
    rc = lock_side(r, put, sleep->deadline);
    if (rc < 0)
        return rc;
    rc = is_state(r, RING_SHUT_DOWN) ? fail_shut_down()
                                     : put_some(r, values, n, &head);
    mp__owner_unlock(&put->lock);
    if (rc != 0)
        return rc;
    return wait_for(r, &r->shared->get, head, sleep);
}

int mp__ring_put(struct ring *r, const mp_any *values, size_t n,
                 int64_t deadline)
{
    struct mp__sleep sleep = mp__sleep_until(deadline);
    size_t done = 0;

    if (n > INT_MAX)
        n = INT_MAX;
    while (done < n) {
        int rc = put_round(r, values + done, n - done, &sleep);

        if (rc == -ETIMEDOUT)
            rc = mp__fail(MP_FULL, "the queue is full");
        if (rc < 0)
            return done > 0 ? (int)done : rc;
        done += (size_t)rc;
    }
    return (int)done;
}

/* -- getting -------------------------------------------------------------- */

static int fail_damaged(void)
{
    return mp__fail(MP_RUNTIME_ERROR, "the memory of the queue is damaged");
}

/* Find the record at `from`, which may be in the next chunk. The memory is
   checked, for a stray pointer of any process may have written to it. */
static int find_record(const struct ring *r, struct place *from,
                       struct mp__record *out)
{
    for (int chunks = 0; chunks < 2; chunks++) {
        const struct chunk *c = chunk_at(r, from->chunk);
        uint64_t left = c->limit - (from->at - from->chunk);
        const uint64_t *record;

        if (left > c->span)
            return fail_damaged();
        record = (const uint64_t *)(const void *)((char *)r->mapping.base +
                                                  from->at);
        if (left >= sizeof *record && *record != CHUNK_ENDS) {
            out->head = *record;
            out->payload = record + 1;
            out->size = mp__payload_size(out->head);
            return out->size > left - sizeof *record ? fail_damaged() : 0;
        }
        from->chunk = atomic_load(&c->next);
        from->at = from->chunk + sizeof *c;
        if (from->chunk > r->mapping.size - CHUNK_FIRST_SPAN)
            break;
    }
    return fail_damaged();
}

static int read_record(const struct ring *r, struct place *from, mp_out out)
{
    struct mp__record record = {.nfds = 0};
    int rc = find_record(r, from, &record);

    if (rc == 0)
        rc = mp__decode(&record, out);
    if (rc == 0) {
        from->at += record_bytes(record.size);
        atomic_store_explicit(&r->usual, record.size, memory_order_relaxed);
    }
    return rc;
}

static uint32_t available(struct ring *r)
{
    struct ring_side *get = &r->shared->get;
    uint32_t head = atomic_load_explicit(&get->commit, memory_order_relaxed);

    if (get->other == head)
        get->other = atomic_load(&r->shared->put.commit);
    return get->other - head;
}

/* Under the get lock: take what is there. 0: nothing. */
static int get_some(struct ring *r, const struct ring_taker *taker)
{
    struct ring_side *get = &r->shared->get;
    uint32_t there = available(r);
    uint32_t most = there < BATCH ? there : BATCH;
    struct place last, from = place_of(get, atomic_load(&get->commit));
    uint32_t done = 0;
    int rc = 0;

    last = from;
    while (done < most && done < taker->n) {
        struct place before = from;

        rc = read_record(r, &from, taker->out(taker->where, done));
        if (rc < 0)
            break;
        last = before;
        done++;
    }
    commit_all(get, done, last, from);
    return done > 0 ? (int)done : rc;
}

/* An empty queue needs little memory. Whoever empties it gives the rest back,
   unless a producer is at work. */
static void give_back(struct ring *r)
{
    struct ring_side *put = &r->shared->put;

    if (atomic_load_explicit(&r->shared->memory, memory_order_relaxed) <=
            MP__CHUNKS_KEEP ||
        mp__ring_count(r) > 0)
        return;
    if (lock_side(r, put, 1) == 0) {
        mp__chunks_trim(r);
        mp__owner_unlock(&put->lock);
    }
}

static int get_round(struct ring *r, const struct ring_taker *taker,
                     struct mp__sleep *sleep)
{
    struct ring_side *get = &r->shared->get;
    bool shut;
    uint32_t head;
    int rc;

    mp__sleep_look(sleep);
    rc = lock_side(r, get, sleep->deadline);
    if (rc < 0)
        return rc;
    shut = is_state(r, RING_SHUT_DOWN);
    rc = is_state(r, RING_DROPPED) ? 0 : get_some(r, taker);
    head = atomic_load_explicit(&get->commit, memory_order_relaxed);
    mp__owner_unlock(&get->lock);
    if (rc == 0 && shut)
        return fail_shut_down();
    if (rc == 0)
        return wait_for(r, &r->shared->put, head, sleep);
    give_back(r);
    return rc;
}

int mp__ring_get(struct ring *r, const struct ring_taker *taker,
                 int64_t deadline)
{
    struct mp__sleep sleep = mp__sleep_until(deadline);
    int rc;

    if (taker->n == 0)
        return 0;
    do
        rc = get_round(r, taker, &sleep);
    while (rc == 0);
    return rc == -ETIMEDOUT ? mp__fail(MP_EMPTY, "the queue is empty") : rc;
}

/* -- the rest ------------------------------------------------------------- */

uint32_t mp__ring_count(const struct ring *r)
{
    uint32_t tail, head;

    if (is_state(r, RING_DROPPED))
        return 0;
    do {
        tail = atomic_load(&r->shared->put.commit);
        head = atomic_load(&r->shared->get.commit);
    } while (atomic_load(&r->shared->put.commit) != tail);
    return tail - head;
}

/* The state is no word that anybody sleeps on: have all of them look. */
void mp__ring_shut_down(struct ring *r, bool drop)
{
    uint32_t to = drop ? RING_DROPPED : RING_SHUT_DOWN;
    uint32_t now = atomic_load(&r->shared->state);

    while (now < to &&
           !atomic_compare_exchange_weak(&r->shared->state, &now, to))
        ;
    mp__stir();
}

/* Joins wait for the last task only. Once all of them have been woken, nobody
   asleep is left. */
int mp__ring_task_done(struct ring *r)
{
    struct ring_side *task = &r->shared->task;
    uint32_t done, left;
    int rc = lock_side(r, task, MP__NEVER);

    if (rc < 0)
        return rc;
    done = atomic_load(&task->commit);
    left = atomic_load(&r->shared->put.commit) - done;
    if (left == 1 && task->wanted != 0) {
        (void)mp__futex_add_wake(&task->commit, 1, INT_MAX);
        task->wanted = 0;
    } else if (left > 0) {
        atomic_store(&task->commit, done + 1);
    }
    mp__owner_unlock(&task->lock);
    return left > 0
               ? 0
               : mp__fail(MP_VALUE_ERROR, "task_done() called too many times");
}

static int join_round(struct ring *r, struct mp__sleep *sleep)
{
    struct ring_side *task = &r->shared->task;
    uint32_t done;
    bool moved;
    int rc;

    mp__sleep_look(sleep);
    done = atomic_load(&task->commit);
    if (is_state(r, RING_DROPPED) ||
        done == atomic_load(&r->shared->put.commit))
        return 1;
    rc = lock_side(r, task, sleep->deadline);
    if (rc < 0)
        return rc;
    task->wanted = 1;
    moved = atomic_load(&task->commit) != done;
    mp__owner_unlock(&task->lock);
    return moved ? 0 : mp__sleep_on(sleep, &task->commit, done, 0);
}

int mp__ring_join(struct ring *r, int64_t deadline)
{
    struct mp__sleep sleep = mp__sleep_until(deadline);
    int rc;

    do
        rc = join_round(r, &sleep);
    while (rc == 0);
    if (rc == -ETIMEDOUT)
        return mp__fail(MP_TIMEOUT, "not all tasks are done");
    return rc < 0 ? rc : 0;
}
