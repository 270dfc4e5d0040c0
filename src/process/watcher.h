/*
 * The watcher: one thread in each process that has children. It sleeps on
 * their pidfds, reaps those that end, and announces their death, so that
 * whoever waits for a shared object they used hears of it at once.
 *
 * It makes no fork unsafe: it does nothing but with the gate closed, and uses
 * neither memory nor stdio. Where the thread cannot be made the library
 * carries on without: children are reaped by the calls that look at them, and
 * deaths are found by the time slices of those who wait.
 */
#ifndef MP_PROCESS_WATCHER_H
#define MP_PROCESS_WATCHER_H

#include "process/process.h"

/* With the gate closed: have p watched. The thread is not woken by it. */
void mp__watcher_add(struct mp_process *p);
void mp__watcher_remove(struct mp_process *p);

/* child: forget the parent's watcher. */
void mp__watcher_forget(void);

#endif
