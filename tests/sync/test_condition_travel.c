/*
 * Events, conditions and barriers travel: through a pipe, and as arguments; and
 * what a hostile peer sends in their place is refused.
 */
#include "says.h"
#include "took.h"

#include "leak.h"

#include "any/handle.h"

#include <mproc.h>

static mp_connection *ours, *theirs;
static struct leak_snapshot *before;

static int set_up(void **state)
{
    (void)state;
    before = leak_take();
    return mp_pipe(&ours, &theirs);
}

static int tear_down(void **state)
{
    (void)state;
    mp_connection_free(ours);
    mp_connection_free(theirs);
    int leaks = leak_count(before);
    leak_free(before);
    return leaks;
}

/* -- through a pipe -------------------------------------------------------- */

static int use_what_arrives(void *unused)
{
    mp_event *e = NULL;
    mp_condition *c = NULL;
    mp_barrier *b = NULL;
    (void)unused;
    if (mp_connection_recv(theirs, MP_UNPACK(&e, &c, &b), PATIENCE) < 0)
        return 1;
    if (mp_event_set(e) < 0)
        return 2;
    if (mp_condition_acquire(c, PATIENCE) != 0 || mp_condition_notify(c) < 0 ||
        mp_condition_release(c) < 0)
        return 3;
    if (mp_barrier_wait(b, PATIENCE) < 0)
        return 4;
    mp_event_free(e);
    mp_condition_free(c);
    mp_barrier_free(b);
    return 0;
}

static void those_made_after_the_child_reach_it(void **state)
{
    (void)state;
    pid_t pid = child_start(use_what_arrives, NULL);
    mp_auto(mp_event) e = mp_event_new();
    mp_auto(mp_condition) c = mp_condition_new();
    mp_auto(mp_barrier) b = mp_barrier_new(2);
    assert_ok(mp_condition_acquire(c));
    assert_ok(mp_connection_send(ours, MP_TUPLE(e, c, b)));
    assert_ok(mp_event_wait(e, PATIENCE));
    assert_int_equal(mp_condition_wait(c, PATIENCE), 0);
    assert_ok(mp_condition_release(c));
    assert_ok(mp_barrier_wait(b, PATIENCE));
    assert_int_equal(child_wait(pid, PATIENCE), 0);
}

static void condition_travels_with_its_lock(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    mp_auto(mp_condition) c = mp_condition_new(.lock = lock);
    mp_auto(mp_condition) same = NULL;
    assert_ok(mp_connection_send(ours, c));
    assert_ok(mp_connection_recv(theirs, &same, PATIENCE));
    assert_ok(mp_condition_acquire(same, 0));
    assert_int_equal(mp_lock_locked(lock), 1);
    assert_int_equal(mp_condition_locked(c), 1);
    assert_says(same, "<Condition(<Lock(owner=MainProcess)>, 0)>");
    assert_ok(mp_lock_release(lock));
}

static int count_up(mp_call *call)
{
    int *n = mp_call_self(call);
    if (n != NULL)
        ++*n;
    return n == NULL ? MP_KEY_ERROR : 0;
}

/* But self is not: it is the maker's own. */
static void barrier_travels_with_its_action_and_timeout(void **state)
{
    (void)state;
    int n = 0;
    mp_auto(mp_barrier) b = mp_barrier_new(1, .action = count_up, .self = &n);
    mp_auto(mp_barrier) two = mp_barrier_new(2, .timeout = 0.05);
    mp_barrier *same = NULL, *same_two = NULL;
    assert_ok(mp_barrier_wait(b));
    assert_int_equal(n, 1);
    assert_ok(mp_connection_send(ours, MP_TUPLE(b, two)));
    assert_ok(mp_connection_recv(theirs, MP_UNPACK(&same, &same_two), 1));
    assert_raises(MP_KEY_ERROR, mp_barrier_wait(same));
    assert_int_equal(mp_barrier_parties(same_two), 2);
    assert_raises(MP_BROKEN_BARRIER, mp_barrier_wait(same_two));
    assert_int_equal(mp_barrier_broken(two), 1);
    mp_barrier_free(same);
    mp_barrier_free(same_two);
}

static void each_is_none_of_the_others(void **state)
{
    (void)state;
    mp_auto(mp_event) e = mp_event_new();
    mp_event *same;
    mp_condition *c;
    mp_barrier *b;
    assert_ok(mp_connection_send(ours, e));
    assert_raises_saying(MP_TYPE_ERROR, "expected Condition, got Event",
                         mp_connection_recv(theirs, &c, 1));
    assert_raises_saying(MP_TYPE_ERROR, "expected Barrier, got Event",
                         mp_connection_recv(theirs, &b, 1));
    assert_ok(mp_connection_recv(theirs, &same, 1));
    mp_event_free(same);
}

/* -- hostile parcels ------------------------------------------------------- */

static struct mp__parcel parcel_of(int tag, mp_any v)
{
    struct mp__parcel parcel = {.size = 0};
    struct mp__handle *h = (struct mp__handle *)(uintptr_t)v.u.p;
    assert_int_equal(mp__handle_type_of(tag)->reduce(h, &parcel), 0);
    return parcel;
}

/* The descriptors are still the caller's. */
static void assert_refused(int tag, const struct mp__parcel *parcel)
{
    struct mp__handle *h = NULL;
    assert_raises(MP_VALUE_ERROR, mp__handle_type_of(tag)->rebuild(parcel, &h));
    assert_null(h);
    for (size_t i = 0; i < parcel->nfds; i++)
        assert_true(fcntl(parcel->fds[i], F_GETFD) >= 0);
}

/* The condition's words: its offset, the lock's tag, the lock's offset. */
static void condition_with_a_wrong_word_is_refused(void **state)
{
    (void)state;
    mp_auto(mp_condition) c = mp_condition_new();
    for (size_t i = 0; i < 3; i++) {
        struct mp__parcel parcel = parcel_of(MP__TAG_CONDITION, MP(c));
        uint64_t word = i == 1 ? MP__TAG_EVENT : 64 * 1000;
        memcpy(parcel.bytes + 8 * i, &word, sizeof word);
        assert_refused(MP__TAG_CONDITION, &parcel);
        word = i == 1 ? UINT64_MAX : 1;
        memcpy(parcel.bytes + 8 * i, &word, sizeof word);
        assert_refused(MP__TAG_CONDITION, &parcel);
    }
}

static void truncated_parcels_are_refused(void **state)
{
    (void)state;
    mp_auto(mp_condition) c = mp_condition_new();
    mp_auto(mp_barrier) b = mp_barrier_new(2);
    struct mp__parcel of_c = parcel_of(MP__TAG_CONDITION, MP(c));
    struct mp__parcel of_b = parcel_of(MP__TAG_BARRIER, MP(b));
    for (of_c.size = 0; of_c.size < 24; of_c.size++)
        assert_refused(MP__TAG_CONDITION, &of_c);
    for (of_b.size = 0; of_b.size < 32; of_b.size++)
        assert_refused(MP__TAG_BARRIER, &of_b);
    of_c.nfds = 1;
    of_c.size = 24;
    assert_refused(MP__TAG_CONDITION, &of_c);
}

static void barrier_of_more_parties_than_its_cell_holds_is_refused(void **state)
{
    (void)state;
    mp_auto(mp_barrier) b = mp_barrier_new(2);
    const uint64_t wrong[] = {0, 100, 100000, INT32_MAX, UINT64_MAX};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct mp__parcel parcel = parcel_of(MP__TAG_BARRIER, MP(b));
        memcpy(parcel.bytes + 8, &wrong[i], sizeof wrong[i]);
        assert_refused(MP__TAG_BARRIER, &parcel);
    }
}

#define WITH_PIPE(test_) \
    cmocka_unit_test_setup_teardown(test_, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PIPE(those_made_after_the_child_reach_it),
        WITH_PIPE(condition_travels_with_its_lock),
        WITH_PIPE(barrier_travels_with_its_action_and_timeout),
        WITH_PIPE(each_is_none_of_the_others),
        WITH_PIPE(condition_with_a_wrong_word_is_refused),
        WITH_PIPE(truncated_parcels_are_refused),
        WITH_PIPE(barrier_of_more_parties_than_its_cell_holds_is_refused),
    };
    mp_event_free(mp_event_new()); /* the context, made once and kept */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
