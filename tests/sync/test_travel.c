/*
 * Locks and semaphores travel: through a pipe, in a list, as an argument; and
 * what a hostile peer sends in their place is refused.
 */
#include "child.h"
#include "expect.h"
#include "leak.h"

#include "any/handle.h"
#include "os/cell.h"
#include "sync/undo_state.h"

#include <mproc.h>

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static mp_connection *ours, *theirs;
static struct leak_snapshot *before;

static int do_nothing(mp_call *c)
{
    (void)c;
    return 0;
}

/* What is made once and kept: the context, and the watcher of children. */
static int warm_up(void **state)
{
    (void)state;
    mp_auto(mp_process) p = mp_process_new(do_nothing);
    MP_TRY(mp_process_start(p));
    return mp_process_join(p);
}

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

static int release_what_arrives(void *unused)
{
    mp_auto(mp_lock) lock = NULL;
    (void)unused;
    return mp_connection_recv(theirs, &lock, 10.0) < 0 ||
           mp_lock_release(lock) < 0;
}

static void lock_made_after_the_child_reaches_it(void **state)
{
    (void)state;
    pid_t pid = child_start(release_what_arrives, NULL);
    mp_auto(mp_lock) lock = mp_lock_new();
    assert_int_equal(mp_lock_acquire(lock), 0);
    assert_ok(mp_connection_send(ours, lock));
    assert_int_equal(mp_lock_acquire(lock, 10.0), 0);
    assert_int_equal(child_wait(pid, 10.0), 0);
}

static int take_what_arrives(void *unused)
{
    mp_auto(mp_rlock) lock = NULL;
    mp_auto(mp_semaphore) plain = NULL;
    mp_auto(mp_semaphore) undo = NULL;
    (void)unused;
    if (mp_connection_recv(theirs, MP_UNPACK(&lock, &plain, &undo), 10.0) < 0)
        return 1;
    if (mp_rlock_acquire(lock, 0) != MP_TIMEOUT)
        return 2;
    if (mp_semaphore_acquire(plain, 0) != 0)
        return 3;
    return mp_semaphore_acquire(undo, 0) != MP_TIMEOUT ||
           mp_semaphore_release(undo) != MP_VALUE_ERROR;
}

static void others_travel_within_a_list(void **state)
{
    (void)state;
    pid_t pid = child_start(take_what_arrives, NULL);
    mp_auto(mp_rlock) lock = mp_rlock_new();
    mp_auto(mp_semaphore) plain = mp_semaphore_new(1);
    mp_auto(mp_semaphore) undo = mp_semaphore_new(1, .undo = true);
    assert_int_equal(mp_rlock_acquire(lock), 0);
    assert_int_equal(mp_semaphore_acquire(undo), 0);
    assert_ok(mp_connection_send(ours, MP_LIST(lock, plain, undo)));
    assert_int_equal(child_wait(pid, 10.0), 0);
    assert_int_equal(mp_semaphore_get_value(plain), 0);
}

static void lock_is_no_rlock(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    mp_auto(mp_lock) same = NULL;
    mp_rlock *other = NULL;
    assert_ok(mp_connection_send(ours, lock));
    assert_raises_saying(MP_TYPE_ERROR, "expected RLock, got Lock",
                         mp_connection_recv(theirs, &other, 10.0));
    assert_null(other);
    assert_ok(mp_connection_recv(theirs, &same, 10.0));
}

/* -- as an argument -------------------------------------------------------- */

static int take_all(mp_call *c)
{
    mp_lock *lock;
    mp_rlock *rlock;
    mp_semaphore *s;
    MP_TRY(mp_call_args(c, &lock, &rlock, &s));
    MP_TRY(mp_lock_release(lock));
    MP_TRY(mp_rlock_acquire(rlock));
    MP_TRY(mp_rlock_release(rlock));
    return mp_semaphore_release(s);
}

static void all_may_be_arguments(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    mp_auto(mp_rlock) rlock = mp_rlock_new();
    mp_auto(mp_semaphore) s = mp_semaphore_new(0);
    mp_auto(mp_process) p =
        mp_process_new(take_all, .args = MP_ARGS(lock, rlock, s));
    assert_int_equal(mp_lock_acquire(lock), 0);
    assert_ok(mp_process_start(p));
    assert_int_equal(mp_semaphore_acquire(s, 10.0), 0);
    assert_int_equal(mp_lock_acquire(lock, 10.0), 0);
    assert_ok(mp_process_join(p));
    assert_int_equal(mp_process_exitcode(p), 0);
}

/* -- hostile parcels ------------------------------------------------------- */

static struct mp__parcel parcel_of(int tag, mp_any v)
{
    struct mp__parcel parcel = {.size = 0};
    struct mp__handle *h = (struct mp__handle *)(uintptr_t)v.u.p;
    assert_ok(mp__handle_type_of(tag)->reduce(h, &parcel));
    return parcel;
}

/* With a descriptor of its own, as one that arrived. */
static void assert_refused(int tag, const struct mp__parcel *parcel)
{
    struct mp__parcel received = *parcel;
    struct mp__handle *made = NULL;
    received.fds[0] = fcntl(parcel->fds[0], F_DUPFD_CLOEXEC, 0);
    assert_raises(MP_VALUE_ERROR,
                  mp__handle_type_of(tag)->rebuild(&received, &made));
    assert_null(made);
    assert_int_equal(close(received.fds[0]), 0);
}

static void set_offset(struct mp__parcel *p, uint64_t offset)
{
    memcpy(p->bytes, &offset, sizeof offset);
}

static uint64_t offset_in(const struct mp__parcel *p)
{
    uint64_t offset;
    memcpy(&offset, p->bytes, sizeof offset);
    return offset;
}

static void cell_of_another_sort_is_refused(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    struct mp__parcel parcel = parcel_of(MP__TAG_LOCK, MP(lock));
    assert_refused(MP__TAG_RLOCK, &parcel);
    assert_refused(MP__TAG_SEMAPHORE, &parcel);
}

static void offset_that_is_no_cells_is_refused(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    struct mp__parcel parcel = parcel_of(MP__TAG_LOCK, MP(lock));
    const uint64_t at = offset_in(&parcel);
    const uint64_t wrong[] = {
        0,       at + 1,  at + 8,    at - 8,     at + 64,        (1 << 16) - 64,
        1 << 16, 1 << 20, INT64_MAX, UINT64_MAX, UINT64_MAX - 63};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        set_offset(&parcel, wrong[i]);
        assert_refused(MP__TAG_LOCK, &parcel);
    }
}

static void truncated_parcel_is_refused(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    struct mp__parcel parcel = parcel_of(MP__TAG_LOCK, MP(lock));
    for (size_t size = 0; size <= 2 * sizeof(uint64_t); size++) {
        parcel.size = size;
        if (size != sizeof(uint64_t))
            assert_refused(MP__TAG_LOCK, &parcel);
    }
    parcel.size = sizeof(uint64_t);
    parcel.nfds = 0;
    assert_refused(MP__TAG_LOCK, &parcel);
}

/* A copy of an arena, with one word of it changed. */
static int forge(int arena, off_t where, uint64_t changed_bits)
{
    const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
    int fd = memfd_create("forged", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    struct stat st;
    uint64_t word;
    fstat(arena, &st);
    assert_int_equal(ftruncate(fd, st.st_size), 0);
    for (off_t at = 0; at < st.st_size; at += (off_t)sizeof word) {
        assert_int_equal(pread(arena, &word, sizeof word, at), sizeof word);
        word ^= at == where ? changed_bits : 0;
        if (word != 0)
            assert_int_equal(pwrite(fd, &word, sizeof word, at), sizeof word);
    }
    assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
    return fd;
}

static void assert_forgery_refused(int tag, const struct mp__parcel *genuine,
                                   size_t where)
{
    struct mp__parcel parcel = *genuine;
    parcel.fds[0] =
        forge(genuine->fds[0], (off_t)where & ~(off_t)7, UINT64_C(1) << 40 | 1);
    assert_refused(tag, &parcel);
    close(parcel.fds[0]);
}

static void arena_of_another_family_is_refused(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    struct mp__parcel parcel = parcel_of(MP__TAG_LOCK, MP(lock));
    assert_forgery_refused(MP__TAG_LOCK, &parcel, 0); /* its magic  */
    assert_forgery_refused(MP__TAG_LOCK, &parcel, 8); /* its family */
}

static void cell_that_lies_about_its_size_is_refused(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    struct mp__parcel parcel = parcel_of(MP__TAG_LOCK, MP(lock));
    assert_forgery_refused(MP__TAG_LOCK, &parcel,
                           offset_in(&parcel) +
                               offsetof(struct mp__cell_head, size));
}

static void semaphore_that_lies_about_its_holders_is_refused(void **state)
{
    (void)state;
    mp_auto(mp_semaphore) s = mp_semaphore_new(3, .undo = true);
    struct mp__parcel parcel = parcel_of(MP__TAG_SEMAPHORE, MP(s));
    size_t at = offset_in(&parcel);
    assert_forgery_refused(MP__TAG_SEMAPHORE, &parcel,
                           at + offsetof(struct mp__semaphore_head, max));
    assert_forgery_refused(MP__TAG_SEMAPHORE, &parcel,
                           at + offsetof(struct mp__undo_shared, holders));
}

static void descriptor_of_anything_else_is_refused(void **state)
{
    (void)state;
    mp_auto(mp_lock) lock = mp_lock_new();
    struct mp__parcel parcel = parcel_of(MP__TAG_LOCK, MP(lock));
    parcel.fds[0] = mp_connection_fileno(ours);
    assert_refused(MP__TAG_LOCK, &parcel);
    parcel.fds[0] = memfd_create("not sealed", MFD_CLOEXEC);
    assert_refused(MP__TAG_LOCK, &parcel);
    close(parcel.fds[0]);
}

#define WITH_PIPE(test_) \
    cmocka_unit_test_setup_teardown(test_, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PIPE(lock_made_after_the_child_reaches_it),
        WITH_PIPE(others_travel_within_a_list),
        WITH_PIPE(lock_is_no_rlock),
        WITH_PIPE(all_may_be_arguments),
        WITH_PIPE(cell_of_another_sort_is_refused),
        WITH_PIPE(offset_that_is_no_cells_is_refused),
        WITH_PIPE(truncated_parcel_is_refused),
        WITH_PIPE(arena_of_another_family_is_refused),
        WITH_PIPE(cell_that_lies_about_its_size_is_refused),
        WITH_PIPE(semaphore_that_lies_about_its_holders_is_refused),
        WITH_PIPE(descriptor_of_anything_else_is_refused),
    };
    return cmocka_run_group_tests(tests, warm_up, NULL);
}
