/*
 * The watcher thread; see watcher.h.
 */
#include "process/watcher.h"

#include "os/thread.h"
#include "os/watch.h"
#include "process/registry.h"

#include <stdint.h>
#include <unistd.h>

enum { BATCH = 16 };

/* What is ready is asked for again with the gate closed: what another thread
   has reaped meanwhile is no longer in the watch, and may be freed. */
static void *watch_children(void *arg)
{
    int watch = (int)(intptr_t)arg;

    for (;;) {
        void *ended[BATCH];

        mp__watch_wait(watch);
        mp__gate_close();
        size_t n = mp__watch_take(watch, ended, BATCH);
        for (size_t i = 0; i < n; i++)
            (void)mp__registry_reap(ended[i]);
        mp__gate_open();
    }
    return NULL;
}

static void start(void)
{
    int watch = mp__watch_new();

    if (watch < 0)
        return;
    if (mp__thread_start(watch_children, (void *)(intptr_t)watch) < 0)
        (void)close(watch);
    else
        mp__registry.watch = watch;
}

void mp__watcher_add(struct mp_process *p)
{
    if (mp__registry.watch < 0)
        start();
    if (mp__registry.watch >= 0)
        p->watched = mp__watch_add(mp__registry.watch, p->pidfd, p) == 0;
}

void mp__watcher_remove(struct mp_process *p)
{
    if (p->watched)
        mp__watch_remove(mp__registry.watch, p->pidfd);
    p->watched = false;
}

/* child */
void mp__watcher_forget(void)
{
    if (mp__registry.watch >= 0)
        (void)close(mp__registry.watch);
    mp__registry.watch = -1;
}
