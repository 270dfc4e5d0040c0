/*
 * Crash reports: what a process that dies of a fault of its own says of it.
 *
 * The dying process writes what it knows into shared memory, in the handler of
 * the signal: raw addresses, no names. Then it dies of the signal as it would
 * have died anyway, with the same exit code and core file. Its parent reads
 * the report when it takes the exit code.
 *
 * The host comes first: a signal that it handles or ignores is left to it.
 */
#ifndef MP_OS_CRASH_H
#define MP_OS_CRASH_H

#include "os/context.h"

enum { MP__CRASH_FRAMES = 32, MP__CRASH_WORDS = 96 };

struct mp__crash {
    int signal;
    int code; /* si_code: > 0 the kernel found the fault, else it was sent */
    pid_t pid;
    pid_t thread;
    pid_t sender;         /* of a signal that was sent                */
    const void *address;  /* si_addr of one that was not              */
    const void *function; /* what it was running, NULL if nobody said */
    size_t n;             /* of the frames                            */
    void *frames[MP__CRASH_FRAMES];
    char doing[MP__CRASH_WORDS]; /* in words, "" if nobody said */
};

/* child: from now on report what this process dies of, as `self`. */
void mp__crash_watch(mp__owner self);

/* What this process is doing now: words and a function, either may be NULL. The
   words must stay where they are until they are replaced. */
void mp__crash_doing(const char *words, const void *function);

/* Whether a process that dies of this signal may leave a report. */
bool mp__crash_is_of(int signal);

/* What a dead process reported; false if it left no report. */
bool mp__crash_of(mp__owner who, struct mp__crash *out);

#endif
