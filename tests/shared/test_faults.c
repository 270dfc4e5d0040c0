/*
 * Want of memory, descriptors, addresses and file size, at every place where
 * it can strike: a named error, nothing done by halves, nothing left behind.
 */
#include "child.h"
#include "expect.h"
#include "fault.h"
#include "leak.h"
#include "registry.h"

#include <mproc.h>

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define SANITIZED 1
#elif defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

static struct leak_snapshot *before;

static int set_up(void **state)
{
    (void)state;
    (void)mp_shared_memory_gc();
    before = leak_take();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    int leaks = leak_count(before);
    leak_free(before);
    return leaks + registry_files();
}

/* -- the n-th of all ------------------------------------------------------- */

typedef bool (*step)(void); /* false: it failed with the record set */

/* How many faults it took until none struck any more; each is answered with
   its error, or does no harm. What it left, the next sweep takes. */
static int at_every_fault(enum fault kind, step fn)
{
    for (int n = 1; n < 100; n++) {
        fault_arm(kind, n, ENOMEM);
        bool done = fn();
        bool struck = fault_disarm();
        if (!done && (!struck || mp_error_last()->code != -ENOMEM))
            fail_msg("fault %d: %s", n, mp_error_last()->message);
        assert_true(mp_shared_memory_gc() >= 0);
        if (!struck)
            return n - 1;
    }
    return 100;
}

static bool make_memory(void)
{
    mp_auto(mp_shared_memory) m = mp_shared_memory_new("x", true, 5000);
    return m != NULL;
}

static void making_fails_cleanly_at_every_fault(void **state)
{
    (void)state;
    assert_in_range(at_every_fault(FAULT_CALL, make_memory), 10, 60);
    assert_in_range(at_every_fault(FAULT_ALLOCATION, make_memory), 1, 5);
}

static int files_left;

/* Before it has its name it is as any other: what its maker cannot give a name
   goes at once. */
static bool make_lasting_memory(void)
{
    mp_auto(mp_shared_memory) m = mp_shared_memory_new("x", true, 5000, true);
    if (m == NULL) {
        files_left += registry_files();
        return false;
    }
    return mp_shared_memory_unlink(m) == 0 || mp_shared_memory_unlink(m) == 0;
}

static void making_what_persists_leaves_nothing_at_every_fault(void **state)
{
    (void)state;
    files_left = 0;
    assert_in_range(at_every_fault(FAULT_CALL, make_lasting_memory), 10, 80);
    assert_int_equal(files_left, 0);
}

static mp_shared_memory *there;

static bool attach_to_memory(void)
{
    mp_auto(mp_shared_memory) m = mp_shared_memory_new("there");
    return m != NULL;
}

static void attaching_fails_cleanly_at_every_fault(void **state)
{
    (void)state;
    there = mp_shared_memory_new("there", true, 5000);
    assert_in_range(at_every_fault(FAULT_CALL, attach_to_memory), 7, 60);
    assert_in_range(at_every_fault(FAULT_ALLOCATION, attach_to_memory), 1, 5);
    mp_shared_memory_free(there);
}

static bool unlink_once(void)
{
    mp_auto(mp_shared_memory) m = mp_shared_memory_new("x", true, 8);
    return mp_shared_memory_unlink(m) == 0 || mp_shared_memory_unlink(m) == 0;
}

static void unlinking_fails_cleanly_at_every_fault(void **state)
{
    (void)state;
    assert_in_range(at_every_fault(FAULT_CALL, unlink_once), 15, 60);
}

static bool make_a_list(void)
{
    mp_auto(mp_shareable_list) l =
        mp_shareable_list_new(MP_LIST(1, "text"), .name = "x");
    return l != NULL;
}

static void making_a_list_fails_cleanly_at_every_fault(void **state)
{
    (void)state;
    assert_in_range(at_every_fault(FAULT_CALL, make_a_list), 10, 60);
    assert_in_range(at_every_fault(FAULT_ALLOCATION, make_a_list), 3, 8);
}

static mp_shareable_list *list;
static char long_text[1000];

static bool use_the_list(void)
{
    char *text = NULL;
    int rc = mp_shareable_list_get(list, 0, &text);
    free(text);
    return rc >= 0 && mp_shareable_list_count(list, 1) >= 0;
}

static void using_a_list_fails_cleanly_at_every_fault(void **state)
{
    (void)state;
    memset(long_text, 'x', sizeof long_text - 1);
    list = mp_shareable_list_new(MP_LIST(long_text, 1));
    assert_made(list);
    assert_int_equal(at_every_fault(FAULT_ALLOCATION, use_the_list), 3);
    assert_int_equal(at_every_fault(FAULT_CALL, use_the_list), 0);
    mp_shareable_list_free(list);
}

/* -- limits ---------------------------------------------------------------- */

static int code_of_making(size_t size)
{
    mp_auto(mp_shared_memory) m =
        mp_shared_memory_new(.create = true, .size = size);
    return m == NULL ? -mp_error_last()->code : 0;
}

static void limit(int what, rlim_t n)
{
    (void)setrlimit((__rlimit_resource_t)what, &(struct rlimit){n, n});
}

static int with_a_limit_on_files(void *unused)
{
    (void)unused;
    limit(RLIMIT_FSIZE, 1 << 20);
    return code_of_making(1000) != 0 ? 255 : code_of_making(1 << 20);
}

/* And not killed by SIGXFSZ. */
static void limit_on_files_is_an_error(void **state)
{
    (void)state;
    assert_int_equal(child_run(with_a_limit_on_files, NULL, 10.0), EFBIG);
}

static int with_a_limit_on_addresses(void *unused)
{
    (void)unused;
    limit(RLIMIT_AS, (rlim_t)1 << 28);
    return code_of_making((size_t)1 << 28);
}

static void limit_on_addresses_is_an_error(void **state)
{
    (void)state;
#ifdef SANITIZED /* which needs all the addresses itself */
    assert_ok(code_of_making(8));
    (void)with_a_limit_on_addresses;
#else
    assert_int_equal(child_run(with_a_limit_on_addresses, NULL, 10.0), ENOMEM);
#endif
}

static int without_descriptors(void *m)
{
    limit(RLIMIT_NOFILE, 0);
    if (code_of_making(8) != EMFILE)
        return 1;
    if (mp_shared_memory_new("x") != NULL || mp_error_last()->code != -EMFILE)
        return 2;
    if (mp_shared_memory_unlink((mp_shared_memory *)m) != -EMFILE)
        return 3;
    if (mp_shared_memory_gc() != -EMFILE)
        return 4;
    return mp_shared_memory_close((mp_shared_memory *)m);
}

static void want_of_descriptors_is_an_error(void **state)
{
    (void)state;
    mp_auto(mp_shared_memory) m = mp_shared_memory_new("x", true, 8);
    assert_int_equal(child_run(without_descriptors, m, 10.0), 0);
    mp_auto(mp_shared_memory) same = mp_shared_memory_new("x");
    assert_made(same);
}

static void more_than_there_is_is_an_error(void **state)
{
    (void)state;
    struct statvfs fs;
    assert_int_equal(statvfs(registry_parent, &fs), 0);
    size_t all = fs.f_blocks * fs.f_frsize;
    assert_true(all > 0);
    assert_int_equal(code_of_making(all), ENOSPC);
    assert_int_equal(code_of_making(PTRDIFF_MAX), EFBIG);
    assert_int_equal(registry_files(), 0);
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(making_fails_cleanly_at_every_fault),
        TEST(making_what_persists_leaves_nothing_at_every_fault),
        TEST(attaching_fails_cleanly_at_every_fault),
        TEST(unlinking_fails_cleanly_at_every_fault),
        TEST(making_a_list_fails_cleanly_at_every_fault),
        TEST(using_a_list_fails_cleanly_at_every_fault),
        TEST(limit_on_files_is_an_error),
        TEST(limit_on_addresses_is_an_error),
        TEST(want_of_descriptors_is_an_error),
        TEST(more_than_there_is_is_an_error),
    };
    return cmocka_run_group_tests(tests, registry_set_up, registry_tear_down);
}
