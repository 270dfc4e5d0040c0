/*
 * Where the memory goes: a queue takes what its items need, gives it back when
 * it is empty, and does not grow as it goes on.
 */
#include "child.h"
#include "expect.h"
#include "until.h"

#include "queue/chunk.h"
#include "queue/queue.h"

#include <mproc.h>

#include <stdlib.h>
#include <sys/stat.h>

#define MIB ((size_t)1 << 20)

/* Of the whole queue, as the kernel counts it. */
static size_t memory_behind(const mp_queue *q)
{
    struct stat st;
    assert_int_equal(fstat(q->ring.mapping.fd, &st), 0);
    return (size_t)st.st_blocks * 512;
}

/* As the queue counts it: all but its own page and the headers of chunks that
   lie spare. */
static size_t memory_counted(const mp_queue *q)
{
    return atomic_load(&q->ring.shared->memory);
}

static void put_bytes(mp_queue *q, size_t n, size_t size)
{
    char *data = calloc(1, size);
    assert_non_null(data);
    for (size_t i = 0; i < n; i++)
        assert_ok(mp_queue_put(q, MP_BYTES(data, size)));
    free(data);
}

static void get_bytes(mp_queue *q, size_t n, size_t size)
{
    for (size_t i = 0; i < n; i++) {
        mp_bytes bytes;
        assert_ok(mp_queue_get(q, &bytes, 0));
        assert_int_equal(bytes.size, size);
        free(bytes.data);
    }
}

/* Somebody looks for one more, and finds that there is none. */
static void find_empty(mp_queue *q)
{
    int n;
    assert_raises(MP_EMPTY, mp_queue_get(q, &n, 0));
}

static void new_queue_is_small(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    assert_in_range(memory_behind(q), 1, 128 * 1024);
}

static void drained_burst_of_small_items_is_given_back(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    put_bytes(q, 64 * 1024, 1024);
    assert_true(memory_behind(q) >= 64 * MIB);
    get_bytes(q, 64 * 1024, 1024);
    find_empty(q);
    assert_in_range(memory_behind(q), 1, MP__CHUNKS_KEEP + MIB);
    assert_in_range(memory_counted(q), 1, MP__CHUNKS_KEEP);
}

static void drained_large_items_are_given_back(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    put_bytes(q, 3, 40 * MIB);
    get_bytes(q, 3, 40 * MIB);
    find_empty(q);
    assert_in_range(memory_behind(q), 1, MP__CHUNKS_KEEP + MIB);
}

/* Its chunk cannot be given back whole, for the queue goes on in it. */
static void single_large_item_is_given_back(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    for (int i = 0; i < 3; i++) {
        put_bytes(q, 1, 100 * MIB);
        get_bytes(q, 1, 100 * MIB);
        find_empty(q);
        assert_in_range(memory_behind(q), 1, MP__CHUNKS_KEEP + MIB);
        put_bytes(q, 10, 100);
        get_bytes(q, 10, 100);
    }
    assert_in_range(memory_counted(q), 0, MP__CHUNKS_KEEP);
}

/* Else it would be written to where there may be no memory any more. */
static void chunk_that_was_emptied_is_not_used_again(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    put_bytes(q, 1, 100 * MIB);
    get_bytes(q, 1, 100 * MIB);
    find_empty(q);
    put_bytes(q, 10, 1000);
    get_bytes(q, 10, 1000);
    put_bytes(q, 1, 100 * MIB);
    assert_true(memory_counted(q) >= 100 * MIB);
    get_bytes(q, 1, 100 * MIB);
}

/* Taking memory costs more than the copy of what is put in it. */
static void large_item_finds_the_memory_of_the_last_one(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    put_bytes(q, 1, 50 * MIB);
    get_bytes(q, 1, 50 * MIB);
    put_bytes(q, 1, 50 * MIB);
    get_bytes(q, 1, 50 * MIB);
    uint64_t end = atomic_load(&q->ring.shared->end);
    assert_true(memory_behind(q) >= 50 * MIB);
    put_bytes(q, 1, 50 * MIB);
    assert_int_equal(atomic_load(&q->ring.shared->end), end);
}

static int wait_in_vain(void *q)
{
    int n;
    return mp_queue_get((mp_queue *)q, &n) != MP_SHUT_DOWN;
}

static void waiting_consumer_gives_memory_back(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    put_bytes(q, 1, 50 * MIB);
    get_bytes(q, 1, 50 * MIB);
    pid_t pid = child_start(wait_in_vain, q);
    assert_until(memory_behind(q) <= MP__CHUNKS_KEEP + MIB, 20.0);
    assert_ok(mp_queue_shutdown(q));
    assert_int_equal(child_wait(pid, 20.0), 0);
}

static void many_bursts_need_no_more_than_one(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    put_bytes(q, 20, MIB);
    uint64_t end = atomic_load(&q->ring.shared->end);
    get_bytes(q, 20, MIB);
    for (int i = 0; i < 20; i++) {
        put_bytes(q, 20, MIB);
        get_bytes(q, 20, MIB);
    }
    assert_in_range(atomic_load(&q->ring.shared->end), end, end + 4 * MIB);
}

static int get_a_million(void *q)
{
    int n;
    for (int i = 0; i < 1000000; i++)
        if (mp_queue_get((mp_queue *)q, &n) < 0 || n != i)
            return 1;
    return 0;
}

static void
million_items_through_a_thousand_deep_queue_do_not_grow_it(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new(1000);
    size_t most = 0;
    pid_t pid = child_start(get_a_million, q);
    for (int i = 0; i < 1000000; i++) {
        assert_ok(mp_queue_put(q, i));
        if (i % 10000 == 0 && memory_behind(q) > most)
            most = memory_behind(q);
    }
    assert_int_equal(child_wait(pid, 100.0), 0);
    assert_in_range(most, 1, 256 * 1024);
}

static void one_item_at_a_time_does_not_grow_it(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    for (int i = 0; i < 300; i++) {
        put_bytes(q, 1, 50000);
        get_bytes(q, 1, 50000);
    }
    assert_in_range(memory_behind(q), 1, 512 * 1024);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_queue_is_small),
        cmocka_unit_test(drained_burst_of_small_items_is_given_back),
        cmocka_unit_test(drained_large_items_are_given_back),
        cmocka_unit_test(single_large_item_is_given_back),
        cmocka_unit_test(large_item_finds_the_memory_of_the_last_one),
        cmocka_unit_test(waiting_consumer_gives_memory_back),
        cmocka_unit_test(chunk_that_was_emptied_is_not_used_again),
        cmocka_unit_test(many_bursts_need_no_more_than_one),
        cmocka_unit_test(
            million_items_through_a_thousand_deep_queue_do_not_grow_it),
        cmocka_unit_test(one_item_at_a_time_does_not_grow_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
