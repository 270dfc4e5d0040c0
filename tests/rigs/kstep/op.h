/*
 * An operation to be killed in, at each of its instructions.
 *
 * Each kill point is a little play of its own: setup lays out the objects; the
 * victim prepares (untraced), then acts, one instruction at a time, until it
 * is killed; the survivors have to go on. If act sleeps, unblock is called to
 * have it woken, unless asleep is where it is to die.
 *
 * To add one: write a struct kstep_op and name it in op_list.h. What many of
 * them have in common is in stage.h.
 */
#ifndef KSTEP_OP_H
#define KSTEP_OP_H

#include "op_list.h"

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
    int (*peer)(int i);       /* a verdict: see stage.h */
    void (*stop)(void);       /* KSTEP_BESIDE: have the peers end */
    bool (*needs_news)(void); /* NULL: KSTEP_IF_NEEDED is not for this one */

    /* After all that, a process that comes late does this; and the rig looks
       at the outcome: NULL or what is wrong. */
    int (*latecomer)(int i);
    const char *(*check)(void);
    const char *(*tear_down)(void); /* the same, once all are gone; NULL:
                                       nothing but what stage.h frees */

    int every;   /* in CI: one kill point in so many; 0: each */
    int samples; /* in CI: kill points of which nobody is told; 0: 18 */
};

#define KSTEP_DECLARE(name_) extern const struct kstep_op kstep_##name_;
KSTEP_OPS(KSTEP_DECLARE)
#undef KSTEP_DECLARE

/* For check and needs_news: who the victim is, and whether it came to the end
   of the operation and lives on. */
mp__owner kstep_victim(void);
bool kstep_has_finished(void);

#endif
