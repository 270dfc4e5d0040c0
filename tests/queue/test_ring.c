/*
 * The ring from within: counts that wrap around, wake-ups that are handed on,
 * what the dead leave behind, and where the memory goes. The states that these
 * tests start from are made by hand: from outside they are a matter of luck.
 */
#include "child.h"
#include "expect.h"
#include "until.h"

#include "queue/chunk.h"
#include "queue/queue.h"
#include "queue/side.h"

#include "base/clock.h"

#include <mproc.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* -- counts ---------------------------------------------------------------- */

/* As after 2^32 - `before` puts, gets and tasks. */
static void count_from(mp_queue *q, uint32_t before)
{
    struct ring_shared *s = q->ring.shared;
    uint32_t n = 0u - before;
    atomic_store(&s->put.commit, n);
    atomic_store(&s->get.commit, n);
    atomic_store(&s->task.commit, n);
    s->put.other = s->get.other = n;
}

static void assert_passes(mp_queue *q, int first, int n)
{
    int xs[64];
    for (int i = 0; i < n; i++)
        assert_ok(mp_queue_put(q, first + i, 0));
    assert_int_equal(mp_queue_qsize(q), n);
    assert_int_equal(mp_queue_get_many(q, MP_INTO_ARRAY(xs), 0), n);
    for (int i = 0; i < n; i++)
        assert_int_equal(xs[i], first + i);
}

static void counts_wrap_around_in_an_unbounded_queue(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    count_from(q, 10);
    for (int i = 0; i < 20; i++)
        assert_passes(q, i, 1 + i % 3);
}

static void counts_wrap_around_in_a_full_queue(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new(3);
    int n;
    count_from(q, 5);
    for (int i = 0; i < 3; i++)
        assert_ok(mp_queue_put(q, i, 0));
    for (int i = 3; i < 30; i++) {
        assert_raises(MP_FULL, mp_queue_put(q, i, 0));
        assert_int_equal(mp_queue_full(q), 1);
        assert_ok(mp_queue_get(q, &n, 0));
        assert_int_equal(n, i - 3);
        assert_ok(mp_queue_put(q, i, 0));
    }
}

static void tasks_wrap_around(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_joinable_queue_new();
    count_from(q, 2);
    assert_passes(q, 0, 5);
    for (int i = 0; i < 5; i++) {
        assert_raises(MP_TIMEOUT, mp_queue_join(q, 0));
        assert_ok(mp_queue_task_done(q));
    }
    assert_ok(mp_queue_join(q, 0));
    assert_raises(MP_VALUE_ERROR, mp_queue_task_done(q));
}

static void waiting_across_the_wrap_ends_with_the_put(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    int n = 0;
    count_from(q, 1);
    q->ring.shared->put.wanted = 1; /* so that the kernel does the adding */
    assert_ok(mp_queue_put(q, 8));
    assert_int_equal(atomic_load(&q->ring.shared->put.commit), 0);
    assert_ok(mp_queue_get(q, &n, 0));
    assert_int_equal(n, 8);
}

/* -- wake-ups -------------------------------------------------------------- */

/* Somebody who sleeps on a commit, with none of the slices that would hide a
   wake-up that never comes. */
struct sleeper {
    mp__word *word;
    uint32_t seen;
    atomic_bool done;
    bool woken;
};

static void *sleep_unsliced(void *arg)
{
    struct sleeper *s = arg;
    const struct timespec limit = {.tv_sec = 10};
    long rc = syscall(SYS_futex, s->word, FUTEX_WAIT, s->seen, &limit, NULL, 0);
    s->woken = rc == 0;
    atomic_store(&s->done, true);
    return NULL;
}

static void get_that_fails_hands_the_wake_up_on(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    pthread_t thread;
    int n;
    assert_ok(mp_queue_put(q, "text"));
    struct sleeper s = {.word = &q->ring.shared->put.commit, .seen = 1};
    pthread_create(&thread, NULL, sleep_unsliced, &s);
    while (!atomic_load(&s.done))
        assert_raises(MP_TYPE_ERROR, mp_queue_get(q, &n));
    pthread_join(thread, NULL);
    assert_true(s.woken);
}

static void put_that_fails_hands_the_wake_up_on(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new(2);
    pthread_t thread;
    const char *none = NULL;
    struct sleeper s = {.word = &q->ring.shared->get.commit};
    pthread_create(&thread, NULL, sleep_unsliced, &s);
    while (!atomic_load(&s.done))
        assert_raises(MP_VALUE_ERROR, mp_queue_put(q, none));
    pthread_join(thread, NULL);
    assert_true(s.woken);
}

/* -- the end --------------------------------------------------------------- */

static void *get_to_the_end(void *arg)
{
    int n = 0, rc = mp_queue_get((mp_queue *)arg, &n);
    return (void *)(intptr_t)(rc == 0 ? n : rc);
}

/* What a put does under its lock. */
static void put_by_hand(struct ring *r, int64_t n)
{
    struct place before = mp__side_place(&r->shared->put), to = before;
    assert_ok(mp__chunks_reserve(r, 16, &to.chunk, &to.at));
    char *record = (char *)r->mapping.base + to.at;
    memcpy(record, &(uint64_t){MP_KIND_INT}, 8);
    memcpy(record + 8, &n, 8);
    to.at += 16;
    mp__side_commit(&r->shared->put, 1, before, to);
}

static void get_waits_for_a_put_that_began_before_the_shutdown(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    struct mp__owner_lock *lock = &q->ring.shared->put.lock;
    pthread_t thread;
    void *got;
    assert_ok(mp__owner_lock(lock, MP__NEVER));
    assert_ok(mp_queue_shutdown(q));
    pthread_create(&thread, NULL, get_to_the_end, q);
    assert_until((atomic_load(&lock->word) & MP__WAITERS) != 0, 10.0);
    put_by_hand(&q->ring, 77);
    mp__owner_unlock(lock);
    pthread_join(thread, &got);
    assert_int_equal((intptr_t)got, 77);
}

/* -- deaths ---------------------------------------------------------------- */

static int die_with_put_lock(void *q)
{
    struct ring *r = &((mp_queue *)q)->ring;
    struct place to = mp__side_place(&r->shared->put);
    if (mp__owner_lock(&r->shared->put.lock, MP__NEVER) < 0)
        return 1;
    /* Several chunks are in the cycle, and nothing is committed. */
    for (int i = 0; i < 10; i++)
        if (mp__chunks_reserve(r, 60000, &to.chunk, &to.at) == 0)
            to.at += 60000;
    memset((char *)r->mapping.base + to.at - 60000, 0xee, 60000);
    raise(SIGKILL);
    return 2;
}

static int die_with_get_lock(void *q)
{
    struct ring *r = &((mp_queue *)q)->ring;
    if (mp__owner_lock(&r->shared->get.lock, MP__NEVER) == 0)
        raise(SIGKILL);
    return 1;
}

static void put_goes_on_after_the_death_of_a_producer(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    assert_ok(mp_queue_put(q, 1));
    for (int i = 0; i < 5; i++) {
        assert_int_equal(child_run(die_with_put_lock, q, 20.0), -SIGKILL);
        assert_ok(mp_queue_put(q, 2, 5.0));
    }
    assert_int_equal(mp_queue_qsize(q), 6);
}

static void get_goes_on_after_the_death_of_a_consumer(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    int n = 0;
    assert_ok(mp_queue_put(q, 3));
    assert_int_equal(child_run(die_with_get_lock, q, 20.0), -SIGKILL);
    assert_ok(mp_queue_get(q, &n, 5.0));
    assert_int_equal(n, 3);
}

/* Whoever finds the dead holder mends, if only to wait. */
static void waiting_get_mends_what_a_dead_producer_left(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    int n;
    assert_int_equal(child_run(die_with_put_lock, q, 20.0), -SIGKILL);
    assert_raises(MP_EMPTY, mp_queue_get(q, &n, 1.0));
    assert_int_equal(atomic_load(&q->ring.shared->put.lock.word), 0);
}

static uint64_t memory_by_cycle(struct ring *r)
{
    struct place tail = mp__side_place(&r->shared->put);
    uint64_t chunk = tail.chunk, sum = 0;
    do {
        sum += chunk_at(r, chunk)->emptied ? 0 : chunk_at(r, chunk)->limit;
        chunk = atomic_load(&chunk_at(r, chunk)->next);
    } while (chunk != tail.chunk);
    return sum;
}

/* Every chunk is in the cycle or spare: nothing is lost to the dead. */
static void mending_again_and_again_loses_no_memory(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    struct ring *r = &q->ring;
    assert_int_equal(child_run(die_with_put_lock, q, 20.0), -SIGKILL);
    assert_ok(mp_queue_put(q, 1, 5.0));
    uint64_t end = atomic_load(&r->shared->end);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(child_run(die_with_put_lock, q, 20.0), -SIGKILL);
        assert_ok(mp_queue_put(q, 1, 5.0));
        assert_int_equal(atomic_load(&r->shared->end), end);
        assert_int_equal(atomic_load(&r->shared->memory), memory_by_cycle(r));
    }
}

static int chunks_spare(struct ring *r)
{
    int n = 0;
    for (size_t i = 0; i < 48; i++)
        for (uint64_t at = r->shared->spare[i]; at != 0; n++)
            at = atomic_load(&chunk_at(r, at)->next);
    return n;
}

/* It had just taken them out of their lists, and not told how much memory the
   cycle has by now. */
static int die_with_all_spare_chunks(void *q)
{
    struct ring *r = &((mp_queue *)q)->ring;
    if (mp__owner_lock(&r->shared->put.lock, MP__NEVER) < 0)
        return 1;
    memset(r->shared->spare, 0, sizeof r->shared->spare);
    atomic_store(&r->shared->memory, 12345);
    raise(SIGKILL);
    return 2;
}

static void chunks_in_the_hands_of_the_dead_are_found_again(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    struct ring *r = &q->ring;
    static char large[1 << 20];
    mp_bytes bytes;
    for (int i = 0; i < 20; i++)
        assert_ok(mp_queue_put(q, MP_BYTES(large, sizeof large)));
    for (int i = 0; i < 20; i++, free(bytes.data))
        assert_ok(mp_queue_get(q, &bytes, 0));
    assert_raises(MP_EMPTY, mp_queue_get(q, &bytes, 0));
    int spare = chunks_spare(r);
    assert_true(spare > 5);
    assert_int_equal(child_run(die_with_all_spare_chunks, q, 20.0), -SIGKILL);
    assert_ok(mp_queue_put(q, 1, 5.0));
    assert_int_equal(chunks_spare(r), spare);
    assert_int_equal(atomic_load(&r->shared->memory), memory_by_cycle(r));
}

/* -- adopting -------------------------------------------------------------- */

static void foreign_memory_is_no_queue(void **state)
{
    (void)state;
    struct ring r;
    struct mp__mapping m;
    assert_ok(mp__mapping_new("test", 1 << 20, 4096, &m));
    const int fds[RING_FDS] = {m.fd, -1, -1};
    assert_raises(MP_VALUE_ERROR, mp__ring_adopt(&r, fds));
    assert_int_equal(fcntl(m.fd, F_GETFD), FD_CLOEXEC);
    mp__mapping_free(&m);
}

static void queue_adopted_twice_is_one_queue(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new(1);
    struct ring again;
    int n = 0, fds[RING_FDS];
    mp__ring_fds(&q->ring, fds);
    for (int i = 0; i < RING_FDS; i++)
        fds[i] = dup(fds[i]);
    assert_ok(mp__ring_adopt(&again, fds));
    assert_ok(mp__ring_put(&again, MP(9), 0));
    assert_ok(mp_queue_get(q, &n, 0));
    assert_int_equal(n, 9);
    mp__ring_free(&again);
}

static void damaged_memory_is_told_not_followed(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    struct ring *r = &q->ring;
    mp_any v;
    assert_ok(mp_queue_put(q, 1));
    struct place at = mp__side_place(&r->shared->get);
    uint64_t *record = (void *)((char *)r->mapping.base + at.at);
    *record = UINT64_C(0xffffffff) << 16 | MP_KIND_BYTES;
    assert_raises_saying(MP_RUNTIME_ERROR, "damaged", mp_queue_get(q, &v, 0));
    *record = UINT64_MAX;
    atomic_store(&chunk_at(r, at.chunk)->next, UINT64_MAX - 8);
    assert_raises_saying(MP_RUNTIME_ERROR, "damaged", mp_queue_get(q, &v, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_wrap_around_in_an_unbounded_queue),
        cmocka_unit_test(counts_wrap_around_in_a_full_queue),
        cmocka_unit_test(tasks_wrap_around),
        cmocka_unit_test(waiting_across_the_wrap_ends_with_the_put),
        cmocka_unit_test(get_that_fails_hands_the_wake_up_on),
        cmocka_unit_test(put_that_fails_hands_the_wake_up_on),
        cmocka_unit_test(get_waits_for_a_put_that_began_before_the_shutdown),
        cmocka_unit_test(put_goes_on_after_the_death_of_a_producer),
        cmocka_unit_test(get_goes_on_after_the_death_of_a_consumer),
        cmocka_unit_test(waiting_get_mends_what_a_dead_producer_left),
        cmocka_unit_test(mending_again_and_again_loses_no_memory),
        cmocka_unit_test(chunks_in_the_hands_of_the_dead_are_found_again),
        cmocka_unit_test(foreign_memory_is_no_queue),
        cmocka_unit_test(queue_adopted_twice_is_one_queue),
        cmocka_unit_test(damaged_memory_is_told_not_followed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
