/*
 * The limit of a round trip: two words, each looked at for some 20 us and then
 * slept on; on one CPU slept on at once, a plain futex ping-pong. No system
 * call when nobody sleeps. Of a Pipe on one CPU it is that of a socket, see
 * limit_socket.c.
 */
#include "bench.h"
#include "limit.h"
#include "limit_socket.h"
#include "stats.h"

#include <linux/futex.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LOOKS = 400 };

/* One way: the number of the latest message, and the message. */
struct lane {
    _Alignas(64) _Atomic uint32_t number;
    _Atomic uint32_t asleep;
    uint64_t value;
};

struct court {
    struct lane there;
    struct lane back;
    int looks;
    long count;
};

static void send_value(struct lane *lane, uint32_t number, uint64_t value)
{
    lane->value = value;
    atomic_store(&lane->number, number);
    if (atomic_load(&lane->asleep) != 0)
        syscall(SYS_futex, &lane->number, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void sleep_on(struct lane *lane, uint32_t seen)
{
    atomic_store(&lane->asleep, 1);
    while (atomic_load(&lane->number) == seen)
        syscall(SYS_futex, &lane->number, FUTEX_WAIT, seen, NULL, NULL, 0);
    atomic_store(&lane->asleep, 0);
}

static uint64_t receive_value(struct lane *lane, uint32_t number, int looks)
{
    for (int i = 0; i < looks; i++) {
        if (atomic_load_explicit(&lane->number, memory_order_acquire) == number)
            return lane->value;
        limit_pause();
    }
    if (atomic_load(&lane->number) != number)
        sleep_on(lane, number - 1);
    return lane->value;
}

static bool echo(void *arg, int i)
{
    struct court *c = arg;

    (void)i;
    for (uint32_t n = 1; n <= (uint32_t)c->count; n++)
        send_value(&c->back, n, receive_value(&c->there, n, c->looks) + 1);
    return true;
}

/* Returns how many answers were right. */
static long play(struct court *c, double *us)
{
    double from = seconds_now();
    long right = 0;

    for (uint32_t n = 1; n <= (uint32_t)c->count; n++) {
        double until;

        send_value(&c->there, n, n);
        right += receive_value(&c->back, n, c->looks) == n + UINT64_C(1);
        until = seconds_now();
        us[n - 1] = (until - from) * 1e6;
        from = until;
    }
    return right;
}

/* Two words, watched for so many looks. */
static int words_round_trip(const struct job *job, int looks,
                            struct figures *out)
{
    struct court *c = limit_memory(sizeof *c);
    double *us = calloc((size_t)job->count, sizeof *us);
    int rc = -1;

    if (c == NULL || us == NULL)
        goto out;
    c->looks = looks;
    c->count = job->count;
    if (limit_fork(echo, c, 1) < 0)
        goto out;
    if (play(c, us) != job->count || limit_join(1) < 0) {
        fprintf(stderr, "limit: wrong answers\n");
        goto out;
    }
    out->of[0] = summarize(us, (size_t)job->count).median;
    out->of[1] = percentile(us, (size_t)job->count, 0.99);
    rc = 0;
out:
    free(us);
    return rc;
}

int limit_round_trip(const struct job *job, struct figures *out)
{
    cpu_set_t cpus;

    sched_getaffinity(0, sizeof cpus, &cpus);
    if (CPU_COUNT(&cpus) > 1)
        return words_round_trip(job, LOOKS, out);
    if (strcmp(job->over, "pipe") == 0)
        return limit_socket_round_trip(job, out);
    return words_round_trip(job, 0, out);
}
