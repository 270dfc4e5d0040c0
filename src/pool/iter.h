/*
 * Iterators: what mp_iter_next asks, whatever it goes through.
 */
#ifndef MP_POOL_ITER_H
#define MP_POOL_ITER_H

#include <mproc/pool.h>

struct iter_type {
    /* 0 · MP_STOP_ITERATION · MP_TIMEOUT · another failure. */
    int (*next)(struct mp_iter *it, mp_out out, int64_t deadline);
    void (*destroy)(struct mp_iter *it);
};

/* What each of them begins with. */
struct mp_iter {
    const struct iter_type *type;
};

#endif
