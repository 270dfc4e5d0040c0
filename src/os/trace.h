/*
 * The timeline of a program: MPROC_TRACE=run.json has it written in the format
 * of Chrome's traces, which Perfetto opens.
 *
 * All processes of the tree write to one file, each event by one write(2), so
 * that who is killed takes nothing with it that it had done. A worker is a
 * track; what it does are slices on it.
 */
#ifndef MP_OS_TRACE_H
#define MP_OS_TRACE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Whether there is one: all below does nothing otherwise. */
extern bool mp__traces;

struct mp__trace_slice {
    const char *category;
    const char *name;
    pid_t group; /* the process that the track belongs to  */
    pid_t track;
    int64_t from, to; /* as of mp__now()             */
    const char *how;  /* it ended; NULL: as it should */
};
void mp__trace_slice(const struct mp__trace_slice *slice);

/* A track has a name. */
void mp__trace_track(pid_t group, pid_t track, const char *name);

/* An arrow: from here and now, or to a slice that begins at `at`. Both ends
   have the same number. */
void mp__trace_arrow(bool begins, pid_t group, pid_t track, uint64_t number,
                     int64_t at);

#endif
