/*
 * Probes: places that a tracer can look at in a program that runs.
 *
 *     bpftrace -e 'usdt:./libmproc.so:mproc:queue__put { @items = sum(arg1); }'
 *
 * A probe that nobody looks at is one instruction that does nothing. Without
 * <sys/sdt.h> there are none.
 *
 *     queue__put   queue, items   that have just been put; the queue by an
 *     queue__get   queue, items   address that is this process's own
 *     task__start  the worker's number, the task's function
 *     task__done   the worker's number, its slot
 *     worker__exit pid, exit code of a pool's worker
 */
#ifndef MP_OS_PROBE_H
#define MP_OS_PROBE_H

#ifdef MP_HAVE_SDT

#include <sys/sdt.h>

/* Its macros leave out arguments, which clang finds to be no standard C. */
#ifdef __clang__
#pragma clang diagnostic ignored "-Wgnu-zero-variadic-macro-arguments"
#endif

#define MP__PROBE2(name_, a_, b_) DTRACE_PROBE2(mproc, name_, (a_), (b_))

#else

#define MP__PROBE2(name_, a_, b_) \
    do {                          \
        (void)(a_);               \
        (void)(b_);               \
    } while (0)

#endif

#endif
