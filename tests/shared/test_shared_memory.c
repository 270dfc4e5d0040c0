/*
 * SharedMemory: what Python's does, and its words when it cannot.
 */
#include "child.h"
#include "expect.h"
#include "leak.h"
#include "registry.h"

#include <mproc.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

static struct leak_snapshot *before;

static int set_up(void **state)
{
    (void)state;
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

/* -- making and attaching -------------------------------------------------- */

static void new_memory_is_zero_and_as_large_as_asked_for(void **state)
{
    (void)state;
    mp_auto(mp_shared_memory) m =
        mp_shared_memory_new(.name = "frame", .create = true, .size = 5001);
    assert_made(m);
    assert_int_equal(mp_shared_memory_size(m), 5001);
    assert_string_equal(mp_shared_memory_name(m), "frame");
    const char *buf = mp_shared_memory_buf(m);
    assert_int_equal((uintptr_t)buf % (uintptr_t)sysconf(_SC_PAGESIZE), 0);
    for (int i = 0; i < 5001; i++)
        assert_int_equal(buf[i], 0);
}

static void memory_can_be_one_byte(void **state)
{
    (void)state;
    mp_auto(mp_shared_memory) m =
        mp_shared_memory_new(.create = true, .size = 1);
    mp_auto(mp_shared_memory) same =
        mp_shared_memory_new(mp_shared_memory_name(m));
    assert_made(same);
    assert_int_equal(mp_shared_memory_size(same), 1);
}

static void what_one_writes_the_other_reads(void **state)
{
    (void)state;
    mp_auto(mp_shared_memory) m = mp_shared_memory_new("x", true, 100);
    mp_auto(mp_shared_memory) same = mp_shared_memory_new(.name = "x");
    assert_made(same);
    strcpy(mp_shared_memory_buf(m), "hello");
    assert_string_equal(mp_shared_memory_buf(same), "hello");
    strcpy(mp_shared_memory_buf(same), "there");
    assert_string_equal(mp_shared_memory_buf(m), "there");
}

static void attaching_with_another_size_has_the_real_one(void **state)
{
    (void)state;
    mp_auto(mp_shared_memory) m = mp_shared_memory_new("x", true, 100);
    mp_auto(mp_shared_memory) same = mp_shared_memory_new("x", false, 9999);
    assert_made(m);
    assert_int_equal(mp_shared_memory_size(same), 100);
}

static void name_is_made_up_as_python_does(void **state)
{
    (void)state;
    mp_auto(mp_shared_memory) m =
        mp_shared_memory_new(.create = true, .size = 10);
    mp_auto(mp_shared_memory) other =
        mp_shared_memory_new(.create = true, .size = 10);
    const char *name = mp_shared_memory_name(m);
    assert_int_equal(strlen(name), strlen("psm_00000000"));
    assert_memory_equal(name, "psm_", 4);
    assert_int_equal(strspn(name + 4, "0123456789abcdef"), 8);
    assert_string_not_equal(name, mp_shared_memory_name(other));
}

static int write_to(void *m)
{
    signal(SIGSEGV, SIG_DFL); /* which cmocka catches */
    *(char *)mp_shared_memory_buf((mp_shared_memory *)m) = 1;
    return 0;
}

static void reader_can_read_but_not_write(void **state)
{
    (void)state;
    mp_auto(mp_shared_memory) m = mp_shared_memory_new("x", true, 100);
    mp_auto(mp_shared_memory) reader =
        mp_shared_memory_new(.name = "x", .readonly = true);
    assert_made(reader);
    strcpy(mp_shared_memory_buf(m), "hello");
    assert_string_equal(mp_shared_memory_buf(reader), "hello");
    assert_int_equal(child_run(write_to, reader, 5.0), -SIGSEGV);
    assert_int_equal(child_run(write_to, m, 5.0), 0);
}

static void large_memory_can_be_used_to_its_end(void **state)
{
    (void)state;
    const size_t size = ((size_t)64 << 20) + 1;
    mp_auto(mp_shared_memory) m =
        mp_shared_memory_new(.create = true, .size = size);
    mp_auto(mp_shared_memory) same =
        mp_shared_memory_new(mp_shared_memory_name(m));
    assert_made(same);
    ((char *)mp_shared_memory_buf(m))[size - 1] = 7;
    assert_int_equal(((char *)mp_shared_memory_buf(same))[size - 1], 7);
}

/* -- names ----------------------------------------------------------------- */

static void names_may_hold_anything_but_a_slash(void **state)
{
    (void)state;
    static const char *const names[] = {"a:b",
                                        ":",
                                        "a\nb",
                                        "\n",
                                        "a b:c\n:",
                                        "...",
                                        ".",
                                        "..",
                                        "-rf",
                                        "\xff\xfe",
                                        "gr\xc3\xbc\xc3\x9f",
                                        "%s",
                                        "m0000000000000000",
                                        "'\""};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        mp_auto(mp_shared_memory) m = mp_shared_memory_new(names[i], true, 8);
        mp_auto(mp_shared_memory) same = mp_shared_memory_new(names[i]);
        assert_made(same);
        assert_string_equal(mp_shared_memory_name(same), names[i]);
        assert_ok(mp_shared_memory_unlink(m));
        assert_int_equal(registry_files(), 0);
    }
}

static void name_is_at_most_254_bytes_long(void **state)
{
    (void)state;
    char name[256] = "";
    memset(name, 'x', 254);
    mp_auto(mp_shared_memory) m = mp_shared_memory_new(name, true, 8);
    mp_auto(mp_shared_memory) same = mp_shared_memory_new(name);
    assert_made(m);
    assert_made(same);
    assert_string_equal(mp_shared_memory_name(same), name);
    name[254] = 'x';
    assert_none(MP_VALUE_ERROR, "no name", mp_shared_memory_new(name, true, 8));
    assert_none(MP_VALUE_ERROR, "no name", mp_shared_memory_new(name));
}

static void what_can_be_no_name_is_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"", "/", "a/b", "/a", "../x"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_none(MP_VALUE_ERROR, "no name",
                    mp_shared_memory_new(names[i], true, 8));
        assert_none(MP_VALUE_ERROR, "no name", mp_shared_memory_new(names[i]));
    }
}

/* -- errors: Python's words ------------------------------------------------ */

static void size_has_to_be_positive(void **state)
{
    (void)state;
    const char *zero = "'size' must be a positive number different from zero";
    const char *negative = "'size' must be a positive integer";
    assert_none(MP_VALUE_ERROR, zero, mp_shared_memory_new(.create = true));
    assert_none(MP_VALUE_ERROR, zero, mp_shared_memory_new("x", true, 0));
    assert_none(MP_VALUE_ERROR, negative,
                mp_shared_memory_new(.create = true, .size = (size_t)-1));
    assert_none(MP_VALUE_ERROR, negative,
                mp_shared_memory_new(.name = "x", .size = (size_t)-1));
}

static void attaching_takes_a_name(void **state)
{
    (void)state;
    assert_none(MP_VALUE_ERROR, "'name' can only be NULL if create=true",
                mp_shared_memory_new());
}

static void options_that_do_not_go_together_are_refused(void **state)
{
    (void)state;
    assert_none(
        MP_VALUE_ERROR, "read only",
        mp_shared_memory_new(.create = true, .size = 1, .readonly = true));
    assert_none(MP_VALUE_ERROR, "persist",
                mp_shared_memory_new(.name = "x", .persist = true));
}

static void options_of_a_newer_library_are_refused(void **state)
{
    (void)state;
    struct {
        mp_shared_memory_opts known;
        size_t unknown;
    } newer = {.known = {.create = true, .size = 1}, .unknown = 1};
    newer.known.size_ = sizeof newer;
    assert_none(MP_VALUE_ERROR, "does not know",
                (mp_shared_memory_new)(&newer.known));
    assert_null((mp_shared_memory_new)(NULL));
}

static void name_that_exists_cannot_be_created(void **state)
{
    (void)state;
    mp_auto(mp_shared_memory) m = mp_shared_memory_new("x", true, 8);
    assert_made(m);
    assert_none(-EEXIST, "File exists", mp_shared_memory_new("x", true, 8));
    /* Not even if there were no memory for it: nothing is had for nothing. */
    assert_none(-EEXIST, "'x'",
                mp_shared_memory_new("x", true, PTRDIFF_MAX / 2));
}

static void name_that_does_not_exist_cannot_be_attached_to(void **state)
{
    (void)state;
    assert_none(-ENOENT, "No such file", mp_shared_memory_new("nothing"));
}

static void null_is_answered_with_the_failure_that_made_it(void **state)
{
    (void)state;
    mp_shared_memory *m = mp_shared_memory_new("nothing");
    assert_raises(-ENOENT, mp_shared_memory_close(m));
    assert_raises(-ENOENT, mp_shared_memory_unlink(m));
    assert_null(mp_shared_memory_buf(m));
    assert_null(mp_shared_memory_name(m));
    assert_int_equal(mp_shared_memory_size(m), 0);
    mp_shared_memory_free(m);
}

/* -- the end of it --------------------------------------------------------- */

static void unlink_takes_the_name_and_leaves_the_memory(void **state)
{
    (void)state;
    mp_auto(mp_shared_memory) m = mp_shared_memory_new("x", true, 8);
    mp_auto(mp_shared_memory) same = mp_shared_memory_new("x");
    assert_ok(mp_shared_memory_unlink(m));
    assert_int_equal(registry_files(), 0);
    assert_none(-ENOENT, "'x'", mp_shared_memory_new("x"));
    strcpy(mp_shared_memory_buf(m), "still");
    assert_string_equal(mp_shared_memory_buf(same), "still");
}

static void second_unlink_finds_nothing(void **state)
{
    (void)state;
    mp_auto(mp_shared_memory) m = mp_shared_memory_new("x", true, 8);
    mp_auto(mp_shared_memory) same = mp_shared_memory_new("x");
    assert_ok(mp_shared_memory_unlink(same));
    assert_raises_saying(-ENOENT, "'x'", mp_shared_memory_unlink(m));
    assert_raises(-ENOENT, mp_shared_memory_unlink(same));
}

static void unlink_does_not_take_the_name_of_another(void **state)
{
    (void)state;
    mp_auto(mp_shared_memory) old = mp_shared_memory_new("x", true, 8);
    assert_ok(mp_shared_memory_unlink(old));
    mp_auto(mp_shared_memory) new = mp_shared_memory_new("x", true, 8);
    assert_made(new);
    assert_raises(-ENOENT, mp_shared_memory_unlink(old));
    mp_auto(mp_shared_memory) same = mp_shared_memory_new("x");
    assert_made(same);
}

static void free_of_what_lost_its_name_leaves_the_new_one(void **state)
{
    (void)state;
    mp_shared_memory *old = mp_shared_memory_new("x", true, 8);
    assert_ok(mp_shared_memory_unlink(old));
    mp_auto(mp_shared_memory) new = mp_shared_memory_new("x", true, 8);
    assert_made(new);
    mp_shared_memory_free(old);
    assert_int_equal(registry_files(), 1);
    mp_auto(mp_shared_memory) same = mp_shared_memory_new("x");
    assert_made(same);
}

static void closing_and_then_unlinking_is_fine(void **state)
{
    (void)state;
    mp_auto(mp_shared_memory) m = mp_shared_memory_new("x", true, 8);
    assert_ok(mp_shared_memory_close(m));
    assert_int_equal(registry_files(), 1);
    assert_ok(mp_shared_memory_unlink(m));
    assert_int_equal(registry_files(), 0);
}

static void closed_memory_is_not_to_be_used(void **state)
{
    (void)state;
    mp_auto(mp_shared_memory) m = mp_shared_memory_new("x", true, 8);
    assert_ok(mp_shared_memory_close(m));
    assert_ok(mp_shared_memory_close(m));
    assert_none(MP_VALUE_ERROR, "closed", mp_shared_memory_buf(m));
    assert_string_equal(mp_shared_memory_name(m), "x");
    assert_int_equal(mp_shared_memory_size(m), 8);
}

static void its_makers_close_leaves_it_to_be_found(void **state)
{
    (void)state;
    mp_auto(mp_shared_memory) m = mp_shared_memory_new("x", true, 8);
    strcpy(mp_shared_memory_buf(m), "here");
    assert_ok(mp_shared_memory_close(m));
    mp_auto(mp_shared_memory) same = mp_shared_memory_new("x");
    assert_made(same);
    assert_string_equal(mp_shared_memory_buf(same), "here");
}

static void last_user_takes_the_name_along(void **state)
{
    (void)state;
    mp_shared_memory *m = mp_shared_memory_new("x", true, 8);
    mp_auto(mp_shared_memory) one = mp_shared_memory_new("x");
    mp_auto(mp_shared_memory) two = mp_shared_memory_new("x");
    mp_shared_memory_free(m);
    assert_ok(mp_shared_memory_close(one));
    assert_int_equal(registry_files(), 1);
    assert_ok(mp_shared_memory_close(two));
    assert_int_equal(registry_files(), 0);
}

static void what_persists_stays_until_it_is_unlinked(void **state)
{
    (void)state;
    mp_shared_memory_free(mp_shared_memory_new("x", true, 8, .persist = true));
    assert_int_equal(mp_shared_memory_gc(), 0);
    mp_auto(mp_shared_memory) m = mp_shared_memory_new("x");
    assert_made(m);
    assert_ok(mp_shared_memory_close(m));
    assert_int_equal(registry_files(), 1);
    assert_ok(mp_shared_memory_unlink(m));
    assert_int_equal(registry_files(), 0);
}

/* -- printing --------------------------------------------------------------- */

static void it_prints_as_pythons_does(void **state)
{
    (void)state;
    char text[64];
    mp_auto(mp_shared_memory) m = mp_shared_memory_new("a\nb", true, 4096);
    assert_ok(mp_repr(m, text, sizeof text));
    assert_string_equal(text, "SharedMemory('a\\nb', size=4096)");
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(new_memory_is_zero_and_as_large_as_asked_for),
        TEST(memory_can_be_one_byte),
        TEST(what_one_writes_the_other_reads),
        TEST(attaching_with_another_size_has_the_real_one),
        TEST(name_is_made_up_as_python_does),
        TEST(reader_can_read_but_not_write),
        TEST(large_memory_can_be_used_to_its_end),
        TEST(names_may_hold_anything_but_a_slash),
        TEST(name_is_at_most_254_bytes_long),
        TEST(what_can_be_no_name_is_refused),
        TEST(size_has_to_be_positive),
        TEST(attaching_takes_a_name),
        TEST(options_that_do_not_go_together_are_refused),
        TEST(options_of_a_newer_library_are_refused),
        TEST(name_that_exists_cannot_be_created),
        TEST(name_that_does_not_exist_cannot_be_attached_to),
        TEST(null_is_answered_with_the_failure_that_made_it),
        TEST(unlink_takes_the_name_and_leaves_the_memory),
        TEST(second_unlink_finds_nothing),
        TEST(unlink_does_not_take_the_name_of_another),
        TEST(free_of_what_lost_its_name_leaves_the_new_one),
        TEST(closing_and_then_unlinking_is_fine),
        TEST(closed_memory_is_not_to_be_used),
        TEST(its_makers_close_leaves_it_to_be_found),
        TEST(last_user_takes_the_name_along),
        TEST(what_persists_stays_until_it_is_unlinked),
        TEST(it_prints_as_pythons_does),
    };
    return cmocka_run_group_tests(tests, registry_set_up, registry_tear_down);
}
