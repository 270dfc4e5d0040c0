/*
 * A history: what several processes did with one object, when each operation
 * was begun and when it had returned, and what it answered.
 *
 * Times are tickets, drawn one after the other by all processes alike: one is
 * drawn before an operation is begun, one after it has returned.
 */
#ifndef LINEAR_HISTORY_H
#define LINEAR_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

/* Operations in a history, which are the bits of one word; items in one
   operation. */
enum { LINEAR_MOST = 64, LINEAR_BATCH = 3 };

enum linear_kind {
    LINEAR_DEATH, /* of `by`: from the kill to the end of its announcement */
    LINEAR_ACQUIRE,
    LINEAR_RELEASE,
    LINEAR_COUNT, /* locked, get_value, qsize */
    LINEAR_PUT,
    LINEAR_GET,
    LINEAR_IS_EMPTY,
    LINEAR_IS_FULL,
};

struct linear_op {
    enum linear_kind kind;
    int by;         /* a worker, from 1 on; 0: the rig itself */
    double timeout; /* in seconds, of those that may wait */
    int batch;      /* items asked for by put_many, get_many; 0: one, alone */
    int answer;     /* as the library gave it */
    uint16_t items[LINEAR_BATCH]; /* put, or got */
    uint32_t begun;
    uint32_t returned;
    bool cut; /* by the death of `by`: it may have happened, or not */
};

/* What an object is at an instant; what lies beyond the items is zero. */
enum { LINEAR_ITEMS = 56 };
struct linear_state {
    uint32_t count; /* items, units; of a lock an enum linear_lock */
    uint32_t limit; /* of count; 0: none */
    uint16_t last;  /* of a queue without a limit: the item put last */
    uint16_t item[LINEAR_ITEMS]; /* of a lock the first is its holder */
};

enum linear_lock { LINEAR_FREE, LINEAR_HELD, LINEAR_LEFT /* by the dead */ };

struct linear_history {
    struct linear_state begin;
    int n;
    struct linear_op op[LINEAR_MOST];
};

#endif
