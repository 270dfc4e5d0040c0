/*
 * The histories by hand; see examples.h. Times begin with 1.
 */
#include "examples.h"

#include <mproc.h>

/* By whom, from when, to when, what, and the answer. */
#define OP(by_, begun_, returned_, kind_, answer_)         \
    {                                                      \
        .by = by_, .begun = begun_, .returned = returned_, \
        .kind = LINEAR_##kind_, .answer = answer_          \
    }
#define ITEM(by_, begun_, returned_, kind_, item_)         \
    {                                                      \
        .by = by_, .begun = begun_, .returned = returned_, \
        .kind = LINEAR_##kind_, .items = {                 \
            item_                                          \
        }                                                  \
    }
#define DEATH(by_, begun_, returned_) OP(by_, begun_, returned_, DEATH, 0)
#define CUT(by_, begun_, kind_, item_)                                        \
    {                                                                         \
        .by = by_, .begun = begun_, .kind = LINEAR_##kind_, .items = {item_}, \
        .cut = true                                                           \
    }
#define PAIR(by_, begun_, returned_, kind_, answer_, a_, b_)              \
    {                                                                     \
        .by = by_, .begun = begun_, .returned = returned_,                \
        .kind = LINEAR_##kind_, .answer = answer_, .batch = 2, .items = { \
            a_,                                                           \
            b_                                                            \
        }                                                                 \
    }
#define CUT_PAIR(by_, begun_, kind_, a_, b_)                            \
    {                                                                   \
        .by = by_, .begun = begun_, .kind = LINEAR_##kind_, .batch = 2, \
        .items = {a_, b_}, .cut = true                                  \
    }

#define LOCK                 \
    &linear_locks,           \
    {                        \
        .count = LINEAR_FREE \
    }
#define RLOCK                \
    &linear_rlocks,          \
    {                        \
        .count = LINEAR_FREE \
    }
#define UNITS(n_)       \
    &linear_semaphores, \
    {                   \
        .count = n_     \
    }
#define QUEUE(n_)   \
    &linear_queues, \
    {               \
        .limit = n_ \
    }

/* clang-format off */
const struct linear_example linear_examples[] = {
    {"a lock goes from hand to hand", true, LOCK,
     {OP(1, 1, 2, ACQUIRE, 0), OP(2, 3, 4, RELEASE, 0),
      OP(2, 5, 6, ACQUIRE, 0), OP(3, 7, 8, COUNT, 1)}},
    {"two hold a lock", false, LOCK,
     {OP(1, 1, 2, ACQUIRE, 0), OP(2, 3, 4, ACQUIRE, 0)}},
    {"a lock is taken while it is released", true, LOCK,
     {OP(1, 1, 2, ACQUIRE, 0), OP(1, 3, 6, RELEASE, 0),
      OP(2, 4, 5, ACQUIRE, 0)}},
    {"a lock is taken before its release has begun", false, LOCK,
     {OP(1, 1, 2, ACQUIRE, 0), OP(2, 3, 4, ACQUIRE, 0),
      OP(1, 5, 6, RELEASE, 0)}},
    {"two release one hold", false, LOCK,
     {OP(1, 1, 2, ACQUIRE, 0), OP(1, 3, 5, RELEASE, 0),
      OP(2, 4, 6, RELEASE, 0)}},
    {"a free lock is too late", false, LOCK,
     {OP(1, 1, 2, ACQUIRE, MP_TIMEOUT)}},
    {"late beside one that takes it", true, LOCK,
     {OP(1, 1, 4, ACQUIRE, 0), OP(2, 2, 3, ACQUIRE, MP_TIMEOUT)}},
    {"a free lock is released", true, LOCK,
     {OP(1, 1, 2, RELEASE, MP_VALUE_ERROR)}},

    {"a holder's death is told", true, LOCK,
     {OP(1, 1, 2, ACQUIRE, 0), DEATH(1, 3, 4),
      OP(2, 5, 6, ACQUIRE, MP_OWNER_DEAD)}},
    {"a holder's death is not told", false, LOCK,
     {OP(1, 1, 2, ACQUIRE, 0), DEATH(1, 3, 4), OP(2, 5, 6, ACQUIRE, 0)}},
    {"a holder's death is told twice", false, LOCK,
     {OP(1, 1, 2, ACQUIRE, 0), DEATH(1, 3, 4),
      OP(2, 5, 6, ACQUIRE, MP_OWNER_DEAD), OP(2, 7, 8, RELEASE, 0),
      OP(3, 9, 10, ACQUIRE, MP_OWNER_DEAD)}},
    {"a death is told before the kill", false, LOCK,
     {OP(1, 1, 2, ACQUIRE, 0), OP(2, 3, 4, ACQUIRE, MP_OWNER_DEAD),
      DEATH(1, 5, 6)}},
    {"late while a death is not yet announced", true, LOCK,
     {OP(1, 1, 2, ACQUIRE, 0), DEATH(1, 3, 6),
      OP(2, 4, 5, ACQUIRE, MP_TIMEOUT)}},
    {"late behind the announcement", false, LOCK,
     {OP(1, 1, 2, ACQUIRE, 0), DEATH(1, 3, 4),
      OP(2, 5, 6, ACQUIRE, MP_TIMEOUT)}},
    {"killed when it had just taken the lock", true, LOCK,
     {CUT(1, 1, ACQUIRE, 0), DEATH(1, 2, 3),
      OP(2, 4, 5, ACQUIRE, MP_OWNER_DEAD)}},
    {"killed when it had not yet taken the lock", true, LOCK,
     {CUT(1, 1, ACQUIRE, 0), DEATH(1, 2, 3), OP(2, 4, 5, ACQUIRE, 0)}},
    {"the dead take a lock", false, LOCK,
     {CUT(1, 1, ACQUIRE, 0), DEATH(1, 2, 3), OP(2, 4, 5, COUNT, 0),
      OP(2, 6, 7, ACQUIRE, MP_TIMEOUT)}},

    {"a recursive lock is released as often as it was taken", true, RLOCK,
     {OP(1, 1, 2, ACQUIRE, 0), OP(1, 3, 4, ACQUIRE, 0),
      OP(1, 5, 6, RELEASE, 0), OP(2, 7, 8, ACQUIRE, MP_TIMEOUT),
      OP(1, 9, 10, RELEASE, 0), OP(2, 11, 12, ACQUIRE, 0)}},
    {"a recursive lock is free too early", false, RLOCK,
     {OP(1, 1, 2, ACQUIRE, 0), OP(1, 3, 4, ACQUIRE, 0),
      OP(1, 5, 6, RELEASE, 0), OP(2, 7, 8, ACQUIRE, 0)}},
    {"a recursive lock is released by another", false, RLOCK,
     {OP(1, 1, 2, ACQUIRE, 0), OP(2, 3, 4, RELEASE, 0)}},
    {"a recursive lock forgets how often the dead took it", true, RLOCK,
     {OP(1, 1, 2, ACQUIRE, 0), OP(1, 3, 4, ACQUIRE, 0), DEATH(1, 5, 6),
      OP(2, 7, 8, ACQUIRE, MP_OWNER_DEAD), OP(2, 9, 10, RELEASE, 0),
      OP(3, 11, 12, ACQUIRE, 0)}},

    {"two take one unit", false, UNITS(1),
     {OP(1, 1, 3, ACQUIRE, 0), OP(2, 2, 4, ACQUIRE, 0)}},
    {"a unit is taken while it is given", true, UNITS(0),
     {OP(1, 1, 4, RELEASE, 0), OP(2, 2, 3, ACQUIRE, 0)}},
    {"a unit is lost with the one that took it", true, UNITS(1),
     {CUT(1, 1, ACQUIRE, 0), DEATH(1, 2, 3),
      OP(2, 4, 5, ACQUIRE, MP_TIMEOUT)}},
    {"two units are lost with the one that took one", false, UNITS(2),
     {CUT(1, 1, ACQUIRE, 0), DEATH(1, 2, 3), OP(2, 4, 5, COUNT, 0)}},
    {"a unit is gone and there again", false, UNITS(1),
     {CUT(1, 1, ACQUIRE, 0), DEATH(1, 2, 3), OP(2, 4, 5, COUNT, 0),
      OP(2, 6, 7, ACQUIRE, 0)}},

    {"first in, first out", true, QUEUE(0),
     {ITEM(1, 1, 2, PUT, 11), ITEM(1, 3, 4, PUT, 12), ITEM(2, 5, 6, GET, 11),
      ITEM(2, 7, 8, GET, 12)}},
    {"last in, first out", false, QUEUE(0),
     {ITEM(1, 1, 2, PUT, 11), ITEM(1, 3, 4, PUT, 12), ITEM(2, 5, 6, GET, 12),
      ITEM(2, 7, 8, GET, 11)}},
    {"two put at once, in either order", true, QUEUE(0),
     {ITEM(1, 1, 3, PUT, 11), ITEM(2, 2, 4, PUT, 21), ITEM(3, 5, 6, GET, 21),
      ITEM(3, 7, 8, GET, 11)}},
    {"an item comes twice", false, QUEUE(0),
     {ITEM(1, 1, 2, PUT, 11), ITEM(2, 3, 5, GET, 11), ITEM(3, 4, 6, GET, 11)}},
    {"full with room", false, QUEUE(2),
     {ITEM(1, 1, 2, PUT, 11), OP(1, 3, 4, PUT, MP_FULL)}},
    {"full beside a get", true, QUEUE(1),
     {ITEM(1, 1, 2, PUT, 11), ITEM(2, 3, 6, GET, 11),
      OP(1, 4, 5, PUT, MP_FULL)}},
    {"empty with an item", false, QUEUE(1),
     {ITEM(1, 1, 2, PUT, 11), OP(2, 3, 4, GET, MP_EMPTY)}},
    {"an item is gone with its consumer", true, QUEUE(1),
     {ITEM(1, 1, 2, PUT, 11), CUT(2, 3, GET, 0), DEATH(2, 4, 5),
      OP(1, 6, 7, GET, MP_EMPTY)}},
    {"an item outlives its consumer", true, QUEUE(1),
     {ITEM(1, 1, 2, PUT, 11), CUT(2, 3, GET, 0), DEATH(2, 4, 5),
      ITEM(1, 6, 7, GET, 11)}},
    {"an item is gone with its producer", false, QUEUE(1),
     {ITEM(1, 1, 2, PUT, 11), DEATH(1, 3, 4), OP(2, 5, 6, GET, MP_EMPTY)}},
    {"the dead put an item", false, QUEUE(1),
     {CUT(1, 1, PUT, 11), DEATH(1, 2, 3), OP(2, 4, 5, COUNT, 0),
      ITEM(2, 6, 7, GET, 11)}},
    {"another's item in a batch, with room", false, QUEUE(0),
     {PAIR(1, 1, 4, PUT, 2, 11, 12), ITEM(2, 2, 3, PUT, 21),
      ITEM(3, 5, 6, GET, 11), PAIR(3, 7, 8, GET, 2, 21, 12)}},
    {"another's item in a batch, without room", true, QUEUE(2),
     {PAIR(1, 1, 6, PUT, 2, 11, 12), ITEM(2, 2, 3, PUT, 21),
      ITEM(3, 4, 5, GET, 11), PAIR(3, 7, 8, GET, 2, 21, 12)}},
    {"a batch the wrong way round", false, QUEUE(0),
     {PAIR(1, 1, 2, PUT, 2, 11, 12), PAIR(3, 3, 4, GET, 2, 12, 11)}},
    {"a batch is cut short with room", false, QUEUE(2),
     {PAIR(1, 1, 2, PUT, 1, 11, 12), OP(2, 3, 4, COUNT, 1)}},
    {"half a batch", true, QUEUE(0),
     {CUT_PAIR(1, 1, PUT, 11, 12), DEATH(1, 2, 3), ITEM(2, 4, 5, GET, 11),
      OP(2, 6, 7, GET, MP_EMPTY)}},
    {"the second half of a batch", false, QUEUE(0),
     {CUT_PAIR(1, 1, PUT, 11, 12), DEATH(1, 2, 3), ITEM(2, 4, 5, GET, 12)}},
};
/* clang-format on */

const int linear_examples_count =
    sizeof linear_examples / sizeof *linear_examples;
