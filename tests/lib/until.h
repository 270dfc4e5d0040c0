/*
 * Wait for a condition instead of sleeping and hoping.
 *
 *     assert_until(mp_queue_qsize(q) == 3, 5.0);
 *
 * The expression is asked again and again, at first at once and then every few
 * milliseconds, until it is true or the seconds are over. Use it for what no
 * call can wait for; a test of a blocking call blocks in that call.
 */
#ifndef TESTS_UNTIL_H
#define TESTS_UNTIL_H

#include <stdbool.h>

struct until {
    double deadline; /* on the clock of until_now() */
    long pause_us;
};

/* Seconds of the monotonic clock. */
double until_now(void);

struct until until_start(double seconds);

/* Pause a little longer than last time; false once the deadline has passed. */
bool until_pause(struct until *u);

/* Wait for a function: true as soon as it is, false after the seconds. */
bool until(bool (*condition)(void *arg), void *arg, double seconds);

#define assert_until(condition_, seconds_)                            \
    for (struct until until_ = until_start(seconds_); !(condition_);) \
        if (!until_pause(&until_))                                    \
    fail_msg("not within %g s: %s", (double)(seconds_), #condition_)

#endif
