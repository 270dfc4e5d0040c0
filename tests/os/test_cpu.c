/*
 * Giving the only CPU away: to whoever wants it, but not on and on to one who
 * keeps it.
 */
#include "child.h"
#include "expect.h"
#include "one_cpu.h"
#include "until.h"

#include "os/cpu.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>

enum { PATIENCE = 60 };

/* Until it is killed. */
static int counts(void *count)
{
    while (atomic_fetch_add((atomic_long *)count, 1) >= 0)
        ;
    return 0;
}

/* Until it has kept the CPU for a millisecond or more. */
static bool somebody_keeps_it(void)
{
    double from = until_now();

    return mp__yield() && until_now() - from >= 0.001;
}

static void stranger_who_keeps_it_is_not_given_it_again_soon(void **state)
{
    atomic_long *count = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t stranger = child_start(counts, count);

    (void)state;
    assert_until(somebody_keeps_it(), PATIENCE);
    assert_false(mp__yield());
    assert_true(*count > 0);
    assert_until(mp__yield(), PATIENCE);
    kill(stranger, SIGKILL);
    assert_int_equal(child_wait(stranger, PATIENCE), -SIGKILL);
    munmap(count, sizeof *count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stranger_who_keeps_it_is_not_given_it_again_soon),
    };

    if (keep_to_one_cpu() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
