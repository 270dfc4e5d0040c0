/* ctest-serial */
/*
 * The leak check sees each kind of thing it promises to see, and nothing where
 * nothing is. It prints what it finds, so this test's output names leaks that
 * are made on purpose.
 */
#include "child.h"
#include "expect.h"
#include "leak.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

enum { ONE_PAGE = 4096 };

static const char SHM_NAME[] = "/mproc-test-leak";

static int wait_for_signal(void *arg)
{
    (void)arg;
    pause();
    return 0;
}

/* How many differences there are with the thing made in between. */
static int leaks_since(struct leak_snapshot *before)
{
    int n = leak_count(before);
    leak_free(before);
    return n;
}

static void nothing_made_is_no_leak(void **state)
{
    (void)state;
    assert_no_leak(leak_take());
}

static void open_descriptor_is_seen(void **state)
{
    (void)state;
    struct leak_snapshot *before = leak_take();
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_int_equal(leaks_since(before), 1);
    close(fd);
}

static void closed_descriptor_is_seen(void **state)
{
    (void)state;
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    struct leak_snapshot *before = leak_take();
    close(fd);
    assert_int_equal(leaks_since(before), 1);
}

static void memfd_mapping_is_seen_without_its_descriptor(void **state)
{
    (void)state;
    struct leak_snapshot *before = leak_take();
    int fd = memfd_create("leak", MFD_CLOEXEC);
    assert_int_equal(ftruncate(fd, ONE_PAGE), 0);
    void *p = mmap(NULL, ONE_PAGE, PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    assert_int_equal(leaks_since(before), 1);
    munmap(p, ONE_PAGE);
}

static void second_mapping_of_one_name_is_seen(void **state)
{
    (void)state;
    int fd = memfd_create("leak", MFD_CLOEXEC);
    assert_int_equal(ftruncate(fd, ONE_PAGE), 0);
    void *p = mmap(NULL, ONE_PAGE, PROT_READ, MAP_SHARED, fd, 0);
    struct leak_snapshot *before = leak_take();
    void *q = mmap(NULL, ONE_PAGE, PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    /* The descriptor went, the line of the first size went, a new one came. */
    assert_int_equal(leaks_since(before), 3);
    munmap(p, ONE_PAGE);
    munmap(q, ONE_PAGE);
}

static void named_shared_memory_is_seen(void **state)
{
    (void)state;
    struct leak_snapshot *before = leak_take();
    int fd = shm_open(SHM_NAME, O_RDWR | O_CREAT, 0600);
    assert_true(fd >= 0);
    close(fd);
    int leaks = leaks_since(before);
    shm_unlink(SHM_NAME);
    assert_int_equal(leaks, 1);
}

static void running_child_is_seen(void **state)
{
    (void)state;
    struct leak_snapshot *before = leak_take();
    pid_t pid = child_start(wait_for_signal, NULL);
    int leaks = leaks_since(before);
    kill(pid, SIGKILL);
    assert_int_equal(child_wait(pid, 5.0), -SIGKILL);
    assert_int_equal(leaks, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_made_is_no_leak),
        cmocka_unit_test(open_descriptor_is_seen),
        cmocka_unit_test(closed_descriptor_is_seen),
        cmocka_unit_test(memfd_mapping_is_seen_without_its_descriptor),
        cmocka_unit_test(second_mapping_of_one_name_is_seen),
        cmocka_unit_test(named_shared_memory_is_seen),
        cmocka_unit_test(running_child_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
