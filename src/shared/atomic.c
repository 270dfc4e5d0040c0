/*
 * Atomic changes for those who cannot use the macros of atomic.h: integers of
 * any size by one function each.
 *
 * Signed or not makes no difference to the bytes; the answer is the signed
 * reading of them. All words are seq_cst.
 */
#include "base/error.h"

#include <mproc/shared.h>

/* Do op_(type) for the integer type of that size. */
#define CASE(T_, op_)  \
    case sizeof(T_): { \
        op_(T_);       \
    }
#define BY_SIZE(p_, size_, op_)               \
    switch ((p_) != NULL ? (size_) : 0) {     \
        CASE(int8_t, op_)                     \
        CASE(int16_t, op_)                    \
        CASE(int32_t, op_)                    \
        CASE(int64_t, op_)                    \
    default:                                  \
        fail_no_integer((p_) != NULL, size_); \
    }

#define ADD(T_)  return __atomic_add_fetch((T_ *)p, (T_)n, __ATOMIC_SEQ_CST)
#define SUB(T_)  return __atomic_sub_fetch((T_ *)p, (T_)n, __ATOMIC_SEQ_CST)
#define AND(T_)  return __atomic_and_fetch((T_ *)p, (T_)n, __ATOMIC_SEQ_CST)
#define OR(T_)   return __atomic_or_fetch((T_ *)p, (T_)n, __ATOMIC_SEQ_CST)
#define SWAP(T_) return __atomic_exchange_n((T_ *)p, (T_)n, __ATOMIC_SEQ_CST)
#define LOAD(T_) return __atomic_load_n((const T_ *)p, __ATOMIC_SEQ_CST)
#define STORE(T_)                                       \
    __atomic_store_n((T_ *)p, (T_)n, __ATOMIC_SEQ_CST); \
    return
#define COMPARE_SWAP(T_)                                                   \
    T_ seen = (T_)*expected;                                               \
    bool done = __atomic_compare_exchange_n(                               \
        (T_ *)p, &seen, (T_)n, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
    if (!done)                                                             \
        *expected = seen;                                                  \
    return done

static void fail_no_integer(bool is_there, size_t size)
{
    if (is_there)
        mp__fail(MP_VALUE_ERROR, "no integer has %zu bytes", size);
    else
        mp__fail_null("value");
}

int64_t(mp_value_add)(void *p, size_t size, int64_t n)
{
    BY_SIZE(p, size, ADD)
    return 0;
}

int64_t(mp_value_sub)(void *p, size_t size, int64_t n)
{
    BY_SIZE(p, size, SUB)
    return 0;
}

int64_t(mp_value_and)(void *p, size_t size, int64_t n)
{
    BY_SIZE(p, size, AND)
    return 0;
}

int64_t(mp_value_or)(void *p, size_t size, int64_t n)
{
    BY_SIZE(p, size, OR)
    return 0;
}

int64_t(mp_value_exchange)(void *p, size_t size, int64_t n)
{
    BY_SIZE(p, size, SWAP)
    return 0;
}

bool(mp_value_compare_exchange)(void *p, size_t size, int64_t *expected,
                                int64_t n)
{
    BY_SIZE(p, size, COMPARE_SWAP)
    return false;
}

int64_t(mp_value_load)(const void *p, size_t size)
{
    BY_SIZE(p, size, LOAD)
    return 0;
}

void(mp_value_store)(void *p, size_t size, int64_t n)
{
    BY_SIZE(p, size, STORE)
}
