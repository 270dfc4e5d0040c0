/*
 * Atomic changes of a number in shared memory: a Value, an item of an Array, or
 * any other variable that processes share. Each is one step that no other
 * comes between, and no kill cuts in two; all of them are in one order that
 * all processes see. None of them takes a lock, or waits for who has it.
 *
 *     mp_value_add(counter, 1);  mp_value_add(&xs[3], 0.5);
 *
 * The macros take a pointer to an integer, char, bool, float or double; bool
 * is only loaded, stored and exchanged, and no bits are picked out of a float.
 */
#ifndef MPROC_ATOMIC_H
#define MPROC_ATOMIC_H

#include <mproc/any.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Add, subtract, and, or: change *p and answer what it became. Exchange: store
 * n and answer what was there. Compare-exchange: if *p is *expected, store n
 * and answer true, else store what it is into *expected; floats are compared
 * bit by bit. Integers wrap around.
 *
 * The macros, mp_value_add(p, n), work on the type of *p. The functions are
 * for integers of any size, 1, 2, 4 or 8 bytes, signed or not: they take the
 * size as well, and answer what the bytes are as a signed number.
 *
 * Python   with v.get_lock(): v.value += n; return v.value
 * Blocks   no
 * Returns  as said; 0 with the record set if p is NULL or size is none of them
 * Owns     nothing
 * Safe     in threads, in parent and child, in signal handlers
 */
MP_API int64_t mp_value_add(void *p, size_t size, int64_t n);
MP_API int64_t mp_value_sub(void *p, size_t size, int64_t n);
MP_API int64_t mp_value_and(void *p, size_t size, int64_t n);
MP_API int64_t mp_value_or(void *p, size_t size, int64_t n);
MP_API int64_t mp_value_exchange(void *p, size_t size, int64_t n);
MP_API bool mp_value_compare_exchange(void *p, size_t size, int64_t *expected,
                                      int64_t n);
MP_API int64_t mp_value_load(const void *p, size_t size);
MP_API void mp_value_store(void *p, size_t size, int64_t n);

#ifdef __cplusplus
}
#endif

#if defined MP__MACROS && defined __GNUC__

/* clang-format off */
#define MP__ATOMIC(R_, name_, params_, ...) \
    static inline MP__UNUSED R_ mp__atomic_##name_ params_ { __VA_ARGS__ }

/* What each type has. */
#define MP__ATOMIC_ANY(T_, t_)                                               \
    MP__ATOMIC(T_, load_##t_, (const T_ *p),                                 \
        T_ v; __atomic_load(p, &v, __ATOMIC_SEQ_CST); return v;)             \
    MP__ATOMIC(void, store_##t_, (T_ *p, T_ n),                              \
        __atomic_store(p, &n, __ATOMIC_SEQ_CST);)                            \
    MP__ATOMIC(T_, exchange_##t_, (T_ *p, T_ n),                             \
        T_ v; __atomic_exchange(p, &n, &v, __ATOMIC_SEQ_CST); return v;)     \
    MP__ATOMIC(_Bool, compare_exchange_##t_, (T_ *p, T_ *expected, T_ n),    \
        return __atomic_compare_exchange(p, expected, &n, 0,                 \
                                         __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);)

#define MP__ATOMIC_INT(T_, t_)                                               \
    MP__ATOMIC_ANY(T_, t_)                                                   \
    MP__ATOMIC(T_, add_##t_, (T_ *p, T_ n),                                  \
        return __atomic_add_fetch(p, n, __ATOMIC_SEQ_CST);)                  \
    MP__ATOMIC(T_, sub_##t_, (T_ *p, T_ n),                                  \
        return __atomic_sub_fetch(p, n, __ATOMIC_SEQ_CST);)                  \
    MP__ATOMIC(T_, and_##t_, (T_ *p, T_ n),                                  \
        return __atomic_and_fetch(p, n, __ATOMIC_SEQ_CST);)                  \
    MP__ATOMIC(T_, or_##t_, (T_ *p, T_ n),                                   \
        return __atomic_or_fetch(p, n, __ATOMIC_SEQ_CST);)

#define MP__ATOMIC_FLOAT(T_, t_)                                             \
    MP__ATOMIC_ANY(T_, t_)                                                   \
    MP__ATOMIC(T_, add_##t_, (T_ *p, T_ n),                                  \
        T_ v = mp__atomic_load_##t_(p);                                      \
        while (!mp__atomic_compare_exchange_##t_(p, &v, v + n)) {}           \
        return v + n;)                                                       \
    MP__ATOMIC(T_, sub_##t_, (T_ *p, T_ n),                                  \
        return mp__atomic_add_##t_(p, -n);)

MP__ATOMIC_ANY(_Bool, bool)
MP__ATOMIC_INT(char, char)
MP__ATOMIC_INT(signed char, schar)
MP__ATOMIC_INT(unsigned char, uchar)
MP__ATOMIC_INT(short, short)
MP__ATOMIC_INT(unsigned short, ushort)
MP__ATOMIC_INT(int, int)
MP__ATOMIC_INT(unsigned int, uint)
MP__ATOMIC_INT(long, long)
MP__ATOMIC_INT(unsigned long, ulong)
MP__ATOMIC_INT(long long, llong)
MP__ATOMIC_INT(unsigned long long, ullong)
MP__ATOMIC_FLOAT(float, float)
MP__ATOMIC_FLOAT(double, double)

#define MP__OF_INT(op_)                            \
    char *: mp__atomic_##op_##_char,               \
    signed char *: mp__atomic_##op_##_schar,       \
    unsigned char *: mp__atomic_##op_##_uchar,     \
    short *: mp__atomic_##op_##_short,             \
    unsigned short *: mp__atomic_##op_##_ushort,   \
    int *: mp__atomic_##op_##_int,                 \
    unsigned int *: mp__atomic_##op_##_uint,       \
    long *: mp__atomic_##op_##_long,               \
    unsigned long *: mp__atomic_##op_##_ulong,     \
    long long *: mp__atomic_##op_##_llong,         \
    unsigned long long *: mp__atomic_##op_##_ullong
#define MP__OF_NUMBER(op_)                         \
    MP__OF_INT(op_),                               \
    float *: mp__atomic_##op_##_float,             \
    double *: mp__atomic_##op_##_double
#define MP__OF_ALL(op_) MP__OF_NUMBER(op_), _Bool *: mp__atomic_##op_##_bool
/* clang-format on */

#define mp_value_add(p_, n_) _Generic((p_), MP__OF_NUMBER(add))((p_), (n_))
#define mp_value_sub(p_, n_) _Generic((p_), MP__OF_NUMBER(sub))((p_), (n_))
#define mp_value_and(p_, n_) _Generic((p_), MP__OF_INT(and))((p_), (n_))
#define mp_value_or(p_, n_)  _Generic((p_), MP__OF_INT(or))((p_), (n_))
#define mp_value_exchange(p_, n_) \
    _Generic((p_), MP__OF_ALL(exchange))((p_), (n_))
#define mp_value_compare_exchange(p_, expected_, n_) \
    _Generic((p_), MP__OF_ALL(compare_exchange))((p_), (expected_), (n_))
#define mp_value_load(p_)      _Generic((p_), MP__OF_ALL(load))(p_)
#define mp_value_store(p_, n_) _Generic((p_), MP__OF_ALL(store))((p_), (n_))

#endif

#endif
