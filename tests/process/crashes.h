/*
 * What tests of crash reports share: functions that crash, and what is to be
 * left of them.
 *
 * cmocka handles some of the signals itself, and a sanitizer does: what is to
 * be reported here is taken from them first.
 */
#ifndef TESTS_PROCESS_CRASHES_H
#define TESTS_PROCESS_CRASHES_H

#include "expect.h"

#include <mproc.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CRASHES __attribute__((noinline, no_sanitize("undefined")))

enum { REPORT = 8192 };

static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
enum { SIGNALS = sizeof signals / sizeof *signals };

static inline void have_no_handlers(void)
{
    for (int i = 0; i < SIGNALS; i++)
        signal(signals[i], SIG_DFL);
}

static inline mp_process *ended(mp_fn fn)
{
    mp_process *p = mp_process_new(fn);
    assert_made(p);
    assert_ok(mp_process_start(p));
    assert_ok(mp_process_join(p, 60.0));
    return p;
}

static inline void assert_contains(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("'%s' is not in: %s", part, text);
}

static inline void assert_no_report(mp_process *p)
{
    char text[REPORT] = "x";
    assert_int_equal(mp_process_crash(p, text, sizeof text), 0);
    assert_string_equal(text, "");
}

/* Without libdw a static function has no name. */
static inline void expect_report(mp_fn fn, int number, const char *cause,
                                 const char *function)
{
    char text[REPORT], start[64];
    have_no_handlers();
    mp_auto(mp_process) p = ended(fn);
    assert_int_equal(mp_process_exitcode(p), -number);
    int n = mp_process_crash(p, text, sizeof text);
    assert_int_equal(n, strlen(text));
    snprintf(start, sizeof start, "%s (pid %d) died of SIG%s",
             mp_process_name(p), (int)mp_process_pid(p), sigabbrev_np(number));
    assert_ptr_equal(strstr(text, start), text);
    assert_contains(text, cause);
    assert_contains(text, "\nTraceback (most recent call last):\n");
#ifdef MP_HAVE_LIBDW
    assert_contains(text, function);
#endif
}

CRASHES MP__UNUSED static int abort_itself(mp_call *c)
{
    (void)c;
    abort();
}

#endif
