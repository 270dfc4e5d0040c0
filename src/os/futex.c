/*
 * Futexes by system call; see futex.h for what is promised.
 */
#include "os/futex.h"

#include "base/clock.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

/* As the kernel's struct futex_waitv, which older headers lack. */
struct waiter {
    uint64_t expected;
    uint64_t address;
    uint32_t flags;
    uint32_t reserved;
};

enum { WORD_OF_32_BITS = 2 };

/* Most sleeps are short, and cost a quarter less on one word. */
#define ALONE (MP__SECOND / 200)

/* Set once the kernel has refused futex_waitv; it will again. */
static atomic_bool waitv_refused;

static struct timespec timespec_of(int64_t ns)
{
    return (struct timespec){.tv_sec = (time_t)(ns / MP__SECOND),
                             .tv_nsec = (long)(ns % MP__SECOND)};
}

static int answer(long rc, int error)
{
    return rc < 0 && error == ETIMEDOUT ? -ETIMEDOUT : 0;
}

static int wait_one(const mp__word *word, uint32_t expected,
                    const struct timespec *until)
{
    long rc = syscall(SYS_futex, word, FUTEX_WAIT_BITSET, expected, until, NULL,
                      FUTEX_BITSET_MATCH_ANY);
    return answer(rc, errno);
}

/* -ENOSYS: it cannot be done here. */
static int wait_both(const mp__word *word, uint32_t expected,
                     const mp__word *second, uint32_t second_expected,
                     const struct timespec *until)
{
    struct waiter both[2] = {
        {expected, (uint64_t)(uintptr_t)word, WORD_OF_32_BITS, 0},
        {second_expected, (uint64_t)(uintptr_t)second, WORD_OF_32_BITS, 0},
    };
    long rc = syscall(SYS_futex_waitv, both, 2, 0, until, CLOCK_MONOTONIC);

    if (rc < 0 && (errno == ENOSYS || errno == EPERM))
        return -ENOSYS;
    return answer(rc, errno);
}

/* false: it lasts longer, or time is up. */
static bool is_over_soon(const mp__word *word, uint32_t expected, int64_t until)
{
    int64_t soon = mp__now() + ALONE;
    struct timespec ts = timespec_of(soon < until ? soon : until);

    return wait_one(word, expected, &ts) == 0;
}

int mp__futex_wait(const mp__word *word, uint32_t expected,
                   const mp__word *second, uint32_t second_expected,
                   int64_t until)
{
    struct timespec ts = timespec_of(until);
    const struct timespec *end = until == MP__NEVER ? NULL : &ts;
    int rc;

    if (second == NULL ||
        atomic_load_explicit(&waitv_refused, memory_order_relaxed))
        return wait_one(word, expected, end);
    if (is_over_soon(word, expected, until))
        return 0;
    rc = wait_both(word, expected, second, second_expected, end);
    if (rc != -ENOSYS)
        return rc;
    atomic_store_explicit(&waitv_refused, true, memory_order_relaxed);
    return wait_one(word, expected, end);
}

int mp__futex_wake(mp__word *word, int n)
{
    return (int)syscall(SYS_futex, word, FUTEX_WAKE, n, NULL, NULL, 0);
}

/* ThreadSanitizer does not see what the kernel stores: tell it that all before
   was released with that. */
#if defined __SANITIZE_THREAD__
#define SHOW_RELEASE(word_) \
    ((void)atomic_fetch_add_explicit((word_), 0, memory_order_release))
#elif defined __has_feature
#if __has_feature(thread_sanitizer)
#define SHOW_RELEASE(word_) \
    ((void)atomic_fetch_add_explicit((word_), 0, memory_order_release))
#endif
#endif
#if !defined SHOW_RELEASE
#define SHOW_RELEASE(word_) ((void)0)
#endif

/*
 * FUTEX_OP of <linux/futex.h>, unsigned. Its second half, a comparison of the
 * old value, is "== -1" with nobody to wake: the kernel asks for one.
 */
static int op_wake(mp__word *word, uint32_t op, uint32_t arg,
                   mp__word *sleepers, int n)
{
    uint32_t what =
        op << 28 | (uint32_t)FUTEX_OP_CMP_EQ << 24 | arg << 12 | 0xfff;

    SHOW_RELEASE(word);
    return (int)syscall(SYS_futex, sleepers, FUTEX_WAKE_OP, n, NULL, word,
                        what);
}

int mp__futex_add_wake(mp__word *word, uint32_t add, int n)
{
    return op_wake(word, FUTEX_OP_ADD, add, word, n);
}

int mp__futex_add_wake_on(mp__word *word, uint32_t add, mp__word *sleepers,
                          int n)
{
    return op_wake(word, FUTEX_OP_ADD, add, sleepers, n);
}

int mp__futex_or_wake(mp__word *word, uint32_t bits, int n)
{
    return op_wake(word, FUTEX_OP_OR, bits, word, n);
}

int mp__futex_bit_wake(mp__word *word, int bit, int n)
{
    return op_wake(word, FUTEX_OP_SET | FUTEX_OP_OPARG_SHIFT, (uint32_t)bit,
                   word, n);
}
