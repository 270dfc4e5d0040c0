/*
 * Crash reports: where a process died that died of a fault of its own.
 *
 * A process started by mp_process_start that is ended by SIGSEGV, SIGBUS,
 * SIGFPE, SIGILL or SIGABRT leaves behind what it was doing. Its exit code and
 * its core file are as ever; a signal for which the program has a handler, or
 * which it ignores, is left to the program. If logging is on, a report is
 * logged as an error by the first call that learns of the process's end
 * (mp_process_join, mp_process_is_alive, mp_process_exitcode, the program's
 * end).
 */
#ifndef MPROC_CRASH_H
#define MPROC_CRASH_H

#include <mproc/process.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The report, as snprintf writes it: what it died of, and the functions that
 * it was in, the innermost last, with file and line where the program has
 * symbols:
 *
 *     Process-1 (pid 4711) died of SIGSEGV (code 1) at address 0x8
 *     Traceback (most recent call last):
 *       File "program.c", line 18, in task
 *       File "program.c", line 17, in inner
 *
 * Looking names up takes some time (about a tenth of a second), each time.
 *
 * Python   faulthandler (which prints it in the process that dies)
 * Blocks   no
 * Returns  the length of the report, of which size - 1 bytes at most are
 *          stored and a NUL; 0, and "" stored, if there is none: it still
 *          runs, ended otherwise, or is not a child of this process
 *          · MP_VALUE_ERROR closed
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API int mp_process_crash(mp_process *p, char *buf, size_t size);

#ifdef __cplusplus
}
#endif

#endif
