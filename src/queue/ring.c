/*
 * Put, get and wait on a ring; see ring.h for the protocol.
 */
#include "queue/side.h"

#include "any/handle.h"
#include "base/error.h"
#include "os/probe.h"
#include "queue/chunk.h"
#include "queue/entry.h"
#include "queue/passing.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

/* -- putting -------------------------------------------------------------- */

static int fail_shut_down(void)
{
    return mp__fail(MP_SHUT_DOWN, "the queue is shut down");
}

/* What a put waits for that found no room. */
struct lack {
    bool in_socket; /* not for a record, but for its descriptors */
    uint32_t seen;  /* how far the consumers were, with either   */
};

/* Write one record behind `to`, and move `to` behind it. 0 · 1 the socket is
   full, or a failure: `to` is of no use then. */
static int write_record(struct ring *r, mp_any v, const struct mp__measure *m,
                        const struct ring_label *label, struct place *to,
                        struct lack *lack)
{
    uint64_t bytes = mp__entry_bytes(m->size, m->nfds > 0, label != NULL);
    uint64_t *record, *payload;
    int rc = mp__chunks_reserve(r, bytes, &to->chunk, &to->at);

    if (rc < 0)
        return rc;
    record = (uint64_t *)(void *)((char *)r->mapping.base + to->at);
    payload = mp__entry_front(record, m, label);
    if (m->nfds == 0) {
        mp__encode(v, m, payload, NULL);
    } else {
        rc = mp__passing_put(r, v, m, &record[1], payload, &lack->seen);
        if (rc != 0)
            return rc;
    }
    atomic_store_explicit(&r->usual, m->size, memory_order_relaxed);
    to->at += bytes;
    return 0;
}

/* How many more records there may be: at least `wanted`, or exactly. The head
   as last seen will do while it leaves room: it can only have moved on. */
static uint32_t room(struct ring *r, uint32_t wanted, uint32_t *head)
{
    struct ring_side *put = &r->shared->put;
    uint32_t max = r->shared->maxsize != 0 ? r->shared->maxsize : UINT32_MAX;
    uint32_t tail = atomic_load_explicit(&put->commit, memory_order_relaxed);

    if (max - (tail - put->other) < wanted)
        put->other = atomic_load(&r->shared->get.commit);
    *head = put->other;
    return max - (tail - put->other);
}

/* What is still to be put. The next one has been measured before the lock was
   taken: that can take long, and can fail. */
struct rest {
    const struct ring_giver *giver;
    size_t done;
    struct mp__measure next;
    bool passed; /* handles were among what was put in this round */
};

/* Under the put lock: put what there is room for. 0: no room. */
static int put_some(struct ring *r, struct rest *rest, struct lack *lack)
{
    const struct ring_giver *giver = rest->giver;
    struct ring_side *put = &r->shared->put;
    size_t left = giver->n - rest->done;
    uint32_t wanted = left < BATCH ? (uint32_t)left : BATCH;
    uint32_t free = room(r, wanted, &lack->seen);
    uint32_t most = free < wanted ? free : wanted;
    struct place last, to = mp__side_place(put);
    struct mp__measure m = rest->next;
    uint32_t done = 0;
    int rc = 0;

    last = to;
    while (done < most) {
        mp_any v = giver->item(giver->from, rest->done + done);
        struct place before = to;

        if (done > 0)
            rc = mp__measure(v, &m);
        if (rc == 0)
            rc = write_record(
                r, v, &m,
                giver->label != NULL ? &giver->label[rest->done + done] : NULL,
                &to, lack);
        if (rc != 0) {
            to = before;
            break;
        }
        rest->passed |= m.nfds > 0;
        last = before;
        done++;
    }
    mp__side_commit(put, done, last, to);
    MP__PROBE2(queue__put, r, done);
    lack->in_socket = rc > 0;
    return done > 0 ? (int)done : rc < 0 ? rc : 0;
}

static int put_round(struct ring *r, struct rest *rest, struct mp__sleep *sleep)
{
    struct ring_side *put = &r->shared->put;
    struct lack lack = {.seen = 0};
    int rc;

    mp__sleep_look(sleep);
    rc = mp__side_lock(r, put, sleep->deadline);
    if (rc < 0)
        return rc;
    rc = mp__ring_is(r, RING_SHUT_DOWN) ? fail_shut_down()
                                        : put_some(r, rest, &lack);
    mp__owner_unlock(&put->lock);
    if (rc != 0)
        return rc;
    if (lack.in_socket)
        return mp__passing_wait(r, lack.seen, sleep);
    return mp__side_wait(r, &r->shared->get, lack.seen, sleep);
}

/* A wake-up is given to one sleeper. If that one fails, the next one must have
   it, for what it was woken for is still there. */
static int fail_put(struct ring *r, int rc)
{
    if (mp__ring_count(r) < r->shared->maxsize)
        (void)mp__futex_wake(&r->shared->get.commit, 1);
    return rc == -ETIMEDOUT ? mp__fail(MP_FULL, "the queue is full") : rc;
}

/* n items more have been put: what only one process can have is no longer this
   one's. */
static void part_with(struct rest *rest, size_t n)
{
    const struct ring_giver *giver = rest->giver;

    for (size_t i = 0; i < n && rest->passed; i++)
        mp__move(giver->item(giver->from, rest->done + i), MP__MOVE_GONE);
    rest->passed = false;
    rest->done += n;
}

int mp__ring_put_many(struct ring *r, const struct ring_giver *giver,
                      int64_t deadline)
{
    struct mp__sleep sleep = mp__sleep_until(deadline);
    struct rest rest = {.giver = giver};

    while (rest.done < giver->n) {
        mp_any next = giver->item(giver->from, rest.done);
        int rc = mp__measure(next, &rest.next);

        while (rc == 0)
            rc = put_round(r, &rest, &sleep);
        if (rc < 0)
            rc = fail_put(r, rc);
        if (rc < 0)
            return rest.done > 0 ? (int)rest.done : rc;
        part_with(&rest, (size_t)rc);
    }
    return (int)rest.done;
}

static mp_any the_same(mp_any v, size_t i)
{
    (void)i;
    return v;
}

int mp__ring_put_labelled(struct ring *r, mp_any v,
                          const struct ring_label *label, int64_t deadline)
{
    const struct ring_giver one = {the_same, v, 1, label};

    return mp__ring_put_many(r, &one, deadline);
}

int mp__ring_put(struct ring *r, mp_any v, int64_t deadline)
{
    return mp__ring_put_labelled(r, v, NULL, deadline);
}

/* -- getting -------------------------------------------------------------- */

/* Of a labelled record, whose value is of no use: it is taken out all the
   same, and with it goes what its descriptors are. */
static int take_label(const struct mp__entry *found,
                      const struct ring_taker *taker, int rc)
{
    if (taker->label == NULL)
        return rc;
    memcpy(taker->label, found->label, sizeof *taker->label);
    *taker->failed = rc < 0 ? rc : 0;
    return 0;
}

/* The i-th for the taker. 0 · 1 it has descriptors · a failure. */
static int read_record(struct ring *r, struct place *from,
                       const struct ring_taker *taker, size_t i)
{
    mp_out out = taker->out(taker->where, i);
    struct mp__entry found = {.ticket = 0};
    bool passes;
    int rc = mp__entry_find(r, from, &found);

    if (rc < 0)
        return rc;
    if (taker->label != NULL && found.label == NULL)
        return mp__entry_damaged();
    passes = found.ticket != 0;
    rc = passes ? mp__passing_get(r, &found.record, found.ticket, out)
                : mp__decode(&found.record, out);
    rc = take_label(&found, taker, rc);
    if (rc < 0)
        return rc;
    from->at += mp__entry_size(&found);
    atomic_store_explicit(&r->usual, found.record.size, memory_order_relaxed);
    return passes;
}

/* How many records there are: at least `wanted`, or exactly. The tail as last
   seen will do while it is far enough: it can only have moved on. */
static uint32_t available(struct ring *r, uint32_t wanted)
{
    struct ring_side *get = &r->shared->get;
    uint32_t head = atomic_load_explicit(&get->commit, memory_order_relaxed);

    if (get->other - head < wanted)
        get->other = atomic_load(&r->shared->put.commit);
    return get->other - head;
}

/* Under the get lock: take what is there, one commit's worth, to the outs
   from `first` on. 0: nothing. Only the first message in the socket can be
   seen: a record that has one is the last of a commit. */
static int get_some(struct ring *r, const struct ring_taker *taker,
                    size_t first)
{
    struct ring_side *get = &r->shared->get;
    size_t left = taker->n - first;
    uint32_t most = left < BATCH ? (uint32_t)left : BATCH;
    uint32_t there = available(r, most);
    struct place last, from = mp__side_place(get);
    uint32_t done = 0;
    int rc = 0;

    last = from;
    while (rc == 0 && done < most && done < there) {
        struct place before = from;

        rc = read_record(r, &from, taker, first + done);
        if (rc < 0)
            break;
        last = before;
        done++;
    }
    mp__side_commit(get, done, last, from);
    if (rc > 0)
        mp__passing_take_out(r);
    MP__PROBE2(queue__get, r, done);
    return done > 0 ? (int)done : rc;
}

/* Under the get lock: as many as are there. */
static int get_all(struct ring *r, const struct ring_taker *taker)
{
    size_t done = 0;
    int rc;

    do {
        rc = get_some(r, taker, done);
        done += rc > 0 ? (size_t)rc : 0;
    } while (rc > 0 && done < taker->n);
    return done > 0 ? (int)done : rc;
}

/* Time slices of sleep (os/sleep.h) after which a queue is not busy. */
enum { IDLE = 10 };

/* An empty queue needs little memory. Whoever finds it empty gives the rest
   back, unless a producer is at work. */
static void give_back(struct ring *r, uint64_t keep)
{
    struct ring_side *put = &r->shared->put;

    if (atomic_load_explicit(&r->shared->memory, memory_order_relaxed) <=
            keep ||
        mp__ring_count(r) > 0 || atomic_load(&put->lock.word) != 0)
        return;
    if (mp__side_lock(r, put, 1) == 0) {
        mp__chunks_trim(r, keep);
        mp__owner_unlock(&put->lock);
    }
}

/* Nothing is left of a queue that is shut down, unless a put that began before
   is still at it: its end is waited for. 0: it has put something. */
static int check_end(struct ring *r, uint32_t head, int64_t deadline)
{
    struct ring_side *put = &r->shared->put;
    bool more = false;

    if (!mp__ring_is(r, RING_DROPPED)) {
        MP_TRY(mp__side_lock(r, put, deadline));
        more = atomic_load(&put->commit) != head;
        mp__owner_unlock(&put->lock);
    }
    return more ? 0 : fail_shut_down();
}

static int get_round(struct ring *r, const struct ring_taker *taker,
                     struct mp__sleep *sleep)
{
    struct ring_side *get = &r->shared->get;
    uint32_t head;
    int rc;

    mp__sleep_look(sleep);
    rc = mp__side_lock(r, get, sleep->deadline);
    if (rc < 0)
        return rc;
    rc = mp__ring_is(r, RING_DROPPED) ? 0 : get_all(r, taker);
    head = atomic_load_explicit(&get->commit, memory_order_relaxed);
    mp__owner_unlock(&get->lock);
    if (rc > 0)
        give_back(r, MP__CHUNKS_KEEP_BUSY);
    if (rc != 0)
        return rc;
    if (mp__ring_is(r, RING_SHUT_DOWN))
        return check_end(r, head, sleep->deadline);
    return mp__side_wait(r, &r->shared->put, head, sleep);
}

/* As fail_put. */
static int fail_get(struct ring *r, int rc)
{
    if (mp__ring_count(r) > 0)
        (void)mp__futex_wake(&r->shared->put.commit, 1);
    return rc == -ETIMEDOUT ? mp__fail(MP_EMPTY, "the queue is empty") : rc;
}

int mp__ring_get(struct ring *r, const struct ring_taker *taker,
                 int64_t deadline)
{
    struct mp__sleep sleep = mp__sleep_until(deadline);
    int rc;

    if (taker->n == 0)
        return 0;
    do {
        rc = get_round(r, taker, &sleep);
        if (rc == -ETIMEDOUT || (rc == 0 && sleep.slices >= IDLE))
            give_back(r, MP__CHUNKS_KEEP);
    } while (rc == 0);
    return rc < 0 ? fail_get(r, rc) : rc;
}

static mp_out the_place(mp_out where, size_t i)
{
    (void)i;
    return where;
}

int mp__ring_get_labelled(struct ring *r, mp_out out, struct ring_label *label,
                          int *failed, int64_t deadline)
{
    const struct ring_taker one = {the_place, out, 1, label, failed};
    int rc = mp__ring_get(r, &one, deadline);

    return rc == 1 && *failed < 0 ? 0 : rc;
}

/* -- the rest ------------------------------------------------------------- */

uint64_t mp__ring_first_ticket(const struct ring *r)
{
    struct place at = mp__side_place(&r->shared->get);
    struct mp__entry found = {.ticket = 0};

    for (uint32_t n = mp__ring_count(r); n > 0; n--) {
        if (mp__entry_find(r, &at, &found) < 0)
            return 0;
        if (found.ticket != 0)
            return found.ticket;
        at.at += mp__entry_size(&found);
    }
    return UINT64_MAX;
}

uint32_t mp__ring_count(const struct ring *r)
{
    uint32_t tail, head;

    if (mp__ring_is(r, RING_DROPPED))
        return 0;
    do {
        tail = atomic_load(&r->shared->put.commit);
        head = atomic_load(&r->shared->get.commit);
    } while (atomic_load(&r->shared->put.commit) != tail);
    return tail - head;
}
