/*
 * An operation to be killed in, at each of its instructions.
 *
 * Each kill point is a little play of its own: setup lays out the objects; the
 * victim prepares (untraced), then acts, one instruction at a time, until it
 * is killed; the survivors have to go on. If act sleeps, unblock is called to
 * have it woken, unless asleep is where it is to die.
 *
 * To add one: write a struct kstep_op and name it in the list in main.c.
 */
#ifndef KSTEP_OP_H
#define KSTEP_OP_H

#include "os/context.h"

#include <stdbool.h>

enum { KSTEP_PEERS = 3 };

/* When the peers start. All but the last sort have to fall asleep in what they
   do before the victim's next step. */
enum kstep_when {
    KSTEP_BEFORE,   /* before the victim */
    KSTEP_PREPARED, /* before the victim acts */
    KSTEP_BEHIND,   /* when the victim sleeps */
    KSTEP_BESIDE,   /* with the victim, and keep running until told to stop */
};

/* Who is told of the victim's death. */
enum kstep_news {
    KSTEP_ANNOUNCED,   /* everybody, at once */
    KSTEP_UNANNOUNCED, /* nobody: the end of a slice has to do */
    KSTEP_IF_NEEDED,   /* only if `needs_news` says so */
};

struct kstep_op {
    const char *name;
    void (*setup)(void);
    void (*prepare)(void); /* NULL: nothing */
    void (*act)(void);
    void (*unblock)(void); /* NULL: act does not sleep */
    bool for_one;          /* what unblock does is for one of those who sleep,
                              and may go to a peer, for stepping makes the
                              victim sleep anew; then `stop` is for the victim */

    int peers;
    enum kstep_when when;
    int (*peer)(int i);       /* 0, or a verdict: see describe */
    void (*stop)(void);       /* KSTEP_BESIDE: have the peers end */
    bool (*needs_news)(void); /* NULL: KSTEP_IF_NEEDED is not for this one */

    /* After all that, a process that comes late does this; and the rig looks
       at the outcome: NULL or what is wrong. */
    int (*latecomer)(int i);
    const char *(*check)(void);
    const char *(*describe)(int verdict);
    void (*tear_down)(void); /* NULL: nothing is to be freed */

    int every;   /* in CI: one kill point in so many; 0: each */
    int samples; /* in CI: kill points of which nobody is told; 0: 30 */
};

extern const struct kstep_op kstep_lock_alone;
extern const struct kstep_op kstep_lock_peers_asleep;
extern const struct kstep_op kstep_lock_woken;
extern const struct kstep_op kstep_lock_contended;
extern const struct kstep_op kstep_lock_inherited;
extern const struct kstep_op kstep_lock_timed;
extern const struct kstep_op kstep_register;
extern const struct kstep_op kstep_announce;

extern const struct kstep_op kstep_queue_put;
extern const struct kstep_op kstep_queue_put_text;
extern const struct kstep_op kstep_queue_get_text;
extern const struct kstep_op kstep_queue_get;
extern const struct kstep_op kstep_queue_get_woken;
extern const struct kstep_op kstep_queue_put_woken;
extern const struct kstep_op kstep_queue_grow;
extern const struct kstep_op kstep_queue_put_beside;
extern const struct kstep_op kstep_queue_task_done;
extern const struct kstep_op kstep_queue_shutdown;

extern const struct kstep_op kstep_queue_put_handle;
extern const struct kstep_op kstep_queue_get_handle;
extern const struct kstep_op kstep_queue_get_full;
extern const struct kstep_op kstep_sync_lock;
extern const struct kstep_op kstep_sync_lock_release;
extern const struct kstep_op kstep_sync_lock_woken;
extern const struct kstep_op kstep_sync_lock_beside;
extern const struct kstep_op kstep_sync_lock_foreign;
extern const struct kstep_op kstep_sync_lock_inherited;
extern const struct kstep_op kstep_sync_rlock;
extern const struct kstep_op kstep_sync_rlock_release;
extern const struct kstep_op kstep_sync_rlock_woken;
extern const struct kstep_op kstep_sync_rlock_beside;
extern const struct kstep_op kstep_sync_rlock_inherited;

extern const struct kstep_op kstep_semaphore;
extern const struct kstep_op kstep_semaphore_bounded;
extern const struct kstep_op kstep_semaphore_beside;
extern const struct kstep_op kstep_semaphore_release;
extern const struct kstep_op kstep_semaphore_bounded_release;
extern const struct kstep_op kstep_semaphore_woken;
extern const struct kstep_op kstep_undo;
extern const struct kstep_op kstep_undo_release;
extern const struct kstep_op kstep_undo_beside;
extern const struct kstep_op kstep_undo_woken;
extern const struct kstep_op kstep_undo_inherited;
extern const struct kstep_op kstep_event_set;
extern const struct kstep_op kstep_event_woken;
extern const struct kstep_op kstep_condition_notify;
extern const struct kstep_op kstep_condition_notify_all;
extern const struct kstep_op kstep_condition_woken;
extern const struct kstep_op kstep_condition_timed;
extern const struct kstep_op kstep_condition_inherited;
extern const struct kstep_op kstep_barrier_last;
extern const struct kstep_op kstep_barrier_woken;
extern const struct kstep_op kstep_barrier_reset;
extern const struct kstep_op kstep_barrier_abort;
extern const struct kstep_op kstep_event_beside;
extern const struct kstep_op kstep_condition_beside;
extern const struct kstep_op kstep_barrier_beside;
extern const struct kstep_op kstep_pool_task;
extern const struct kstep_op kstep_pool_chunk;

/* For check and needs_news: who the victim is, and whether it came to the end
   of the operation and lives on. */
mp__owner kstep_victim(void);
bool kstep_has_finished(void);

#endif
