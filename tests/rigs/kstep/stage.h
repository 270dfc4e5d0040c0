/*
 * What the operations have in common: the verdicts of those who live on, the
 * objects made for one play, an end for those who run beside the victim.
 *
 * All of it is as new when an operation's setup begins, and what it has made
 * is freed when the play is over.
 */
#ifndef KSTEP_STAGE_H
#define KSTEP_STAGE_H

#include "process.h"

#include <mproc.h>

#include <stddef.h>

/* Longer than a busy machine takes to drive the victim, and than the rig's
   patience thereafter: then it is a hang. */
#define KSTEP_WAIT 60.0

/* What a survivor says in the end, and the words for it. */
enum verdict {
    FINE,
    ODD_ANSWER,
    OF_NO_USE,
    TOLD_TWICE,
    TORN,
    TWICE,
    ANOTHERS,
    LEFT_BEHIND,
    TAKEN,
    GONE,
};
const char *kstep_describe(int verdict);

/* The rig makes them; all that it forks have them. */
struct kstep_objects {
    mp_lock *lock;
    mp_rlock *rlock;
    mp_semaphore *semaphore;
    mp_event *event;
    mp_condition *condition;
    mp_barrier *barrier;
    mp_queue *queue;
    mp_shared_memory *memory;
    mp_shareable_list *list;
    void *variable; /* a Value or an Array */
};
extern struct kstep_objects made;

/* What was made is there, or the rig ends. */
void kstep_need(const void *object);

/* Memory for rig and processes, all zero: made, unless there is some. */
void *kstep_zeroed(void *memory, size_t size);

/* Those beside the victim may end; and have them at work until then, and a few
   times more, while their verdict is FINE. */
void kstep_tell_enough(void);
bool kstep_is_enough(void);
int kstep_until_enough(int (*work)(int i), int i, int times_more);

/* The same with pauses: the victim is a thousand times slower than it is, and
   where it has to begin anew when it is overtaken, it would be for ever. */
int kstep_until_enough_slowly(int (*work)(int i), int i);

/* Items are numbers that are put once: each is received once, or the victim had
   it. How many were put and never came; kstep_receive is FINE or TWICE. */
enum { KSTEP_ITEMS = 8192 };
void kstep_accept(int number);
int kstep_receive(int number);
int kstep_missing(void);

/* Do this, and have no more of descriptors and shared memory than before. */
int kstep_leave_nothing(int (*work)(int i), int i);

/* A process that ends in the middle of something, and all are told. */
void kstep_let_one_die(rig_body *body);

/* For the rig alone: around each play. */
void kstep_stage_open(void);
void kstep_stage_clear(void);

#endif
