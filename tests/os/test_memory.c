/*
 * Memory that is not there is refused before the kernel takes what is.
 */
#include "expect.h"

#include "os/mapping.h"
#include "os/memory.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

static void what_is_available_is_less_than_all_and_not_nothing(void **state)
{
    (void)state;
    size_t all = (size_t)sysconf(_SC_PHYS_PAGES) * mp__page_size();
    size_t swap_at_most = (size_t)1 << 44;
    assert_in_range(mp__memory_available(), 1 << 20, all + swap_at_most);
}

static void mapping_that_no_memory_can_back_is_refused(void **state)
{
    (void)state;
    struct mp__mapping m = {.fd = -7};
    assert_raises_saying(-ENOMEM, "shared memory",
                         mp__mapping_new("test", 0, (size_t)1 << 45, &m));
    assert_int_equal(m.fd, -7);
}

static void growth_that_no_memory_can_back_is_refused(void **state)
{
    (void)state;
    struct mp__mapping m;
    assert_ok(mp__mapping_new("test", (size_t)1 << 45, 4096, &m));
    size_t much = m.size - 4096;
    assert_true(much > mp__memory_available());
    assert_raises(-ENOMEM, mp__mapping_commit(&m, 4096, much));
    assert_ok(mp__mapping_commit(&m, 4096, 4096));
    mp__mapping_free(&m);
}

/* Should it be taken all the same, this is the program to be killed for it. */
static int offer_oneself(void **state)
{
    FILE *f = fopen("/proc/self/oom_score_adj", "we");
    (void)state;
    return f == NULL || fputs("1000", f) < 0 || fclose(f) != 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_available_is_less_than_all_and_not_nothing),
        cmocka_unit_test(mapping_that_no_memory_can_back_is_refused),
        cmocka_unit_test(growth_that_no_memory_can_back_is_refused),
    };
    return cmocka_run_group_tests(tests, offer_oneself, NULL);
}
