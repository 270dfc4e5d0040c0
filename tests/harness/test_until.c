/*
 * The polling wait of the harness: it must not give up early, must give up in
 * time, and must notice a condition that another process makes true.
 */
#include "child.h"
#include "expect.h"
#include "until.h"

#include <stdatomic.h>
#include <sys/mman.h>

static bool never(void *arg)
{
    (void)arg;
    return false;
}

static bool third_time(void *arg)
{
    int *asked = arg;
    return ++*asked == 3;
}

static void true_condition_returns_at_once(void **state)
{
    (void)state;
    int asked = 2;
    double start = until_now();
    assert_true(until(third_time, &asked, 5.0));
    assert_true(until_now() - start < 1.0);
}

static void condition_is_asked_again(void **state)
{
    (void)state;
    int asked = 0;
    assert_true(until(third_time, &asked, 5.0));
    assert_int_equal(asked, 3);
}

static void false_condition_gives_up_after_the_deadline(void **state)
{
    (void)state;
    double start = until_now();
    assert_false(until(never, NULL, 0.05));
    assert_true(until_now() - start >= 0.05);
}

static int store_one(void *flag)
{
    atomic_store((atomic_int *)flag, 1);
    return 0;
}

static void change_by_another_process_is_seen(void **state)
{
    (void)state;
    atomic_int *flag = mmap(NULL, sizeof *flag, PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t pid = child_start(store_one, flag);
    assert_until(atomic_load(flag) == 1, 5.0);
    assert_int_equal(child_wait(pid, 5.0), 0);
    munmap(flag, sizeof *flag);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(true_condition_returns_at_once),
        cmocka_unit_test(condition_is_asked_again),
        cmocka_unit_test(false_condition_gives_up_after_the_deadline),
        cmocka_unit_test(change_by_another_process_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
