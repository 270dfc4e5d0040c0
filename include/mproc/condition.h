/*
 * Event, Condition and Barrier: waiting for what another process does.
 */
#ifndef MPROC_CONDITION_H
#define MPROC_CONDITION_H

#include <mproc/any.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Take the lock of the condition, or let go of it.
 *
 * Python   c.acquire(timeout=t), c.release()
 * Blocks   acquire: while another has it, up to timeout seconds
 * Returns  as acquire and release of the lock
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API MP__CHECK int mp_condition_acquire(mp_condition *c, double timeout);
MP_API int mp_condition_release(mp_condition *c);

#ifdef __cplusplus
}
#endif

#endif
