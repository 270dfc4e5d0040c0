/*
 * The context: what the processes of one tree know of one another.
 *
 * One shared segment, made at first need and inherited by fork. It holds a
 * slot for every process that uses a shared object, and death_seq, a futex
 * word that moves with every death. A process is named by its slot and the
 * slot's generation: one number (mp__owner), never used twice, that fits a
 * lock word. Whether it lives is truth from the kernel, never a timeout.
 */
#ifndef MP_OS_CONTEXT_H
#define MP_OS_CONTEXT_H

#include "os/futex.h"

#include <stdbool.h>
#include <sys/types.h>

/* Bits of an owner: slot + 1 below, generation above; bit 31 is left free for
   the waiters' flag of a lock word. 0 is nobody. */
#define MP__SLOT_BITS 12
#define MP__GEN_BITS  19
#define MP__SLOTS     ((1u << MP__SLOT_BITS) - 2)

typedef uint32_t mp__owner;

/*
 * One process. ident is the truth: {generation:32, pid:32}, pid 0 is free.
 * It is changed by compare-and-swap only, by whoever takes or frees the slot;
 * the generation goes up by one each time it is taken.
 */
struct mp__slot {
    _Atomic uint64_t ident;
    _Atomic uint64_t seen; /* {generation:24, when it was seen to live:40},
                              in ticks since boot; written by the process
                              itself. Not yet known if the generation is
                              not ident's */
    _Atomic uint64_t exit; /* {mp__owner:32, 1:1, exit code:31} of the last
                              process that ended here by exiting; it tells
                              whose it is, so nobody wipes it. Written by
                              that process, as the last thing that it does */
    mp__word admitted;     /* the last child that was let go; written by its
                              parent, the child sleeps on it               */
};

struct mp__context_shared {
    uint32_t magic;
    uint32_t slots;
    uint64_t family; /* as in os/family.h */

    /* Goes up with every death that is learnt of, by anyone; all who sleep on
       a shared word sleep on this one too. */
    _Alignas(64) mp__word death_seq;

    _Alignas(64) _Atomic uint32_t next; /* a hint: where to look for a slot */
    _Alignas(64) struct mp__slot slot[MP__SLOTS];
};

/* This process's view. The identity lies on a page that fork wipes, so that a
   child that we did not make can never pass for its parent. */
struct mp__identity {
    _Atomic mp__owner self; /* 0: not registered in this process */
};
extern struct mp__context_shared *_Atomic mp__context;
extern struct mp__identity *_Atomic mp__identity;

/* Make the context unless there is one. Before any shared object is made. */
int mp__context_need(void);

/* Who the calling process is; 0 with the record set if no slot is free. */
mp__owner mp__self_register(void);
static inline mp__owner mp__self(void)
{
    mp__owner self = mp__identity->self;

    return self != 0 ? self : mp__self_register();
}

/* For a child to come: take a slot in its name before fork, tell whose it is
   afterwards (in the parent), wear it (in the child), or give it back. */
mp__owner mp__slot_reserve(void);
void mp__slot_assign(mp__owner who, pid_t pid);
void mp__slot_wear(mp__owner who);

/* A child waits to be let go by its parent: until then it runs no code of the
   user's, and cannot end unnoticed. If the parent is no longer there, it is
   free to go. */
void mp__slot_admit(mp__owner who);
void mp__slot_await(mp__owner who, pid_t parent);

/* How the calling process is about to exit; and how another one did: false if
   it left no word, or its slot has been used again since. */
void mp__slot_record_exit(int code);
bool mp__slot_exit_of(mp__owner who, int *out);

/* Which of the MP__SLOTS is its. */
uint32_t mp__slot_index(mp__owner who);

/* Its pid; 0 if it is known to be dead. */
pid_t mp__pid_of(mp__owner who);

/* Tell everybody that a process is dead, and free its slot. Done by its
   parent, or by whoever finds out; doing it twice does no harm. */
void mp__announce_death(mp__owner who);

/* Have fn called in this process at each death that it tells of, by any thread,
   with whatever locks it holds. There is one such fn. */
void mp__on_death(void (*fn)(void));

/* Have all sleepers of the context look at their predicates again: for a
   change that no word of theirs shows. */
void mp__stir(void);

/* By the slot alone: one load. */
bool mp__is_announced_dead(mp__owner who);

/* By the kernel: dead, or it runs another program by now. Looking for the
   latter costs more, and is done if `thorough`. Announces a death it finds. */
bool mp__is_dead(mp__owner who, bool thorough);

static inline uint32_t mp__deaths(void)
{
    return atomic_load(&mp__context->death_seq);
}

#endif
