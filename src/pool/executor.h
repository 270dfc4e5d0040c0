/*
 * Executors: what the engine does for them alone.
 */
#ifndef MP_POOL_EXECUTOR_H
#define MP_POOL_EXECUTOR_H

#include "pool/engine.h"

#include <mproc/executor.h>

/* -- imap.c ---------------------------------------------------------------- */

mp_iter *mp__imap(struct mp_pool *pool, const struct map_call *m,
                  const mp_map_opts *opts);

/* The first failure ends it, and so does the deadline. */
void mp__imap_be_strict(mp_iter *it, int64_t deadline);

/* With the lock: nothing beyond what the caller was allowed to be ahead of is
   begun; after it comes the failure. */
void mp__imap_cut_off(struct job *job, mp_any failure);

/* -- executor.c ------------------------------------------------------------ */

/* No more jobs; those that there are are waited for. */
void mp__executor_drain(struct mp_pool *pool);

#endif
