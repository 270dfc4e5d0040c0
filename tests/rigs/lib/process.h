/*
 * Processes that a rig starts, kills and watches, with a slot in the context
 * as the library's own children have one.
 *
 * A process's verdict is its exit code: 0 is good, the rest is the rig's.
 */
#ifndef RIG_PROCESS_H
#define RIG_PROCESS_H

#include "os/context.h"

#include <stdbool.h>
#include <sys/types.h>

struct rig_process {
    pid_t pid; /* 0: none */
    mp__owner who;
    int pidfd;
};

/* body runs in the child, whose exit code is what it returns. */
typedef int rig_body(int arg);

/* Ends the rig with a message if there is no process to be had. */
struct rig_process rig_start(rig_body *body, int arg);

/* Until it has ended, at most so many seconds; its wait status, and it is
   reaped. false: it still runs. */
bool rig_await_end(struct rig_process *p, double seconds, int *status);

/* Kill it if it still runs, and reap it; nobody is told yet. */
void rig_kill(struct rig_process *p);

/* Tell everybody that it is dead; its slot is free again. */
void rig_announce(struct rig_process *p);

/* Until it sleeps on a futex, at most so many seconds. */
bool rig_await_sleep(const struct rig_process *p, double seconds);
bool rig_sleeps(pid_t pid);

/* How many slots are taken, once those of the dead are found and freed. */
int rig_slots_taken(void);

/* Let this process and its children run on all CPUs it may, or on one. */
void rig_use_one_cpu(void);
void rig_use_all_cpus(void);

/* Memory for rig and processes, zeroed. */
void *rig_shared(size_t size);
void rig_free_shared(void *memory, size_t size);

/* Say why the rig cannot go on, and end it. */
_Noreturn void rig_stop(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));

double rig_seconds(void); /* of the monotonic clock */

#endif
