/*
 * Lanes: the memory that a pool shares with one worker, and with no other.
 *
 * Tasks go down one ring and answers come up the other (queue/ring.h), so no
 * worker ever waits for another, and one that dies can damage its own lane
 * only. Beside them lies one page of words that say how far the worker is, and
 * a log of answers that are not on the ring yet: both outlive it.
 *
 * A task is taken by one compare-and-swap on the word of its slot: by the
 * worker that begins it, or by the parent that wants it back.
 */
#ifndef MP_POOL_LANE_H
#define MP_POOL_LANE_H

#include "queue/ring.h"

#define LANE_SLOTS 128 /* tasks in a lane at once                       */
#define LANE_LOG   ((size_t)1 << 16) /* bytes                              */

/* Of a slot: {number of its task:30, state:2}. The number goes up by one each
   time the slot is used, so a record of one before means nothing any more. */
enum lane_state {
    LANE_FREE,
    LANE_READY, /* put by the parent; free to be taken */
    LANE_TAKEN  /* by the worker, which will end it    */
};

/* What is written on a task: {slot:8, enum task_form:8, number:32}, {fn}. */
enum task_form {
    TASK_ITEMS = 1,  /* the value is a sequence of items, ...        */
    TASK_STAR = 2,   /* ... and each of them one of arguments        */
    TASK_KWARGS = 4, /* the value is (args, kwargs)                  */
    TASK_QUIT = 8,   /* there are no more; slot and fn mean nothing  */
    TASK_INTS = 16   /* the results are wanted as C ints, if they fit */
};

/* What is written on an answer: {slot:8, enum answer_form:8}, {index:32,
   count:32}. */
enum answer_form {
    ANSWER_VALUE = 1, /* of item `index`                                 */
    ANSWER_ERROR = 2, /* of item `index`: (code, type, message, traceback,
                         pid)                                            */
    ANSWER_LOG = 3,   /* of `count` items from `index` on: bytes, records
                         with their heads                                */
    ANSWER_END = 16,  /* with any of them: the task has ended            */
    ANSWER_ALL = 32,  /* with ANSWER_ERROR: of all items                 */
    ANSWER_FAILED = 4 /* the initializer's error; the worker ends        */
};

/* Written by the worker, but for `stop` and the slots. */
struct lane_shared {
    /* Not 0: the worker begins nothing more; it is to be killed. Parent sets
       it and then looks at `current`; the worker sets that and then looks
       here: so one of them sees the other. */
    _Alignas(64) mp__word stop;
    _Atomic uint64_t urge; /* lane_urge() of the task that should come to an
                              end                                          */

    _Alignas(64) mp__word current; /* slot + 1 of the task at work; 0: none */
    _Atomic uint32_t begun;        /* items of it that were begun: all but
                                      the last of them have an answer, on
                                      the ring or in the log              */
    _Atomic uint64_t function;     /* of the task at work                 */
    _Atomic int64_t since;         /* it works, or has nothing to do      */

    _Atomic uint32_t left; /* not 0: it takes no more tasks, in order */

    /* The log: `log_end` bytes, of the items from `log_first` on. What kind of
       log it is changes when it is empty only. */
    uint32_t log_kind;
    _Atomic uint64_t log_end;
    _Atomic uint32_t log_first;

    _Alignas(64) _Atomic uint64_t items; /* run so far; the books       */
    _Atomic int64_t busy;
    _Atomic int64_t idle;

    _Alignas(64) mp__word slot[LANE_SLOTS];
};

/* What all lanes of a pool have in common: how those are woken that wait for
   answers. Who rings takes `wanted` and then moves `count`. */
struct bell {
    _Alignas(64) mp__word wanted; /* somebody sleeps on `count`, or did */
    _Alignas(64) mp__word count;  /* futex                              */
};

struct lane {
    struct mp__mapping memory;
    struct lane_shared *shared;
    unsigned char *log;
    int socket[2]; /* both rings pass their descriptors by it */
    struct ring tasks;
    struct ring answers;
};

/* Make one. Fails with the record set. */
int mp__lane_new(struct lane *lane);
void mp__lane_free(struct lane *lane);

/* Make it anew, in the same place, for another worker; threads may look at it
   meanwhile and see that nothing is in it. On failure it has to be tried once
   more before it is of any use. */
int mp__lane_renew(struct lane *lane);

/* Have those woken who wait, if any do. */
void mp__bell_ring(struct bell *bell);

/* Have all woken who sleep. */
void mp__bell_strike(struct bell *bell);

/* Of one use of a slot, and never 0. */
static inline uint64_t lane_urge(unsigned slot, uint32_t number)
{
    return (uint64_t)number << 32 | (slot + 1);
}

static inline uint32_t lane_word(uint32_t number, enum lane_state state)
{
    return number << 2 | (uint32_t)state;
}

static inline struct ring_label task_label(unsigned slot, unsigned form,
                                           uint32_t number, uint64_t fn)
{
    return (struct ring_label){
        {(uint64_t)slot | (uint64_t)form << 8 | (uint64_t)number << 32, fn}};
}

static inline struct ring_label answer_label(unsigned slot, unsigned form,
                                             uint32_t index, uint32_t count)
{
    return (struct ring_label){{(uint64_t)slot | (uint64_t)form << 8,
                                (uint64_t)index | (uint64_t)count << 32}};
}

/* Of the arrow from where a task is sent to where it runs (os/trace.h). */
static inline uint64_t arrow_number(int worker, unsigned slot, uint32_t number)
{
    return (uint64_t)number << 32 | (uint64_t)slot << 16 | (uint64_t)worker;
}

static inline unsigned label_slot(const struct ring_label *l)
{
    return (unsigned)(l->word[0] & 0xff);
}

static inline unsigned label_form(const struct ring_label *l)
{
    return (unsigned)(l->word[0] >> 8 & 0xff);
}

static inline uint32_t label_number(const struct ring_label *l)
{
    return (uint32_t)(l->word[0] >> 32);
}

#endif
