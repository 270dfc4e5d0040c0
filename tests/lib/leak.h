/*
 * Nothing is left behind: compare what the process holds before and after.
 *
 *     struct leak_snapshot *before = leak_take();
 *     ... make, use and free ...
 *     assert_no_leak(before);
 *
 * Compared are open file descriptors (number and what each is), mappings of
 * shared memory (by name, with their total size), entries of /dev/shm, and
 * children, ended ones that nobody reaped included. Memory is the sanitizer's.
 *
 * /dev/shm belongs to the whole machine, so only names with "mproc" in them are
 * looked at; and a test that makes such entries says ctest-serial in its first
 * lines, so that none runs beside it.
 */
#ifndef TESTS_LEAK_H
#define TESTS_LEAK_H

struct leak_snapshot;

struct leak_snapshot *leak_take(void);
void leak_free(struct leak_snapshot *s);

/* How many lines differ between the snapshot and now; each is printed, with
 * `+` for what came and `-` for what went. For what the kernel tears down in
 * its own time, a difference is given a second to go away. */
int leak_count(const struct leak_snapshot *before);

/* Fail the test if anything differs, and free the snapshot. */
#define assert_no_leak(before_)                               \
    do {                                                      \
        struct leak_snapshot *leak_before_ = (before_);       \
        int leaks_ = leak_count(leak_before_);                \
        leak_free(leak_before_);                              \
        if (leaks_ != 0)                                      \
            fail_msg("%d things differ (see above)", leaks_); \
    } while (0)

#endif
