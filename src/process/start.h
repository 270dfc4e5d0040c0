/*
 * The child's side of a start; the parent's is mp_process_start itself.
 */
#ifndef MP_PROCESS_START_H
#define MP_PROCESS_START_H

#include "process/process.h"

#include <stdnoreturn.h>

/* What a start hands over to its child, beside the object. */
struct mp__launch {
    mp__owner slot;
    pid_t parent;
    int parent_pidfd; /* open in the child, to watch its parent by   */
    bool main_thread; /* it was the parent's main thread that forked */
};

/* child: run p's function and exit as it says. */
noreturn void mp__bootstrap(struct mp_process *p, const struct mp__launch *l);

#endif
