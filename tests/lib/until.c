/*
 * The polling loop behind assert_until(). The first pauses are so short that a
 * condition which is nearly true costs nothing; the longest is 10 ms, so that
 * a waiting test leaves the processor to the processes it waits for.
 */
#include "until.h"

#include <time.h>

enum { FIRST_PAUSE_US = 50, LONGEST_PAUSE_US = 10000 };

double until_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct until until_start(double seconds)
{
    return (struct until){
        .deadline = until_now() + seconds,
        .pause_us = FIRST_PAUSE_US,
    };
}

bool until_pause(struct until *u)
{
    if (until_now() >= u->deadline)
        return false;
    struct timespec pause = {.tv_nsec = u->pause_us * 1000};
    clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
    u->pause_us *= 2;
    if (u->pause_us > LONGEST_PAUSE_US)
        u->pause_us = LONGEST_PAUSE_US;
    return true;
}

bool until(bool (*condition)(void *arg), void *arg, double seconds)
{
    struct until u = until_start(seconds);
    while (!condition(arg)) {
        if (!until_pause(&u))
            return condition(arg);
    }
    return true;
}
