/*
 * The limit of a round trip over a Pipe on one CPU: the two ends of a socket,
 * nothing but send and recv. A word to sleep on would be faster, but nobody
 * can wait for it together with other files, which is what a Pipe is for.
 */
#include "limit_socket.h"

#include "limit.h"
#include "stats.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct court {
    int ours;
    int theirs;
    long count;
};

static bool send_value(int fd, uint64_t value)
{
    return send(fd, &value, sizeof value, 0) == sizeof value;
}

static bool receive_value(int fd, uint64_t *out)
{
    return recv(fd, out, sizeof *out, 0) == sizeof *out;
}

static bool echo(void *arg, int i)
{
    const struct court *c = arg;
    uint64_t value;

    (void)i;
    for (long n = 0; n < c->count; n++)
        if (!receive_value(c->theirs, &value) ||
            !send_value(c->theirs, value + 1))
            return false;
    return true;
}

/* Returns how many answers were right. */
static long play(const struct court *c, double *us)
{
    double from = seconds_now();
    long right = 0;

    for (long n = 0; n < c->count; n++) {
        uint64_t value = 0;
        double until;

        if (!send_value(c->ours, (uint64_t)n) ||
            !receive_value(c->ours, &value))
            break;
        right += value == (uint64_t)n + 1;
        until = seconds_now();
        us[n] = (until - from) * 1e6;
        from = until;
    }
    return right;
}

int limit_socket_round_trip(const struct job *job, struct figures *out)
{
    double *us = calloc((size_t)job->count, sizeof *us);
    struct court c = {.count = job->count};
    int ends[2], rc = -1;

    if (us == NULL || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) < 0)
        goto out;
    c.ours = ends[0];
    c.theirs = ends[1];
    if (limit_fork(echo, &c, 1) < 0)
        goto out;
    if (play(&c, us) != job->count || limit_join(1) < 0) {
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
